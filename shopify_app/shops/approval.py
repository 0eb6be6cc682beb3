"""Shopify's approval for protected customer data: whether it is time to look if we have it by now."""

from datetime import timedelta

from shopify_app.clock import Instant, not_ahead
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.shops.model import Shop
from shopify_app.tasks.queries import latest, request

OPENING, NIGHT = timedelta(minutes=10), timedelta(hours=20)
"""How long it was not asked for before a page that is open asks again, and before the night does."""
_IMPORT = "import_orders"


def look_again(database: Database, shop: Shop, actor: str, after: timedelta, now: Instant) -> None:
    """Have the orders of a shop read where Shopify had not approved it, and has not been asked for so long.

    There is nothing else to ask: Shopify tells nobody that it has approved an app, it only answers from then on.
    """
    mine = ShopId(shop.id)
    with database.reading() as session:
        wanted = not shop.approved and _is_long_ago(session, mine, after, now)
    if wanted:
        with database.transaction() as session:
            request(session, mine, _IMPORT, None, actor, now)


def _is_long_ago(session: Session, shop: ShopId, after: timedelta, now: Instant) -> bool:
    last = latest(session, shop, _IMPORT)
    if last is None or last.active:
        return last is None
    # By a clock that was ahead nobody knows when that was: asking once too often does no harm.
    asked_at = not_ahead(last.updated_at, now)
    return asked_at is None or now - asked_at >= after
