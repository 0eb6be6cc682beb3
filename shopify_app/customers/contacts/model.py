"""Tables of contacts: hashes by customer, who was said to be somebody else, and how far they have been read."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime


class CustomerContact(Base):
    """That a customer can be reached in some way: its kind and a keyed hash, nothing that could be read back."""

    __tablename__ = "customer_contact"
    __table_args__ = (Index(None, "shop_id", "hash"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    hash: Mapped[str] = mapped_column(String(32), primary_key=True)


class CustomersApart(Base):
    """Two customers who share something and are not the same person: the merchant said so, for the whole shop."""

    __tablename__ = "customers_apart"
    __table_args__ = (Index(None, "shop_id", "other_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The lower of the two numbers."""
    other_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    said_at: Mapped[Instant] = mapped_column(UtcTime)


class ContactReading(Base):
    """How far a shop's contacts have been read, and what came of it."""

    __tablename__ = "contact_reading"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    read_until: Mapped[Instant | None] = mapped_column(UtcTime)
    """All customers that changed before have been read; None before the first reading has ended."""
    withheld: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The kinds that Shopify keeps from us for want of its approval, separated by blanks."""
    version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Rises whenever a contact, or what was said of two customers, changes: pages are told by it."""
    shift: Mapped[int | None] = mapped_column(Integer)
    """By how many thousandths of a point the share of repeat buyers would move, all time, at the last reading."""
