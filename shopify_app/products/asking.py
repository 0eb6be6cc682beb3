"""Asking for collections to be read, wherever somebody wants to know what stands in them."""

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.shops.access import missing_scopes
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import request

COLLECTIONS = "read_collections"
"""The kind of task that reads them."""


def request_collections(session: Session, shop: ShopId, actor: str, now: Instant) -> str | None:
    """Have the shop's collections read; the task's id, None where the merchant does not let us see products."""
    if missing_scopes(get_shop(session, shop).scopes, ("read_products",)):
        return None
    return request(session, shop, COLLECTIONS, None, actor, now)
