"""The table of kept tallies."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime


class KeptGrid(Base):
    """What a tally came to at a moment, over all customers. Derived, and dropped at any time without harm."""

    __tablename__ = "kept_grid"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    basis: Mapped[str] = mapped_column(String(8), primary_key=True)
    unit: Mapped[str] = mapped_column(String(8), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    """See Tally.version."""
    generation: Mapped[int] = mapped_column(Integer)
    known_at: Mapped[Instant] = mapped_column(UtcTime)
    """The last of what was known, by OrderVersion.known_at."""
    kept_on: Mapped[date] = mapped_column(Date)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """See Sums.dump."""
