"""The discount codes of a shop: making, switching off, deleting and finding them, and how often each was used."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from devstore.clock import whole_second
from devstore.discounts.reading import Reader
from devstore.discounts.records import Discount, Use
from devstore.gids import number_of

if TYPE_CHECKING:
    from devstore.shop import Shop

USAGE_LAG = timedelta(seconds=5)
"""How long it takes until a use is counted where an app can read it; the checkout itself knows at once."""


class DiscountDesk:
    """The discounts of a shop, by their numbers."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._by_code: dict[str, Discount] = {}
        self.all: dict[int, Discount] = {}
        self.lag = USAGE_LAG

    def create(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of one of the mutations that make a discount."""
        now = whole_second(self._shop.store.now())
        reader = Reader(self._shop, kind, given)
        found, errors = reader.discount(now)
        if found and self.by_code(found.code):
            errors.append(reader.error("TAKEN", "Code must be unique. Please try a different code.", "code"))
        if errors or found is None:
            return {"codeDiscountNode": None, "userErrors": errors}
        self.all[found.id] = self._by_code[_folded(found.code)] = found
        return {"codeDiscountNode": found, "userErrors": []}

    def deactivate(self, gid: str) -> dict[str, Any]:
        """The payload of discountCodeDeactivate: it ends now, if it has not ended before."""
        found, now = self.find(gid), whole_second(self._shop.store.now())
        if found is None:
            return {"codeDiscountNode": None, "userErrors": [_unknown()]}
        if found.status(now) != "EXPIRED":
            found.ends_at = found.updated_at = now
        return {"codeDiscountNode": found, "userErrors": []}

    def delete(self, gid: str) -> dict[str, Any]:
        """The payload of discountCodeDelete; its code can be given anew."""
        found = self.find(gid)
        if found is None:
            return {"deletedCodeDiscountId": None, "userErrors": [_unknown()]}
        del self.all[found.id]
        del self._by_code[_folded(found.code)]
        return {"deletedCodeDiscountId": gid, "userErrors": []}

    def find(self, gid: str) -> Discount | None:
        """The discount of a global id."""
        return self.all.get(number_of(gid, "DiscountCodeNode"))

    def by_code(self, code: str) -> Discount | None:
        """The discount of a code, whatever its case."""
        return self._by_code.get(_folded(code))

    def count(self, discount: Discount, now: datetime) -> int:
        """How often it was used, as far as that has been counted by now."""
        return sum(use.at + self.lag <= now for use in discount.uses)

    def use(self, discounts: Iterable[Discount], names: frozenset[str], at: datetime) -> None:
        """Somebody of these addresses and phones has placed an order with these discounts."""
        for discount in discounts:
            discount.uses.append(Use(at, names))


def _folded(code: str) -> str:
    return code.strip().casefold()


def _unknown() -> dict[str, Any]:
    return {"field": ["id"], "message": "Code discount does not exist.", "code": "INVALID", "extraInfo": None}
