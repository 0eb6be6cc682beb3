"""People by something of their first order; costs what a look at every customer costs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.orders.model import Order, OrderLine
from shopify_app.retention.coming_back.splits import NOT_KNOWN, Person, Split, band_of, bands
from shopify_app.retention.history.queries import AT_ONCE
from shopify_app.retention.model import CountedOrder
from shopify_app.retention.window import Basis, Unit
from shopify_app.shops.queries import get_shop

_First, _Later = aliased(CountedOrder), aliased(CountedOrder)


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
            discounted = people.add_columns(Order.discounts > 0).join(Order, _ITS_ORDER)
            return Grouped(Person(str(int(what)), first, second) for first, second, what in _read(session, discounted))
        case Split.CODE | Split.CHANNEL | Split.COUNTRY:
            said = people.add_columns(_SAID[split]).join(Order, _ITS_ORDER)
            rows = _read(session, said)
            return Grouped(Person(NOT_KNOWN if what is None else what, first, second) for first, second, what in rows)


_SAID: dict[Split, Any] = {
    Split.CODE: Order.discount_code,
    Split.CHANNEL: Order.source_name,
    Split.COUNTRY: Order.country,
}
_ITS_ORDER = and_(Order.shop_id == _First.shop_id, Order.order_id == _First.order_id)
_ITS_LINE = and_(
    OrderLine.shop_id == _First.shop_id,
    OrderLine.order_id == _First.order_id,
    OrderLine.quantity > 0,
    ~OrderLine.gift_card,
)


def _people(session: Session, shop: ShopId, basis: Basis, unit: Unit, as_of: LocalDay) -> Select[Any]:
    """Of everybody the days of the first and of the second purchase, if there was one."""
    generation = get_shop(session, shop).generation

    def scope(rows: Any) -> tuple[Any, ...]:
        mine = rows.shop_id == shop, rows.generation == generation, rows.basis == basis.value
        return *mine, rows.buyer_id > 0, rows.orders == 1, rows.day <= as_of

    place = _Later.nth if unit is Unit.ORDER else _Later.nth_day
    again = select(_Later.buyer_id, func.min(_Later.day).label("day")).where(*scope(_Later), place == 2)
    second = again.group_by(_Later.buyer_id).subquery()
    joined = select(_First.day, second.c.day).outerjoin(second, second.c.buyer_id == _First.buyer_id)
    return joined.where(*scope(_First), _First.nth == 1)


def _read(session: Session, statement: Select[Any]) -> Iterator[Any]:
    for some in session.execute(statement.execution_options(yield_per=AT_ONCE)).partitions():
        yield from some


def _by_product(session: Session, people: Select[Any], titles: dict[str, str]) -> Iterator[Person]:
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
        session, people.add_columns(*columns).join(OrderLine, _ITS_LINE).where(once)
    ):
        # Asked for in SQL, SQLite would look through the shop's products for each order instead of in its lines.
        if product is None:
            continue
        name = str(product)
        # Of a product that has changed its name, the one by which it was sold last.
        if order_id >= newest.get(name, 0):
            newest[name], titles[name] = order_id, title
        yield Person(name, first, second)


def _by_value(session: Session, people: Select[Any]) -> Grouped:
    found = list(_read(session, people.add_columns(_First.value)))
    cuts = bands([value for _, _, value in found])
    return Grouped(
        (Person(str(band_of(value, cuts)), first, second) for first, second, value in found), cuts=tuple(cuts)
    )
