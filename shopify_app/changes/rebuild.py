"""Building all aggregates anew from the facts, into a generation of their own, and then showing that one."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from zoneinfo import ZoneInfo

from shopify_app.changes import queries
from shopify_app.changes.queries import Rows
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.retention.counting import Booking, bookings, numbered
from shopify_app.shops.queries import get_shop

PIECE = 1000
"""Rows in one transaction: the webhook door gets its turn between two."""

Turn = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction in which nothing else may change the shop's facts."""


def computed(session: Session, shop: ShopId, *, anew: bool = False) -> Rows:
    """All rows as the facts alone say, by basis and buyer; `anew` in the zone and currency that Shopify tells now."""
    row = get_shop(session, shop)
    name, currency = (row.told_timezone, row.told_currency) if anew else (row.timezone, row.currency)
    zone = ZoneInfo(name)
    orders = queries.all_orders(session, shop)
    refunds = queries.all_refunds(session, shop)
    rows: Rows = defaultdict(list)
    for order in orders:
        countable = order.countable(currency)
        for booking in bookings(countable, refunds.get(order.order_id, {}).values(), zone):
            rows[booking.basis.value, booking.buyer_id].append(booking)
    return {key: numbered(mine) for key, mine in rows.items()}


def rebuild(database: Database, shop: ShopId, turn: Turn) -> None:
    """Write a new generation piece by piece, then show it; the old one is seen until that moment.

    The caller keeps everybody else from changing the shop's facts meanwhile: each `turn` proves it again.
    """
    with database.reading() as session:
        row = get_shop(session, shop)
        told, generation = (row.told_timezone, row.told_currency), row.generation + 1
        rows = _flat(computed(session, shop, anew=True))
    # What a rebuild that was killed has left of this generation.
    with turn() as session:
        queries.drop_generation(session, shop, generation)
    while piece := list(islice(rows, PIECE)):
        with turn() as session:
            queries.add_bookings(session, shop, generation, piece)
    with turn() as session:
        queries.show_generation(session, shop, generation, *told)
    with turn() as session:
        queries.drop_generation(session, shop, generation - 1)


def _flat(rows: Rows) -> Iterator[Booking]:
    return (row for mine in rows.values() for row in mine)


def drift(session: Session, shop: ShopId) -> int:
    """How many rows differ between the aggregates shown and the facts; zero is the promise."""
    generation = get_shop(session, shop).generation
    shown = {row for rows in queries.all_bookings(session, shop, generation).values() for row in rows}
    true = {row for rows in computed(session, shop).values() for row in rows}
    return len(shown ^ true)
