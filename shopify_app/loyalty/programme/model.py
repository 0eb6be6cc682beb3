"""Tables of the programme: its versions, and the draft that none has seen yet."""

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime

START = "start_programme"
"""The kind of task that switches a draft on by itself."""


class ProgrammeVersion(Base):
    """What the programme says from a moment on; never changed, because points of orders of that time follow it."""

    __tablename__ = "programme_version"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    since: Mapped[Instant] = mapped_column(UtcTime)
    rule: Mapped[str] = mapped_column(Text)
    """JSON: see programme/rule.py."""
    actor: Mapped[str] = mapped_column(String(64))


class ProgrammeDraft(Base):
    """What the merchant has written down and not switched on."""

    __tablename__ = "programme_draft"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[Instant] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """When it is switched on by itself; None where somebody has to."""
