"""Table of the nightly comparisons with Shopify."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime


class Reconciliation(Base):
    """What one night's comparison of a shop's orders with Shopify's found and mended."""

    __tablename__ = "reconciliation"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    night: Mapped[date] = mapped_column(Date, primary_key=True)
    """The shop's own day on which it ran."""
    started_at: Mapped[Instant] = mapped_column(UtcTime)
    finished_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """None while it runs, and for ever where it did not come to its end."""
    orders: Mapped[int] = mapped_column(Integer, default=0)
    """Orders that Shopify was asked for and that were compared one by one."""
    days: Mapped[int] = mapped_column(Integer, default=0)
    """Days whose number of orders was compared."""
    missing: Mapped[int] = mapped_column(Integer, default=0)
    """Orders that we did not have."""
    stale: Mapped[int] = mapped_column(Integer, default=0)
    """Orders that a number reads differently now."""
    deleted: Mapped[int] = mapped_column(Integer, default=0)
    """Orders that Shopify has no more."""
    merged: Mapped[int] = mapped_column(Integer, default=0)
    """Customers that had become one with another without our knowing."""
    unsolved: Mapped[int] = mapped_column(Integer, default=0)
    """Differences that could not be mended."""
    drift: Mapped[int | None] = mapped_column(Integer, default=None)
    """Rows in which the shown aggregates differed from the facts; None where it was not looked at."""
    trouble: Mapped[str | None] = mapped_column(Text, default=None)
    """A sentence for the merchant (a key of the catalogues): what kept it from going on."""
