"""Tables of points: accounts that name nobody, whose they are, what moved them, and the entries that prove it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime

GRANT, USE, END = "grant", "use", "end"
"""What a cause is: see ledger/causes.py."""

_TO_RELEASE = text("sort = 'grant' AND released < points AND available_at IS NOT NULL")


class PointsAccount(Base):
    """The head of an account: what it has by its last entry, sealed. It names no person."""

    __tablename__ = "points_account"
    __table_args__ = (
        Index("ix_points_account_ends", "shop_id", "ends_at"),
        Index("ix_points_account_endings", "shop_id", "endings"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    """The place of its last entry."""
    balance: Mapped[int] = mapped_column(BigInteger, default=0)
    available: Mapped[int] = mapped_column(BigInteger, default=0)
    pending: Mapped[int] = mapped_column(BigInteger, default=0)
    debt: Mapped[int] = mapped_column(BigInteger, default=0)
    mac: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    """The seal of its last entry."""
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    """Over all of the above."""
    opened_at: Mapped[Instant] = mapped_column(UtcTime)
    ends_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    ending: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    endings: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    """See ledger/entry.py, Head."""


class PointsMember(Base):
    """Whose account it is: the only place that joins a person to points. A merge changes it, a redaction deletes it."""

    __tablename__ = "points_member"
    __table_args__ = (UniqueConstraint("shop_id", "account_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(BIG)


class PointsCause(Base):
    """What moved points, as it is now, and what the entries say of it so far."""

    __tablename__ = "points_cause"
    __table_args__ = (
        Index("ix_points_cause_account", "shop_id", "account_id"),
        Index(
            "ix_points_cause_release",
            "shop_id",
            "available_at",
            sqlite_where=_TO_RELEASE,
            postgresql_where=_TO_RELEASE,
        ),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(String(80), primary_key=True)
    """order/123 ...: one cause is in one account."""
    account_id: Mapped[int] = mapped_column(BIG)
    sort: Mapped[str] = mapped_column(String(8))
    """GRANT, USE or END."""
    points: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Instant] = mapped_column(UtcTime)
    """When they were earned, used or ended."""
    available_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    lot: Mapped[str | None] = mapped_column(String(80), default=None)
    """Of an end: the grant that somebody looked at."""
    restored: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Of a use: JSON list of points and moments that came back; empty for none."""
    actor: Mapped[str] = mapped_column(String(64))
    by_hand: Mapped[bool] = mapped_column(Boolean)
    rule: Mapped[int | None] = mapped_column(Integer, default=None)
    """The version of the programme by which points were given."""
    booked: Mapped[int] = mapped_column(BigInteger)
    released: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(Integer)
    first: Mapped[int | None] = mapped_column(BigInteger, default=None)
    told: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    """See ledger/booking.py, Booked."""


class PointsTotal(Base):
    """The sums over all accounts of a shop, so that nobody has to add them up to see them."""

    __tablename__ = "points_total"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    accounts: Mapped[int] = mapped_column(BigInteger)
    holders: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Accounts with a balance above 0."""
    available: Mapped[int] = mapped_column(BigInteger)
    pending: Mapped[int] = mapped_column(BigInteger)
    debt: Mapped[int] = mapped_column(BigInteger)


class PointsEntry(Base):
    """One line of the ledger; triggers refuse to change or delete it while the shop has its key."""

    __tablename__ = "points_entry"
    __table_args__ = (
        UniqueConstraint("shop_id", "cause", "nth"),
        Index("ix_points_entry_known_at", "shop_id", "known_at", "account_id", "seq"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8))
    cause: Mapped[str] = mapped_column(String(80))
    nth: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(BigInteger)
    moved: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)
    reverses: Mapped[int | None] = mapped_column(BigInteger, default=None)
    rule: Mapped[int | None] = mapped_column(Integer, default=None)
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[Instant] = mapped_column(UtcTime)
    known_at: Mapped[Instant] = mapped_column(UtcTime)
    mac: Mapped[bytes] = mapped_column(LargeBinary)


class PointsAnchor(Base):
    """What all accounts of a shop were at a moment, in one number: nobody can later take an account back behind it.

    Append-only like the entries, and each anchor seals the one before.
    """

    __tablename__ = "points_anchor"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[Instant] = mapped_column(UtcTime)
    """Entries written before this moment are in it."""
    entries: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """See ledger/proof.py."""
    seal: Mapped[bytes] = mapped_column(LargeBinary)
