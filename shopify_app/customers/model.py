"""Tables of customers: the facts we keep about them, and what they were called before a merge."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.customers.consent import LONGEST
from shopify_app.db.base import Base, UtcTime


class Customer(Base):
    """A customer as Shopify numbers them. No name, e-mail or phone is kept."""

    __tablename__ = "customer"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    created_at: Mapped[Instant] = mapped_column(UtcTime)
    updated_at: Mapped[Instant] = mapped_column(UtcTime)
    contacts_at: Mapped[Instant | None] = mapped_column(UtcTime)
    """The change of theirs as of which `customer_contact` has how they can be reached; None where nobody told."""
    email_consent: Mapped[str] = mapped_column(String(LONGEST), default="", server_default="")
    """What they agreed to: one of consent.STATES; empty where nobody told."""
    email_consent_at: Mapped[Instant | None] = mapped_column(UtcTime)
    email_agreed_at: Mapped[Instant | None] = mapped_column(UtcTime)
    """When they first agreed to e-mails, as far as was told, whatever they say now."""
    sms_consent: Mapped[str] = mapped_column(String(LONGEST), default="", server_default="")
    sms_consent_at: Mapped[Instant | None] = mapped_column(UtcTime)
    sms_agreed_at: Mapped[Instant | None] = mapped_column(UtcTime)


class CustomerHistory(Base):
    """What a customer had bought before the first order that Shopify shows us; see changes.histories.history.

    Kept only for shops that may not see all their orders.
    """

    __tablename__ = "customer_history"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    earlier: Mapped[int] = mapped_column(Integer)
    """Orders of theirs that we have never seen."""
    told: Mapped[int | None] = mapped_column(Integer)
    """How many orders they had in all, says Shopify; None once that is no longer true of these orders."""
    told_at: Mapped[Instant] = mapped_column(UtcTime)
    """When Shopify was asked, or since when its answer is no longer true."""


class CustomerHistoryVersion(Base):
    """How many earlier orders were known of a customer from `known_at` on, in step with OrderVersion."""

    __tablename__ = "customer_history_version"
    __table_args__ = (Index(None, "shop_id", "known_at"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    known_at: Mapped[Instant] = mapped_column(UtcTime, primary_key=True)
    earlier: Mapped[int] = mapped_column(Integer)


class CustomerAlias(Base):
    """A customer that was merged away: every later mention of it means the kept one."""

    __tablename__ = "customer_alias"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kept_id: Mapped[int] = mapped_column(BigInteger)
    merged_at: Mapped[Instant] = mapped_column(UtcTime)


class RedactedCustomer(Base):
    """A customer that must stay forgotten: only a keyed hash of the number is left, to recognise late mentions."""

    __tablename__ = "redacted_customer"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    opaque_id: Mapped[int] = mapped_column(BigInteger)
    redacted_at: Mapped[Instant] = mapped_column(UtcTime)
