"""The table of how far the days have been gone through on which somebody is given something."""

from datetime import date

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.db.base import Base


class OccasionDay(Base):
    """The last day of a shop whose birthdays and anniversaries have all been gone through."""

    __tablename__ = "occasion_day"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date)
