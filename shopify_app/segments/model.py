"""Tables of segments: the merchant's rules, and how many people each named lately."""

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime

NAME = 80
"""Characters of a segment's name."""


class Segment(Base):
    """A rule that a merchant has given a name; who is in it is worked out whenever it is asked."""

    __tablename__ = "segment"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    segment_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Counted from 1 in each shop, never given twice."""
    name: Mapped[str] = mapped_column(String(NAME))
    rule: Mapped[str] = mapped_column(Text)
    """See rules.rule.Rule; it names no customer."""
    created_at: Mapped[Instant] = mapped_column(UtcTime)
    changed_at: Mapped[Instant] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(64))
    """The staff member who changed it last."""
    deleted_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Since when it is put away; it can be brought back for some days."""


class SegmentCount(Base):
    """How many people a segment had when it was last counted; dropped at any time without harm."""

    __tablename__ = "segment_count"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A segment's number, or the name of a ready-made one."""
    people: Mapped[int] = mapped_column(Integer)
    net: Mapped[int] = mapped_column(BigInteger)
    """What they have bought and kept, in minor units."""
    counted_at: Mapped[Instant] = mapped_column(UtcTime)
