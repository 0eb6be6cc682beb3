"""checkouts/create: somebody said how they can be reached, and is about to buy. That is hashed as it is read."""

from functools import partial

from shopify_app.changes.facts import CheckoutSeen, Fact
from shopify_app.checkouts.payload import read_checkout
from webhooks.topics.context import Context


def read(payload: bytes, context: Context) -> list[Fact]:
    """One checkout in one version."""
    checkout = read_checkout(
        payload,
        context.triggered_at,
        context.webhook_id,
        lookup_key=context.lookup_key,
        shop=context.shop,
        seal=partial(context.keys.seal, context.session, context.shop),
    )
    return [CheckoutSeen(checkout)]
