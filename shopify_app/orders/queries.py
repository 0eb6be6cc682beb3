"""Reading one order: its current facts, its lines and refunds, and every earlier state of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopify_app.db.base import ShopId
from shopify_app.errors import NotFound
from shopify_app.orders.model import Order, OrderLine, OrderVersion, Refund


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """Everything we keep about one order; rows are detached and must not be changed."""

    order: Order
    lines: Sequence[OrderLine]
    refunds: Sequence[Refund]
    """Oldest first."""
    versions: Sequence[OrderVersion]
    """Oldest first; the last one is how the order is now."""


def order_record(session: Session, shop: ShopId, order_id: int) -> OrderRecord:
    """One order of this shop; NotFound for one that is unknown here, also when another shop has it."""
    order = session.get(Order, (shop, order_id))
    if order is None:
        raise NotFound
    lines = select(OrderLine).where(OrderLine.shop_id == shop, OrderLine.order_id == order_id)
    refunds = select(Refund).where(Refund.shop_id == shop, Refund.order_id == order_id)
    versions = select(OrderVersion).where(OrderVersion.shop_id == shop, OrderVersion.order_id == order_id)
    return OrderRecord(
        order,
        session.scalars(lines.order_by(OrderLine.line_id)).all(),
        session.scalars(refunds.order_by(Refund.refunded_at, Refund.refund_id)).all(),
        session.scalars(versions.order_by(OrderVersion.number)).all(),
    )
