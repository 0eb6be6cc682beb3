"""shop/redact: 48 hours after uninstalling, everything of the shop goes."""

from shopify_app.privacy.redact import redact_shop
from webhooks.inbox import drop_shop
from webhooks.topics.context import Context


def act(payload: bytes, context: Context) -> None:
    """Delete every row and the key, unless the shop has installed us again since."""
    if redact_shop(context.session, context.shop, context.triggered_at):
        drop_shop(context.session, context.domain, but=context.delivery_id)
