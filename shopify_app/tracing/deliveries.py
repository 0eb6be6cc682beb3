"""The kept deliveries about one order, found by opening and reading them all."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from shopify_app.changes.facts import CustomersMerged, Fact, OrderDeleted, OrderEdited, OrderSeen, RefundSeen
from shopify_app.clock import Instant
from shopify_app.crypto import Unreadable
from shopify_app.customers.access.queries import note_opening
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.money import Minor, Money
from shopify_app.privacy.access.opening import OPERATOR, ORDER, TRACED
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import Shop
from shopify_app.tracing.places import place
from shopify_app.tracing.queries import kept, kept_numbers
from webhooks.inbox import Delivery, Inbox
from webhooks.topics import FACTS
from webhooks.topics.context import Context

PAGE = 500
"""Deliveries opened in one read."""

Seen = Callable[[int, int], None]
"""Told how many of how many deliveries have been looked through."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The order that is looked for: by its number, and by its names where the number is not sure."""

    number: int | None
    names: Collection[str] = ()
    customers: Collection[int] = ()
    """Everybody it belonged to: a merge of theirs is about the order too."""

    def is_meant(self, fact: Fact) -> bool:
        """Whether a fact is about the order."""
        match fact:
            case OrderSeen(order, _):
                return order.order_id == self.number or order.name in self.names
            case RefundSeen(refund):
                return refund.order_id == self.number
            case OrderDeleted(order_id, _) | OrderEdited(order_id):
                return order_id == self.number
            case CustomersMerged(kept_id, deleted_id, _):
                return kept_id in self.customers and deleted_id in self.customers
        return False


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery about the order, and what was read from it."""

    topic: str
    webhook_id: str
    triggered_at: Instant
    received_at: Instant
    state: str
    handled_at: Instant | None
    attempts: int
    error: str
    reader: str
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look through the inbox found."""

    about: list[Told]
    opened: int
    shut: int
    """Deliveries that nobody can read any more: emptied for a person's sake, or broken."""


class Reader:
    """Opens a shop's kept deliveries and reads their facts, as the drain does, without applying them."""

    def __init__(self, database: Database, inbox: Inbox, keys: ShopKeys, shop: Shop, now: Instant) -> None:
        self._database = database
        self._inbox = inbox
        self._keys = keys
        self._shop = shop
        self._now = now

    def about(self, wanted: Wanted, seen: Seen) -> Looked:
        """All kept deliveries about the order, oldest trigger first; that they are opened is noted before."""
        with self._database.transaction() as session:
            note_opening(session, ShopId(self._shop.id), OPERATOR, ORDER, wanted.number, TRACED, self._now)
        with self._database.reading() as session:
            numbers = kept_numbers(session, self._shop.domain, list(FACTS))
        found: list[Told] = []
        done = shut = 0
        for page in _pages(numbers):
            with self._database.reading() as session:
                for delivery in kept(session, page):
                    facts = self._facts(session, delivery)
                    shut += facts is None
                    mine = [fact for fact in facts or () if wanted.is_meant(fact)]
                    found += [_told(delivery, mine)] if mine else []
            done += len(page)
            seen(done, len(numbers))
        return Looked(sorted(found, key=lambda one: (one.triggered_at, one.received_at)), done - shut, shut)

    def _facts(self, session: Session, delivery: Delivery) -> list[Fact] | None:
        try:
            body = self._inbox.body(session, delivery)
            return FACTS[delivery.topic](body, self._context(session, delivery))
        except (Unreadable, Malformed):
            return None

    def _context(self, session: Session, delivery: Delivery) -> Context:
        return Context(
            session=session,
            shop=ShopId(self._shop.id),
            domain=self._shop.domain,
            currency=self._shop.told_currency,
            triggered_at=delivery.triggered_at,
            webhook_id=delivery.webhook_id,
            delivery_id=delivery.id,
            now=self._now,
            keys=self._keys,
            lookup_key=b"",
        )


def _pages(numbers: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(numbers)
    while page := list(islice(rest, PAGE)):
        yield page


def _told(delivery: Delivery, facts: Sequence[Fact]) -> Told:
    return Told(
        topic=delivery.topic,
        webhook_id=delivery.webhook_id,
        triggered_at=delivery.triggered_at,
        received_at=delivery.received_at,
        state=delivery.state,
        handled_at=delivery.handled_at,
        attempts=delivery.attempts,
        error=delivery.error,
        reader=place(FACTS[delivery.topic]),
        facts=facts,
    )


def fact_text(fact: Fact) -> str:
    """A fact in a line; ids and amounts, never persons."""
    match fact:
        case OrderSeen(order, version):
            value = _amount(order.gross - order.discounts, order.currency)
            # Without the customer's number: of one who was redacted it must not be told, and here nobody knows.
            whose = "nobody" if order.customer_id is None else "a customer"
            state = " ".join(filter(None, (order.financial_status, "cancelled" if order.cancelled_at else "")))
            back = f", {len(order.refunds)} refunds" if order.refunds else ""
            return f"order {order.order_id} of {whose}: {value} {state}{back}; updated {moment(version.updated_at)}"
        case RefundSeen(refund):
            return f"refund {refund.refund_id} of order {refund.order_id}: {refund.net} minor units"
        case OrderEdited(order_id):
            return f"order {order_id} was edited"
        case OrderDeleted(order_id, _):
            return f"order {order_id} was deleted"
        case CustomersMerged(kept_id, deleted_id, _):
            return f"customer {deleted_id} was merged into {kept_id}"
    return type(fact).__name__


def _amount(minor: int, currency: str) -> str:
    return f"{Money(Minor(minor), currency).decimal()} {currency}"


def moment(at: Instant | None) -> str:
    """A moment in UTC, to the second."""
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"
