"""bulk_operations/finish: a bulk operation of ours, or of nobody's concern, has ended."""

from shopify_app.tasks.queries import hasten
from webhooks.topics.context import Context


def act(payload: bytes, context: Context) -> None:
    """Let a waiting import look now; it asks Shopify itself how its own operation went."""
    hasten(context.session, context.shop, "import_orders", context.now)
