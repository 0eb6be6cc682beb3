"""app/uninstalled: the token is dead already; nothing is asked of Shopify here."""

from shopify_app.privacy.redact import search_on
from shopify_app.shops.uninstall import CONFIRM_UNINSTALL, in_doubt, uninstalled
from shopify_app.tasks.queries import request
from webhooks.topics.context import Context


def act(payload: bytes, context: Context) -> None:
    """Mark the shop, unless it has been installed again since the event was triggered. Redactions go on."""
    if in_doubt(context.session, context.shop, timed=context.timed, now=context.now):
        request(context.session, context.shop, CONFIRM_UNINSTALL, None, "system:app_uninstalled", context.now)
        return
    uninstalled(context.session, context.shop, context.triggered_at)
    search_on(context.session, context.shop, context.now)
