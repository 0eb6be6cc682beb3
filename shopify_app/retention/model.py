"""The aggregate table: one row for what an order books on a day, in each basis."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime
from shopify_app.orders.text import SOURCE
from shopify_app.retention.window import Basis

IS_KEPT = text(f"basis = '{Basis.KEPT.value}'")
"""As an index spells it, and whoever wants to read along that index."""


class CountedOrder(Base):
    """What one counted order books on one shop-local day; derived, can always be rebuilt from facts."""

    __tablename__ = "counted_order"
    __table_args__ = (
        Index(None, "shop_id", "generation", "basis", "day"),
        Index(None, "shop_id", "generation", "buyer_id"),
        # Who bought a product: from an order to its buyer without a look at the row, hundreds of thousands of times.
        Index(
            None,
            "shop_id",
            "generation",
            "basis",
            "order_id",
            "buyer_id",
            sqlite_where=IS_KEPT,
            postgresql_where=IS_KEPT,
        ),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    basis: Mapped[str] = mapped_column(String(8), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    """The day that is booked: the order's own, or in basis shopify also each day it was refunded."""
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    """The customer, or minus the order's id where the order has none: each guest order is a stranger."""
    placed_at: Mapped[Instant] = mapped_column(UtcTime)
    orders: Mapped[int] = mapped_column(Integer)
    """1 on the order's own day, 0 on a day that only books a refund."""
    value: Mapped[int] = mapped_column(BigInteger)
    """Gross sales less discounts at creation, in minor units; 0 on a refund's day."""
    net: Mapped[int] = mapped_column(BigInteger)
    sold: Mapped[str] = mapped_column(String(SOURCE + 8), default="", server_default="")
    """In basis kept how the order was sold; see counting.sold_as."""
    nth: Mapped[int] = mapped_column(Integer)
    """1 for the buyer's first counted order, 2 for the second, ..."""
    nth_day: Mapped[int] = mapped_column(Integer)
    """The same over distinct days with an order."""


class TouchedBuyer(Base):
    """A buyer whose facts changed while a generation was being built: its rows there are made anew in the end."""

    __tablename__ = "touched_buyer"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
