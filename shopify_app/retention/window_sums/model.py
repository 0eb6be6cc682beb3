"""The table of kept sums."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime


class WindowSum(Base):
    """What one window summed to at a moment: see Totals. Derived, and dropped at any time without harm."""

    __tablename__ = "window_sum"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    basis: Mapped[str] = mapped_column(String(8), primary_key=True)
    unit: Mapped[str] = mapped_column(String(8), primary_key=True)
    first_day: Mapped[date] = mapped_column(Date, primary_key=True)
    """The first day there is where the window has no start."""
    last_day: Mapped[date] = mapped_column(Date, primary_key=True)
    generation: Mapped[int] = mapped_column(Integer)
    known_at: Mapped[Instant] = mapped_column(UtcTime)
    """The last of what was known, by OrderVersion.known_at."""
    kept_on: Mapped[date] = mapped_column(Date)
    customers: Mapped[int] = mapped_column(BigInteger)
    repeat_customers: Mapped[int] = mapped_column(BigInteger)
    returning_customers: Mapped[int] = mapped_column(BigInteger)
    orders: Mapped[int] = mapped_column(BigInteger)
    customer_orders: Mapped[int] = mapped_column(BigInteger)
    guest_orders: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[int] = mapped_column(BigInteger)
    customer_value: Mapped[int] = mapped_column(BigInteger)
    net: Mapped[int] = mapped_column(BigInteger)
    customer_net: Mapped[int] = mapped_column(BigInteger)
    returning_net: Mapped[int] = mapped_column(BigInteger)
