"""shop/redact: 48 hours after uninstalling, everything of the shop goes."""

from shopify_app.privacy.redact import redact_shop
from shopify_app.shops.uninstall import CONFIRM_REDACTION, in_doubt
from shopify_app.tasks.queries import request
from webhooks.inbox import drop_shop
from webhooks.topics.context import Context


def act(payload: bytes, context: Context) -> None:
    """Delete every row and the key, unless the shop has installed us again since."""
    if in_doubt(context.session, context.shop, timed=context.timed, now=context.now):
        request(context.session, context.shop, CONFIRM_REDACTION, None, "system:shop_redact", context.now)
    elif redact_shop(context.session, context.shop, context.triggered_at):
        drop_shop(context.session, context.domain, but=context.delivery_id)
