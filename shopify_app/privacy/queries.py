"""Reading what is held of a person, and deleting what is held of a shop."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.customers.model import Customer
from shopify_app.db.base import Base, ShopId
from shopify_app.orders.model import Order, OrderLine, OrderVersion, Refund
from shopify_app.privacy.model import PrivacyRequest
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import Shop


def held_of(session: Session, shop: ShopId, customers: Collection[int]) -> dict[str, Any]:
    """Everything kept of these customer numbers, as plain JSON values."""
    orders = session.scalars(select(Order).where(Order.shop_id == shop, Order.customer_id.in_(customers))).all()
    ids = [order.order_id for order in orders]
    return {
        "customers": _rows(session, Customer, shop, Customer.customer_id.in_(customers)),
        "orders": _rows(session, Order, shop, Order.order_id.in_(ids)),
        "lines": _rows(session, OrderLine, shop, OrderLine.order_id.in_(ids)),
        "refunds": _rows(session, Refund, shop, Refund.order_id.in_(ids)),
        "versions": _rows(session, OrderVersion, shop, OrderVersion.order_id.in_(ids)),
    }


def _rows(session: Session, model: type[Base], shop: ShopId, condition: Any) -> list[dict[str, Any]]:
    table = model.__table__
    found = session.execute(select(table).where(table.c.shop_id == shop, condition)).mappings()
    return [{name: _plain(value) for name, value in row.items() if name != "shop_id"} for row in found]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str | bool) else value.isoformat()


def rename_in_versions(session: Session, shop: ShopId, customers: Collection[int], opaque_id: int) -> None:
    """Let earlier versions of orders name nobody either."""
    session.execute(
        update(OrderVersion)
        .where(OrderVersion.shop_id == shop, OrderVersion.customer_id.in_(customers))
        .values(customer_id=opaque_id)
        .execution_options(synchronize_session=False)
    )


def drop_answers(session: Session, shop: ShopId, hashes: Collection[str]) -> None:
    """Drop collected answers about the named customers: they hold what has just been redacted."""
    rows = session.scalars(
        select(PrivacyRequest).where(PrivacyRequest.shop_id == shop, PrivacyRequest.answer.is_not(None))
    )
    for row in rows:
        if set(row.about.split()) & set(hashes):
            row.answer = None
    session.flush()


def delete_shop(session: Session, shop: ShopId) -> None:
    """Delete every row of the shop in every table, its key first and its own row last."""
    for table in reversed(Base.metadata.sorted_tables):
        if "shop_id" in table.c:
            session.execute(delete(table).where(table.c.shop_id == shop))
    session.execute(delete(Shop).where(Shop.id == shop))
    session.expire_all()


def answers(session: Session, shop: ShopId, keys: ShopKeys) -> list[dict[str, Any]]:
    """The data requests that are answered and not yet dropped, newest first, opened."""
    statement = (
        select(PrivacyRequest)
        .where(PrivacyRequest.shop_id == shop, PrivacyRequest.answer.is_not(None))
        .order_by(PrivacyRequest.id.desc())
    )
    return [
        {
            "request": row.id,
            "received_at": row.received_at.isoformat(),
            "due_at": row.due_at.isoformat(),
            "data": json.loads(keys.open(session, shop, row.answer or b"", f"data request {row.id}")),
        }
        for row in session.scalars(statement)
    ]


def add_request(session: Session, shop: ShopId, kind: str, now: Instant, due: Instant, orders: int) -> PrivacyRequest:
    """Note a request that has been acted on."""
    row = PrivacyRequest(shop_id=shop, kind=kind, received_at=now, due_at=due, done_at=now, orders=orders)
    session.add(row)
    session.flush()
    return row
