"""Reading one customer: who a number is now, what they bought, each of their orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant, LocalDay
from shopify_app.customers.model import CustomerAlias
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among
from shopify_app.orders.model import Order, OrderEdit, Refund
from shopify_app.orders.queries import order_names
from shopify_app.retention.counting import Countable, left_out_because
from shopify_app.retention.model import CountedOrder
from shopify_app.retention.people.row import CustomerRow
from shopify_app.retention.window import Basis
from shopify_app.shops.queries import get_shop

RECENT = 1000
"""Of somebody's orders, the newest that their page looks at: a page about many thousands costs no more."""
_REFUNDS, _MERGES = 10, 10


class Bought(NamedTuple):
    """One order that counts as kept."""

    order_id: int
    day: LocalDay
    nth: int
    value: int
    net: int


class Back(NamedTuple):
    """Money that went back for one of their orders."""

    order_id: int
    at: Instant
    net: int


class Merged(NamedTuple):
    """Somebody who has become this customer."""

    customer_id: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest part of what somebody did, and the names of the orders in it."""

    bought: Sequence[Bought]
    """Oldest first."""
    refunds: Sequence[Back]
    merges: Sequence[Merged]
    names: dict[int, str] = field(default_factory=dict)


class OrderRow(NamedTuple):
    """One order of a customer's, whether or not it counts; amounts in minor units."""

    order_id: int
    name: str
    placed_at: Instant
    because: str | None
    """Why it does not count, as a message key; None where it does."""
    nth: int | None
    value: int | None
    net: int | None


def recent(session: Session, shop: ShopId, row: CustomerRow) -> Recent:
    """What somebody bought and got back of late, and who became them."""
    customer = row.customer_id
    mine = select(Order.order_id).where(Order.shop_id == shop, Order.customer_id == customer)
    last_numbered = session.scalars(mine.order_by(Order.order_id.desc()).limit(RECENT)).all()
    bought = _newest_kept(session, shop, row)
    newest = {*last_numbered, *(one.order_id for one in bought)}
    given = select(Refund.order_id, Refund.refunded_at, Refund.net).where(
        Refund.shop_id == shop, among(session, Refund.order_id, newest), Refund.net != 0
    )
    refunds = [Back(*each) for each in session.execute(given.order_by(Refund.refunded_at.desc()).limit(_REFUNDS))]
    merges = select(CustomerAlias.customer_id, CustomerAlias.merged_at).where(
        CustomerAlias.shop_id == shop, CustomerAlias.kept_id == customer
    )
    merged = [Merged(*each) for each in session.execute(merges.order_by(CustomerAlias.merged_at.desc()).limit(_MERGES))]
    named = {row.first_order_id, row.last_order_id}
    named |= {one.order_id for one in bought} | {back.order_id for back in refunds}
    return Recent(bought, refunds, merged, order_names(session, shop, named))


def _newest_kept(session: Session, shop: ShopId, row: CustomerRow) -> list[Bought]:
    """Oldest first. By their place: of orders that came from elsewhere Shopify may have numbered the oldest last."""
    theirs = CountedOrder.buyer_id == row.customer_id, CountedOrder.nth > row.orders + row.earlier - RECENT
    rows = _counted(session, shop).where(*theirs)
    return sorted((Bought(*one) for one in session.execute(rows)), key=lambda one: one.nth)


def _kept(session: Session, shop: ShopId, orders: Collection[int]) -> dict[int, Bought]:
    """What is counted of these orders in basis kept, by order."""
    rows = _counted(session, shop).where(among(session, CountedOrder.order_id, orders))
    return {row.order_id: Bought(*row) for row in session.execute(rows)}


def _counted(session: Session, shop: ShopId) -> Select[Any]:
    return (
        select(*(getattr(CountedOrder, name) for name in Bought._fields))
        .where(CountedOrder.shop_id == shop, CountedOrder.generation == get_shop(session, shop).generation)
        .where(CountedOrder.basis == Basis.KEPT.value, CountedOrder.orders == 1)
    )


def count_orders(session: Session, shop: ShopId, customer: int) -> int:
    """How many orders stand under somebody's number, counted or not."""
    mine = select(func.count()).select_from(Order).where(Order.shop_id == shop, Order.customer_id == customer)
    return session.scalar(mine) or 0


def orders_of(
    session: Session, shop: ShopId, customer: int, before: int | None, limit: int
) -> tuple[list[OrderRow], int | None]:
    """A page of somebody's orders, those that Shopify numbered last first, and where the next page begins."""
    mine = select(Order).where(Order.shop_id == shop, Order.customer_id == customer)
    if before is not None:
        mine = mine.where(Order.order_id < before)
    found = session.scalars(mine.order_by(Order.order_id.desc()).limit(limit + 1)).all()
    shown = found[:limit]
    ids = [order.order_id for order in shown]
    added, counted = _added(session, shop, ids), _kept(session, shop, ids)
    currency = get_shop(session, shop).currency
    rows = [_row(order, added.get(order.order_id, 0), counted.get(order.order_id), currency) for order in shown]
    return rows, shown[-1].order_id if len(found) > limit else None


def _row(order: Order, added: int, counted: Bought | None, currency: str) -> OrderRow:
    because = left_out_because(Countable.of(order, currency).as_placed(added), Basis.KEPT)
    booked = (None, None, None) if counted is None else (counted.nth, counted.value, counted.net)
    return OrderRow(order.order_id, order.name or str(order.order_id), order.placed_at, because, *booked)


def _added(session: Session, shop: ShopId, orders: Collection[int]) -> dict[int, int]:
    added = func.sum(OrderEdit.gross - OrderEdit.discount)
    edits = select(OrderEdit.order_id, added).where(
        OrderEdit.shop_id == shop, among(session, OrderEdit.order_id, orders)
    )
    return {order: int(sum_) for order, sum_ in session.execute(edits.group_by(OrderEdit.order_id))}
