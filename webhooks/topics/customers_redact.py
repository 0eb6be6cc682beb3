"""customers/redact: one customer must be forgotten; sums stay as they are."""

from shopify_app.privacy.redact import redact_customer
from webhooks.topics.context import AboutPerson, Context, decode


def act(payload: bytes, context: Context) -> None:
    """Cut the orders from the person."""
    for person in decode(payload, AboutPerson).known_numbers():
        redact_customer(context.session, context.shop, person, context.lookup_key, context.now)
