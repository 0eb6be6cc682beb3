"""Looking once a week, at night, for what changed beyond chance."""

from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, local_day
from shopify_app.db.base import Database, ShopId
from shopify_app.retention.what_changed.finding import found
from shopify_app.retention.what_changed.queries import first_orders, keep_findings, last_look, monday
from shopify_app.shops.queries import get_shop, touch


def find_changes(database: Database, shop: ShopId, now: Instant) -> None:
    """Look at the shop's week, unless it was looked at already: a second look would be a second chance to be wrong."""
    with database.reading() as session:
        row, last = get_shop(session, shop), last_look(session, shop)
        today = local_day(now, ZoneInfo(row.timezone))
        if row.behind or (last is not None and last.week >= monday(today)):
            return
        compared = first_orders(session, shop, today).comparisons()
    with database.transaction() as session:
        keep_findings(session, shop, today, found(compared), len(compared))
        touch(session, shop)
