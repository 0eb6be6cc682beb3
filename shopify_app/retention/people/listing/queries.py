"""Reading lists of customers: a page along an index, how many there are, whom a search means."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, among, beside_its_index
from shopify_app.errors import Malformed
from shopify_app.orders.model import Order
from shopify_app.retention.forecasts.model import CustomerForecast as Forecast
from shopify_app.retention.forecasts.queries import forecasts_among, in_its_currency
from shopify_app.retention.people.listing.asking import Filters, SortBy, Sorting
from shopify_app.retention.people.listing.columns import Listed
from shopify_app.retention.people.model import CountedCustomer as Row
from shopify_app.retention.people.queries import IN_TURN, is_late
from shopify_app.retention.people.row import CustomerRow
from shopify_app.retention.window import parse_day
from shopify_app.shops.queries import get_shop

FEW = 20_000
"""So many are found by what is asked of them, and sorted; more are read along the index of their order."""
_COLUMNS = tuple(getattr(Row, name) for name in CustomerRow._fields)
_SORTED: Mapping[SortBy, InstrumentedAttribute[Any]] = {
    "last_order": Row.last_day,
    "first_order": Row.first_day,
    "orders": Row.orders,
    "net": Row.net,
    "customer": Row.customer_id,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it is read: whom, in what order, on what day; `found` is whom a search means, None without one."""

    filters: Filters
    order: Sorting
    today: LocalDay
    shops_limit: int | None
    """After how many days somebody is late whose own gaps cannot tell."""
    found: Collection[int] | None = None
    ahead: bool = False
    """Whether what is expected of each is told, too."""


def count_listed(session: Session, shop: ShopId, listing: Listing) -> int:
    """How many customers the list has."""
    whom = _whom(session, shop, listing, walked=False)
    return session.scalar(select(func.count()).select_from(Row).where(whom)) or 0


def people_listed(
    session: Session, shop: ShopId, listing: Listing, total: int, after: str | None, limit: int
) -> tuple[list[Listed], str | None]:
    """A page of the list, and the place at which the next one begins if there is one; `total` is how many it has."""
    if listing.order.by == "expected":
        rows, following = _by_expected(session, shop, listing, total, after, limit)
    else:
        rows, following = _sorted_page(session, shop, listing, total, after, limit)
    if listing.ahead:
        foreseen = forecasts_among(session, shop, [one.row.customer_id for one in rows])
        rows = [one._replace(ahead=foreseen.get(one.row.customer_id)) for one in rows]
    return rows, following


def _sorted_page(
    session: Session, shop: ShopId, listing: Listing, total: int, after: str | None, limit: int
) -> tuple[list[Listed], str | None]:
    order, walked = listing.order, total > FEW
    by = _sorted(session, order, walked)
    statement = select(*_COLUMNS).where(_whom(session, shop, listing, walked))
    if after is not None:
        place = _place(order.by, after)
        statement = statement.where(tuple_(*by) < place if order.descending else tuple_(*by) > place)
    statement = statement.order_by(*(each.desc() if order.descending else each.asc() for each in by)).limit(limit + 1)
    with along_an_index(session) if walked else nullcontext():
        rows = [_listed(listing, row) for row in session.execute(statement)]
    more = len(rows) > limit
    return rows[:limit], place_after(order, rows[limit - 1]) if more else None


def _by_expected(
    session: Session, shop: ShopId, listing: Listing, total: int, after: str | None, limit: int
) -> tuple[list[Listed], str | None]:
    """Along the forecasts, then those of whom nothing is expected yet, newest in Shopify first."""
    walked, place = total > FEW, _place("expected", after) if after is not None else None
    in_turn = along_an_index(session) if walked else nullcontext()
    found: list[tuple[Listed, str]] = []
    with in_turn:
        if place is None or len(place) > 1:
            found += _foreseen(session, shop, listing, place, limit + 1, walked=walked)
        if len(found) <= limit:
            last = place if place is not None and len(place) == 1 else None
            found += _unforeseen(session, shop, listing, last, limit + 1 - len(found), walked=walked)
    rows = [one for one, _ in found[:limit]]
    return rows, found[limit - 1][1] if len(found) > limit else None


def _foreseen(
    session: Session, shop: ShopId, listing: Listing, place: tuple[Any, ...] | None, limit: int, *, walked: bool
) -> list[tuple[Listed, str]]:
    value = Forecast.value_12m if walked else beside_its_index(session, Forecast.value_12m)
    statement = (
        select(*_COLUMNS, Forecast.value_12m)
        .join_from(Forecast, Row, and_(Row.shop_id == Forecast.shop_id, Row.customer_id == Forecast.customer_id))
        .where(Forecast.shop_id == shop, in_its_currency(session, shop), _whom(session, shop, listing, walked))
        .order_by(value.desc(), Forecast.customer_id.desc())
        .limit(limit)
    )
    if place is not None:
        statement = statement.where(tuple_(value, Forecast.customer_id) < place)
    return [(_listed(listing, row[:-1]), f"{row[-1]}_{row.customer_id}") for row in session.execute(statement)]


def _unforeseen(
    session: Session, shop: ShopId, listing: Listing, place: tuple[Any, ...] | None, limit: int, *, walked: bool
) -> list[tuple[Listed, str]]:
    theirs = exists().where(Forecast.shop_id == Row.shop_id, Forecast.customer_id == Row.customer_id)
    told = and_(theirs, in_its_currency(session, shop))
    statement = select(*_COLUMNS).where(_whom(session, shop, listing, walked), not_(told))
    if place is not None:
        statement = statement.where(Row.customer_id < place[0])
    statement = statement.order_by(Row.customer_id.desc()).limit(limit)
    return [(_listed(listing, row), f"_{row.customer_id}") for row in session.execute(statement)]


def _listed(listing: Listing, row: Sequence[Any]) -> Listed:
    return Listed(CustomerRow(*row), listing.today, listing.shops_limit)


def place_after(order: Sorting, last: Listed) -> str:
    """Where a list goes on after this customer, for an address."""
    row = last.row
    if order.by == "customer":
        return str(row.customer_id)
    values = {"last_order": row.last_day, "first_order": row.first_day, "orders": row.orders, "net": row.net}
    return f"{values[order.by]}_{row.customer_id}"


def _sorted(session: Session, order: Sorting, walked: bool) -> list[ColumnElement[Any]]:
    columns: list[InstrumentedAttribute[Any]]
    columns = [Row.customer_id] if order.by == "customer" else [_SORTED[order.by], Row.customer_id]
    return [beside_its_index(session, column) if not walked else column.expression for column in columns]


def _place(by: SortBy, text: str) -> tuple[int] | tuple[date, int] | tuple[int, int]:
    value, _, customer = text.rpartition("_")
    try:
        if by == "customer":
            return (_number(text),)
        if by == "expected" and not value:
            return (_number(customer),)
        if by in ("first_order", "last_order"):
            return parse_day(value), _number(customer)
        return _number(value, 31 if by == "orders" else 63), _number(customer)
    except (ValueError, Malformed):
        raise Malformed("This page of the list does not exist. Start again from the first page.") from None


def _number(text: str, bits: int = 63) -> int:
    if not text.isascii() or not text.removeprefix("-").isdigit() or abs(int(text)) >= 2**bits:
        raise ValueError(text)
    return int(text)


def _whom(session: Session, shop: ShopId, listing: Listing, walked: bool) -> ColumnElement[bool]:
    generation = get_shop(session, shop).generation
    chosen = [Row.shop_id == shop, Row.generation == generation, *_chosen(session, listing.filters, walked)]
    if listing.filters.late:
        chosen.append(is_late(session, listing.shops_limit, listing.today))
        # No index tells who is late.
        chosen += [] if walked else [IN_TURN]
    if listing.found is not None:
        chosen.append(among(session, Row.customer_id, listing.found))
    return and_(*chosen)


def _chosen(session: Session, filters: Filters, walked: bool) -> Iterator[ColumnElement[bool]]:
    bounds: list[tuple[InstrumentedAttribute[Any], Any, Any]] = [
        (Row.orders, filters.orders_min, filters.orders_max),
        (Row.net, filters.spent_min, None),
        (Row.first_day, filters.first_from, filters.first_to),
        (Row.last_day, filters.last_from, filters.last_to),
    ]
    if filters.bought:
        bounds.append((Row.orders, 2, None) if filters.bought == "again" else (Row.orders, None, 1))
    for mapped, low, high in bounds:
        column = beside_its_index(session, mapped) if walked else mapped
        if low is not None:
            yield column >= low
        if high is not None:
            yield column <= high


def orders_named(session: Session, shop: ShopId, text: str) -> set[int]:
    """Who placed an order that the merchant calls so, with or without the sign before its number."""
    named = Order.name.in_({text, f"#{text}"})
    found = session.scalars(select(Order.customer_id).where(Order.shop_id == shop, named).distinct())
    return {customer for customer in found if customer is not None}
