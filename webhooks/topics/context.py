"""What a topic may need beside the payload, and the JSON shapes that several topics share."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.errors import Malformed
from shopify_app.privacy.numbers import Person
from shopify_app.shops.keys import ShopKeys

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Context:
    """The shop a delivery is for, the transaction it is handled in, and when it was triggered."""

    session: Session
    shop: ShopId
    domain: str
    currency: str
    triggered_at: Instant
    webhook_id: str
    delivery_id: int
    now: Instant
    keys: ShopKeys
    lookup_key: bytes
    timed: bool = True
    """Whether Shopify said when; else `triggered_at` is when the delivery came."""


class Numbered(msgspec.Struct):
    """Anything of which only the id is read."""

    id: int


class _Person(msgspec.Struct):
    id: int | None = None
    email: str | None = None
    phone: str | None = None


class AboutPerson(msgspec.Struct):
    """customers/data_request and customers/redact.

    The customer may come with an e-mail address or a phone alone: privacy.numbers finds who has it, by its hash.
    """

    customer: _Person
    orders_to_redact: list[int] | None = None
    orders_requested: list[int] | None = None

    def person(self, orders: Collection[int] | None) -> Person:
        """Whom it names, with the orders that it says are theirs."""
        return Person(self.customer.id, self.customer.email, self.customer.phone, orders or ())


def decode(payload: bytes, shape: type[_Shape]) -> _Shape:
    """The payload in that shape; Malformed when it does not fit."""
    try:
        return msgspec.json.decode(payload, type=shape)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as problem:
        raise Malformed(f"not the shape of {shape.__name__}: {problem}") from problem


def number_of(gid: str) -> int:
    """The number at the end of a global id such as gid://shopify/Customer/1."""
    digits = gid.rpartition("/")[2]
    if not digits.isascii() or not digits.isdigit():
        raise Malformed("not a global id")
    return int(digits)
