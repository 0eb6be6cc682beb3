"""Tables of forecasts: one row for each shop's fit, one for each customer."""

from datetime import date

from sqlalchemy import BigInteger, Boolean, Date, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.db.base import Base

FORECAST = "forecast_customers"
"""The kind of task that works it out."""


class ForecastFit(Base):
    """What a shop's purchases say as of a day: the latest alone; amounts are minor units of `currency`."""

    __tablename__ = "forecast_fit"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    as_of: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    level: Mapped[str] = mapped_column(String(8))
    """How far the data reach: see Level; customers have rows of their own at `full` alone."""
    missing_repeaters: Mapped[int] = mapped_column(Integer)
    """People who must come back yet before each customer has a forecast; 0 where enough have."""
    missing_days: Mapped[int] = mapped_column(Integer)
    """The same of days since the first purchase."""
    customers: Mapped[int] = mapped_column(Integer)
    repeaters: Mapped[int] = mapped_column(Integer)
    parameters: Mapped[str] = mapped_column(Text)
    """JSON: all that a customer's forecast is made from, and where the next fit begins."""
    sums: Mapped[str] = mapped_column(Text)
    """JSON: what all customers together are expected to buy in 12 months, with its range."""
    back_test: Mapped[str | None] = mapped_column(Text)
    """JSON: what would have been expected of the last 90 days, and what came; None with too short a history."""


class CustomerForecast(Base):
    """What is expected of one customer; derived, and written anew each night."""

    __tablename__ = "customer_forecast"
    __table_args__ = (Index(None, "shop_id", "value_12m", "customer_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    as_of: Mapped[date] = mapped_column(Date)
    alive: Mapped[float] = mapped_column(Float)
    """The chance that somebody is still a customer; of who bought once, the share of such people who came back."""
    chance_30: Mapped[float] = mapped_column(Float)
    """That an order comes within 30 days of `as_of`."""
    chance_90: Mapped[float] = mapped_column(Float)
    next_from: Mapped[int | None] = mapped_column(Integer)
    """Days after `as_of` from which half of the next orders come, and until when; None for who bought once."""
    next_to: Mapped[int | None] = mapped_column(Integer)
    value_12m: Mapped[int] = mapped_column(BigInteger)
    """Net sales expected in 12 months, and what they exceed in nine and in one of ten cases; minor units."""
    value_low: Mapped[int] = mapped_column(BigInteger)
    value_high: Mapped[int] = mapped_column(BigInteger)
    regular: Mapped[bool] = mapped_column(Boolean)
    """Whether their own gaps tell when, instead of everybody's."""
