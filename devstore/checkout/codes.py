"""Whether a code is honoured for a buyer and a cart, with Shopify's name for the reason and a sentence where it is not.

Names are those of the Storefront API's ``CartWarningCode``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from devstore.checkout.cart import Buyer, Cart, Goods
from devstore.checkout.worksheet import pieces_got
from devstore.discounts.records import BXGY, SHIPPING, Discount, Items
from devstore.money import to_text
from devstore.segments import UnreadableError, members_test

if TYPE_CHECKING:
    from devstore.shop import Shop


class Verdict(NamedTuple):
    """What became of one code as it was typed; no reason where it is honoured."""

    code: str
    discount: Discount | None = None
    reason: str | None = None
    why: str = ""


Fault = tuple[str, str] | None


class Judge:
    """Looks at the codes of one cart in the order in which they were typed."""

    def __init__(self, shop: "Shop", cart: Cart, buyer: Buyer, shipping: int, now: datetime) -> None:
        self._shop, self._cart, self._buyer, self._shipping, self._now = shop, cart, buyer, shipping, now

    def verdicts(self) -> list[Verdict]:
        """One for each code; one that does not go with an earlier one that is honoured is not."""
        given: list[Verdict] = []
        for code in self._cart.codes:
            found = self._shop.discounts.by_code(code)
            fault = self._fault(found, code) if found else ("DISCOUNT_NOT_FOUND", f"There is no code {code}.")
            fault = fault or self._beside(found, code, given)
            given.append(Verdict(code, found, *fault) if fault else Verdict(code, found))
        return given

    def _fault(self, found: Discount, code: str) -> Fault:
        return self._too_early_or_late(found, code) or self._not_for_them(found, code) or self._cart_fault(found, code)

    def _too_early_or_late(self, found: Discount, code: str) -> Fault:
        told = {"SCHEDULED": ("can be used from", found.starts_at), "EXPIRED": ("could be used until", found.ends_at)}
        word, moment = told.get(found.status(self._now), ("", None))
        if moment is None:
            return None
        shown = moment.astimezone(self._shop.zone).strftime("%Y-%m-%d %H:%M")
        return "DISCOUNT_CURRENTLY_INACTIVE", f"{code} {word} {shown}."

    def _not_for_them(self, found: Discount, code: str) -> Fault:
        if not self._may_use(found):
            if not self._buyer.names and not self._buyer.customer:
                message = f"{code} is for certain customers: say who you are first."
                return "DISCOUNT_ELIGIBLE_CUSTOMER_MISSING", message
            return "DISCOUNT_CUSTOMER_NOT_ELIGIBLE", f"{code} is not for this customer."
        if found.usage_limit is not None and len(found.uses) >= found.usage_limit:
            return "DISCOUNT_USAGE_LIMIT_REACHED", f"{code} has been used as often as it may be."
        if found.once_each and any(self._buyer.names & use.names for use in found.uses):
            message = f"This customer has used {code} before."
            return "DISCOUNT_CUSTOMER_USAGE_LIMIT_REACHED", message
        return None

    def _may_use(self, found: Discount) -> bool:
        customers, segments = found.audience
        if customers is None and segments is None:
            return True
        customer, merged = self._buyer.customer, self._shop.merged
        if customer is None:
            return False
        if customers is not None:
            return customer.id in {merged.get(one, one) for one in customers}
        return any(self._is_member(number) for number in segments or ())

    def _is_member(self, number: int) -> bool:
        segment, customer = self._shop.outward.segments.all.get(number), self._buyer.customer
        if segment is None or customer is None:
            return False
        try:
            return members_test(self._shop, segment.query)(customer)
        except UnreadableError:
            return False

    def _cart_fault(self, found: Discount, code: str) -> Fault:
        if found.kind == BXGY:
            return self._nothing_got(found, code)
        if found.applies_to == SHIPPING:
            return self._not_shipped(found, code) or self._too_little(found, code, Items(everything=True))
        if not any(one.meant(found.gets) for one in self._cart.goods):
            return "DISCOUNT_NO_ENTITLED_LINE_ITEMS", f"{code} is for nothing in the cart."
        return self._too_little(found, code, found.gets)

    def _too_little(self, found: Discount, code: str, items: Items) -> Fault:
        meant = [one for one in self._cart.goods if one.meant(items)]
        subtotal, quantity = found.minimum
        if subtotal is not None and sum(one.total for one in meant) < subtotal:
            least = f"{to_text(subtotal, self._shop.currency)} {self._shop.currency}"
            return "DISCOUNT_PURCHASE_NOT_IN_RANGE", f"{code} takes {least} or more in the cart."
        if quantity is not None and _pieces(meant) < quantity:
            return "DISCOUNT_QUANTITY_NOT_IN_RANGE", f"{code} takes {quantity} pieces or more in the cart."
        return None

    def _nothing_got(self, found: Discount, code: str) -> Fault:
        if any(pieces_got(found, self._cart.goods)):
            return None
        if not any(one.meant(found.gets) for one in self._cart.goods):
            return "DISCOUNT_NO_ENTITLED_LINE_ITEMS", f"What {code} is for is not in the cart."
        fault = self._too_little(found, code, found.buys)
        return fault or ("DISCOUNT_QUANTITY_NOT_IN_RANGE", f"{code} takes more beside what it is for.")

    def _not_shipped(self, found: Discount, code: str) -> Fault:
        countries, rest, dearest = found.destination
        message = ""
        if not self._cart.shipped:
            message = f"{code} is for shipping, and nothing is shipped."
        elif countries is not None and not rest and self._cart.country not in countries:
            message = f"{code} is not for shipping there."
        elif dearest is not None and self._shipping > dearest:
            message = f"{code} is not for shipping as dear as this."
        return ("DISCOUNT_NO_ENTITLED_SHIPPING_LINES", message) if message else None

    def _beside(self, found: Discount | None, code: str, given: Sequence[Verdict]) -> Fault:
        for other in given:
            if found and other.discount and other.reason is None and not _together(found, other.discount):
                return "DISCOUNT_CODE_NOT_HONOURED", f"{code} cannot be used together with {other.code}."
        return None


def _together(one: Discount, other: Discount) -> bool:
    return one is not other and one.applies_to in other.combines_with and other.applies_to in one.combines_with


def _pieces(goods: Sequence[Goods]) -> int:
    return sum(one.quantity for one in goods)
