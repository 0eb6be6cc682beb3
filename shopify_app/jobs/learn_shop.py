"""What Shopify says of the shop itself: its number, name, currency and time zone."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopify_app.admin_api.client import AdminApi
from shopify_app.clock import Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.shops.queries import get_shop, touch
from shopify_app.tasks.queries import request
from shopify_app.tasks.step import GiveUp

REBUILD = "rebuild_counts"


def learn_shop(database: Database, admin: AdminApi, shop: ShopId, actor: str, now: Instant) -> None:
    """Read the shop's details and keep them; orders already imported are counted anew when the zone moved."""
    details = admin.run(shop, "shop")["shop"]
    zone = _known_zone(details["ianaTimezone"])
    with database.transaction() as session:
        row = get_shop(session, shop)
        moved = (row.timezone, row.currency) != (zone, details["currencyCode"])
        row.shopify_id = int(details["id"].rpartition("/")[2])
        row.name, row.timezone, row.currency = details["name"], zone, details["currencyCode"]
        imported = row.imported_at is not None
        session.flush()
        touch(session, shop)
        if moved and imported:
            request(session, shop, REBUILD, None, actor, now)


def details_known(database: Database, shop: ShopId) -> bool:
    """Whether the shop's currency and zone are its own and not our first guess."""
    with database.reading() as session:
        return get_shop(session, shop).shopify_id is not None


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise GiveUp("Wafa does not know the time zone of this shop. Please contact support.") from None
