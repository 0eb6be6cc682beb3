"""customers/create: a customer appeared. How they can be reached is hashed as it is read; names are not read."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from shopify_app.changes.facts import CustomerSeen, Fact
from shopify_app.clock import Instant
from shopify_app.customers.contacts.contact import Reachable, hashed
from webhooks.topics.context import Context, decode


class _Address(msgspec.Struct):
    phone: str | None = None
    country_code: str | None = None


class _Customer(msgspec.Struct):
    id: int
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    phone: str | None = None
    addresses: Sequence[_Address] | None = None
    default_address: _Address | None = None


def read(payload: bytes, context: Context) -> list[Fact]:
    """The customer's number and times, and keyed hashes of e-mail address and phones."""
    customer = decode(payload, _Customer)
    created, updated = customer.created_at.astimezone(UTC), customer.updated_at.astimezone(UTC)
    contacts = hashed(_reachable(customer), context.lookup_key, context.shop)
    return [CustomerSeen(customer.id, Instant(created), Instant(updated), contacts)]


def _reachable(customer: _Customer) -> Reachable:
    default = [customer.default_address] if customer.default_address else []
    # Where there is a book, the default address stands in it.
    book = customer.addresses or default
    return Reachable(customer.email, customer.phone, [(one.phone, one.country_code) for one in book])
