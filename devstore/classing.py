"""What Shopify calls a customer: groups and tiers of its own, which it works out over night and for larger shops.

Shopify publishes the words but not where one ends and the next begins: the borders here are the store's own.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from devstore.records import Customer

if TYPE_CHECKING:
    from devstore.shop import Shop

SLOW = timedelta(days=1)
"""How long after their first order a customer has no group yet."""
FEWEST = 100
"""Orders of a shop below which it predicts no spending."""
_RECENT, _LONG_AGO = timedelta(days=60), timedelta(days=180)
_SOME, _MANY = 2, 4
_GROUPS = {
    (True, 1): "NEW",
    (True, _SOME): "ACTIVE",
    (True, _MANY): "CHAMPIONS",
    (False, 1): "ALMOST_LOST",
    (False, _SOME): "AT_RISK",
    (False, _MANY): "PREVIOUSLY_LOYAL",
}


def statistics_of(shop: "Shop", customer: Customer, now: datetime) -> dict[str, str | None]:
    """Group and tier; None where Shopify has none yet."""
    return {"rfmGroup": _group(shop, customer, now), "predictedSpendTier": _tier(shop, customer)}


def _group(shop: "Shop", customer: Customer, now: datetime) -> str | None:
    times = [shop.orders[number].created_at for number in customer.orders]
    if not times:
        return "PROSPECTS"
    if now - min(times) < SLOW:
        return None
    if now - max(times) > _LONG_AGO and len(times) < _SOME:
        return "DORMANT"
    often = max(count for count in (1, _SOME, _MANY) if count <= len(times))
    return _GROUPS[now - max(times) <= _RECENT, often]


def _tier(shop: "Shop", customer: Customer) -> str | None:
    if len(shop.orders) < FEWEST or not customer.orders:
        return None
    usual = sum(order.total for order in shop.orders.values()) // max(1, len(shop.customers))
    spent = sum(shop.orders[number].total for number in customer.orders)
    if spent >= 2 * usual:
        return "HIGH"
    return "MEDIUM" if 2 * spent >= usual else "LOW"
