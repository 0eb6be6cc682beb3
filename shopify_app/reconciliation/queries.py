"""What we hold of orders, to be compared with what Shopify holds; and the reports of each night."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import AHEAD, Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import bulk_upsert
from shopify_app.orders.model import Order, OrderLine, OrderRefetch, OrderVersion
from shopify_app.reconciliation.model import Reconciliation

_AT_ONCE = 500

# Shopify counts by the moment that it made its record; an order from before we kept that has only the other one.
_CREATED = func.coalesce(Order.created_at, Order.placed_at)


@dataclass(frozen=True, slots=True)
class Held:
    """What a comparison needs to know of an order that we have."""

    number: int
    """Rises whenever a metric would read the order differently."""
    customer_id: int | None
    created_at: Instant
    deleted: bool


def held(session: Session, shop: ShopId, order_ids: Collection[int]) -> dict[int, Held]:
    """Those of the named orders that we have, tombstones included."""
    found: dict[int, Held] = {}
    ordered = sorted(order_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        columns = (Order.order_id, Order.version_number, Order.customer_id, Order.created_at, Order.placed_at)
        some = Order.order_id.in_(ordered[start : start + _AT_ONCE])
        for row in session.execute(select(*columns, Order.deleted_at).where(Order.shop_id == shop, some)):
            created = row.created_at or row.placed_at
            found[row.order_id] = Held(row.version_number, row.customer_id, created, row.deleted_at is not None)
    return found


def products_of(session: Session, shop: ShopId, order_ids: Collection[int]) -> dict[int, int]:
    """The products of the lines of the named orders, by line, where they are known."""
    some = (OrderLine.shop_id == shop, OrderLine.order_id.in_(order_ids), OrderLine.product_id.is_not(None))
    return {
        line: product
        for line, product in session.execute(select(OrderLine.line_id, OrderLine.product_id).where(*some))
        if product is not None
    }


def customers_of(session: Session, shop: ShopId, order_ids: Collection[int]) -> list[tuple[int, int]]:
    """The named orders with every customer in whose name each has ever stood, tombstones left out."""
    columns = (OrderVersion.order_id, OrderVersion.customer_id)
    living = (Order.shop_id == shop, Order.order_id == OrderVersion.order_id, Order.deleted_at.is_(None))
    found: list[tuple[int, int]] = []
    ordered = sorted(order_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        some = (OrderVersion.shop_id == shop, OrderVersion.order_id.in_(ordered[start : start + _AT_ONCE]))
        statement = select(*columns).where(*some, *living, OrderVersion.customer_id.is_not(None)).distinct()
        found += [(order, customer) for order, customer in session.execute(statement) if customer is not None]
    return sorted(found)


def count_created(session: Session, shop: ShopId, start: Instant, end: Instant) -> int:
    """How many living orders we have that were created from `start` on and before `end`."""
    return sum(session.scalar(select(func.count()).where(part)) or 0 for part in _created(shop, start, end))


def ids_created(session: Session, shop: ShopId, start: Instant, end: Instant, after: int, upto: int) -> set[int]:
    """The same orders' numbers, above `after` and up to `upto`."""
    between = (Order.order_id > after, Order.order_id <= upto)
    return {
        one
        for part in _created(shop, start, end)
        for one in session.scalars(select(Order.order_id).where(part, *between))
    }


def _created(shop: ShopId, start: Instant, end: Instant) -> tuple[Any, Any]:
    # Two conditions instead of one over coalesce(): the first is answered by its index, the second finds few.
    living = (Order.shop_id == shop) & Order.deleted_at.is_(None)
    known = living & (Order.created_at >= start) & (Order.created_at < end)
    unknown = living & Order.created_at.is_(None) & (Order.placed_at >= start) & (Order.placed_at < end)
    return known, unknown


def first_created(session: Session, shop: ShopId) -> Instant | None:
    """When our oldest living order was created."""
    return session.scalar(select(func.min(_CREATED)).where(Order.shop_id == shop, Order.deleted_at.is_(None)))


def orders_by_customer(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, int]:
    """How many living orders each of the named customers has with us."""
    statement = (
        select(Order.customer_id, func.count())
        .where(Order.shop_id == shop, Order.customer_id.in_(customers), Order.deleted_at.is_(None))
        .group_by(Order.customer_id)
    )
    return {customer: count for customer, count in session.execute(statement) if customer is not None}


def shops_with_refetches(session: Session) -> list[ShopId]:
    """Shops with orders that wait to be asked for again."""
    return [ShopId(shop) for shop in session.scalars(select(OrderRefetch.shop_id).distinct())]


def begin_report(session: Session, shop: ShopId, night: date, now: Instant) -> None:
    """A report of this night, in place of any earlier one."""
    nothing = {"orders": 0, "days": 0, "missing": 0, "stale": 0, "deleted": 0, "merged": 0, "unsolved": 0}
    ends = {"finished_at": None, "drift": None, "trouble": None}
    bulk_upsert(session, Reconciliation, [{"shop_id": shop, "night": night, "started_at": now, **nothing, **ends}])


def write_report(session: Session, shop: ShopId, night: date, values: Mapping[str, Any]) -> None:
    """Write down how far the night is, or how it ended."""
    session.execute(
        update(Reconciliation)
        .where(Reconciliation.shop_id == shop, Reconciliation.night == night)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def last_success(session: Session, shop: ShopId, now: Instant) -> Instant | None:
    """When the last comparison that came to its end began: what changed before that has been seen.

    One that is yet to begin was dated by a clock that was ahead: when it really was, nobody knows.
    """
    return session.scalar(
        select(func.max(Reconciliation.started_at)).where(
            Reconciliation.shop_id == shop,
            Reconciliation.finished_at.is_not(None),
            Reconciliation.started_at < now + AHEAD,
        )
    )


def is_compared(session: Session, shop: ShopId, night: date) -> bool:
    """Whether this night's comparison came to its end."""
    report = session.get(Reconciliation, (shop, night))
    return report is not None and report.finished_at is not None


def reports(session: Session, shop: ShopId, limit: int) -> Sequence[Reconciliation]:
    """The newest reports, newest first."""
    statement = (
        select(Reconciliation).where(Reconciliation.shop_id == shop).order_by(Reconciliation.night.desc()).limit(limit)
    )
    return session.scalars(statement).all()
