"""The table of what the ledger was told: with the versions of the programme, all that its entries follow from."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime


class PointsTold(Base):
    """A cause as the ledger was told of it, or that it went from this account. Never changed; it names no person."""

    __tablename__ = "points_told"
    __table_args__ = (Index("ix_points_told_account", "shop_id", "account_id", "after"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(String(80), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Which word of this cause it is, from 1."""
    account_id: Mapped[int] = mapped_column(BIG)
    after: Mapped[int] = mapped_column(BigInteger)
    """The place of the account's last entry before it."""
    known_at: Mapped[Instant] = mapped_column(UtcTime)
    is_gone: Mapped[bool] = mapped_column(Boolean)
    """Whether the cause turned out to belong to another account."""
    sort: Mapped[str] = mapped_column(String(8))
    points: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Instant] = mapped_column(UtcTime)
    available_at: Mapped[Instant | None] = mapped_column(UtcTime)
    lot: Mapped[str | None] = mapped_column(String(80))
    restored: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(64))
    by_hand: Mapped[bool] = mapped_column(Boolean)
    rule: Mapped[int | None] = mapped_column(Integer)
    """So far as in PointsCause."""
    booked: Mapped[int] = mapped_column(BigInteger)
    released: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(Integer)
    first: Mapped[int | None] = mapped_column(BigInteger)
    """What was booked of it before it came to this account; see ledger/booking.py, Booked."""
    facts: Mapped[str] = mapped_column(Text)
    """Of an order's points: what they depend on, as JSON (earning/order.py, Earned), without customer and code."""
