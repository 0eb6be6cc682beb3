"""customers/data_request: the merchant must be given what we hold of one customer, within 30 days."""

from shopify_app.privacy.data_request import answer_data_request
from shopify_app.privacy.numbers import number_named
from webhooks.erasing import empty
from webhooks.topics.context import AboutPerson, Context, decode


def act(payload: bytes, context: Context) -> None:
    """Collect it now and keep it sealed for the merchant; this delivery names the person, and is of no more use."""
    named, session, shop = decode(payload, AboutPerson).customer, context.session, context.shop
    people = number_named(session, shop, named.id, named.email, named.phone, context.lookup_key)
    answer_data_request(
        session, shop, people, context.keys, context.lookup_key, context.now, asked_at=context.triggered_at
    )
    empty(session, [context.delivery_id])
