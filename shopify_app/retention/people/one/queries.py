"""Who stands behind a customer's number now."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopify_app.customers.model import Customer
from shopify_app.customers.nobody import is_erased
from shopify_app.customers.queries import known_as, redacted_ids
from shopify_app.db.base import ShopId
from shopify_app.errors import NotFound
from shopify_app.orders.model import Order
from shopify_app.retention.people.queries import customers_among
from shopify_app.retention.people.row import CustomerRow
from shopify_app.shops.queries import get_shop

BIGGEST_ID = 2**63
"""No id of Shopify's is this big, and no database column."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Who stands behind a number."""

    number: int
    now: int
    """The number that they have now; another one where they were merged."""
    erased: bool
    row: CustomerRow | None
    """What their kept orders come to; None where none counts."""


def whom(session: Session, shop: ShopId, number: int, lookup_key: bytes) -> Whom:
    """Who has this number, or had it before a merge or an erasure; NotFound where nobody ever did in this shop."""
    if not 0 < number < BIGGEST_ID:
        raise NotFound
    now = known_as(session, shop, number)
    if now != number:
        return Whom(number, now, erased=is_erased(now), row=None)
    row = customers_among(session, shop, get_shop(session, shop).generation, [number]).get(number)
    if row is not None or _is_known(session, shop, number):
        return Whom(number, number, erased=is_erased(number), row=row)
    if redacted_ids(session, shop, [number], lookup_key):
        # Under which number their orders stand now is told to nobody.
        return Whom(number, number, erased=True, row=None)
    raise NotFound


def _is_known(session: Session, shop: ShopId, number: int) -> bool:
    ordered = select(Order.order_id).where(Order.shop_id == shop, Order.customer_id == number).limit(1)
    return session.get(Customer, (shop, number)) is not None or session.scalar(ordered) is not None
