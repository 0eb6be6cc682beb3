"""customers/create: a customer appeared; names and addresses are not read."""

from datetime import UTC, datetime

import msgspec

from shopify_app.changes.facts import CustomerSeen, Fact
from shopify_app.clock import Instant
from webhooks.topics.context import Context, decode


class _Customer(msgspec.Struct):
    id: int
    created_at: datetime
    updated_at: datetime


def read(payload: bytes, context: Context) -> list[Fact]:
    """The customer's number and times."""
    customer = decode(payload, _Customer)
    created, updated = customer.created_at.astimezone(UTC), customer.updated_at.astimezone(UTC)
    return [CustomerSeen(customer.id, Instant(created), Instant(updated))]
