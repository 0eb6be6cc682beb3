"""refunds/create: a refund by its own id, whether or not money has moved and its order is known."""

from shopify_app.changes.facts import Fact, RefundSeen
from shopify_app.orders.payload import read_refund
from webhooks.topics.context import Context


def read(payload: bytes, context: Context) -> list[Fact]:
    """One refund, in the shop's currency."""
    return [RefundSeen(read_refund(payload, context.currency))]
