"""The table of what stands in Shopify of each account's points."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime

_DUE = text("due_at IS NOT NULL")
_SENT = text("batch IS NOT NULL")


class PointsShown(Base):
    """What was last written of an account on its customer; whose account it is stands elsewhere."""

    __tablename__ = "points_shown"
    __table_args__ = (
        Index("ix_points_shown_due", "shop_id", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("ix_points_shown_batch", "shop_id", "batch", sqlite_where=_SENT, postgresql_where=_SENT),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    available: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """What was written, or is being; None where nobody can tell what stands there."""
    pending: Mapped[int | None] = mapped_column(BigInteger, default=None)
    due_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Since when it may be something else; None while it is not."""
    batch: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """With what it is being written; None while nobody is at it."""
    gone: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Shopify does not have the customer (any more): it is not asked again."""
