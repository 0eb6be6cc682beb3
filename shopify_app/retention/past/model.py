"""The table of stored reports."""

from datetime import date

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime


class StoredReport(Base):
    """A calendar month's figures as they were told once the month was over; they can be worked out again."""

    __tablename__ = "stored_report"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    start: Mapped[date] = mapped_column(Date, primary_key=True)
    """The month's first day."""
    stored_at: Mapped[Instant] = mapped_column(UtcTime)
    stored_on: Mapped[date] = mapped_column(Date)
    """The shop's own day at that moment."""
    known_at: Mapped[Instant] = mapped_column(UtcTime)
    """The last of what was known, by OrderVersion.known_at."""
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    """All figures in each basis and unit, in JSON: see retention.past.report."""
