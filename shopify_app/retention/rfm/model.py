"""Where scores end among a shop's customers."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.db.base import Base


class RfmCut(Base):
    """Where each score ends among a shop's customers; derived, worked out anew at night and after a rebuild."""

    __tablename__ = "rfm_cut"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(Integer)
    """Of which rows: amounts of another may be in another currency."""
    kept_on: Mapped[date] = mapped_column(Date)
    body: Mapped[str] = mapped_column(Text)
    """See scoring.Cuts."""
