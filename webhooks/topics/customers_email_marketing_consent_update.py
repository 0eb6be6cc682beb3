"""customers_email_marketing_consent/update: somebody agreed to the shop's e-mails, or no longer does."""

import msgspec

from shopify_app.changes.facts import CustomerSeen, Fact
from shopify_app.customers.consent import EMAIL, Consent, as_told, state_of
from webhooks.topics.context import Context, decode


class _Consent(msgspec.Struct):
    state: str | None = None


class _Told(msgspec.Struct):
    customer_id: int
    email_marketing_consent: _Consent | None = None


def read(payload: bytes, context: Context) -> list[Fact]:
    """The state as of the delivery: Shopify's own moment may lie before it, when another app said so later."""
    told = decode(payload, _Told)
    if told.email_marketing_consent is None:
        return []
    consent = Consent(state_of(told.email_marketing_consent.state), as_told(context.triggered_at))
    return [CustomerSeen.only(told.customer_id, context.triggered_at, {EMAIL: consent})]
