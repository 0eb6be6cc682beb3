"""customers_marketing_consent/update: somebody agreed to the shop's text messages, or no longer does."""

from datetime import UTC, datetime

import msgspec

from shopify_app.changes.facts import CustomerSeen, Fact
from shopify_app.clock import Instant
from shopify_app.customers.consent import SMS, as_told, consent_of
from webhooks.topics.context import Context, decode


class _Consent(msgspec.Struct):
    state: str | None = None
    consent_updated_at: datetime | None = None


class _Told(msgspec.Struct):
    id: int
    sms_marketing_consent: _Consent | None = None


def read(payload: bytes, context: Context) -> list[Fact]:
    """As of the delivery, like that of e-mails; here it is the customer's number that is called id."""
    told = decode(payload, _Told)
    if told.sms_marketing_consent is None:
        return []
    said, at = told.sms_marketing_consent, as_told(context.triggered_at)
    since = at if said.consent_updated_at is None else Instant(said.consent_updated_at.astimezone(UTC))
    consent = consent_of(said.state, at, since)
    return [CustomerSeen.only(told.id, context.triggered_at, {SMS: consent})]
