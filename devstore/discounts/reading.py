"""Reads the input of the mutations that make a discount, and says what Shopify would refuse of it."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from devstore.clock import aware, whole_second
from devstore.discounts.records import (
    BASIC,
    BXGY,
    FREE_SHIPPING,
    ORDER,
    PRODUCT,
    SHIPPING,
    Audience,
    Destination,
    Discount,
    Items,
    Minimum,
    Value,
)
from devstore.gids import number_of
from devstore.money import to_minor

if TYPE_CHECKING:
    from devstore.shop import Shop

Input = dict[str, Any]
_ARGUMENTS = {BASIC: "basicCodeDiscount", BXGY: "bxgyCodeDiscount", FREE_SHIPPING: "freeShippingCodeDiscount"}
LONGEST_CODE, MOST_TAGS, LONGEST_TAG = 255, 5, 255
_COMBINATIONS = {"orderDiscounts": ORDER, "productDiscounts": PRODUCT, "shippingDiscounts": SHIPPING}
_REQUIRED = {"title": "Title can't be blank", "startsAt": "Starts at can't be blank"}


class Reader:
    """Reads one input, from its parts to the whole, and collects what is wrong with them on the way."""

    def __init__(self, shop: "Shop", kind: str, given: Input) -> None:
        self._shop, self._kind, self._given = shop, kind, given
        self._errors: list[dict[str, Any]] = []

    def discount(self, now: datetime) -> tuple[Discount | None, list[dict[str, Any]]]:
        """The discount, as far as it can be read, and what Shopify would say against it."""
        self._check_text()
        starts, ends = self._moment("startsAt"), self._moment("endsAt")
        if starts and ends and ends <= starts:
            # The enum has END_DATE_BEFORE_START_DATE, but this is what shops are seen to answer.
            self._refuse("INVALID", "Ends at needs to be after starts_at", "endsAt")
        parts = self._parts()
        if self._errors or starts is None:
            return None, self._errors
        title, code = str(self._given["title"]), str(self._given["code"]).strip()
        number = self._shop.store.new_id("discount")
        return Discount(number, self._kind, title, code, starts, ends, now, now, **parts), self._errors

    def error(self, code: str, message: str, *path: str) -> dict[str, Any]:
        """What is said against a field of the input."""
        return {"field": [_ARGUMENTS[self._kind], *path], "message": message, "code": code, "extraInfo": None}

    def _refuse(self, code: str, message: str, *path: str) -> None:
        self._errors.append(self.error(code, message, *path))

    def _parts(self) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "audience": self._audience(),
            "combines_with": self._combinations(),
            "tags": self._tags(),
            "usage_limit": self._count("usageLimit"),
            "once_each": bool(self._given.get("appliesOncePerCustomer")),
        }
        if self._kind == FREE_SHIPPING:
            return {**parts, "minimum": self._minimum(), "destination": self._destination()}
        parts |= {"gets": self._items("customerGets", "customer get"), "value": self._value()}
        if self._kind == BASIC:
            return {**parts, "minimum": self._minimum()}
        bought = {"buys": self._items("customerBuys", "customer buys"), "minimum": self._bought()}
        return {**parts, **bought, "uses_per_order": self._count("usesPerOrderLimit")}

    # What every discount has

    def _check_text(self) -> None:
        for name, message in _REQUIRED.items():
            if not str(self._given.get(name) or "").strip():
                self._refuse("BLANK", message, name)
        code = self._given.get("code")
        if code == "":
            self._refuse("TOO_SHORT", "Code is too short (minimum is 1 character)", "code")
        elif not str(code or "").strip():
            self._refuse("BLANK", "Code can't be blank", "code")
        elif len(str(code)) > LONGEST_CODE:
            self._refuse("TOO_LONG", f"Code is too long (maximum is {LONGEST_CODE} characters)", "code")
        elif {"\n", "\r"} & set(str(code)):
            self._refuse("INVALID", "Code cannot contain newline characters.", "code")

    def _moment(self, name: str) -> datetime | None:
        text = self._given.get(name)
        if not text:
            return None
        try:
            return whole_second(aware(datetime.fromisoformat(str(text))))
        except ValueError:
            self._refuse("INVALID", f"{name} is not a time", name)
            return None

    def _count(self, name: str) -> int | None:
        number = self._given.get(name)
        if number is not None and int(number) < 1:
            self._refuse("GREATER_THAN", "Value must be greater than 0", name)
        return None if number is None else int(number)

    def _tags(self) -> tuple[str, ...]:
        tags = tuple(dict.fromkeys(self._given.get("tags") or ()))
        if len(tags) > MOST_TAGS:
            self._refuse("TOO_MANY_TAGS", f"The number of tags exceeds the maximum of {MOST_TAGS}.", "tags")
        if any(len(tag) > LONGEST_TAG for tag in tags):
            message = f"The tag title exceeds the maximum length of {LONGEST_TAG} characters."
            self._refuse("INVALID_TAG_LENGTH", message, "tags")
        return tags

    def _combinations(self) -> frozenset[str]:
        given = self._given.get("combinesWith") or {}
        wanted = frozenset(kind for name, kind in _COMBINATIONS.items() if given.get(name))
        if self._kind == FREE_SHIPPING and SHIPPING in wanted:
            message = "The combinesWith settings are not valid for the discount class."
            self._refuse("INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS", message, "combinesWith")
        return wanted

    def _audience(self) -> Audience:
        context, selection = self._given.get("context"), self._given.get("customerSelection")
        name, chosen = ("context", context) if context else ("customerSelection", selection)
        if context and selection:
            self._refuse("INVALID", "Only one of context or customerSelection can be provided.", "context")
        if not chosen:
            self._refuse("BLANK", "Context must be set", "context")
            return Audience()
        if chosen.get("markets"):
            message = "Discounts by market is not supported for this shop"
            self._refuse("INVALID", message, name, "markets")
        if chosen.get("all"):
            return Audience()
        people = self._added(chosen, "customers", "Customer", self._shop.customers, name)
        groups = self._added(chosen, "customerSegments", "Segment", self._shop.outward.segments.all, name)
        if not people and not groups:
            message = "a minimum of one prerequisite segment or prerequisite customer must be provided"
            self._refuse("INVALID", message, name)
        return Audience(people or None, groups or None)

    def _added(self, chosen: Input, name: str, kind: str, known: Iterable[int], *path: str) -> frozenset[int]:
        gids = (chosen.get(name) or {}).get("add") or ()
        return self._numbers(gids, kind, known, kind, *path, name, "add")

    def _numbers(self, gids: Iterable[str], kind: str, known: Iterable[int], called: str, *path: str) -> frozenset[int]:
        numbers = {str(gid): number_of(gid, kind) for gid in gids}
        for gid, number in numbers.items():
            if number not in known:
                self._refuse("INVALID", f"{called} with id: {gid.rpartition('/')[2]} is invalid", *path)
        return frozenset(numbers.values())

    def _minimum(self) -> Minimum:
        given = self._given.get("minimumRequirement") or {}
        subtotal = (given.get("subtotal") or {}).get("greaterThanOrEqualToSubtotal")
        quantity = (given.get("quantity") or {}).get("greaterThanOrEqualToQuantity")
        if subtotal is not None and quantity is not None:
            message = "Minimum subtotal cannot be defined when minimum quantity is."
            place = ("minimumRequirement", "subtotal", "greaterThanOrEqualToSubtotal")
            self._refuse("CONFLICT", message, *place)
            message = "Minimum quantity cannot be defined when minimum subtotal is."
            place = ("minimumRequirement", "quantity", "greaterThanOrEqualToQuantity")
            self._refuse("CONFLICT", message, *place)
        least = self._amount(subtotal, "minimumRequirement", "subtotal", "greaterThanOrEqualToSubtotal")
        return Minimum(least, None if quantity is None else int(quantity))

    def _amount(self, text: Any, *path: str) -> int | None:
        if text is None:
            return None
        try:
            return to_minor(str(text), self._shop.currency)
        except ValueError as error:
            self._refuse("INVALID", str(error), *path)
            return None

    # What one kind has

    def _destination(self) -> Destination:
        given = self._given.get("destination") or {"all": True}
        dearest = self._amount(self._given.get("maximumShippingPrice"), "maximumShippingPrice")
        if given.get("all"):
            return Destination(dearest=dearest)
        chosen = given.get("countries") or {}
        return Destination(frozenset(chosen.get("add") or ()), bool(chosen.get("includeRestOfWorld")), dearest)

    def _value(self) -> Value:
        given = (self._given.get("customerGets") or {}).get("value") or {}
        path = ("customerGets", "value")
        counted = given.get("discountOnQuantity")
        if self._kind == BXGY:
            return self._counted(counted or {}, *path)
        if counted:
            self._refuse("INVALID", "discountOnQuantity field is only permitted with bxgy discounts.", *path)
        share, fixed = given.get("percentage"), given.get("discountAmount")
        if (share is None) == (fixed is None):
            self._refuse("INVALID", "Give one of percentage and discountAmount", *path)
            return Value()
        if fixed is None:
            return Value(share=self._share(share, *path, "percentage"))
        place = (*path, "discountAmount", "amount")
        amount = self._amount(fixed.get("amount"), *place) or 0
        if amount < 0:
            self._refuse("LESS_THAN_OR_EQUAL_TO", "Value must be less than or equal to 0", *place)
        return Value(amount=amount, on_each=bool(fixed.get("appliesOnEachItem")))

    def _counted(self, given: Input, *path: str) -> Value:
        quantity = int(given.get("quantity") or 0)
        if quantity < 1:
            self._refuse("INVALID", "Only discountOnQuantity permitted with bxgy discounts.", *path)
        share = (given.get("effect") or {}).get("percentage")
        if share is None:
            return Value(pieces=quantity, amount=self._amount((given.get("effect") or {}).get("amount"), *path) or 0)
        return Value(share=self._share(share, *path, "discountOnQuantity", "effect", "percentage"), pieces=quantity)

    def _share(self, number: Any, *path: str) -> Fraction:
        share = Fraction(str(number))
        if not 0 <= share <= 1:
            self._refuse("VALUE_OUTSIDE_RANGE", "Value must be between 0.0 and 1.0", *path)
        return share

    def _bought(self) -> Minimum:
        given = (self._given.get("customerBuys") or {}).get("value") or {}
        amount = self._amount(given.get("amount"), "customerBuys", "value", "amount")
        quantity = given.get("quantity")
        if amount is None and not quantity:
            self._refuse("BLANK", "Customer buys value must be defined", "customerBuys", "value")
        return Minimum(amount, int(quantity) if quantity else None)

    def _items(self, side: str, called: str) -> Items:
        given = (self._given.get(side) or {}).get("items") or {}
        goods, shelves = given.get("products") or {}, (given.get("collections") or {}).get("add") or ()
        wanted, variants = goods.get("productsToAdd") or (), goods.get("productVariantsToAdd") or ()
        if given.get("all"):
            if self._kind == BXGY:
                self._refuse("INVALID", f"Items in '{called}' cannot be set to all", side)
            return Items(everything=True)
        path = (side, "items", "products")
        if shelves and (wanted or variants):
            message = "Cannot entitle collections in combination with product variants or products"
            self._refuse("CONFLICT", message, side, "items", "collections", "add")
        if not (wanted or variants or shelves):
            self._refuse("BLANK", f"Items in '{called}' must be defined", side, "items")
        # The store's products have no variants, so there is none to name.
        self._numbers(variants, "ProductVariant", (), "Product variant", *path, "productVariantsToAdd")
        known = self._shop.collections.all
        shelved = self._numbers(shelves, "Collection", known, "Collection", side, "items", "collections", "add")
        return Items(
            products=self._numbers(wanted, "Product", self._shop.products, "Product", *path, "productsToAdd"),
            collections=shelved,
        )
