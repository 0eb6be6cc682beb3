"""All aggregates anew from the facts, piece by piece, beside the generation that is shown; and whether both agree."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.changes import queries
from shopify_app.changes.generations import queries as generations
from shopify_app.changes.histories.history import Histories
from shopify_app.changes.histories.queries import earlier_of
from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.retention.counting import Booking, Countable, Rows, bookings, numbered, sold_of
from shopify_app.retention.people.queries import add_customers, customers_among, customers_counted
from shopify_app.retention.people.row import customers_in
from shopify_app.retention.queries import rows_of
from shopify_app.shops.queries import get_shop

_AT_ONCE = 1000
"""Orders read at once to compare."""
_FIRST = -1
_NONE: dict[int, Any] = {}


@dataclass(frozen=True, slots=True)
class Building:
    """A generation under construction: how it counts, and how far it has come."""

    generation: int
    timezone: str
    currency: str
    guests: bool = False
    """Customers come first, in order of their numbers; then the orders without one."""
    after: int = _FIRST

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> "Building":
        """From what `cursor` gave."""
        return cls(**{name: cursor[name] for name in cls.__slots__})

    def cursor(self) -> dict[str, Any]:
        """As plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


def begin(session: Session, shop: ShopId) -> Building:
    """Start a generation in the zone and currency that Shopify tells now.

    Runs in a DRAIN turn: every change of facts that commits later is remembered for it.
    """
    row = get_shop(session, shop)
    # Never the number of one that was given up half-way: its rows may be old, and are dropped in the end.
    fresh = max(row.generation, row.building or 0) + 1
    building = Building(fresh, row.told_timezone, row.told_currency)
    generations.begin_building(session, shop, building.generation)
    return building


def next_piece(session: Session, shop: ShopId, building: Building, limit: int) -> tuple[list[Booking], Building | None]:
    """The rows of the next buyers, of about `limit` orders, and where to go on; None when all have been read.

    Only reads.
    """
    orders = _next_orders(session, shop, building, limit)
    if not orders and not building.guests:
        return [], Building(building.generation, building.timezone, building.currency, guests=True)
    if not orders:
        return [], None
    rows = _counted(session, shop, orders, building.timezone)
    last = orders[-1].order_id if building.guests else orders[-1].customer_id or _FIRST
    there = Building(building.generation, building.timezone, building.currency, building.guests, last)
    return _flat(rows), there


def catch_up(session: Session, shop: ShopId, building: Building, limit: int, now: Instant) -> bool:
    """Make up to `limit` of those anew whose facts changed meanwhile; when none is left, show the generation: True.

    Runs in a DRAIN turn: whatever commits before is seen here, whatever commits later counts in the new generation.
    """
    buyers = generations.touched_buyers(session, shop, building.generation, limit)
    if not buyers:
        generations.show_generation(session, shop, building.generation, building.timezone, building.currency, now)
        return True
    orders = queries.load_orders(session, shop, [-one for one in buyers if one < 0], [one for one in buyers if one > 0])
    # An order found by its own number may have got a customer since: then its rows are that customer's.
    wanted = set(buyers)
    ours = [Countable.of(order, building.currency, sold_of(order)) for order in orders if order.buyer_id in wanted]
    rows = _counted(session, shop, ours, building.timezone)
    generations.drop_rows_of(session, shop, building.generation, buyers)
    queries.add_bookings(session, shop, building.generation, _flat(rows))
    add_customers(session, shop, building.generation, customers_in(rows).values())
    generations.forget_touched(session, shop, building.generation, buyers)
    return False


def drop_leftover(session: Session, shop: ShopId, limit: int) -> bool:
    """Delete some `limit` rows of what is neither shown nor being built; False when nothing was left."""
    row = get_shop(session, shop)
    for generation in generations.other_generations(session, shop, [row.generation, row.building or row.generation]):
        if generations.drop_some(session, shop, generation, limit):
            return True
    return False


def computed(session: Session, shop: ShopId) -> Rows:
    """All rows as the facts alone say, by basis and buyer, in the zone and currency that the pages show."""
    return {key: rows for piece in _pieces(session, shop) for key, rows in piece.items()}


def drift(session: Session, shop: ShopId, each: Callable[[], None] = lambda: None) -> int:
    """How many rows differ between the aggregates shown and the facts; zero is the promise.

    Goes through the buyers piece by piece, so that a shop of any size fits into memory; `each` is called in between.
    """
    generation = get_shop(session, shop).generation
    differing, met = 0, 0
    for piece in _pieces(session, shop):
        true = _facts_of(piece)
        buyers = {buyer for _, buyer in piece}
        people = customers_among(session, shop, generation, [buyer for buyer in buyers if buyer > 0])
        shown = rows_of(session, shop, generation, buyers)
        stored: set[tuple[object, ...]] = {*(row for rows in shown.values() for row in rows), *people.values()}
        differing += len(stored ^ true)
        met += len(stored)
        each()
    rows = generations.rows_in(session, shop, generation) + customers_counted(session, shop, generation)
    return differing + rows - met


def _facts_of(piece: Rows) -> set[tuple[object, ...]]:
    """What is to stand in the tables for these buyers: rows of orders and of customers."""
    return {*(row for rows in piece.values() for row in rows), *customers_in(piece).values()}


def _pieces(session: Session, shop: ShopId) -> Iterator[Rows]:
    row = get_shop(session, shop)
    at: Building | None = Building(row.generation, row.timezone, row.currency)
    while at is not None:
        flat, at = next_piece(session, shop, at, _AT_ONCE)
        rows: Rows = defaultdict(list)
        for booking in flat:
            rows[booking.basis, booking.buyer_id].append(booking)
        yield rows


def _next_orders(session: Session, shop: ShopId, building: Building, limit: int) -> list[Countable]:
    read = generations.next_guest_orders if building.guests else generations.orders_of_next_customers
    return read(session, shop, building.after, limit, building.currency)


def _counted(session: Session, shop: ShopId, orders: list[Countable], timezone: str) -> Rows:
    ids = {order.order_id for order in orders}
    refunds, edits = queries.load_refunds(session, shop, ids), queries.load_edits(session, shop, ids)
    known = earlier_of(session, shop, {order.customer_id for order in orders if order.customer_id is not None})
    histories = Histories(known=known)
    zone = ZoneInfo(timezone)
    rows: Rows = defaultdict(list)
    for order in orders:
        back, changed = refunds.get(order.order_id, _NONE).values(), edits.get(order.order_id, _NONE).values()
        for booking in bookings(order, back, changed, zone):
            rows[booking.basis, booking.buyer_id].append(booking)
    return {key: numbered(mine, histories.earlier(key[1])) for key, mine in rows.items()}


def _flat(rows: Rows) -> list[Booking]:
    # In the order of their key: then a page of an index that many of them go into is looked for once.
    return sorted([row for mine in rows.values() for row in mine], key=_KEY)


_KEY = itemgetter(*map(Booking._fields.index, ("basis", "order_id")))
