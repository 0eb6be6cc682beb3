"""What is stored of one order, beyond its own record."""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from shopify_app.db.base import ShopId
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.orders.model import Order, OrderRefetch
from shopify_app.retention.model import CountedOrder
from webhooks.inbox import Delivery


def order_numbers(session: Session, shop: ShopId, number: int | None, names: Collection[str]) -> list[int]:
    """The order with this id, else the orders of this name, newest first; names have no index."""
    if number is not None:
        by_id = select(Order.order_id).where(Order.shop_id == shop, Order.order_id == number)
        if session.scalar(by_id) is not None:
            return [number]
    named = select(Order.order_id).where(Order.shop_id == shop, Order.name.in_(names))
    return list(session.scalars(named.order_by(Order.placed_at.desc(), Order.order_id.desc())))


def kept_numbers(session: Session, domain: str, topics: Collection[str]) -> Sequence[int]:
    """Numbers of the shop's kept deliveries of these topics, oldest first."""
    ours = and_(Delivery.shop_domain == domain, Delivery.topic.in_(topics))
    return session.scalars(select(Delivery.id).where(ours).order_by(Delivery.id)).all()


def kept(session: Session, numbers: Collection[int]) -> Sequence[Delivery]:
    """These deliveries, oldest first, as far as they are still kept."""
    return session.scalars(select(Delivery).where(Delivery.id.in_(numbers)).order_by(Delivery.id)).all()


def rows_of(session: Session, shop: ShopId, order_id: int) -> Sequence[CountedOrder]:
    """Every row that the order has in the aggregates, of every generation."""
    own = select(CountedOrder).where(CountedOrder.shop_id == shop, CountedOrder.order_id == order_id)
    return session.scalars(own.order_by(CountedOrder.generation, CountedOrder.basis, CountedOrder.day)).all()


def refetch_of(session: Session, shop: ShopId, order_id: int) -> OrderRefetch | None:
    """The plan to ask Shopify for the order again, if there is one."""
    return session.get(OrderRefetch, (shop, order_id))


def entries_about(session: Session, shop: ShopId, order_id: int, rewards: Collection[str]) -> Sequence[PointsEntry]:
    """Entries of the points that the order gave, its bonuses among them, and of the rewards it was paid with."""
    named = PointsEntry.cause.in_([f"order/{order_id}", *(f"reward/{reward}" for reward in rewards)])
    bonus = and_(PointsEntry.cause > "nth/", PointsEntry.cause < "nth0", PointsEntry.cause.like(f"nth/%/{order_id}"))
    own = select(PointsEntry).where(PointsEntry.shop_id == shop, or_(named, bonus))
    return session.scalars(own.order_by(PointsEntry.known_at, PointsEntry.account_id, PointsEntry.seq)).all()
