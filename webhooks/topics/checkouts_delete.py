"""checkouts/delete: a cart is gone, and its checkout with it; the body names the cart."""

import msgspec

from shopify_app.changes.facts import CheckoutDeleted, Fact
from shopify_app.orders.text import TOKEN, fitting
from webhooks.topics.context import Context, decode


class _Deleted(msgspec.Struct):
    cart_token: str | None = None


def read(payload: bytes, context: Context) -> list[Fact]:
    """A tombstone; nothing where no cart is named."""
    cart = fitting(decode(payload, _Deleted).cart_token, TOKEN)
    return [CheckoutDeleted(cart, context.triggered_at)] if cart else []
