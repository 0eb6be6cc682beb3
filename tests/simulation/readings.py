"""What the app had read of collections, and when: seen in its tables as they were, not in what it says of the past."""

from bisect import bisect_right
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.world import World

_NOW = (
    "SELECT c.shop_id, c.collection_id, p.product_id FROM collection c LEFT JOIN collection_product p"
    " ON (p.shop_id, p.collection_id) = (c.shop_id, c.collection_id) ORDER BY 1, 2, 3"
)
_Rows = list[tuple[int, int, int | None]]


class Readings:
    """Looks whenever something was written."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._last: _Rows = []
        self._known: dict[tuple[int, int], list[tuple[datetime, frozenset[int]]]] = {}
        """By shop and collection what stood in it, from when on."""

    def look(self) -> None:
        """Note what is otherwise than at the last look."""
        rows = self._world.observer.rows(_NOW)
        if rows == self._last:
            return
        self._last = rows
        now: dict[tuple[int, int], set[int]] = {}
        for shop, collection, product in rows:
            now.setdefault((shop, collection), set()).update([] if product is None else [product])
        for key in self._known.keys() | now.keys():
            inside, before = frozenset(now.get(key, ())), self._known.setdefault(key, [])
            if not before or before[-1][1] != inside:
                before.append((self._world.clock(), inside))

    def stood(self, shop: int, collection: int, product: int, at: datetime) -> bool:
        """Whether it stood there by what had been read by then; by what was read first where that came later."""
        known = self._known.get((shop, collection), [])
        place = bisect_right(known, at, key=lambda one: one[0])
        return bool(known) and product in known[max(place - 1, 0)][1]
