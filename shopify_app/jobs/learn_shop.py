"""What Shopify says of the shop itself: its number, name, currency and time zone."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.clock import SKEW, Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.shops.queries import change_settings, get_shop
from shopify_app.tasks.queries import request
from shopify_app.tasks.step import GiveUp

REBUILD = "rebuild_counts"


def learn_shop(database: Database, admin: AdminApi, shop: ShopId, actor: str, now: Instant) -> None:
    """Read the shop's details and keep them; everything is counted anew when zone or currency are other ones now.

    `now` is a moment before asking.
    """
    details = whole(admin.run(shop, "shop"))["shop"]
    settings = {
        "name": details["name"],
        "currency": details["currencyCode"],
        "timezone": _known_zone(details["ianaTimezone"]),
    }
    with database.transaction() as session:
        # Shopify's own clock dates a change: it must not seem older than this for ours being a little ahead.
        moved = change_settings(session, shop, settings, Instant(now - SKEW), now)
        get_shop(session, shop).shopify_id = int(details["id"].rpartition("/")[2])
        session.flush()
        if moved:
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
