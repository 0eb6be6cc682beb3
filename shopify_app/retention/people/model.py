"""The aggregate of customers: one row for each who has an order that counts as kept."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.db.base import Base

HAS_A_HABIT = text("late_after IS NOT NULL")


class CountedCustomer(Base):
    """What one customer's kept orders come to; derived from their rows in counted_order, and written with them.

    Days are the shop's own; amounts minor units of its currency. A day with several orders is one purchase day.
    """

    __tablename__ = "counted_customer"
    __table_args__ = (
        # Each list is read along one of these, a page at a time.
        Index(None, "shop_id", "generation", "first_day", "customer_id"),
        Index(None, "shop_id", "generation", "last_day", "customer_id"),
        Index(None, "shop_id", "generation", "orders", "customer_id"),
        Index(None, "shop_id", "generation", "net", "customer_id"),
        # Who is late is told from these alone; few buy often enough to be.
        Index(
            "ix_counted_customer_habit",
            "shop_id",
            "generation",
            "last_day",
            "late_after",
            "customer_id",
            sqlite_where=HAS_A_HABIT,
            postgresql_where=HAS_A_HABIT,
        ),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_day: Mapped[date] = mapped_column(Date)
    second_day: Mapped[date | None] = mapped_column(Date)
    """The second purchase day that we know of; None where there is one only."""
    last_day: Mapped[date] = mapped_column(Date)
    orders: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)
    """Purchase days."""
    earlier: Mapped[int] = mapped_column(Integer)
    """Orders before the first that Shopify shows us, in no other figure here."""
    value: Mapped[int] = mapped_column(BigInteger)
    net: Mapped[int] = mapped_column(BigInteger)
    repeat_net: Mapped[int] = mapped_column(BigInteger)
    """The part of `net` that was not bought on the first day."""
    first_order_id: Mapped[int] = mapped_column(BigInteger)
    last_order_id: Mapped[int] = mapped_column(BigInteger)
    usual_gap: Mapped[int | None] = mapped_column(Integer)
    """The median of the days between one purchase day and the next; None with fewer than two such gaps."""
    late_after: Mapped[int | None] = mapped_column(Integer)
    """The days within which nine of ten of their gaps ended; None with fewer than four."""
    discounted: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Orders that were sold for less than their price."""
    channels: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Where they bought, in order and each between bars: |pos|web|."""
    countries: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Where their orders went, in the same way."""
