"""The shape of checkouts/create and checkouts/update, into facts. How buyers can be reached is hashed as it is read."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from shopify_app.checkouts.facts import CheckoutFacts, CheckoutLine
from shopify_app.checkouts.model import LOCALE
from shopify_app.clock import Instant
from shopify_app.customers.contacts.contact import EMAIL, PHONE, Reachable, hashed
from shopify_app.errors import Malformed
from shopify_app.money import parse_minor
from shopify_app.orders.facts import Version
from shopify_app.orders.text import SOURCE, TITLE, TOKEN, fitting

_LINES = 250
"""As many as are kept: what is shown of a cart is its first lines."""


class _Customer(msgspec.Struct):
    id: int | None = None


class _Address(msgspec.Struct):
    country_code: str | None = None


class _Amount(msgspec.Struct):
    amount: str


class _Line(msgspec.Struct):
    quantity: int
    price: str
    title: str | None = None
    product_id: int | None = None
    variant_id: int | None = None
    discount_allocations: list[_Amount] | None = None


class _Checkout(msgspec.Struct):
    token: str
    created_at: datetime
    updated_at: datetime
    currency: str
    total_price: str | None = None
    cart_token: str | None = None
    email: str | None = None
    phone: str | None = None
    customer: _Customer | None = None
    completed_at: datetime | None = None
    closed_at: datetime | None = None
    line_items: list[_Line] = []
    abandoned_checkout_url: str | None = None
    customer_locale: str | None = None
    shipping_address: _Address | None = None
    source_name: str | None = None


_decoder = msgspec.json.Decoder(_Checkout)


def read_checkout(
    payload: bytes,
    known_at: Instant,
    source: str,
    *,
    lookup_key: bytes,
    shop: int,
    seal: Callable[[bytes, str], bytes],
) -> CheckoutFacts:
    """A checkout in one version; Malformed when a field that we read is missing or of another type."""
    try:
        told = _decoder.decode(payload)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as problem:
        raise Malformed(f"not a checkout: {problem}") from problem
    token = fitting(told.token, TOKEN)
    reached = {one.kind: one.hash for one in hashed(Reachable(told.email, told.phone), lookup_key, shop)}
    url = told.abandoned_checkout_url
    return CheckoutFacts(
        token=token,
        version=Version(_utc(told.updated_at), known_at, source),
        created_at=_utc(told.created_at),
        currency=told.currency,
        total=parse_minor(told.total_price, told.currency) if told.total_price else 0,
        cart_token=fitting(told.cart_token, TOKEN),
        customer_id=told.customer.id if told.customer else None,
        email_hash=reached.get(EMAIL),
        phone_hash=reached.get(PHONE),
        completed_at=_utc(told.completed_at) if told.completed_at else None,
        closed_at=_utc(told.closed_at) if told.closed_at else None,
        lines=tuple(_line(line, told.currency) for line in told.line_items[:_LINES]),
        recovery=seal(url.encode(), sealed_as(token)) if url else None,
        locale=fitting(told.customer_locale, LOCALE),
        country=fitting(told.shipping_address.country_code if told.shipping_address else None, 2),
        source_name=fitting(told.source_name, SOURCE),
    )


def sealed_as(token: str) -> str:
    """The context under which a checkout's address is sealed."""
    return f"checkout {token}"


def _line(line: _Line, currency: str) -> CheckoutLine:
    off = sum(parse_minor(one.amount, currency) for one in line.discount_allocations or ())
    total = parse_minor(line.price, currency) * line.quantity - off
    return CheckoutLine(line.product_id, line.variant_id, fitting(line.title, TITLE), line.quantity, total)


def _utc(moment: datetime) -> Instant:
    return Instant(moment.astimezone(UTC))
