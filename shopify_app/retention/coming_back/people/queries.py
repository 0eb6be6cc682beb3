"""The people of a cohort, a page at a time, newest first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among
from shopify_app.retention.coming_back.cohorts import Show
from shopify_app.retention.coming_back.periods import Span
from shopify_app.retention.counting import Booking
from shopify_app.retention.model import CountedOrder as Row
from shopify_app.retention.past.sums import Replaced, place
from shopify_app.retention.window import Basis, Unit
from shopify_app.shops.queries import get_shop

_Other = aliased(Row)


@dataclass(frozen=True, slots=True)
class Behind:
    """Which people are meant."""

    cohort: Span
    later: Span | None
    """The period of the cell; None for everybody in the cohort."""
    show: Show
    basis: Basis
    unit: Unit
    as_of: LocalDay
    replaced: Replaced | None = None

    @property
    def until(self) -> LocalDay:
        """The last day that counts."""
        return self.as_of if self.later is None else min(self.later.end, self.as_of)

    @property
    def came_back(self) -> bool:
        """Whether those are meant who had bought again by then; else those who bought in that very period."""
        return self.show in (Show.BACK, Show.BACK_PEOPLE)


class Person(NamedTuple):
    """One customer, with what they bought up to the as-of day; `net` in minor units."""

    customer_id: int
    first: date
    second: date | None
    orders: int
    net: int


Place = tuple[date, int]
"""Where a page of the list ends: first day and customer."""


def people_behind(session: Session, shop: ShopId, behind: Behind, after: Place | None, limit: int) -> list[Person]:
    """Up to `limit` people after that place."""
    found = [*_unchanged(session, shop, behind, after, limit), *_replaced(behind, after)]
    return sorted(found, key=lambda one: (one.first, one.customer_id), reverse=True)[:limit]


def _mine(session: Session, shop: ShopId, behind: Behind) -> ColumnElement[bool]:
    generation = get_shop(session, shop).generation
    return and_(Row.shop_id == shop, Row.generation == generation, Row.basis == behind.basis.value)


def _theirs(session: Session, shop: ShopId, behind: Behind, rows: Any) -> ColumnElement[bool]:
    """Rows of some customers: found by their numbers, as no index has this spelling of the basis.

    Else SQLite, which knows nothing of how many there are, goes through everybody's rows of those days.
    """
    generation = get_shop(session, shop).generation
    scope = and_(rows.shop_id == shop, rows.generation == generation, rows.basis.concat("") == behind.basis.value)
    return and_(scope, rows.day <= behind.as_of)


def _unchanged(session: Session, shop: ShopId, behind: Behind, after: Place | None, limit: int) -> list[Person]:
    """From the last day backwards, more days each time: a page needs few of the people of a cohort."""
    buyers: list[int] = []
    last, days = behind.cohort.end if after is None else min(after[0], behind.cohort.end), 1
    while last >= behind.cohort.start and len(buyers) < limit:
        first = max(behind.cohort.start, last - timedelta(days=days - 1))
        buyers += session.scalars(_newest(session, shop, behind, (first, last), after).limit(limit - len(buyers)))
        last, days = first - timedelta(days=1), 2 * days
    return _told(session, shop, behind, buyers)


def _newest(
    session: Session, shop: ShopId, behind: Behind, days: tuple[date, date], after: Place | None
) -> Select[int]:
    """Who is meant of those who first bought on these days, the newest first."""
    first = Row.buyer_id > 0, Row.orders == 1, Row.nth == 1, Row.day.between(*days)
    statement = select(Row.buyer_id).where(_mine(session, shop, behind), *first)
    if behind.later is not None:
        statement = statement.where(_bought(session, shop, behind, behind.later))
    if behind.replaced is not None:
        statement = statement.where(~among(session, Row.buyer_id, behind.replaced.buyers))
    if after is not None:
        day, customer = after
        statement = statement.where((Row.day < day) | and_(Row.day == day, Row.buyer_id < customer))
    return statement.order_by(Row.day.desc(), Row.buyer_id.desc())


def _bought(session: Session, shop: ShopId, behind: Behind, later: Span) -> ColumnElement[bool]:
    """Looked up for one buyer after the other: PostgreSQL would rather go through all who bought in that period."""
    theirs = _theirs(session, shop, behind, _Other), _Other.buyer_id == Row.buyer_id, _Other.orders == 1
    if behind.came_back:
        nth = _Other.nth if behind.unit is Unit.ORDER else _Other.nth_day
        found = select(_Other.order_id).where(*theirs, nth == _SECOND, _Other.day <= later.end)
    else:
        found = select(_Other.order_id).where(*theirs, _Other.day.between(later.start, later.end))
    return found.correlate(Row).limit(1).scalar_subquery().is_not(None)


_SECOND = 2


def _told(session: Session, shop: ShopId, behind: Behind, buyers: Collection[int]) -> list[Person]:
    nth = Row.nth if behind.unit is Unit.ORDER else Row.nth_day
    bought = Row.orders == 1
    columns = (
        Row.buyer_id,
        func.min(case((bought, Row.day))),
        func.min(case((and_(bought, nth == _SECOND), Row.day))),
        func.sum(Row.orders),
        func.sum(Row.net),
    )
    theirs = _theirs(session, shop, behind, Row), among(session, Row.buyer_id, buyers)
    rows = session.execute(select(*columns).where(*theirs).group_by(Row.buyer_id))
    return [Person(buyer, first, second, int(orders), int(net)) for buyer, first, second, orders, net in rows]


def _replaced(behind: Behind, after: Place | None) -> list[Person]:
    """Of whom something else was known then."""
    if behind.replaced is None:
        return []
    found = list[Person]()
    for (basis, buyer), rows in behind.replaced.then.items():
        mine = [row for row in rows if row.day <= behind.as_of]
        person = _person(buyer, mine, behind) if basis == behind.basis and buyer > 0 else None
        if person is not None and (after is None or (person.first, person.customer_id) < after):
            found.append(person)
    return found


def _person(buyer: int, rows: Collection[Booking], behind: Behind) -> Person | None:
    """Nobody where they are not meant."""
    bought = sorted((row for row in rows if row.orders), key=lambda row: row.nth)
    if not bought or bought[0].nth != 1 or not behind.cohort.start <= bought[0].day <= behind.cohort.end:
        return None
    second = min((row.day for row in bought if place(row, behind.unit) == _SECOND), default=None)
    if behind.later is not None and not _is_meant(bought, second, behind, behind.later):
        return None
    return Person(buyer, bought[0].day, second, len(bought), sum(row.net for row in rows))


def _is_meant(bought: Collection[Booking], second: date | None, behind: Behind, later: Span) -> bool:
    if behind.came_back:
        return second is not None and second <= later.end
    return any(later.start <= row.day <= later.end for row in bought)
