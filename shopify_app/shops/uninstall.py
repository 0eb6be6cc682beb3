"""Uninstalling: tokens and running work go, the facts stay until Shopify asks for them to be erased."""

from shopify_app.clock import Instant, not_ahead
from shopify_app.db.base import Session, ShopId
from shopify_app.shops.model import INSTALLED, UNINSTALLED, Shop
from shopify_app.shops.queries import drop_pair, lock_shop, touch
from shopify_app.tasks.queries import cancel_all, latest, request

CONFIRM_UNINSTALL = "confirm_uninstall"
CONFIRM_REDACTION = "confirm_redaction"
"""The kinds of task that ask Shopify whether a shop is really gone, where the news is `in_doubt`."""
_ACTOR = "system:uninstall"


def uninstalled(session: Session, shop: ShopId, at: Instant) -> bool:
    """Mark the shop as uninstalled at that moment; False when this is news from before it came back.

    Needs no token: Shopify has killed it already. Deliveries come late and twice.
    """
    row = lock_shop(session, shop)
    if at < row.installed_at or row.state == UNINSTALLED:
        return False
    end(session, row, at)
    return True


def end(session: Session, row: Shop, at: Instant) -> None:
    """Whatever an installed shop has that an uninstalled one has not; `row` is locked."""
    shop = ShopId(row.id)
    row.state = UNINSTALLED
    row.uninstalled_at = at
    session.flush()
    touch(session, shop)
    drop_pair(session, shop)
    redaction = latest(session, shop, CONFIRM_REDACTION)
    cancel_all(session, shop, at)
    if redaction is not None and redaction.active:
        # All the more now.
        request(session, shop, CONFIRM_REDACTION, None, _ACTOR, at)


def in_doubt(session: Session, shop: ShopId, *, timed: bool, now: Instant) -> bool:
    """Whether nobody can tell if news of the shop's end is from before it was installed again.

    The news may not say when it happened (`timed`), or the shop was installed by a clock that was ahead.
    """
    row = lock_shop(session, shop)
    return (row.state == INSTALLED and not timed) or not_ahead(row.installed_at, now) is None
