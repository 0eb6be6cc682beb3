"""Promises about orders: every state that was known is kept, and the last one is the present one."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from shopify_app.clock import Instant
from shopify_app.db.base import Base, Session, ShopId
from shopify_app.invariants.search import SHOP, SKEW, Promise, moment, never, promise
from shopify_app.orders.facts import PENDING
from shopify_app.orders.model import Order, OrderEdit, OrderLine, OrderVersion, Refund
from shopify_app.products.model import Collection, CollectionProduct

_NUMBERS = (
    select(
        OrderVersion.order_id,
        func.min(OrderVersion.number).label("first"),
        func.max(OrderVersion.number).label("last"),
        func.count().label("count"),
    )
    .where(OrderVersion.shop_id == SHOP)
    .group_by(OrderVersion.order_id)
    .subquery()
)
_REFUNDED = (
    select(Refund.order_id, func.sum(Refund.net).label("net"))
    .where(Refund.shop_id == SHOP)
    .group_by(Refund.order_id)
    .subquery()
)
_CHANGED = (
    select(
        OrderEdit.order_id,
        func.sum(OrderEdit.gross - OrderEdit.discount).label("added"),
        func.sum(OrderEdit.removed).label("removed"),
    )
    .where(OrderEdit.shop_id == SHOP)
    .group_by(OrderEdit.order_id)
    .subquery()
)
_LATER = aliased(OrderVersion)
_FACTS = ("customer_id", "placed_at", "gross", "discounts", "only_gift_cards", "test")
_READ = (*_FACTS, "financial_status", "given_up_at")
"""What metrics read of an order as it stands in both tables; of cancelling and deleting, only whether."""


def _differs() -> ColumnElement[bool]:
    now, last = Order, OrderVersion
    return or_(
        *(getattr(now, name).is_distinct_from(getattr(last, name)) for name in _READ),
        now.cancelled_at.is_(None).is_distinct_from(last.cancelled_at.is_(None)),
        now.deleted_at.is_(None).is_distinct_from(last.deleted_at.is_(None)),
        last.refunded != func.coalesce(_REFUNDED.c.net, 0),
        last.added != func.coalesce(_CHANGED.c.added, 0),
        last.removed != func.coalesce(_CHANGED.c.removed, 0),
    )


def _known_backwards(session: Session, shop: ShopId, _now: Instant) -> Iterable[str]:
    """Versions that were known well before the one before them: what was known when would be told wrongly."""
    version, before = OrderVersion, aliased(OrderVersion)
    neighbours = and_(
        before.shop_id == version.shop_id,
        before.order_id == version.order_id,
        before.number == version.number - 1,
    )
    statement = (
        select(version.order_id, version.number, version.known_at, before.known_at.label("before"))
        .join(before, neighbours)
        .where(version.shop_id == shop, version.known_at < before.known_at)
    )
    for row in session.execute(statement):
        if row.before - row.known_at > SKEW:
            yield f"Version {row.number} of order {row.order_id} was known before the version before it."


def _parentless(child: type[Base], what: str) -> Promise:
    table = child.__table__
    known = select(Order.order_id).where(Order.shop_id == SHOP, Order.order_id == table.c.order_id)
    return never(
        f"every {what} belongs to an order of its shop",
        select(table.c.order_id.label("order")).where(table.c.shop_id == SHOP, ~known.exists()).distinct(),
        f"There is a {what} of order {{order}}, which is not there.",
    )


ORDERS = (
    never(
        "an order's versions are numbered without a gap",
        select(Order.order_id.label("order"), Order.version_number.label("number"), _NUMBERS.c.count.label("count"))
        .outerjoin(_NUMBERS, _NUMBERS.c.order_id == Order.order_id)
        .where(
            Order.shop_id == SHOP,
            or_(
                _NUMBERS.c.count.is_(None),
                _NUMBERS.c.first != 1,
                _NUMBERS.c.last != _NUMBERS.c.count,
                _NUMBERS.c.last != Order.version_number,
            ),
        ),
        "Order {order} has {count} versions and stands at number {number}.",
    ),
    never(
        "an order's last version is how it is now",
        select(Order.order_id.label("order"), Order.version_number.label("number"))
        .join(
            OrderVersion,
            and_(
                OrderVersion.shop_id == Order.shop_id,
                OrderVersion.order_id == Order.order_id,
                OrderVersion.number == Order.version_number,
            ),
        )
        .outerjoin(_REFUNDED, _REFUNDED.c.order_id == Order.order_id)
        .outerjoin(_CHANGED, _CHANGED.c.order_id == Order.order_id)
        .where(Order.shop_id == SHOP, _differs()),
        "Order {order} is not what its version {number} says.",
    ),
    never(
        "a deleted order stays deleted",
        select(OrderVersion.order_id.label("order"), _LATER.number.label("number"))
        .join(
            _LATER,
            and_(
                _LATER.shop_id == OrderVersion.shop_id,
                _LATER.order_id == OrderVersion.order_id,
                _LATER.number > OrderVersion.number,
            ),
        )
        .where(OrderVersion.shop_id == SHOP, OrderVersion.deleted_at.is_not(None), _LATER.deleted_at.is_(None)),
        "Order {order} was deleted, and came back as version {number}.",
    ),
    never(
        "an order is given up only while it is unpaid",
        select(Order.order_id.label("order"), Order.financial_status.label("status")).where(
            Order.shop_id == SHOP,
            Order.given_up_at.is_not(None),
            or_(Order.financial_status != PENDING, Order.given_up_at <= Order.placed_at),
        ),
        "Order {order} was given up, though it is {status} or had only just been placed.",
    ),
    promise("what was known later stands later", _known_backwards),
    never(
        "nothing is known from the future",
        select(OrderVersion.order_id.label("order"), OrderVersion.number.label("number")).where(
            OrderVersion.shop_id == SHOP, OrderVersion.known_at > moment("soon")
        ),
        "Version {number} of order {order} is known from a moment that is yet to come.",
    ),
    _parentless(OrderLine, "line"),
    _parentless(OrderEdit, "edit"),
    _parentless(OrderVersion, "version"),
    never(
        "a product stands in no collection that is gone",
        select(CollectionProduct.collection_id.label("collection")).where(
            CollectionProduct.shop_id == SHOP,
            ~select(Collection.shop_id)
            .where(Collection.shop_id == SHOP, Collection.collection_id == CollectionProduct.collection_id)
            .exists(),
        ),
        "Products stand in collection {collection}, which is not there.",
    ),
)
