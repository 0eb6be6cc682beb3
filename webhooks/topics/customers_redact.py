"""customers/redact: one customer must be forgotten; sums stay as they are."""

from shopify_app.privacy.redact import redact_person
from webhooks.erasing import empty
from webhooks.topics.context import AboutPerson, Context, decode


def act(payload: bytes, context: Context) -> None:
    """Cut the orders from the person; this delivery names them too, and is of no more use."""
    asked = decode(payload, AboutPerson)
    redact_person(
        context.session,
        context.shop,
        asked.person(asked.orders_to_redact),
        context.delivery_id,
        context.lookup_key,
        context.now,
        asked_at=context.triggered_at,
    )
    empty(context.session, [context.delivery_id])
