"""How much stands before the drain, over all shops: for operators, never for a merchant."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.pages.health import Backlog
from shopify_app.shops.model import Shop
from webhooks.inbox import PARKED, WAITING, Delivery
from webhooks.refusals import RefusedDelivery

_WEEK = timedelta(days=7)


def backlog(session: Session, now: Instant) -> Backlog:
    """What waits, what was given up, what was refused. Deliveries of shops that we do not know hold nobody up."""
    waiting, parked = (select(func.count()).select_from(Delivery).where(Delivery.state == s) for s in (WAITING, PARKED))
    of_known = session.scalar(waiting.join(Shop, Shop.domain == Delivery.shop_domain)) or 0
    refused = select(func.sum(RefusedDelivery.count)).where(RefusedDelivery.day >= (now - _WEEK).date())
    return Backlog(
        waiting=of_known,
        parked=session.scalar(parked) or 0,
        strays=(session.scalar(waiting) or 0) - of_known,
        refused=int(session.scalar(refused) or 0),
        oldest=_oldest(session),
    )


def _oldest(session: Session) -> Instant | None:
    # By shop: the index begins with state and shop, so that a long queue costs no more than a short one.
    first = (
        select(func.min(Delivery.triggered_at))
        .where(Delivery.state == WAITING, Delivery.shop_domain == Shop.domain)
        .correlate(Shop)
        .scalar_subquery()
    )
    return session.scalar(select(func.min(first)).select_from(Shop))
