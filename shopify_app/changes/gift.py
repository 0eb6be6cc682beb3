"""Whom an opening gift is for, by the orders as they are stored."""

from shopify_app.changes.parts.queries import with_parts
from shopify_app.changes.points import earned_orders
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.loyalty.gift.model import OpeningGift
from shopify_app.loyalty.gift.share import shares
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.simulator.queries import Place, next_orders
from shopify_app.loyalty.simulator.replay import Span

ROWS = 1000
"""Orders read at once."""


def portion(
    session: Session, shop: ShopId, gift: OpeningGift, place: Place, rows: int = ROWS
) -> tuple[dict[int, int], int, list[int]]:
    """Points of the next customers, all orders of each; how many orders there were, and where to go on."""
    rule = next((one.rule for one in versions_of(session, shop) if one.number == gift.rule), None)
    if rule is None:
        raise Malformed("There is no programme yet. Choose one first.")
    places = _whole(session, shop, place, Span(gift.since, gift.until), rows)
    if not places:
        return {}, 0, []
    orders = with_parts(session, shop, earned_orders(session, shop, [one.order for one in places]), [rule])
    found = shares(orders.values(), rule, gift.since, gift.most)
    return found, len(places), [places[-1].customer or 0, places[-1].order]


def _whole(session: Session, shop: ShopId, place: Place, span: Span, rows: int) -> list[Place]:
    """The next orders, of each customer all."""
    places = next_orders(session, shop, place, span, rows)
    if len(places) < rows:
        return places
    last = places[-1].customer
    whole = [one for one in places if one.customer != last]
    if not whole:
        whole = places
        while more := [one for one in next_orders(session, shop, whole[-1], span, rows) if one.customer == last]:
            whole += more
    return whole
