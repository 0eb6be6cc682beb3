"""What an app writes into a shop: metafields, segments, tags, and the files of its bulk mutations."""

import re
from typing import TYPE_CHECKING, Any

from devstore.metafields import MetafieldBook, owner_number
from devstore.segments import SegmentDesk
from devstore.staged_uploads import StagedUploads

if TYPE_CHECKING:
    from devstore.shop import Shop

MOST_TAGS, LONGEST_TAG = 250, 255


class Outward:
    """The books of one shop that its app writes in."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self.metafields = MetafieldBook(shop)
        self.segments = SegmentDesk(shop)
        self.uploads = StagedUploads(shop)

    def tag(self, gid: str, tags: list[str]) -> dict[str, Any]:
        """The payload of tagsAdd; a tag that is there already, in whatever case, is there once."""
        customer, wanted = self._shop.customers.get(owner_number(gid)), _split(tags)
        if customer is None:
            return _nobody()
        if any(len(tag) > LONGEST_TAG for tag in wanted):
            return _refusal(f"Tags cannot be longer than {LONGEST_TAG} characters", "tags")
        held = {tag.casefold() for tag in customer.tags}
        fresh = {tag.casefold(): tag for tag in reversed(wanted) if tag.casefold() not in held}
        if len(held) + len(fresh) > MOST_TAGS:
            return _refusal(f"Customer cannot have more than {MOST_TAGS} tags", "tags")
        if fresh:
            customer.tags = sorted([*customer.tags, *fresh.values()], key=str.casefold)
            self.tell_of(customer)
        return {"node": customer, "userErrors": []}

    def untag(self, gid: str, tags: list[str]) -> dict[str, Any]:
        """The payload of tagsRemove; one that is not there is no error."""
        customer, unwanted = self._shop.customers.get(owner_number(gid)), {tag.casefold() for tag in _split(tags)}
        if customer is None:
            return _nobody()
        left = [tag for tag in customer.tags if tag.casefold() not in unwanted]
        if left != customer.tags:
            customer.tags = left
            self.tell_of(customer)
        return {"node": customer, "userErrors": []}

    def tell_of(self, customer: Any) -> None:
        """Something was written of a customer: the change has a time, and the app hears of it."""
        self._shop.update_customer(customer.id)


def _split(tags: list[str]) -> list[str]:
    parts = (part.strip() for tag in tags for part in re.split(r",", tag))
    return [part for part in parts if part]


def _nobody() -> dict[str, Any]:
    return _refusal("Customer does not exist", "id")


def _refusal(message: str, *field: str) -> dict[str, Any]:
    return {"node": None, "userErrors": [{"field": list(field), "message": message}]}
