"""Deliveries that were too large to be taken: how many, of which shop, on which day.

Nobody has checked a signature over a body that was not read: a count is a hint of what to ask Shopify for,
never a fact.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Date, ForeignKey, Integer, delete, func, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, ShopId
from shopify_app.db.dialect import add_up
from shopify_app.shops.model import Shop

KEPT = timedelta(days=90)


class RefusedDelivery(Base):
    """How many deliveries of one shop were refused on one day (UTC) for their size."""

    __tablename__ = "refused_delivery"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


def count_refused(session: Session, domains: Sequence[str], now: Instant) -> None:
    """Count one refusal for each of the domains that is a shop of ours, and forget those of long ago."""
    for domain, times in Counter(domains).items():
        named = Shop.domain == domain
        row = select(
            Shop.id.label("shop_id"),
            literal(now.date(), Date).label("day"),
            literal(times, Integer).label("count"),
        )
        add_up(session, RefusedDelivery, row.where(named), "count")
        over = RefusedDelivery.day < (now - KEPT).date()
        shop = select(Shop.id).where(named).scalar_subquery()
        session.execute(
            delete(RefusedDelivery)
            .where(RefusedDelivery.shop_id == shop, over)
            .execution_options(synchronize_session=False)
        )


def refused_since(session: Session, shop: ShopId, since: Instant) -> int:
    """How many of the shop's deliveries were refused since the beginning of that moment's day (UTC)."""
    counted = select(func.coalesce(func.sum(RefusedDelivery.count), 0)).where(
        RefusedDelivery.shop_id == shop, RefusedDelivery.day >= since.date()
    )
    return int(session.scalar(counted) or 0)
