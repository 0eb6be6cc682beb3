"""Adding up what a shop's pages show, before the morning's first reader has to wait for it."""

from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, local_day
from shopify_app.db.base import Database, ShopId
from shopify_app.retention.history.queries import keep as keep_grids
from shopify_app.retention.history.usual import usual_grids
from shopify_app.retention.rfm.queries import keep_cuts, work_out
from shopify_app.retention.window_sums.queries import keep
from shopify_app.retention.window_sums.usual import usual_sums
from shopify_app.segments.counting import sizes_now
from shopify_app.segments.queries import keep_counts
from shopify_app.shops.queries import get_shop


def keep_sums(database: Database, shop: ShopId, now: Instant) -> None:
    """Keep the sums of the windows that pages usually show today, and what is told of all customers together."""
    with database.reading() as session:
        today = local_day(now, ZoneInfo(get_shop(session, shop).timezone))
        rows, grids = usual_sums(session, shop, today), usual_grids(session, shop, today)
        cuts = work_out(session, shop)
        sizes = dict(sizes_now(session, shop, now, cuts))
    with database.transaction() as session:
        keep_cuts(session, shop, cuts, today)
        keep_counts(session, shop, sizes, now)
        if rows:
            keep(session, shop, rows, today)
        if grids:
            keep_grids(session, grids)
