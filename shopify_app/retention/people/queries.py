"""Writing and reading the aggregate of customers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, among, beside_its_index, days_between, insert_many, upsert
from shopify_app.retention.model import CountedOrder as Booked
from shopify_app.retention.people.model import CountedCustomer as Row
from shopify_app.retention.people.row import CustomerRow
from shopify_app.retention.registry import Totals
from shopify_app.retention.window import Basis
from shopify_app.shops.queries import get_shop

_NAMES = ("shop_id", "generation", *CustomerRow._fields)
_COLUMNS = tuple(getattr(Row, name) for name in CustomerRow._fields)
PURCHASES = Row.days + Row.earlier
"""See lateness.purchases."""
IN_TURN = Row.customer_id > 0
"""True of everybody: asked for it, SQLite goes through the customers in order of their numbers."""
BOUGHT_ONCE = and_(Row.second_day.is_(None), Row.earlier == 0)


def store_customers(
    session: Session,
    shop: ShopId,
    generation: int,
    before: Mapping[int, CustomerRow],
    after: Mapping[int, CustomerRow],
) -> None:
    """Write the differences between customers' rows before and after."""
    add_customers(session, shop, generation, [row for key, row in after.items() if before.get(key) != row])
    drop_customers(session, shop, generation, before.keys() - after.keys())


def add_customers(
    session: Session, shop: ShopId, generation: int, rows: Iterable[CustomerRow], *, first: bool = False
) -> None:
    """Write rows of one generation, whatever stood in their places; with `first`, nothing stands there yet."""
    write = insert_many if first else upsert
    write(session, Row, _NAMES, [[shop, generation, *row] for row in sorted(rows)])


def drop_customers(session: Session, shop: ShopId, generation: int, customers: Collection[int]) -> None:
    """Delete these customers' rows of one generation."""
    if customers:
        theirs = and_(Row.shop_id == shop, Row.generation == generation, among(session, Row.customer_id, customers))
        session.execute(delete(Row).where(theirs).execution_options(synchronize_session=False))


def drop_some_customers(session: Session, shop: ShopId, generation: int, limit: int) -> bool:
    """Delete about `limit` rows of a generation that is not shown; False when none was left."""
    own = and_(Row.shop_id == shop, Row.generation == generation)
    with along_an_index(session):
        found = session.scalars(select(Row.customer_id).where(own).order_by(Row.customer_id).limit(limit)).all()
    if found:
        piece = delete(Row).where(own, Row.customer_id <= found[-1])
        session.execute(piece.execution_options(synchronize_session=False))
    return bool(found)


def customers_among(
    session: Session, shop: ShopId, generation: int, customers: Collection[int]
) -> dict[int, CustomerRow]:
    """The rows of the named customers in one generation."""
    theirs = and_(Row.shop_id == shop, Row.generation == generation, among(session, Row.customer_id, customers))
    return {row.customer_id: CustomerRow(*row) for row in session.execute(select(*_COLUMNS).where(theirs)).all()}


def with_those_ahead(session: Session, shop: ShopId, ever: Totals, today: LocalDay) -> Totals:
    """The sums of all time until today, with what has a later day: clocks differ around midnight."""
    generation = get_shop(session, shop).generation
    own = and_(Row.shop_id == shop, Row.generation == generation)
    new = session.scalar(select(func.count()).select_from(Row).where(own, Row.first_day > today)) or 0
    kept = and_(Booked.shop_id == shop, Booked.generation == generation, Booked.basis == Basis.KEPT.value)
    net = session.scalar(select(func.sum(Booked.net)).where(kept, Booked.day > today, Booked.buyer_id > 0))
    return replace(ever, customers=ever.customers + new, customer_net=ever.customer_net + int(net or 0))


def customers_counted(session: Session, shop: ShopId, generation: int) -> int:
    """How many customers a generation has."""
    own = and_(Row.shop_id == shop, Row.generation == generation)
    return session.scalar(select(func.count()).select_from(Row).where(own)) or 0


def read_in_turn(session: Session, column: Any) -> ColumnElement[Any]:
    """A column of customers who are read one after the other, in order of their numbers, and along no other index.

    Most rules are about many of them: to look up each row behind another index takes six times as long.
    """
    return beside_its_index(session, column) if isinstance(column, InstrumentedAttribute) else column


def is_late(session: Session, shops: int | None, today: LocalDay) -> ColumnElement[bool]:
    """Whether a customer is later than usual on that day; see lateness.limit_of."""
    return silent_for(session, shops, today, 1, 0)


def silent_for(session: Session, shops: int | None, today: LocalDay, times: int, at_least: int) -> ColumnElement[bool]:
    """Whether more days have passed than so many times what is late, and than `at_least`; never of who bought once."""
    last = read_in_turn(session, Row.last_day)
    own = and_(Row.late_after.is_not(None), days_between(session, last, today) > times * Row.late_after)
    silent = false() if shops is None else last < _ago(today, times * shops)
    usual = and_(Row.late_after.is_(None), silent)
    return and_(~BOUGHT_ONCE, last < _ago(today, at_least), or_(own, usual))


def _ago(today: LocalDay, days: int) -> LocalDay:
    return LocalDay(today - timedelta(days=days))
