"""How much is kept of one customer."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from shopify_app.customers.contacts.model import CustomerContact
from shopify_app.customers.model import Customer, CustomerAlias
from shopify_app.db.base import Base, ShopId
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.ledger.queries import accounts_of
from shopify_app.loyalty.rewards.model import Reward
from shopify_app.loyalty.rewards.queries import held_in
from shopify_app.orders.model import Order, OrderEdit, OrderLine, OrderVersion, Refund


def counts_of(session: Session, shop: ShopId, numbers: Collection[int]) -> dict[str, int]:
    """Of what is kept of a customer, by all the numbers that they have had, how many rows there are of each kind."""
    theirs = select(Order.order_id).where(Order.shop_id == shop, Order.customer_id.in_(numbers))

    accounts = list(accounts_of(session, shop, numbers).values())

    def count(model: type[Base], condition: Any) -> int:
        table = model.__table__
        counted = select(func.count()).select_from(table).where(table.c.shop_id == shop, condition)
        return session.scalar(counted) or 0

    return {
        "orders": count(Order, Order.customer_id.in_(numbers)),
        "lines": count(OrderLine, OrderLine.order_id.in_(theirs)),
        "refunds": count(Refund, Refund.order_id.in_(theirs)),
        "edits": count(OrderEdit, OrderEdit.order_id.in_(theirs)),
        "states": count(OrderVersion, OrderVersion.order_id.in_(theirs)),
        "contacts": count(CustomerContact, CustomerContact.customer_id.in_(numbers)),
        "points": count(PointsEntry, PointsEntry.account_id.in_(accounts)),
        "rewards": count(Reward, held_in(shop, accounts)),
        "numbers": count(
            CustomerAlias, or_(CustomerAlias.customer_id.in_(numbers), CustomerAlias.kept_id.in_(numbers))
        ),
    }


def customer_times(session: Session, shop: ShopId, number: int) -> Customer | None:
    """When Shopify made the customer's record and last changed it; None where it told of their orders alone."""
    return session.get(Customer, (shop, number))
