"""Tables of what changed: one row for each week that was looked at, one for each finding."""

from datetime import date

from sqlalchemy import Date, Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.db.base import Base
from shopify_app.orders.text import TITLE


class WeeklyLook(Base):
    """A week in which the shop was looked at, whatever was found."""

    __tablename__ = "weekly_look"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    """Its Monday, by the shop's calendar."""
    looked_on: Mapped[date] = mapped_column(Date)
    """The day as of which it was looked."""
    compared: Mapped[int] = mapped_column(Integer)


class WeeklyFinding(Base):
    """Something that held beyond chance in a week: see Comparison and Finding. It names no person."""

    __tablename__ = "weekly_finding"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    subject: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(TITLE), primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE))
    some_people: Mapped[int] = mapped_column(Integer)
    some_did: Mapped[int] = mapped_column(Integer)
    other_people: Mapped[int] = mapped_column(Integer)
    other_did: Mapped[int] = mapped_column(Integer)
    chance: Mapped[float] = mapped_column(Float)
    first_week: Mapped[date] = mapped_column(Date)
    """Since when it has held, each week anew."""
