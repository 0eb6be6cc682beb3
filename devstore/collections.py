"""Collections of a shop's products, and what the merchant does with them; the app is told nothing of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from devstore.clock import whole_second
from devstore.records import Product

if TYPE_CHECKING:
    from devstore.shop import Shop


@dataclass(slots=True)
class Collection:
    """Some of a shop's products under one title."""

    id: int
    title: str
    products: list[Product]
    updated_at: datetime


class CollectionDesk:
    """The collections of a shop, by their numbers."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self.all: dict[int, Collection] = {}

    def add(self, title: str, products: Sequence[Product] = ()) -> Collection:
        """A new collection of these products."""
        number = self._shop.store.new_id("collection")
        self.all[number] = Collection(number, title, list(products), whole_second(self._shop.store.now()))
        return self.all[number]

    def change(self, number: int, title: str | None = None, products: Sequence[Product] | None = None) -> Collection:
        """Another title, or other products; KeyError for an unknown one."""
        found = self.all[number]
        found.title = found.title if title is None else title
        found.products = found.products if products is None else list(products)
        found.updated_at = whole_second(self._shop.store.now())
        return found

    def delete(self, number: int) -> None:
        """Delete a collection; its products stay."""
        del self.all[number]
