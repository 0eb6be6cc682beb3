"""Reading one order with every earlier state of it, and remembering which ones to ask Shopify for again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shopify_app.clock import AHEAD, Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, bulk_upsert
from shopify_app.errors import NotFound
from shopify_app.orders.model import Order, OrderEdit, OrderLine, OrderRefetch, OrderVersion, Refund
from shopify_app.tasks.queries import request


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """Everything we keep about one order; rows are detached and must not be changed."""

    order: Order
    lines: Sequence[OrderLine]
    refunds: Sequence[Refund]
    """Oldest first."""
    edits: Sequence[OrderEdit]
    """Oldest first."""
    versions: Sequence[OrderVersion]
    """Oldest first; the last one is how the order is now."""
    asked_again: bool
    """Whether Shopify is yet to say how it is now."""


def order_record(session: Session, shop: ShopId, order_id: int) -> OrderRecord:
    """One order of this shop; NotFound for one that is unknown here, also when another shop has it."""
    order = session.get(Order, (shop, order_id))
    if order is None:
        raise NotFound
    lines = select(OrderLine).where(OrderLine.shop_id == shop, OrderLine.order_id == order_id)
    refunds = select(Refund).where(Refund.shop_id == shop, Refund.order_id == order_id)
    edits = select(OrderEdit).where(OrderEdit.shop_id == shop, OrderEdit.order_id == order_id)
    versions = select(OrderVersion).where(OrderVersion.shop_id == shop, OrderVersion.order_id == order_id)
    return OrderRecord(
        order,
        session.scalars(lines.order_by(OrderLine.line_id)).all(),
        session.scalars(refunds.order_by(Refund.refunded_at, Refund.refund_id)).all(),
        session.scalars(edits.order_by(OrderEdit.edited_at, OrderEdit.edit_id)).all(),
        session.scalars(versions.order_by(OrderVersion.number)).all(),
        session.get(OrderRefetch, (shop, order_id)) is not None,
    )


@dataclass(frozen=True, slots=True)
class OrderPast:
    """What became of an order, each oldest first."""

    versions: Sequence[OrderVersion]
    refunds: Sequence[Refund]
    edits: Sequence[OrderEdit]


def pasts_of(session: Session, shop: ShopId, orders: Collection[int]) -> dict[int, OrderPast]:
    """What became of these orders, by number; empty of one that is unknown here."""
    found: dict[int, tuple[list[Any], list[Any], list[Any]]] = {order: ([], [], []) for order in orders}
    for at, (model, key) in enumerate(_PAST):
        mine = model.shop_id == shop, among(session, model.order_id, orders)
        for row in session.scalars(select(model).where(*mine).order_by(key)) if orders else ():
            found[row.order_id][at].append(row)
    return {order: OrderPast(*each) for order, each in found.items()}


_PAST: tuple[tuple[Any, Any], ...] = (
    (OrderVersion, OrderVersion.number),
    (Refund, Refund.refunded_at),
    (OrderEdit, OrderEdit.edited_at),
)

TIED = "tied"
"""Why an order is asked for again: see State.tied."""
SHARED_OUT = "shared out"
"""The same: see State.shared_out."""
EDITED = "edited"
"""The same: see State.edited."""
UNASKED = "history"
"""The same: see Histories.unasked."""
REWARDED = "rewarded"
"""The same: Shopify says that it was placed with a reward's code."""
REFETCH = "refetch_orders"
"""The kind of task that asks."""


def plan_refetch(session: Session, shop: ShopId, order_ids: Collection[int], reason: str, now: Instant) -> None:
    """Have these orders asked for again; one that is planned already is asked for once, no earlier than now."""
    if not order_ids:
        return
    request(session, shop, REFETCH, None, f"system:{reason}", now)
    bulk_upsert(
        session,
        OrderRefetch,
        [{"shop_id": shop, "order_id": each, "reason": reason, "asked_at": now} for each in sorted(order_ids)],
    )


def refetches(session: Session, shop: ShopId, limit: int) -> list[int]:
    """Orders to ask for again: first those of which we may know something wrong, longest planned first."""
    statement = (
        select(OrderRefetch.order_id)
        .where(OrderRefetch.shop_id == shop)
        .order_by(OrderRefetch.reason.in_((SHARED_OUT, UNASKED)), OrderRefetch.asked_at, OrderRefetch.order_id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def drop_refetches(session: Session, shop: ShopId, order_ids: Collection[int], asked_before: Instant) -> None:
    """These orders were asked for at that moment: whatever was planned by then is done."""
    session.execute(
        delete(OrderRefetch)
        .where(
            OrderRefetch.shop_id == shop,
            OrderRefetch.order_id.in_(order_ids),
            OrderRefetch.asked_at <= asked_before,
        )
        .execution_options(synchronize_session=False)
    )


def order_names(session: Session, shop: ShopId, orders: Collection[int]) -> dict[int, str]:
    """What these orders are called, or their numbers where they have no name; unknown ones are left out."""
    rows = select(Order.order_id, Order.name).where(Order.shop_id == shop, among(session, Order.order_id, orders))
    return {order: name or str(order) for order, name in session.execute(rows)}


def next_orders_since(session: Session, shop: ShopId, since: Instant, after: int, limit: int) -> Sequence[int]:
    """The next of the orders that were placed from a moment on, from behind a number, in the order of their numbers."""
    own = Order.shop_id == shop, Order.order_id > after, Order.placed_at >= since
    return session.scalars(select(Order.order_id).where(*own).order_by(Order.order_id).limit(limit)).all()


def orders_since(session: Session, shop: ShopId, since: Instant) -> Sequence[int]:
    """The orders that were placed from a moment on."""
    return session.scalars(select(Order.order_id).where(Order.shop_id == shop, Order.placed_at >= since)).all()


def newest_ahead(session: Session, shop: ShopId, now: Instant) -> Instant | None:
    """When the last of the orders was placed that Shopify's clock, ahead of ours, says are placed from now on."""
    # By the index of when Shopify made its record, which is no earlier.
    ahead = Order.created_at >= now, Order.placed_at >= now, Order.placed_at < Instant(now + AHEAD)
    return session.scalar(select(func.max(Order.placed_at)).where(Order.shop_id == shop, *ahead))


def products_of(session: Session, shop: ShopId, orders: Collection[int]) -> dict[tuple[int, int], int]:
    """By order and line the products of these orders, as far as they are known."""
    if not orders:
        return {}
    mine = OrderLine.shop_id == shop, among(session, OrderLine.order_id, orders), OrderLine.product_id.is_not(None)
    rows = session.execute(select(OrderLine.order_id, OrderLine.line_id, OrderLine.product_id).where(*mine))
    return {(order, line): product for order, line, product in rows if product is not None}


def currency_of(session: Session, shop: ShopId, order_id: int) -> str | None:
    """The currency of a known order."""
    found = session.scalar(select(Order.currency).where(Order.shop_id == shop, Order.order_id == order_id))
    return found or None
