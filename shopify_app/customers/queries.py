"""Customers that must stay forgotten: found again by a keyed hash, never by number."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.crypto import keyed_hash
from shopify_app.customers.contacts.queries import drop_contacts
from shopify_app.customers.model import Customer, CustomerAlias, CustomerHistory, RedactedCustomer
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import insert_once, rows_changed


def customer_hash(lookup_key: bytes, shop: ShopId, customer_id: int) -> str:
    """The name a forgotten customer is recognised by; differs from shop to shop."""
    return keyed_hash(lookup_key, f"customer {shop} {customer_id}")


def guest_hash(lookup_key: bytes, shop: ShopId, order_id: int) -> str:
    """The name that whoever placed an order as a guest is recognised by: they have no number but the order's."""
    return keyed_hash(lookup_key, f"guest {shop} {order_id}")


def redacted_ids(session: Session, shop: ShopId, customers: Collection[int], lookup_key: bytes) -> dict[int, int]:
    """Those of the named customers that were redacted, with the opaque number that stands for each."""
    if session.scalar(select(RedactedCustomer.shop_id).where(RedactedCustomer.shop_id == shop).limit(1)) is None:
        return {}
    by_hash = {customer_hash(lookup_key, shop, customer): customer for customer in customers}
    statement = select(RedactedCustomer.customer_hash, RedactedCustomer.opaque_id).where(
        RedactedCustomer.shop_id == shop, RedactedCustomer.customer_hash.in_(by_hash)
    )
    return {by_hash[row.customer_hash]: row.opaque_id for row in session.execute(statement)}


def known_as(session: Session, shop: ShopId, customer_id: int) -> int:
    """The number that a customer has now, after whatever merges; their own where there were none."""
    seen, now = set[int](), customer_id
    while now not in seen:
        seen.add(now)
        kept = session.scalar(
            select(CustomerAlias.kept_id).where(CustomerAlias.shop_id == shop, CustomerAlias.customer_id == now)
        )
        now = now if kept is None else kept
    return now


def aliases_of(session: Session, shop: ShopId, customer_id: int) -> list[int]:
    """Customers that were merged into this one, through chains."""
    found: list[int] = []
    wanted = [customer_id]
    while wanted:
        statement = select(CustomerAlias.customer_id).where(
            CustomerAlias.shop_id == shop, CustomerAlias.kept_id.in_(wanted)
        )
        wanted = [other for other in session.scalars(statement) if other not in found]
        found += wanted
    return found


def forget(
    session: Session,
    shop: ShopId,
    customers: Collection[int],
    opaque_id: int,
    lookup_key: bytes,
    now: Instant,
) -> Counter[str]:
    """Drop what is kept of these numbers and remember their hashes, so that late news of them stays anonymous.

    Of which table how many rows were dropped.
    """
    for customer in customers:
        row = {
            "shop_id": shop,
            "customer_hash": customer_hash(lookup_key, shop, customer),
            "opaque_id": opaque_id,
            "redacted_at": now,
        }
        insert_once(session, RedactedCustomer, row)
    dropped = Counter(customer_contact=drop_contacts(session, shop, customers))
    for model in (Customer, CustomerAlias, CustomerHistory):
        result = session.execute(delete(model).where(model.shop_id == shop, model.customer_id.in_(customers)))
        dropped[model.__tablename__] = rows_changed(result)
    return dropped


def count_customers(session: Session, shop: ShopId) -> int:
    """How many customers were told of, whether they have ordered or not."""
    return session.scalar(select(func.count()).select_from(Customer).where(Customer.shop_id == shop)) or 0


def count_redacted(session: Session, shop: ShopId) -> int:
    """How many numbers of customers were ever redacted; it only grows."""
    redacted = select(func.count()).select_from(RedactedCustomer).where(RedactedCustomer.shop_id == shop)
    return session.scalar(redacted) or 0
