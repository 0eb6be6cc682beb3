"""Whom of the customers that somebody names we know."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopify_app.customers.model import Customer, CustomerAlias
from shopify_app.db.base import ShopId

_BIGGEST = 1 << 63


def those_known(session: Session, shop: ShopId, numbers: Collection[int]) -> list[int]:
    """Those of these numbers that are customers of the shop; of one that was merged away, who was kept."""
    found: list[int] = []
    wanted = {number for number in numbers if 0 < number < _BIGGEST}
    while wanted:
        known = select(Customer.customer_id).where(Customer.shop_id == shop, Customer.customer_id.in_(wanted))
        merged = select(CustomerAlias.customer_id, CustomerAlias.kept_id).where(
            CustomerAlias.shop_id == shop, CustomerAlias.customer_id.in_(wanted)
        )
        kept = {row.customer_id: row.kept_id for row in session.execute(merged)}
        found += [one for one in session.scalars(known) if one not in kept and one not in found]
        wanted = {*kept.values()} - {*kept, *found}
    return found
