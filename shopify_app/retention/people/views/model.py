"""The table of lists that were given a name."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime

NAME = 60
"""Characters of a name."""


class SavedView(Base):
    """A list of customers by its address; for everybody in the shop. It names nobody: a search is no part of it."""

    __tablename__ = "saved_view"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME))
    query: Mapped[str] = mapped_column(Text)
    """Filters, order and columns as an address has them; empty for the usual list."""
    created_at: Mapped[Instant] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(64))
    """A staff member's id."""
    changed_at: Mapped[Instant] = mapped_column(UtcTime)
    changed_by: Mapped[str] = mapped_column(String(64))
