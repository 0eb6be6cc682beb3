"""Reading the aggregates: sums of a window, months, the orders behind a number, one order's story."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, select, true
from sqlalchemy.orm import Session

from shopify_app.clock import Instant, LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among
from shopify_app.errors import Malformed
from shopify_app.orders.model import Order
from shopify_app.retention.counting import Booking, Rows
from shopify_app.retention.model import CountedOrder as Row
from shopify_app.retention.past.sums import Replaced
from shopify_app.retention.registry import Drill, Totals
from shopify_app.retention.window import Basis, Unit, Window
from shopify_app.shops.queries import get_shop


def rows_of(session: Session, shop: ShopId, generation: int, buyers: Collection[int]) -> Rows:
    """All rows of the named buyers in one generation."""
    found: Rows = {}
    if buyers:
        scope = and_(Row.shop_id == shop, Row.generation == generation)
        named = among(session, Row.buyer_id, buyers)
        for basis, *rest in session.execute(select(*BOOKING).where(scope, named)).all():
            booking = Booking(_BASES[basis], *rest)
            found.setdefault((basis, booking.buyer_id), []).append(booking)
    return found


# Whole mapped objects would cost three times as much, and an import loads many.
BOOKING = (
    Row.basis,
    Row.order_id,
    Row.day,
    Row.buyer_id,
    Row.placed_at,
    Row.orders,
    Row.value,
    Row.net,
    Row.sold,
    Row.nth,
    Row.nth_day,
)
"""The columns of a row in the order of Booking's fields."""
_BASES = {basis.value: basis for basis in Basis}


def _scope(session: Session, shop: ShopId, basis: Basis) -> ColumnElement[bool]:
    generation = get_shop(session, shop).generation
    return and_(Row.shop_id == shop, Row.generation == generation, Row.basis == basis.value)


def _during(window: Window) -> ColumnElement[bool]:
    since = true() if window.start is None else Row.day >= window.start
    return and_(since, Row.day <= window.end)


def _sum(column: ColumnElement[int], *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    summed = func.sum(case((and_(*conditions), column), else_=0)) if conditions else func.sum(column)
    return func.coalesce(summed, 0)


def totals(
    session: Session, shop: ShopId, window: Window, basis: Basis, unit: Unit, replaced: Replaced | None = None
) -> Totals:
    """The sums that every metric of one window is made of, in one pass over the window's rows.

    With `replaced`, here and below: as they were at that moment.
    """
    buyers = _by_buyer(session, shop, window, basis, unit).subquery()
    buyer, n, place = buyers.c.buyer_id, buyers.c.n, buyers.c.place
    known = and_(buyer > 0, n > 0)
    row = session.execute(
        select(
            _count(known),
            _count(known, n > 1),
            _count(known, place > 1),
            _sum(n),
            _sum(n, known),
            _sum(n, buyer < 0),
            _sum(buyers.c.value),
            _sum(buyers.c.value, buyer > 0),
            _sum(buyers.c.net),
            _sum(buyers.c.net, buyer > 0),
            _sum(buyers.c.later_net),
        )
    ).one()
    present = Totals(*(int(part) for part in row))
    return present if replaced is None else replaced.totals(present, window, basis, unit)


Summing = Callable[[Window, Basis, Unit], Totals]
"""What a window sums to, for whoever measures it."""


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)


def _by_buyer(session: Session, shop: ShopId, window: Window, basis: Basis, unit: Unit) -> Select[*tuple[Any, ...]]:
    place = Row.nth if unit is Unit.ORDER else Row.nth_day
    bought = case((Row.orders == 1, Row.day))
    return (
        select(
            Row.buyer_id,
            (func.sum(Row.orders) if unit is Unit.ORDER else func.count(distinct(bought))).label("n"),
            func.max(case((Row.orders == 1, place), else_=0)).label("place"),
            func.sum(Row.value).label("value"),
            func.sum(Row.net).label("net"),
            func.sum(case((place > 1, Row.net), else_=0)).label("later_net"),
        )
        .where(_scope(session, shop, basis), _during(window))
        .group_by(Row.buyer_id)
    )


def first_day(
    session: Session, shop: ShopId, basis: Basis, until: LocalDay, replaced: Replaced | None = None
) -> LocalDay | None:
    """The earliest day with anything booked, up to `until`."""
    day = session.scalar(
        select(func.min(Row.day)).where(_scope(session, shop, basis), Row.day <= until, _kept(session, replaced))
    )
    then = [] if replaced is None else replaced.rows(Window("all", None, until), basis)
    return min([*(row.day for row in then), *([] if day is None else [LocalDay(day)])], default=None)


def _kept(session: Session, replaced: Replaced | None) -> ColumnElement[bool]:
    """Rows that are now as they were."""
    return true() if replaced is None else ~among(session, Row.buyer_id, replaced.buyers)


def last_day(
    session: Session, shop: ShopId, basis: Basis, until: LocalDay, replaced: Replaced | None = None
) -> LocalDay | None:
    """The latest day with anything booked, up to `until`."""
    day = session.scalar(
        select(func.max(Row.day)).where(_scope(session, shop, basis), Row.day <= until, _kept(session, replaced))
    )
    then = [] if replaced is None else replaced.rows(Window("all", None, until), basis)
    return max([*(row.day for row in then), *([] if day is None else [LocalDay(day)])], default=None)


def newest_day(session: Session, shop: ShopId) -> LocalDay | None:
    """The newest day with anything booked, in either basis."""
    # One basis after the other, along the index: together, every row there is would be looked at.
    days = [session.scalar(select(func.max(Row.day)).where(_scope(session, shop, basis))) for basis in Basis]
    return max((LocalDay(day) for day in days if day is not None), default=None)


@dataclass(frozen=True, slots=True)
class Month:
    """One bar of the chart; `returning_net` is the part of `net` that was not somebody's first order."""

    start: LocalDay
    end: LocalDay
    orders: int
    customers: int
    net: int
    returning_net: int
    partial: bool


def monthly(
    session: Session,
    shop: ShopId,
    basis: Basis,
    months: Sequence[tuple[LocalDay, LocalDay]],
    as_of: LocalDay,
    summing: Summing | None = None,
) -> list[Month]:
    """Sums a calendar month; a month that `as_of` cuts is marked partial. Amounts in minor units."""
    found = []
    for start, end in months:
        window = Window("month", start, min(end, as_of))
        sums = (summing or partial(totals, session, shop))(window, basis, Unit.ORDER)
        found.append(Month(start, end, sums.orders, sums.customers, sums.net, sums.returning_net, as_of < end))
    return found


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order behind a number; amounts in minor units."""

    order_id: int
    name: str
    placed_at: Instant
    day: LocalDay
    customer_id: int | None
    nth: int
    orders: int
    """0 where the row only books a refund of an earlier order."""
    value: int
    net: int


@dataclass(frozen=True, slots=True)
class Behind:
    """Which orders are behind a number."""

    basis: Basis
    window: Window
    unit: Unit
    drill: Drill
    replaced: Replaced | None = None


def orders_behind(
    session: Session, shop: ShopId, behind: Behind, after: str | None, limit: int
) -> tuple[list[OrderRow], str | None]:
    """A page of the orders behind a number, newest first, and the cursor of the next page if there is one."""
    place = None if after is None else _cursor(after)
    rows = [*_unchanged(session, shop, behind, place, limit), *_replaced(session, shop, behind, place, limit)]
    rows.sort(key=lambda row: (row.day, row.order_id), reverse=True)
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, f"{rows[-1].day.isoformat()}_{rows[-1].order_id}" if more else None


def _unchanged(
    session: Session, shop: ShopId, behind: Behind, after: tuple[date, int] | None, limit: int
) -> list[OrderRow]:
    statement = (
        select(Row, Order.name)
        .join(Order, and_(Order.shop_id == Row.shop_id, Order.order_id == Row.order_id))
        .where(_scope(session, shop, behind.basis), _during(behind.window), _drilled(session, shop, behind))
        .where(_kept(session, behind.replaced))
        .order_by(Row.day.desc(), Row.order_id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        day, order_id = after
        statement = statement.where((Row.day < day) | and_(Row.day == day, Row.order_id < order_id))
    return [_order_row(row, name) for row, name in session.execute(statement)]


def _replaced(
    session: Session, shop: ShopId, behind: Behind, after: tuple[date, int] | None, limit: int
) -> list[OrderRow]:
    if behind.replaced is None:
        return []
    rows = behind.replaced.drilled(behind.window, behind.basis, behind.unit, behind.drill)
    later = [row for row in rows if after is None or (row.day, row.order_id) < after]
    shown = sorted(later, key=lambda row: (row.day, row.order_id), reverse=True)[: limit + 1]
    named = among(session, Order.order_id, [row.order_id for row in shown])
    names = {
        row.order_id: row.name
        for row in session.execute(select(Order.order_id, Order.name).where(Order.shop_id == shop, named))
    }
    return [_order_row(row, names[row.order_id]) for row in shown]


def _order_row(row: Row | Booking, name: str) -> OrderRow:
    customer = row.buyer_id if row.buyer_id > 0 else None
    day = LocalDay(row.day)
    return OrderRow(row.order_id, name, row.placed_at, day, customer, row.nth, row.orders, row.value, row.net)


def _cursor(text: str) -> tuple[date, int]:
    day, _, order_id = text.partition("_")
    try:
        # No id has more digits, and no column would take it.
        return date.fromisoformat(day), int(order_id[:18])
    except ValueError:
        raise Malformed("This page of the list does not exist. Start again from the first page.") from None


def _drilled(session: Session, shop: ShopId, behind: Behind) -> ColumnElement[bool]:
    match behind.drill:
        case "guest":
            return and_(Row.buyer_id < 0, Row.orders == 1)
        case "customers":
            return Row.buyer_id > 0
        case "returning":
            return (Row.nth if behind.unit is Unit.ORDER else Row.nth_day) > 1
        case "repeat":
            buyers = _by_buyer(session, shop, behind.window, behind.basis, behind.unit).subquery()
            return and_(Row.buyer_id > 0, Row.buyer_id.in_(select(buyers.c.buyer_id).where(buyers.c.n > 1)))
        case "all":
            return true()


def places_of(session: Session, shop: ShopId, order_id: int) -> dict[Basis, int]:
    """For each basis in which the order counts, which of its customer's orders it is."""
    generation = get_shop(session, shop).generation
    own = and_(Row.shop_id == shop, Row.generation == generation, Row.order_id == order_id, Row.orders == 1)
    return {Basis(basis): nth for basis, nth in session.execute(select(Row.basis, Row.nth).where(own))}
