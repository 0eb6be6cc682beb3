"""app/uninstalled: the token is dead already; nothing is asked of Shopify here."""

from shopify_app.privacy.redact import search_on
from shopify_app.shops.uninstall import uninstalled
from webhooks.topics.context import Context


def act(payload: bytes, context: Context) -> None:
    """Mark the shop, unless it has been installed again since the event was triggered. Redactions go on."""
    uninstalled(context.session, context.shop, context.triggered_at)
    search_on(context.session, context.shop, context.now)
