"""Tables of orders: the current facts, their lines, their refunds, and every earlier version."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime
from shopify_app.orders.facts import PENDING
from shopify_app.orders.text import CODE, NAME, SOURCE, STATUS, TITLE

IS_PENDING = text(f"financial_status = '{PENDING}'")
"""As an index spells it, and whoever wants to read along that index."""


class Order(Base):
    """The newest known state of an order; amounts in minor units of `currency`."""

    __tablename__ = "orders"
    __table_args__ = (
        # A customer's orders are read a page at a time, newest first.
        Index(None, "shop_id", "customer_id", "order_id"),
        Index(None, "shop_id", "name"),
        Index(None, "shop_id", "created_at"),
        # Few orders are unpaid, and every night looks for the old ones among them.
        Index(None, "shop_id", "placed_at", sqlite_where=IS_PENDING, postgresql_where=IS_PENDING),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(NAME))
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    """Resolved: aliases and redactions are already applied."""
    placed_at: Mapped[Instant] = mapped_column(UtcTime)
    created_at: Mapped[Instant | None] = mapped_column(UtcTime)
    """When Shopify made its record; placed_at may lie earlier, in an order that was imported into Shopify."""
    currency: Mapped[str] = mapped_column(String(3))
    gross: Mapped[int] = mapped_column(BigInteger)
    discounts: Mapped[int] = mapped_column(BigInteger)
    only_gift_cards: Mapped[bool] = mapped_column(Boolean)
    test: Mapped[bool] = mapped_column(Boolean)
    cancelled_at: Mapped[Instant | None] = mapped_column(UtcTime)
    deleted_at: Mapped[Instant | None] = mapped_column(UtcTime)
    """A tombstone: the order is gone and no later word of it counts."""
    financial_status: Mapped[str] = mapped_column(String(STATUS))
    source_name: Mapped[str] = mapped_column(String(SOURCE))
    updated_at: Mapped[Instant] = mapped_column(UtcTime)
    known_at: Mapped[Instant] = mapped_column(UtcTime)
    source: Mapped[str] = mapped_column(String(64))
    """With updated_at and known_at, the version: see orders.facts.Version."""
    version_number: Mapped[int] = mapped_column(Integer)
    lines_mark: Mapped[int] = mapped_column(BigInteger, default=0)
    """See OrderFacts.lines_mark: tells whether a later word of the order brings other lines."""
    taxes_included: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether the customer's prices include tax; it is taken out of all amounts here."""
    given_up_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Since when it has been unpaid for too long to count as kept; None once it is not pending any more."""
    country: Mapped[str | None] = mapped_column(String(2), default=None)
    discount_code: Mapped[str | None] = mapped_column(String(CODE), default=None)
    """With country: see OrderFacts. None of whom was redacted, too, and of what was read before we asked for it."""
    fulfilled_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """See OrderFacts. None of what was read before we asked for it, too."""


class OrderLine(Base):
    """A line of an order, whether it was there from the beginning or added by an edit."""

    __tablename__ = "order_line"
    # Who bought a product is found among millions of lines.
    __table_args__ = (Index(None, "shop_id", "product_id", "order_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    product_id: Mapped[int | None] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(TITLE))
    quantity: Mapped[int] = mapped_column(Integer)
    gross: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[int] = mapped_column(BigInteger)
    gift_card: Mapped[bool] = mapped_column(Boolean)


class Refund(Base):
    """A refund by its own id, without tax and shipping; it may be known before its order is."""

    __tablename__ = "refund"
    __table_args__ = (Index(None, "shop_id", "order_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    refund_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger)
    refunded_at: Mapped[Instant] = mapped_column(UtcTime)
    net: Mapped[int] = mapped_column(BigInteger)
    exact: Mapped[bool] = mapped_column(Boolean)
    tax: Mapped[int] = mapped_column(BigInteger, default=0)
    """Still in `net` until the order is known: see RefundFacts.tax."""
    lines: Mapped[str | None] = mapped_column(Text, default=None)
    """What went back of which line, as given_back.row_of writes it; None where nobody has told."""


class OrderEdit(Base):
    """What an edit, or a return that was processed, changed of an order, by its own id; see EditFacts."""

    __tablename__ = "order_edit"
    __table_args__ = (Index(None, "shop_id", "order_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    edit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger)
    edited_at: Mapped[Instant] = mapped_column(UtcTime)
    gross: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[int] = mapped_column(BigInteger)
    removed: Mapped[int] = mapped_column(BigInteger)
    pieces: Mapped[int] = mapped_column(Integer)
    returned: Mapped[bool] = mapped_column(Boolean, default=False)

    @property
    def added(self) -> int:
        """See EditFacts.added."""
        return self.gross - self.discount


class OrderVersion(Base):
    """What metrics read of an order, as it was known from `known_at` on.

    Batches of facts follow one another in `known_at`, too: no two have the same, whatever the clock says.
    """

    __tablename__ = "order_version"
    __table_args__ = (Index(None, "shop_id", "known_at"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    known_at: Mapped[Instant] = mapped_column(UtcTime)
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    placed_at: Mapped[Instant] = mapped_column(UtcTime)
    currency: Mapped[str] = mapped_column(String(3), default="")
    gross: Mapped[int] = mapped_column(BigInteger)
    discounts: Mapped[int] = mapped_column(BigInteger)
    refunded: Mapped[int] = mapped_column(BigInteger)
    added: Mapped[int] = mapped_column(BigInteger, default=0)
    """By edits, after discounts; it is in gross less discounts, too."""
    removed: Mapped[int] = mapped_column(BigInteger, default=0)
    """By edits."""
    later: Mapped[str] = mapped_column(Text, default="")
    """Every refund and edit by then as counting.Later, in JSON; empty where there was none."""
    only_gift_cards: Mapped[bool] = mapped_column(Boolean)
    test: Mapped[bool] = mapped_column(Boolean)
    cancelled_at: Mapped[Instant | None] = mapped_column(UtcTime)
    deleted_at: Mapped[Instant | None] = mapped_column(UtcTime)
    financial_status: Mapped[str] = mapped_column(String(STATUS))
    given_up_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)


class OrderRefetch(Base):
    """An order that Shopify must be asked for again: what we were told of it does not decide how it is now."""

    __tablename__ = "order_refetch"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[Instant] = mapped_column(UtcTime)
    """When it was last asked for: an answer from before does not settle it."""
