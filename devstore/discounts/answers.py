"""How the Admin API answers for discounts: what was made, and how often it was used."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from devstore.answer_kinds import Answer, fixed, plain
from devstore.discounts.records import BASIC, BXGY, FREE_SHIPPING, ORDER, PRODUCT, SHIPPING, Discount, Items
from devstore.money import to_decimal
from devstore.pages import iso
from devstore.search import Fields, sorted_by
from devstore.sources import Arguments, Ask, Money

Source = dict[str, Any]
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


def _code(discount: Discount, ask: Ask) -> Source:
    count = ask.shop.discounts.count(discount, ask.now)
    return {"id": f"gid://shopify/DiscountRedeemCode/{discount.id}", "code": discount.code, "asyncUsageCount": count}


def _money(amount: int | None, ask: Ask) -> Money | None:
    return None if amount is None else Money(amount, ask.shop.currency)


def _context(discount: Discount, ask: Ask, _arguments: Arguments) -> Source:
    customers, segments = discount.audience
    if customers is not None:
        known = (ask.shop.customers.get(ask.shop.merged.get(one, one)) for one in sorted(customers))
        return {"__typename": "DiscountCustomers", "customers": [one for one in known if one]}
    if segments is not None:
        held = (ask.shop.outward.segments.all.get(one) for one in sorted(segments))
        return {"__typename": "DiscountCustomerSegments", "segments": [one for one in held if one]}
    return {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}


def _minimum(discount: Discount, ask: Ask, _arguments: Arguments) -> Source | None:
    subtotal, quantity = discount.minimum
    if subtotal is not None:
        least = _money(subtotal, ask)
        return {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": least}
    if quantity is not None:
        return {"__typename": "DiscountMinimumQuantity", "greaterThanOrEqualToQuantity": str(quantity)}
    return None


def _items(items: Items) -> Source:
    if items.everything:
        return {"__typename": "AllDiscountItems", "allItems": True}
    if items.collections:
        return {"__typename": "DiscountCollections", "numbers": items.collections}
    return {"__typename": "DiscountProducts", "numbers": items.products}


def _gets(discount: Discount, ask: Ask, _arguments: Arguments) -> Source:
    value = discount.value
    effect: Source = {"__typename": "DiscountPercentage", "percentage": float(value.share or 0)}
    if value.share is None:
        effect = {"amount": _money(value.amount, ask), "appliesOnEachItem": value.on_each}
        effect["__typename"] = "DiscountAmount"
    if value.pieces is not None:
        quantity = {"quantity": str(value.pieces)}
        effect = {"__typename": "DiscountOnQuantity", "effect": effect, "quantity": quantity}
    return {"items": _items(discount.gets), "value": effect}


def _buys(discount: Discount, ask: Ask, _arguments: Arguments) -> Source:
    amount, quantity = discount.minimum
    value: Source = {"__typename": "DiscountQuantity", "quantity": str(quantity)}
    if amount is not None:
        value = {"__typename": "DiscountPurchaseAmount", "amount": to_decimal(amount, ask.shop.currency)}
    return {"items": _items(discount.buys), "value": value}


def _destination(discount: Discount, _ask: Ask, _arguments: Arguments) -> Source:
    countries, rest, _ = discount.destination
    if countries is None:
        return {"__typename": "DiscountCountryAll", "allCountries": True}
    return {"__typename": "DiscountCountries", "countries": sorted(countries), "includeRestOfWorld": rest}


def _combinations(discount: Discount) -> Source:
    names = {"orderDiscounts": ORDER, "productDiscounts": PRODUCT, "shippingDiscounts": SHIPPING}
    return {name: kind in discount.combines_with for name, kind in names.items()}


_DISCOUNT: dict[str, Answer] = {
    "appliesOncePerCustomer": plain(lambda one: one.once_each),
    "asyncUsageCount": lambda one, ask, _arguments: ask.shop.discounts.count(one, ask.now),
    "codesCount": fixed({"count": 1, "precision": "EXACT"}),
    "combinesWith": plain(_combinations),
    "context": _context,
    "createdAt": plain(lambda one: iso(one.created_at)),
    "customerBuys": _buys,
    "customerGets": _gets,
    "destinationSelection": _destination,
    "discountClasses": plain(lambda one: [one.applies_to]),
    "endsAt": plain(lambda one: iso(one.ends_at)),
    "maximumShippingPrice": lambda one, ask, _arguments: _money(one.destination.dearest, ask),
    "minimumRequirement": _minimum,
    "startsAt": plain(lambda one: iso(one.starts_at)),
    "status": lambda one, ask, _arguments: one.status(ask.now),
    "tags": plain(lambda one: list(one.tags)),
    "title": plain(lambda one: one.title),
    "updatedAt": plain(lambda one: iso(one.updated_at)),
    "usageLimit": plain(lambda one: one.usage_limit),
    "usesPerOrderLimit": plain(lambda one: one.uses_per_order),
}


def _fields(ask: Ask) -> Fields:
    """What discounts can be searched by."""
    times: dict[str, Callable[[Any], datetime]] = {
        "created_at": lambda one: one.created_at,
        "updated_at": lambda one: one.updated_at,
        "starts_at": lambda one: one.starts_at,
        "ends_at": lambda one: one.ends_at or _FOR_EVER,
    }
    numbers: dict[str, Callable[[Any], int]] = {
        "id": lambda one: one.id,
        "times_used": lambda one: ask.shop.discounts.count(one, ask.now),
    }
    words: dict[str, Callable[[Any], str]] = {
        "code": lambda one: one.code,
        "title": lambda one: one.title,
        "status": lambda one: one.status(ask.now),
        "method": lambda _one: "code",
        "discount_class": lambda one: one.applies_to,
    }
    special: dict[str, Callable[[str], Callable[[Any], bool]]] = {
        "customer_ids": lambda value: lambda one: _any_of(value, one.audience.customers),
        "segment_ids": lambda value: lambda one: _any_of(value, one.audience.segments),
        "tag": lambda value: lambda one: bool({*value.casefold().split(",")} & {tag.casefold() for tag in one.tags}),
    }
    return Fields(ask.shop.zone, times, numbers, words, special, "title")


def _any_of(value: str, numbers: frozenset[int] | None) -> bool:
    return not {str(number) for number in numbers or ()}.isdisjoint(value.split(","))


_KEYS: dict[str, Callable[[Any], Any]] = {
    "CREATED_AT": lambda one: (one.created_at, one.id),
    "ENDS_AT": lambda one: (one.ends_at or _FOR_EVER, one.id),
    "ID": lambda one: one.id,
    "STARTS_AT": lambda one: (one.starts_at, one.id),
    "TITLE": lambda one: (one.title, one.id),
    "UPDATED_AT": lambda one: (one.updated_at, one.id),
}


def found_discounts(_root: Any, ask: Ask, arguments: Arguments) -> list[Any]:
    """The discounts that a search finds."""
    key, query = arguments.get("sortKey") or "CREATED_AT", arguments.get("query") or ""
    known: list[Any] = list(ask.shop.discounts.all.values())
    return sorted_by(known, query, _fields(ask), _KEYS, key, bool(arguments.get("reverse")))


def _shelf(source: Source, held: dict[int, Any]) -> list[Any]:
    return [held[number] for number in sorted(source["numbers"]) if number in held]


DISCOUNT_ANSWERS: dict[str, dict[str, Answer]] = {
    **dict.fromkeys((BASIC, BXGY, FREE_SHIPPING), _DISCOUNT),
    "DiscountCodeNode": {
        "id": plain(lambda one: f"gid://shopify/DiscountCodeNode/{one.id}"),
        "codeDiscount": plain(lambda one: one),
    },
    "DiscountNode": {
        "id": plain(lambda one: f"gid://shopify/DiscountNode/{one.id}"),
        "discount": plain(lambda one: one),
    },
}
DISCOUNT_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("QueryRoot", "discountNodes"): found_discounts,
    **{(kind, "codes"): lambda one, ask, _: [_code(one, ask)] for kind in (BASIC, BXGY, FREE_SHIPPING)},
    ("DiscountProducts", "products"): lambda source, ask, _: _shelf(source, ask.shop.products),
    ("DiscountCollections", "collections"): lambda source, ask, _: _shelf(source, ask.shop.collections.all),
}
DISCOUNT_ROOTS: dict[str, Answer] = {
    "codeDiscountNode": lambda _root, ask, given: ask.shop.discounts.find(given["id"]),
    "codeDiscountNodeByCode": lambda _root, ask, given: ask.shop.discounts.by_code(given["code"]),
}
DISCOUNT_WRITING: dict[str, Answer] = {
    "discountCodeBasicCreate": lambda _, ask, given: ask.shop.discounts.create(BASIC, given["basicCodeDiscount"]),
    "discountCodeBxgyCreate": lambda _, ask, given: ask.shop.discounts.create(BXGY, given["bxgyCodeDiscount"]),
    "discountCodeFreeShippingCreate": lambda _, ask, given: ask.shop.discounts.create(
        FREE_SHIPPING, given["freeShippingCodeDiscount"]
    ),
    "discountCodeDeactivate": lambda _, ask, given: ask.shop.discounts.deactivate(given["id"]),
    "discountCodeDelete": lambda _, ask, given: ask.shop.discounts.delete(given["id"]),
}
