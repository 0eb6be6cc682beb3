"""customers_marketing_consent/update: somebody agreed to the shop's text messages, or no longer does."""

import msgspec

from shopify_app.changes.facts import CustomerSeen, Fact
from shopify_app.customers.consent import SMS, Consent, as_told, state_of
from webhooks.topics.context import Context, decode


class _Consent(msgspec.Struct):
    state: str | None = None


class _Told(msgspec.Struct):
    id: int
    sms_marketing_consent: _Consent | None = None


def read(payload: bytes, context: Context) -> list[Fact]:
    """As of the delivery, like that of e-mails; here it is the customer's number that is called id."""
    told = decode(payload, _Told)
    if told.sms_marketing_consent is None:
        return []
    consent = Consent(state_of(told.sms_marketing_consent.state), as_told(context.triggered_at))
    return [CustomerSeen.only(told.id, context.triggered_at, {SMS: consent})]
