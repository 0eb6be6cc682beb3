"""Uninstalling: tokens and running work go, the facts stay until Shopify asks for them to be erased."""

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.shops.model import UNINSTALLED
from shopify_app.shops.queries import drop_pair, get_shop, touch
from shopify_app.tasks.queries import cancel_all


def uninstalled(session: Session, shop: ShopId, at: Instant) -> bool:
    """Mark the shop as uninstalled at that moment; False when this is news from before it came back.

    Needs no token: Shopify has killed it already. Deliveries come late and twice.
    """
    row = get_shop(session, shop)
    if at < row.installed_at or row.state == UNINSTALLED:
        return False
    row.state = UNINSTALLED
    row.uninstalled_at = at
    session.flush()
    touch(session, shop)
    drop_pair(session, shop)
    cancel_all(session, shop, at)
    return True
