"""The access log: one row whenever somebody opens what is sealed of a person, or looks at what tells of people."""

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime


class AccessEntry(Base):
    """One opening. It names what was opened and who did it, never whom it is about."""

    __tablename__ = "access_log"
    __table_args__ = (Index(None, "shop_id", "at", "id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[Instant] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(64))
    """A staff member's id, `operator`, or `system:` and a job's name."""
    what: Mapped[str] = mapped_column(String(32))
    """The kind of what was opened; see customers.access.kinds and privacy.access.opening."""
    number: Mapped[int | None] = mapped_column(BigInteger)
    """The request's id, the order's, or how many lines a file had; None where there is none."""
    why: Mapped[str] = mapped_column(String(16))
    """A reason from a fixed list: nobody types one, for it might name the person."""
