"""How far a shop's days have been gone through."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import bulk_upsert
from shopify_app.loyalty.occasions.model import OccasionDay


def day_gone_through(session: Session, shop: ShopId) -> LocalDay | None:
    """The last day that is done with; None before the first."""
    found = session.scalar(select(OccasionDay.day).where(OccasionDay.shop_id == shop))
    return None if found is None else LocalDay(found)


def note_gone_through(session: Session, shop: ShopId, day: LocalDay) -> None:
    """The day, and all before it, are done with."""
    bulk_upsert(session, OccasionDay, [{"shop_id": shop, "day": day}])
