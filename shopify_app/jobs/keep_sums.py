"""Adding up what a shop's pages show, before the morning's first reader has to wait for it."""

from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, local_day
from shopify_app.db.base import Database, ShopId
from shopify_app.retention.window_sums.queries import keep
from shopify_app.retention.window_sums.usual import usual_sums
from shopify_app.shops.queries import get_shop


def keep_sums(database: Database, shop: ShopId, now: Instant) -> None:
    """Keep the sums of the windows that pages usually show today."""
    with database.reading() as session:
        today = local_day(now, ZoneInfo(get_shop(session, shop).timezone))
        rows = usual_sums(session, shop, today)
    if rows:
        with database.transaction() as session:
            keep(session, shop, rows, today)
