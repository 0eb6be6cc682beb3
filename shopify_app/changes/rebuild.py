"""Building all aggregates anew from the facts, into a generation of their own, and then showing that one."""

from collections import defaultdict

from shopify_app.changes import queries
from shopify_app.changes.queries import Rows
from shopify_app.db.base import Session, ShopId
from shopify_app.retention.counting import bookings, numbered


def computed(session: Session, shop: ShopId) -> Rows:
    """All rows as the facts alone say, by basis and buyer."""
    zone, currency, _ = queries.shop_circumstances(session, shop)
    orders = queries.all_orders(session, shop)
    refunds = queries.all_refunds(session, shop)
    rows: Rows = defaultdict(list)
    for order in orders:
        for booking in bookings(order.countable(currency), refunds.get(order.order_id, {}).values(), zone):
            rows[booking.basis.value, booking.buyer_id].append(booking)
    return {key: numbered(mine) for key, mine in rows.items()}


def rebuild(session: Session, shop: ShopId) -> None:
    """Write a new generation, show it and drop the old one, in the caller's transaction under the DRAIN lease."""
    _, _, generation = queries.shop_circumstances(session, shop)
    queries.store_bookings(session, shop, generation + 1, {}, computed(session, shop))
    queries.show_generation(session, shop, generation + 1)


def drift(session: Session, shop: ShopId) -> int:
    """How many rows differ between the aggregates shown and the facts; zero is the promise."""
    _, _, generation = queries.shop_circumstances(session, shop)
    shown = {row for rows in queries.all_bookings(session, shop, generation).values() for row in rows}
    true = {row for rows in computed(session, shop).values() for row in rows}
    return len(shown ^ true)
