"""orders/create: the whole order, as it was placed."""

from shopify_app.changes.facts import Fact, OrderSeen
from shopify_app.orders.facts import Version
from shopify_app.orders.payload import read_order
from webhooks.topics.context import Context


def read(payload: bytes, context: Context) -> list[Fact]:
    """One order in one version."""
    order, updated_at = read_order(payload)
    return [OrderSeen(order, Version(updated_at, context.triggered_at, context.webhook_id))]
