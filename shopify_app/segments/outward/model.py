"""Tables of what stands in Shopify of our segments: which they are, and on whom they were written."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime

MARK, TAG = 0, 1
"""How a segment is written on a customer: as a metafield, or as a tag."""

IN, ADD, DROP = "in", "add", "drop"
"""Of a member: written and to stay; to be written; to be taken off. The latter two may stand in Shopify, or not."""

_OPEN = text("state <> 'in'")
_SENT = text("batch IS NOT NULL")


class WrittenSegment(Base):
    """One segment that was asked to be in Shopify, whatever became of it."""

    __tablename__ = "written_segment"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    segment: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Our own key of the segment; Shopify's metafield is named by it."""
    title: Mapped[str] = mapped_column(String(255))
    """What Shopify's segment is to be called."""
    wanted: Mapped[bool] = mapped_column(Boolean)
    """Whether it is to be in Shopify; else all of it is to be taken out, but for the tag."""
    tag: Mapped[str | None] = mapped_column(String(255), default=None)
    """The tag on its members, wanted or still to be taken off; None where there is none."""
    tag_wanted: Mapped[bool] = mapped_column(Boolean, default=False)
    asked: Mapped[int] = mapped_column(Integer)
    """How often something of this was asked for."""
    answered: Mapped[int] = mapped_column(Integer, default=0)
    """How often, when it was last seen through: who asks meanwhile is not forgotten."""
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    """How often all of it was taken out: what is made anew is not what was made before."""
    batches: Mapped[int] = mapped_column(Integer, default=0)
    """Numbers of batches that were used."""
    namespace: Mapped[str | None] = mapped_column(String(255), default=None)
    """Of the metafield, as Shopify writes it; None before it is defined."""
    shopify_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """Of Shopify's segment."""
    named: Mapped[str | None] = mapped_column(String(255), default=None)
    """The title that it was given there last; whoever calls it otherwise by hand is left alone."""
    written_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """When all was last as asked for."""


class SegmentMember(Base):
    """A customer on whom a segment is, or may be, written in Shopify, or is to be."""

    __tablename__ = "segment_member"
    __table_args__ = (
        Index(
            "ix_segment_member_open",
            "shop_id",
            "segment",
            "medium",
            "customer_id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_segment_member_batch",
            "shop_id",
            "segment",
            "medium",
            "batch",
            sqlite_where=_SENT,
            postgresql_where=_SENT,
        ),
        Index(None, "shop_id", "customer_id"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    segment: Mapped[str] = mapped_column(String(40), primary_key=True)
    medium: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """MARK or TAG."""
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(4))
    """IN, ADD or DROP."""
    batch: Mapped[int | None] = mapped_column(Integer, default=None)
    """The batch with which it is being written; None while nobody is at it."""
