"""Emptying kept deliveries that are about somebody who must be forgotten: the row stays, its body goes."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from shopify_app.changes.facts import (
    CheckoutDeleted,
    CheckoutSeen,
    CustomerRedacted,
    CustomerSeen,
    CustomersMerged,
    Fact,
    GuestForgotten,
    OrderAwaited,
    OrderDeleted,
    OrderEdited,
    OrderGivenUp,
    OrderSeen,
    RefundSeen,
)
from shopify_app.changes.state import State
from shopify_app.clock import Instant
from shopify_app.crypto import Unreadable
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.db.base import Database, ShopId
from shopify_app.orders.queries import plan_refetch
from shopify_app.privacy.requests.queries import count_emptied
from shopify_app.privacy.traces import Search, address, number
from webhooks import inbox
from webhooks.inbox import Delivery, Inbox

EMPTY = b""
"""The body of a delivery that was emptied; whoever opens it is told that it is Unreadable."""
ERASED = "Erased"
"""What a parked delivery says that was emptied: it counts as handled, and its order is asked for again."""
_AT_ONCE = 500
_COMPLIANCE = ("customers/redact", "customers/data_request")
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_log = logging.getLogger(__name__)


def empty(session: Session, delivery_ids: Collection[int]) -> None:
    """Take away the bodies, for good."""
    if delivery_ids:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(delivery_ids))
            .values(body=EMPTY)
            .execution_options(synchronize_session=False)
        )


def empty_handled(database: Database) -> int:
    """Empty every delivery that has been handled, of whatever shop; how many there were.

    After a restore: somebody whom one names by address alone may have been forgotten since, and no list says so.
    """
    emptied, last = 0, 0
    while True:
        with database.transaction() as session:
            place = and_(Delivery.id > last, Delivery.state == inbox.HANDLED, Delivery.body != EMPTY)
            ids = session.scalars(select(Delivery.id).where(place).order_by(Delivery.id).limit(_AT_ONCE)).all()
            empty(session, ids)
        if not ids:
            return emptied
        emptied, last = emptied + len(ids), ids[-1]


def about_forgotten(told: Iterable[tuple[Sequence[int], Sequence[Fact]]], state: State) -> list[int]:
    """Which deliveries tell of forgotten customers, or of orders that were theirs.

    `told` has deliveries that are handled together and the facts they tell; `state` is what the facts were
    folded into. What only now is handled must leave its body no longer than the rest did.
    """
    orders = {number for number, order in state.orders.items() if (order.customer_id or 0) >= OPAQUE_FROM}
    if not orders and not state.forgotten:
        return []
    return [
        number
        for numbers, facts in told
        if any(not names.isdisjoint(state.forgotten) or order in orders for names, order in map(_named, facts))
        for number in numbers
    ]


def _named(fact: Fact) -> tuple[set[int], int | None]:
    """The customers and the order that a fact is about."""
    match fact:
        case OrderSeen(order, _):
            return ({order.customer_id} if order.customer_id is not None else set()), order.order_id
        case RefundSeen(refund):
            return set(), refund.order_id
        case OrderDeleted() | OrderEdited() | OrderGivenUp() | OrderAwaited() | GuestForgotten():
            return set(), fact.order_id
        case CustomersMerged(kept_id, deleted_id, _):
            return {kept_id, deleted_id}, None
        case CheckoutSeen(checkout):
            return ({checkout.customer_id} if checkout.customer_id is not None else set()), None
        case CheckoutDeleted():
            return set(), None
        case CustomerSeen(customer_id) | CustomerRedacted(customer_id, _, _):
            return {customer_id}, None


def last_kept(session: Session, domain: str) -> int:
    """The highest number of the shop's deliveries; 0 when there are none."""
    return session.scalar(select(func.max(Delivery.id)).where(Delivery.shop_domain == domain)) or 0


def kept_ids(session: Session, domain: str, after: int, to: int, limit: int) -> Sequence[int]:
    """Numbers of the shop's next deliveries, in order."""
    # The sum keeps SQLite from walking through all shops' deliveries in the order of the key: the index on the
    # domain finds this shop's.
    place = Delivery.id + 0
    statement = (
        select(Delivery.id)
        .where(Delivery.shop_domain == domain, place > after, place <= to)
        .order_by(place)
        .limit(limit)
    )
    return session.scalars(statement).all()


class Found(NamedTuple):
    """What a settled delivery tells of: its order, and the people of the search whom it names."""

    order: int | None
    whom: Sequence[int]


def naming(
    session: Session, kept: Inbox, delivery_ids: Sequence[int], search: Search, each: Callable[[], None]
) -> tuple[dict[int, Found], list[int]]:
    """Of these deliveries those that name whom the search is for; `each` is called after every body.

    First those that are settled; then those that still wait to be handled.
    """
    settled: dict[int, Found] = {}
    waiting: list[int] = []
    for delivery_id in delivery_ids:
        # One by one: a page of the largest bodies there are would fill the memory.
        delivery = session.get(Delivery, delivery_id)
        body = _opened(session, kept, delivery) if delivery is not None else None
        if delivery is None or body is None:
            continue
        named = _may_name(delivery, body, search) and _spent(delivery, body, search)
        session.expunge(delivery)
        each()
        if not named:
            continue
        if delivery.state == inbox.WAITING:
            waiting.append(delivery.id)
        else:
            settled[delivery.id] = Found(_order_of(delivery.topic, body), search.whom(body))
    return settled, waiting


class _Named(msgspec.Struct):
    id: int | None = None
    email: str | None = None


class _Asked(msgspec.Struct):
    customer: _Named


def _opened(session: Session, kept: Inbox, delivery: Delivery) -> bytes | None:
    """None when it was emptied, or nobody can open it any more: then it names nobody."""
    if delivery.body == EMPTY:
        return None
    try:
        return kept.body(session, delivery)
    except Unreadable:
        return None


def _may_name(delivery: Delivery, body: bytes, search: Search) -> bool:
    """Whether it names whom the search is for; what cannot be searched may do so, and keeps no search from its end."""
    try:
        return search.finds(body)
    except (ValueError, RuntimeError) as problem:
        # The error's own text may quote the body.
        _log.error("delivery %s could not be searched: %s", delivery.id, type(problem).__name__)
        return True


def _spent(delivery: Delivery, body: bytes, search: Search) -> bool:
    """False for a request of somebody's own that has not been acted upon: a family shares a phone."""
    if delivery.topic not in _COMPLIANCE or delivery.state != inbox.PARKED:
        return True
    try:
        person = msgspec.json.decode(body, type=_Asked).customer
    except _NO_JSON:
        return False
    who = number(person.id) if person.id is not None else address(person.email or "")
    return search.finds_any({who})


class _Edit(msgspec.Struct):
    order_id: int | None = None


class _Told(msgspec.Struct):
    id: int | None = None
    order_id: int | None = None
    order_edit: _Edit | None = None


def _order_of(topic: str, body: bytes) -> int | None:
    family = topic.partition("/")[0]
    try:
        told = msgspec.json.decode(body, type=_Told)
    except _NO_JSON:
        return None
    if told.order_edit is not None:
        return told.order_edit.order_id
    return {"orders": told.id, "refunds": told.order_id}.get(family)


def erase(session: Session, shop: ShopId, found: Mapping[int, Found], now: Instant) -> list[int]:
    """Empty the settled deliveries; those that wait again to be handled are left and handed back.

    What a parked one tells can only be learnt from Shopify now: its order is asked for again.
    """
    statement = select(Delivery.id, Delivery.state).where(Delivery.id.in_(found)).with_for_update()
    states = {row.id: row.state for row in session.execute(statement)}
    settled = [each for each, state in states.items() if state != inbox.WAITING]
    empty(session, settled)
    count_emptied(session, shop, Counter(person for each in settled for person in found[each].whom))
    parked = [each for each, state in states.items() if state == inbox.PARKED]
    inbox.mark(session, parked, inbox.WAITING, now)
    inbox.mark(session, parked, inbox.HANDLED, now, ERASED)
    orders = {order for each in parked if (order := found[each].order) is not None}
    plan_refetch(session, shop, orders, "erased", now)
    return [each for each, state in states.items() if state == inbox.WAITING]
