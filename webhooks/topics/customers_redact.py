"""customers/redact: one customer must be forgotten; sums stay as they are."""

from shopify_app.privacy.redact import Person, redact_person
from webhooks.erasing import empty
from webhooks.topics.context import AboutPerson, Context, decode


def act(payload: bytes, context: Context) -> None:
    """Cut the orders from the person; this delivery names them too, and is of no more use."""
    asked = decode(payload, AboutPerson)
    named = asked.customer
    person = Person(named.id, named.email, named.phone, asked.orders_to_redact or ())
    redact_person(
        context.session,
        context.shop,
        person,
        context.delivery_id,
        context.lookup_key,
        context.now,
        asked_at=context.triggered_at,
    )
    empty(context.session, [context.delivery_id])
