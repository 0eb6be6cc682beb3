"""The table of what was done by hand; the reason may be about a person, so that it stands beside the ledger."""

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime


class PointsByHand(Base):
    """Points that were given or taken by hand. The reason is deleted with the person; that it was done stays."""

    __tablename__ = "points_by_hand"
    __table_args__ = (
        Index("ix_points_by_hand_at", "shop_id", "at"),
        Index("ix_points_by_hand_account", "shop_id", "account_id"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(String(80), primary_key=True)
    account_id: Mapped[int] = mapped_column(BIG)
    """The account that the points are in: a merge changes it."""
    points: Mapped[int] = mapped_column(BigInteger)
    """Below 0 where they were taken."""
    reason: Mapped[str] = mapped_column(Text)
    """As it was typed."""
    at: Mapped[Instant] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(64))
    undone_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    spent: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Of what was undone, how many points had been spent by then: the month's limit counts them."""
    undone_by: Mapped[str | None] = mapped_column(String(64), default=None)
