"""orders/delete: only the id of an order that is gone for good."""

from shopify_app.changes.facts import Fact, OrderDeleted
from webhooks.topics.context import Context, Numbered, decode


def read(payload: bytes, context: Context) -> list[Fact]:
    """A tombstone."""
    return [OrderDeleted(decode(payload, Numbered).id, context.triggered_at)]
