"""Asking for the checkouts to be read that Shopify lists."""

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.tasks.queries import request

READ_CHECKOUTS = "read_checkouts"
"""The kind of task that reads them."""


def request_checkouts(session: Session, shop: ShopId, actor: str, now: Instant) -> str:
    """Have the carts read that were left lately; the task's id."""
    return request(session, shop, READ_CHECKOUTS, None, actor, now)
