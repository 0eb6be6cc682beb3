"""Keeping forecasts and reading them."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, select, tuple_, update
from sqlalchemy.orm import Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, among, bulk_upsert, days_between, rows_changed, upsert
from shopify_app.retention.forecasts.model import CustomerForecast as Row
from shopify_app.retention.forecasts.model import ForecastFit
from shopify_app.retention.forecasts.row import ForecastRow, Known
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.shops.queries import get_shop

AT_ONCE = 20_000
"""Customers read into memory at a time before they become columns."""
_NAMES = ("shop_id", "as_of", *ForecastRow._fields)
_COLUMNS = tuple(getattr(Row, name) for name in ForecastRow._fields)
_FINE = 10**6
_QUIETLY = {"synchronize_session": False}


def _histories(session: Session, shop: ShopId, as_of: LocalDay) -> Select[*tuple[Any, ...]]:
    one, generation = CountedCustomer, get_shop(session, shop).generation
    return select(
        one.customer_id,
        days_between(session, one.first_day, as_of),
        func.coalesce(days_between(session, one.first_day, one.second_day), 0),
        days_between(session, one.first_day, one.last_day),
        one.days,
        one.earlier,
        one.repeat_net,
        func.coalesce(one.usual_gap, 0),
        func.coalesce(one.late_after, 0),
    ).where(one.shop_id == shop, one.generation == generation, one.first_day <= as_of)


def customers_known(session: Session, shop: ShopId, as_of: LocalDay) -> Iterator[Sequence[Known]]:
    """All customers' histories as of a day, some at a time; costs what a look at every customer costs."""
    for some in session.execute(_histories(session, shop, as_of).execution_options(yield_per=AT_ONCE)).partitions():
        yield [Known(*row) for row in some]


def next_customers(session: Session, shop: ShopId, as_of: LocalDay, after: int, limit: int) -> list[Known]:
    """The next customers by number."""
    place = CountedCustomer.customer_id
    with along_an_index(session):
        found = session.execute(
            _histories(session, shop, as_of).where(place > after).order_by(place).limit(limit)
        ).all()
    return [Known(*row) for row in found]


def parameters_of(session: Session, shop: ShopId) -> dict[str, Any] | None:
    """What the last fit has found; None before the first."""
    text = session.scalar(select(ForecastFit.parameters).where(ForecastFit.shop_id == shop))
    return None if text is None else dict(json.loads(text))


def keep_fit(session: Session, shop: ShopId, as_of: LocalDay, currency: str, fit: Mapping[str, Any]) -> None:
    """Keep a fit over the one before, whose back-test stays until there is another."""
    documents = {name: json.dumps(fit[name]) for name in ("parameters", "sums")}
    # What is told of each customer follows piece by piece: until then nothing is in the currency before.
    other = exists().where(ForecastFit.shop_id == shop, ForecastFit.currency != currency)
    session.execute(delete(Row).where(Row.shop_id == shop, other).execution_options(**_QUIETLY))
    bulk_upsert(session, ForecastFit, [{"shop_id": shop, "as_of": as_of, "currency": currency, **fit, **documents}])


def keep_back_test(session: Session, shop: ShopId, found: Mapping[str, Any] | None) -> None:
    """Keep how good the forecast was."""
    text = None if found is None else json.dumps(found)
    mine = update(ForecastFit).where(ForecastFit.shop_id == shop).values(back_test=text)
    session.execute(mine.execution_options(**_QUIETLY))


def keep_forecasts(
    session: Session, shop: ShopId, as_of: LocalDay, rows: Sequence[ForecastRow], after: int, upto: int | None
) -> None:
    """Put these forecasts in the place of all of the customers after one number and up to another.

    Whoever is no customer any more by now has none: others are written than were read.
    """
    place = [Row.shop_id == shop, Row.customer_id > after]
    if upto is not None:
        place.append(Row.customer_id <= upto)
    still = _counted(session, shop, [row.customer_id for row in rows])
    kept = [row for row in rows if row.customer_id in still]
    gone = delete(Row).where(*place, ~among(session, Row.customer_id, still))
    session.execute(gone.execution_options(**_QUIETLY))
    upsert(session, Row, _NAMES, [[shop, as_of, *row] for row in kept])


def _counted(session: Session, shop: ShopId, customers: Collection[int]) -> set[int]:
    own = and_(
        CountedCustomer.shop_id == shop,
        CountedCustomer.generation == get_shop(session, shop).generation,
        among(session, CountedCustomer.customer_id, customers),
    )
    return set(session.scalars(select(CountedCustomer.customer_id).where(own)))


def drop_forecasts(session: Session, shop: ShopId, customers: Collection[int]) -> int:
    """Forget what was expected of these: they are to be forgotten, or are no more; how many rows."""
    if not customers:
        return 0
    theirs = and_(Row.shop_id == shop, among(session, Row.customer_id, customers))
    return rows_changed(session.execute(delete(Row).where(theirs).execution_options(**_QUIETLY)))


def drop_all_forecasts(session: Session, shop: ShopId) -> None:
    """Forget what was expected of everybody: it was in another currency."""
    session.execute(delete(Row).where(Row.shop_id == shop).execution_options(**_QUIETLY))


class Standing(NamedTuple):
    """A shop's fit as pages tell it; see ForecastFit."""

    as_of: LocalDay
    level: str
    missing_repeaters: int
    missing_days: int
    customers: int
    repeaters: int
    sums: Mapping[str, Mapping[str, float]]
    back_test: Mapping[str, Any] | None


def standing_forecast(session: Session, shop: ShopId) -> Standing | None:
    """The latest fit; None before the first, and where it was in another currency."""
    columns = (getattr(ForecastFit, name) for name in Standing._fields)
    own = ForecastFit.shop_id == shop, ForecastFit.currency == get_shop(session, shop).currency
    row = session.execute(select(*columns).where(*own)).one_or_none()
    if row is None:
        return None
    check = None if row.back_test is None else json.loads(row.back_test)
    return Standing._make((*row[:-2], json.loads(row.sums), check))


class Valued(NamedTuple):
    """A customer with what they have spent so far, and what is expected of them."""

    row: ForecastRow
    net: int
    days: int


def most_valuable(session: Session, shop: ShopId, limit: int, after: Valued | None = None) -> list[Valued]:
    """Those of whom most is expected, along an index; with `after`, those who follow."""
    statement = _valued(session, shop).limit(limit)
    if after is not None:
        place = (after.row.value_12m, after.row.customer_id)
        statement = statement.where(tuple_(Row.value_12m, Row.customer_id) < place)
    return [Valued(ForecastRow._make(row[:-2]), *row[-2:]) for row in session.execute(statement)]


def forecasts_among(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, ForecastRow]:
    """What is expected of those of these of whom something is."""
    theirs = and_(Row.shop_id == shop, among(session, Row.customer_id, customers), in_its_currency(session, shop))
    return {row.customer_id: ForecastRow._make(row) for row in session.execute(select(*_COLUMNS).where(theirs))}


def in_its_currency(session: Session, shop: ShopId) -> ColumnElement[bool]:
    """Whether the forecasts are in the currency that the shop sells in now."""
    fit = ForecastFit.shop_id == shop, ForecastFit.currency == get_shop(session, shop).currency
    return exists().where(*fit)


def count_forecasts(session: Session, shop: ShopId) -> int:
    """Of how many customers something is expected."""
    return session.scalar(select(func.count()).select_from(Row).where(Row.shop_id == shop)) or 0


def _valued(session: Session, shop: ShopId) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS, CountedCustomer.net, CountedCustomer.days)
        .join_from(
            Row,
            CountedCustomer,
            and_(
                CountedCustomer.shop_id == Row.shop_id,
                CountedCustomer.generation == get_shop(session, shop).generation,
                CountedCustomer.customer_id == Row.customer_id,
            ),
        )
        .where(Row.shop_id == shop, in_its_currency(session, shop))
        .order_by(Row.value_12m.desc(), Row.customer_id.desc())
    )


class Foreseen(NamedTuple):
    """What is expected of one customer as of a day."""

    row: ForecastRow
    as_of: LocalDay


def forecast_of(session: Session, shop: ShopId, customer: int) -> Foreseen | None:
    """What is expected of one customer; None where nothing is known, or they are no customer any more."""
    found = _valued(session, shop).add_columns(Row.as_of).where(Row.customer_id == customer)
    row = session.execute(found).one_or_none()
    return None if row is None else Foreseen(ForecastRow._make(row[: len(_COLUMNS)]), row.as_of)


def back_within(session: Session, shop: ShopId, days: int) -> Fraction | None:
    """Of those who bought once, the share who came back within so many days; None where too few were watched for it."""
    parameters = parameters_of(session, shop)
    if not parameters or parameters["once"]["reach"] < days:
        return None
    waiting = parameters["once"]["waiting"]
    return 1 - Fraction(waiting[days]).limit_denominator(_FINE) if days < len(waiting) else None
