"""Tables of checkouts, and of what ties them to orders."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime
from shopify_app.orders.text import SOURCE, TOKEN

LOCALE = 16


class Checkout(Base):
    """The newest known state of a checkout; see CheckoutFacts."""

    __tablename__ = "checkout"
    __table_args__ = (
        Index(None, "shop_id", "updated_at"),
        Index(None, "shop_id", "customer_id"),
        Index(None, "shop_id", "cart_token"),
        Index(None, "shop_id", "email_hash"),
        Index(None, "shop_id", "phone_hash"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    token: Mapped[str] = mapped_column(String(TOKEN), primary_key=True)
    cart_token: Mapped[str] = mapped_column(String(TOKEN))
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    """Resolved: aliases are already applied; of somebody redacted there is no checkout."""
    email_hash: Mapped[str | None] = mapped_column(String(32))
    phone_hash: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[Instant] = mapped_column(UtcTime)
    updated_at: Mapped[Instant] = mapped_column(UtcTime)
    known_at: Mapped[Instant] = mapped_column(UtcTime)
    source: Mapped[str] = mapped_column(String(64))
    """With updated_at and known_at, the version: see orders.facts.Version."""
    completed_at: Mapped[Instant | None] = mapped_column(UtcTime)
    closed_at: Mapped[Instant | None] = mapped_column(UtcTime)
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[str] = mapped_column(Text)
    """A list of CheckoutLine as JSON."""
    recovery: Mapped[bytes | None] = mapped_column(LargeBinary)
    locale: Mapped[str] = mapped_column(String(LOCALE))
    country: Mapped[str] = mapped_column(String(2))
    source_name: Mapped[str] = mapped_column(String(SOURCE))


class OrderCheckout(Base):
    """Which checkout and which cart an order came of; rows of orders of which a webhook has said so."""

    __tablename__ = "order_checkout"
    __table_args__ = (Index(None, "shop_id", "checkout_token"), Index(None, "shop_id", "cart_token"))

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    checkout_token: Mapped[str] = mapped_column(String(TOKEN))
    cart_token: Mapped[str] = mapped_column(String(TOKEN))


class DeletedCart(Base):
    """A cart that Shopify has deleted, with its checkout; checkouts/delete names the cart alone."""

    __tablename__ = "deleted_cart"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    cart_token: Mapped[str] = mapped_column(String(TOKEN), primary_key=True)
    deleted_at: Mapped[Instant] = mapped_column(UtcTime)
