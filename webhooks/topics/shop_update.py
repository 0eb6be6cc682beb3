"""shop/update: name, currency, zone or language may be other ones now."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from shopify_app.clock import Instant
from shopify_app.errors import Malformed
from shopify_app.shops.queries import change_settings
from shopify_app.tasks.queries import request
from webhooks.topics.context import Context, decode


class _Shop(msgspec.Struct):
    name: str
    currency: str
    iana_timezone: str
    updated_at: datetime
    primary_locale: str = ""


def act(payload: bytes, context: Context) -> None:
    """Take the settings over; another currency or zone has everything counted anew."""
    shop = decode(payload, _Shop)
    settings = {
        "name": shop.name,
        "currency": shop.currency,
        "timezone": _known_zone(shop.iana_timezone),
        "primary_locale": shop.primary_locale,
    }
    at = Instant(shop.updated_at.astimezone(UTC))
    if change_settings(context.session, context.shop, settings, at, context.now):
        request(context.session, context.shop, "rebuild_counts", {}, "system:shop_update", context.now)


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise Malformed(f"no such time zone: {name!r}") from None
