"""The facts that change numbers; topics and imports speak to the rest of the app in these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.clock import Instant
from shopify_app.customers.consent import Consent
from shopify_app.customers.contacts.contact import Contact
from shopify_app.orders.facts import OrderFacts, RefundFacts, Version

EVER = Instant(datetime(2000, 1, 1, tzinfo=UTC))
"""Before anything that Shopify tells of."""


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order was seen in this state."""

    order: OrderFacts
    version: Version


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund was seen, perhaps before its order."""

    refund: RefundFacts


@dataclass(frozen=True, slots=True)
class OrderEdited:
    """An order was edited; what that changed of it must be asked for."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderDeleted:
    """The merchant deleted the order; nothing later brings it back."""

    order_id: int
    at: Instant


@dataclass(frozen=True, slots=True)
class OrderGivenUp:
    """An order has been unpaid for longer than its shop waits; nobody told us so, we have waited."""

    order_id: int
    at: Instant


@dataclass(frozen=True, slots=True)
class OrderAwaited:
    """An order that was given up is waited for again: its shop waits longer now."""

    order_id: int


@dataclass(frozen=True, slots=True)
class CustomerSeen:
    """A customer was created or changed."""

    customer_id: int
    created_at: Instant
    updated_at: Instant
    contacts: frozenset[Contact] | None = None
    """All ways to reach them, as hashes; None where it was not told."""
    consents: Mapping[str, Consent] = field(default_factory=dict)
    """By way of writing to them; without what was not told."""

    @classmethod
    def only(cls, customer_id: int, at: Instant, consents: Mapping[str, Consent]) -> "CustomerSeen":
        """That much was told of somebody at that moment, and not how they were: any other word of that is newer."""
        return cls(customer_id, at, EVER, None, consents)


@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """Two customers became one; `deleted_id` lives on as an alias of `kept_id`."""

    kept_id: int
    deleted_id: int
    at: Instant


@dataclass(frozen=True, slots=True)
class CustomerRedacted:
    """The person behind a customer must be forgotten; the orders stay, under a number that means nobody."""

    customer_id: int
    opaque_id: int
    at: Instant


@dataclass(frozen=True, slots=True)
class GuestForgotten:
    """Whoever placed this order without being a customer must be forgotten: what it says beside its sums goes."""

    order_id: int


@dataclass(frozen=True, slots=True)
class CheckoutSeen:
    """A checkout was seen in this state."""

    checkout: CheckoutFacts


@dataclass(frozen=True, slots=True)
class CheckoutDeleted:
    """Shopify deleted a cart, and the checkout with it."""

    cart_token: str
    at: Instant


OrderFact = OrderSeen | RefundSeen | OrderEdited | OrderDeleted | OrderGivenUp | OrderAwaited | GuestForgotten
CheckoutFact = CheckoutSeen | CheckoutDeleted
Fact = OrderFact | CheckoutFact | CustomerSeen | CustomersMerged | CustomerRedacted
