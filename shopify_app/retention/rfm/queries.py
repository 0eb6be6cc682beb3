"""Reading where scores end from the shop's customers, and scores and groups as SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import days_between, upsert
from shopify_app.retention.people.model import CountedCustomer as Row
from shopify_app.retention.people.queries import BOUGHT_ONCE, PURCHASES, is_late, read_in_turn, silent_for
from shopify_app.retention.rfm.model import RfmCut
from shopify_app.retention.rfm.scoring import (
    AWAY_AT_LEAST,
    HIGH,
    LOYAL_FROM,
    TOP,
    Cuts,
    Group,
    cut_points,
    nine_of_ten,
)
from shopify_app.shops.queries import get_shop

_AT_ONCE = 5000
"""Values of a histogram read at once: of amounts there are almost as many as customers."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many people, and what they have bought and kept, in minor units."""

    people: int
    net: int


def shown_customers(session: Session, shop: ShopId) -> ColumnElement[bool]:
    """The rows of the customers that pages show."""
    return and_(Row.shop_id == shop, Row.generation == get_shop(session, shop).generation)


def cuts_of(session: Session, shop: ShopId) -> Cuts:
    """Where scores end: as the night kept it, or worked out now where nothing is kept of these rows."""
    own = RfmCut.shop_id == shop, RfmCut.generation == get_shop(session, shop).generation
    kept = session.scalar(select(RfmCut.body).where(*own))
    return work_out(session, shop) if kept is None else Cuts.read(kept)


def work_out(session: Session, shop: ShopId) -> Cuts:
    """The same from all customers."""
    own = shown_customers(session, shop)
    customers, repeaters = session.execute(select(func.count(), func.count(Row.second_day)).where(own)).one()
    return Cuts(
        recency=cut_points(_histogram(session, own, Row.last_day), customers),
        frequency=cut_points(_histogram(session, own, PURCHASES), customers),
        monetary=cut_points(_histogram(session, own, Row.net), customers),
        late_after=_late_after(session, own),
        customers=customers,
        repeaters=repeaters,
        channels=_places(session, own, Row.channels),
        countries=_places(session, own, Row.countries),
    )


def _places(session: Session, own: ColumnElement[bool], column: InstrumentedAttribute[str]) -> tuple[str, ...]:
    """All that any customer has in a column of several between bars."""
    found = session.scalars(select(column).where(own).distinct())
    return tuple(sorted({place for places in found for place in places.split("|")} - {""}))


def shops_limit(session: Session, shop: ShopId) -> int | None:
    """After how many days somebody is late whose own gaps cannot tell; the same as in `cuts_of`, for less."""
    own = RfmCut.shop_id == shop, RfmCut.generation == get_shop(session, shop).generation
    kept = session.scalar(select(RfmCut.body).where(*own))
    return _late_after(session, shown_customers(session, shop)) if kept is None else Cuts.read(kept).late_after


def _late_after(session: Session, own: ColumnElement[bool]) -> int | None:
    gap = days_between(session, Row.first_day, Row.second_day)
    # As a list: what is left unread of a long answer stays open.
    gaps = list(_histogram(session, and_(own, Row.second_day.is_not(None)), gap))
    return nine_of_ten(gaps, sum(people for _, people in gaps))


def _histogram(session: Session, own: ColumnElement[bool], column: Any) -> Iterator[tuple[Any, int]]:
    value = column.label("value")
    counted = select(value, func.count()).where(own).group_by(value).order_by(value)
    rows = session.execute(counted, execution_options={"yield_per": _AT_ONCE})
    yield from ((found, count) for found, count in rows)


def keep_cuts(session: Session, shop: ShopId, cuts: Cuts, today: LocalDay) -> None:
    """Keep what `work_out` found in the generation shown."""
    columns = ("shop_id", "generation", "kept_on", "body")
    upsert(session, RfmCut, columns, [[shop, get_shop(session, shop).generation, today, cuts.text()]])


def spends_most(session: Session, cuts: Cuts) -> ColumnElement[bool]:
    """Whether a customer is in the fifth who spend most."""
    return _scores(session, Row.net, cuts.monetary, TOP)


def group_column(session: Session, cuts: Cuts, today: LocalDay) -> ColumnElement[str]:
    """The name of a customer's group; see scoring.group_of."""
    recent = _scores(session, Row.last_day, cuts.recency, HIGH)
    lately = read_in_turn(session, Row.last_day) >= LocalDay(today - timedelta(days=cuts.new_within))
    late = is_late(session, cuts.late_after, today)
    return case(
        (and_(BOUGHT_ONCE, recent, lately), Group.NEW.value),
        (BOUGHT_ONCE, Group.ONCE.value),
        (silent_for(session, cuts.late_after, today, 2, AWAY_AT_LEAST), Group.AWAY.value),
        (and_(late, _scores(session, Row.net, cuts.monetary, HIGH)), Group.MIGHT_LOSE.value),
        (late, Group.LATE.value),
        (or_(PURCHASES < LOYAL_FROM, ~_scores(session, PURCHASES, cuts.frequency, HIGH)), Group.PROMISING.value),
        (and_(recent, spends_most(session, cuts)), Group.BEST.value),
        else_=Group.LOYAL.value,
    )


def _scores(session: Session, column: Any, cuts: tuple[Any, ...], least: int) -> ColumnElement[bool]:
    """Whether a column scores so much; the one cut below that score decides."""
    return read_in_turn(session, column) > cuts[least - 2] if cuts else false()


def group_sizes(session: Session, shop: ShopId, cuts: Cuts, today: LocalDay) -> dict[Group, Size]:
    """How many customers each group has; groups without any are left out."""
    name = group_column(session, cuts, today).label("name")
    counted = select(name, func.count(), func.sum(Row.net)).where(shown_customers(session, shop)).group_by(name)
    return {Group(group): Size(people, int(net)) for group, people, net in session.execute(counted)}
