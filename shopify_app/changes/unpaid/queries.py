"""Looking for unpaid orders that are given up too late, or too soon for what the shop has chosen since."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, true
from sqlalchemy.orm import Session

from shopify_app.changes.facts import OrderAwaited, OrderGivenUp
from shopify_app.changes.unpaid.patience import last_given_up
from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index
from shopify_app.orders.model import IS_PENDING, Order
from shopify_app.retention.model import CountedOrder
from shopify_app.retention.window import Basis
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop


def judged(session: Session, shop: ShopId, now: Instant, limit: int) -> list[OrderGivenUp | OrderAwaited]:
    """What must be said of up to `limit` orders, so that each counts for as long as its shop waits; oldest first."""
    last = last_given_up(get_shop(session, shop).unpaid_days, now)
    wrong = or_(and_(_OPEN, _is_late(last)), and_(not_(_OPEN), not_(_is_late(last))))
    statement = select(Order.order_id, _OPEN.label("open")).where(_unpaid(shop), wrong)
    with along_an_index(session):
        found = session.execute(statement.order_by(Order.placed_at).limit(limit)).all()
    return [OrderGivenUp(row.order_id, now) if row.open else OrderAwaited(row.order_id) for row in found]


def would_change(session: Session, shop: ShopId, days: int, now: Instant) -> tuple[int, int]:
    """How many orders would no longer count as kept if the shop waited for so many days, and how many would again."""
    late = _is_late(last_given_up(days, now))
    return _kept_but_for_time(session, shop, and_(_OPEN, late)), _kept_but_for_time(
        session, shop, not_(or_(_OPEN, late))
    )


_OPEN = Order.given_up_at.is_(None)


def _unpaid(shop: ShopId) -> ColumnElement[bool]:
    # A tombstone counts nowhere, whatever is said of its money.
    return and_(Order.shop_id == shop, IS_PENDING, Order.deleted_at.is_(None))


def _is_late(last: Instant | None) -> ColumnElement[bool]:
    return not_(true()) if last is None else Order.placed_at <= last


def _kept_but_for_time(session: Session, shop: ShopId, which: ColumnElement[bool]) -> int:
    """Of some unpaid orders, those that only the wait may keep from counting: Shopify counts them, with a value."""
    counted: Any = and_(
        CountedOrder.shop_id == Order.shop_id,
        CountedOrder.generation == select(Shop.generation).where(Shop.id == shop).scalar_subquery(),
        CountedOrder.basis == Basis.SHOPIFY.value,
        CountedOrder.order_id == Order.order_id,
        CountedOrder.orders == 1,
        CountedOrder.value > 0,
    )
    statement = select(func.count()).select_from(Order).join(CountedOrder, counted)
    return session.scalar(statement.where(_unpaid(shop), Order.cancelled_at.is_(None), which)) or 0
