"""Work that nobody asks for: each shop's night, and orders that still wait to be asked for again."""

from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, local_day
from shopify_app.db.base import Database, ShopId
from shopify_app.jobs.reconcile_shop import RECONCILE
from shopify_app.jobs.refetch_orders import REFETCH
from shopify_app.reconciliation.queries import shops_with_refetches
from shopify_app.shops.model import INSTALLED, Shop
from shopify_app.shops.queries import get_shop, installed_shops
from shopify_app.tasks.queries import latest, request

ACTOR = "system:nightly"


def request_work(database: Database, now: Instant) -> None:
    """Request every shop's night once on each of its days: the task itself waits for its hour.

    May be called at any time and as often as one likes; no other clock or timetable is needed.
    """
    with database.reading() as session:
        shops = [shop for shop in installed_shops(session) if _is_ready(shop, now)]
        waiting = [one for one in shops_with_refetches(session) if get_shop(session, one).state == INSTALLED]
    for shop in shops:
        _request_night(database, shop, now)
    for shop_id in waiting:
        with database.transaction() as session:
            task = latest(session, shop_id, REFETCH)
            if task is None or not task.active:
                request(session, shop_id, REFETCH, None, ACTOR, now)


def _is_ready(shop: Shop, now: Instant) -> bool:
    """From the day after the import on: what the import has just read need not be asked for again."""
    zone = ZoneInfo(shop.timezone)
    return shop.imported_at is not None and local_day(shop.imported_at, zone) < local_day(now, zone)


def _request_night(database: Database, shop: Shop, now: Instant) -> None:
    night = local_day(now, ZoneInfo(shop.timezone)).isoformat()
    with database.transaction() as session:
        last = latest(session, ShopId(shop.id), RECONCILE)
        if last is None or (not last.active and last.arguments.get("night") != night):
            request(session, ShopId(shop.id), RECONCILE, {"night": night}, ACTOR, now)
