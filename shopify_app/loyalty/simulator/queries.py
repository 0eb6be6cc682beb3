"""Reading a shop's orders in the order of customers, and keeping what was asked for and found."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import json
from sqlalchemy import ColumnElement, and_, func, select, tuple_, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, bulk_upsert
from shopify_app.loyalty.simulator.found import Found
from shopify_app.loyalty.simulator.model import SIMULATE, ProgrammeCost
from shopify_app.loyalty.simulator.replay import Span
from shopify_app.loyalty.simulator.trial import Trial
from shopify_app.orders.model import Order
from shopify_app.tasks.queries import latest, request


class Place(NamedTuple):
    """An order in the order of customers: those without a customer come last."""

    customer: int | None
    order: int


START = Place(-1, 0)


def next_orders(session: Session, shop: ShopId, after: Place, span: Span, limit: int) -> list[Place]:
    """The next orders that were placed in the span: a customer's together; of one kind, with or without a customer."""
    if after.customer is None:
        own = Order.customer_id.is_(None), Order.order_id > after.order
    else:
        own = Order.customer_id.is_not(None), tuple_(Order.customer_id, Order.order_id) > tuple_(*after)
    columns = select(Order.customer_id, Order.order_id).where(Order.shop_id == shop, *own, _placed(span))
    with along_an_index(session):
        rows = session.execute(columns.order_by(Order.customer_id, Order.order_id).limit(limit))
        return [Place(*row) for row in rows.tuples()]


def count_orders(session: Session, shop: ShopId, span: Span) -> int:
    """How many orders were placed in the span."""
    return session.scalar(select(func.count()).select_from(Order).where(Order.shop_id == shop, _placed(span))) or 0


def _placed(span: Span) -> ColumnElement[bool]:
    return and_(Order.placed_at >= span.since, Order.placed_at < span.until)


def asked_for(session: Session, shop: ShopId) -> list[Trial]:
    """The trials that were asked for last; none where nobody has."""
    text = session.scalar(select(ProgrammeCost.asked).where(ProgrammeCost.shop_id == shop))
    return [] if text is None else json.decode(text, type=list[Trial])


def found_of(session: Session, shop: ShopId) -> Found | None:
    """What was found last."""
    text = session.scalar(select(ProgrammeCost.found).where(ProgrammeCost.shop_id == shop))
    return None if text is None else json.decode(text, type=Found)


def keep_found(session: Session, shop: ShopId, found: Found) -> None:
    """Keep a result in place of the one before."""
    mine = update(ProgrammeCost).where(ProgrammeCost.shop_id == shop)
    session.execute(mine.values(found=json.encode(found).decode()))


def ask(session: Session, shop: ShopId, trials: Sequence[Trial], actor: str, now: Instant) -> str:
    """Have these gone through; the task's id, that of the one under way where it goes through the same."""
    task = latest(session, shop, SIMULATE)
    if task is not None and task.active and asked_for(session, shop) == list(trials):
        return task.id
    # The task first, as whoever finishes it does: neither waits for the other crosswise.
    asked = request(session, shop, SIMULATE, None, actor, now)
    bulk_upsert(session, ProgrammeCost, [{"shop_id": shop, "asked": json.encode(trials).decode()}])
    return asked
