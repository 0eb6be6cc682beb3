"""customers_email_marketing_consent/update: somebody agreed to the shop's e-mails, or no longer does."""

from datetime import UTC, datetime

import msgspec

from shopify_app.changes.facts import CustomerSeen, Fact
from shopify_app.clock import Instant
from shopify_app.customers.consent import EMAIL, as_told, consent_of
from webhooks.topics.context import Context, decode


class _Consent(msgspec.Struct):
    state: str | None = None
    consent_updated_at: datetime | None = None


class _Told(msgspec.Struct):
    customer_id: int
    email_marketing_consent: _Consent | None = None


def read(payload: bytes, context: Context) -> list[Fact]:
    """The state as of the delivery: Shopify's own moment may lie before it, when another app said so later."""
    told = decode(payload, _Told)
    if told.email_marketing_consent is None:
        return []
    said, at = told.email_marketing_consent, as_told(context.triggered_at)
    since = at if said.consent_updated_at is None else Instant(said.consent_updated_at.astimezone(UTC))
    consent = consent_of(said.state, at, since)
    return [CustomerSeen.only(told.customer_id, context.triggered_at, {EMAIL: consent})]
