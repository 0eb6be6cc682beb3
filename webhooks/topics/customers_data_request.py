"""customers/data_request: the merchant must be given what we hold of one customer, within 30 days."""

from shopify_app.privacy.data_request import answer_data_request
from webhooks.erasing import empty
from webhooks.topics.context import AboutPerson, Context, decode


def act(payload: bytes, context: Context) -> None:
    """Collect it now and keep it sealed for the merchant; this delivery names the person, and is of no more use."""
    asked, session = decode(payload, AboutPerson), context.session
    person = asked.person(asked.orders_requested)
    answer_data_request(
        session, context.shop, person, context.keys, context.lookup_key, context.now, asked_at=context.triggered_at
    )
    empty(session, [context.delivery_id])
