"""People by something of their first order; costs what a look at every customer costs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.orders.model import Order, OrderLine
from shopify_app.retention.coming_back.splits import NOT_KNOWN, Person, Split, band_of, bands
from shopify_app.retention.history.queries import AT_ONCE
from shopify_app.retention.model import CountedOrder as Row
from shopify_app.retention.window import Basis, Unit
from shopify_app.shops.queries import get_shop


@dataclass(frozen=True, slots=True)
class Grouped:
    """The people of a shop, each with the name of a group, and what is to be known to put the names in words."""

    people: Iterator[Person]
    titles: dict[str, str] = field(default_factory=dict)
    """Of products by their numbers; complete once all people were gone through."""
    cuts: tuple[int, ...] = ()
    """Amounts in minor units at which bands begin; the group is the band's place."""


def grouped(session: Session, shop: ShopId, split: Split, basis: Basis, unit: Unit, as_of: LocalDay) -> Grouped:
    """Everybody whose first purchase is known and was by then, by something of that order."""
    people = _people(session, shop, basis, unit, as_of)
    match split:
        case Split.PRODUCT:
            titles: dict[str, str] = {}
            return Grouped(_by_product(session, people, titles), titles)
        case Split.VALUE:
            return _by_value(session, people)
        case Split.DISCOUNT:
            discounted = people.select(Order.discounts > 0).join(Order, people.its_order)
            return Grouped(Person(str(int(what)), first, second) for first, second, what in _read(session, discounted))
        case Split.CODE | Split.CHANNEL | Split.COUNTRY:
            said = people.select(_SAID[split]).join(Order, people.its_order)
            rows = _read(session, said)
            return Grouped(Person(NOT_KNOWN if what is None else what, first, second) for first, second, what in rows)


_SAID: dict[Split, Any] = {
    Split.CODE: Order.discount_code,
    Split.CHANNEL: Order.source_name,
    Split.COUNTRY: Order.country,
}


@dataclass(frozen=True, slots=True)
class _People:
    """Everybody, a row each: `first` and `second` day, and `order_id` and `value` of the first order."""

    shop: ShopId
    rows: Subquery

    def select(self, *columns: Any) -> Select[Any]:
        """The days of the first purchase and of the second, if there was one, and more."""
        return select(self.rows.c.first, self.rows.c.second, *columns)

    @property
    def its_order(self) -> ColumnElement[bool]:
        """Which order was the first."""
        return and_(Order.shop_id == self.shop, Order.order_id == self.rows.c.order_id)

    @property
    def its_lines(self) -> ColumnElement[bool]:
        """What was bought in it."""
        lines = OrderLine.shop_id == self.shop, OrderLine.order_id == self.rows.c.order_id
        return and_(*lines, OrderLine.quantity > 0, ~OrderLine.gift_card)


def _people(session: Session, shop: ShopId, basis: Basis, unit: Unit, as_of: LocalDay) -> _People:
    """One pass over the orders: a join of first with second purchases may become one of all with all.

    PostgreSQL takes it for the best way as long as it has not yet counted the rows of a shop that was just read.
    """
    mine = Row.shop_id == shop, Row.generation == get_shop(session, shop).generation, Row.basis == basis.value
    is_first, is_second = Row.nth == 1, (Row.nth if unit is Unit.ORDER else Row.nth_day) == _SECOND
    columns = (
        func.min(case((is_first, Row.day))).label("first"),
        func.min(case((is_second, Row.day))).label("second"),
        func.min(case((is_first, Row.order_id))).label("order_id"),
        func.min(case((is_first, Row.value))).label("value"),
    )
    bought = Row.buyer_id > 0, Row.orders == 1, Row.day <= as_of, is_first | is_second
    known = func.min(Row.nth) == 1
    return _People(shop, select(*columns).where(*mine, *bought).group_by(Row.buyer_id).having(known).subquery())


_SECOND = 2


def _read(session: Session, statement: Select[Any]) -> Iterator[Any]:
    for some in session.execute(statement.execution_options(yield_per=AT_ONCE)).partitions():
        yield from some


def _by_product(session: Session, people: _People, titles: dict[str, str]) -> Iterator[Person]:
    # One line of each product in an order: of two with one product the order's person is counted once.
    other = aliased(OrderLine)
    earlier = (
        other.shop_id == OrderLine.shop_id,
        other.order_id == OrderLine.order_id,
        other.line_id < OrderLine.line_id,
    )
    same = other.product_id == OrderLine.product_id, other.quantity > 0, ~other.gift_card
    once = ~exists().where(*earlier, *same)
    columns = OrderLine.product_id, OrderLine.title, OrderLine.order_id
    newest: dict[str, int] = {}
    for first, second, product, title, order_id in _read(
        session, people.select(*columns).join(OrderLine, people.its_lines).where(once)
    ):
        # Asked for in SQL, SQLite would look through the shop's products for each order instead of in its lines.
        if product is None:
            continue
        name = str(product)
        # Of a product that has changed its name, the one by which it was sold last.
        if order_id >= newest.get(name, 0):
            newest[name], titles[name] = order_id, title
        yield Person(name, first, second)


def _by_value(session: Session, people: _People) -> Grouped:
    found = list(_read(session, people.select(people.rows.c.value)))
    cuts = bands([value for _, _, value in found])
    return Grouped(
        (Person(str(band_of(value, cuts)), first, second) for first, second, value in found), cuts=tuple(cuts)
    )
