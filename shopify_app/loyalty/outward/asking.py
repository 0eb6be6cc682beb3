"""Asking for points to stand in Shopify as they are here."""

from collections.abc import Collection, Sequence

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.outward.queries import mark_due, mark_unknown, shops_with_points
from shopify_app.shops.access import POINTS_SHOWN, allows
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import hasten, request

WRITE_POINTS = "write_points"
"""The kind of task that writes them."""
LEDGER = "system:points"
"""The actor where points have changed."""


def follow(session: Session, shop: ShopId, changed: Collection[int], moved: Collection[int], now: Instant) -> None:
    """These accounts have something else now; those that `moved` are on another customer, or on one of two.

    Without the permission it is only noted.
    """
    mark_due(session, shop, set(changed) - set(moved), now)
    mark_unknown(session, shop, moved, now)
    if (changed or moved) and allows(get_shop(session, shop).scopes, POINTS_SHOWN.scope):
        request(session, shop, WRITE_POINTS, None, LEDGER, now)


def keep_points_in_step(session: Session, shop: ShopId, actor: str, now: Instant) -> None:
    """Have what may have changed be written, and all of it where it is there no more."""
    request(session, shop, WRITE_POINTS, None, actor, now)
    hasten(session, shop, WRITE_POINTS, now)


def shops_to_show(session: Session) -> Sequence[ShopId]:
    """Shops of which something waits to be written that may be."""
    found = shops_with_points(session)
    return [shop for shop, scopes, waiting in found if waiting and allows(scopes, POINTS_SHOWN.scope)]
