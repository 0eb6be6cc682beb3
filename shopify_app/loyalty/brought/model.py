"""Tables of balances that are brought from another app: the files, and what is still to be done of their lines."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime

BRING = "bring_points"
"""The kind of task that looks through a file, gives what it says, and takes it back."""

ARRIVING, CHECKING, CHECKED, GIVING, GIVEN = "arriving", "checking", "checked", "giving", "given"
UNDOING, UNDONE, PUT_AWAY = "undoing", "undone", "put_away"
AT_WORK = (CHECKING, GIVING, UNDOING)
"""States in which the task has something to do; one file of a shop at a time is in one of them."""

TRANSITIONS: dict[str, frozenset[str]] = {
    ARRIVING: frozenset({CHECKING, PUT_AWAY}),
    CHECKING: frozenset({CHECKED, GIVEN, PUT_AWAY}),
    CHECKED: frozenset({GIVING, UNDOING, GIVEN, PUT_AWAY}),
    GIVING: frozenset({GIVEN}),
    GIVEN: frozenset({CHECKING, UNDOING}),
    UNDOING: frozenset({UNDONE}),
    UNDONE: frozenset(),
    PUT_AWAY: frozenset(),
}
"""From given to checking: who was not found before is looked for again."""


class BroughtFile(Base):
    """A file of balances: what became of it. The lots are the causes `brought/<its id>/<account>`."""

    __tablename__ = "brought_file"
    __table_args__ = (
        Index("ix_brought_file_asked", "shop_id", "asked_at"),
        Index("ix_brought_file_digest", "shop_id", "digest"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    file_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Chosen by whoever brings it: sent twice, it is one."""
    state: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(String(64))
    """A keyed hash of the file, to know it again."""
    again: Mapped[bool] = mapped_column(Boolean)
    """Whether also those get points who have had some from another file."""
    rule: Mapped[int] = mapped_column(Integer)
    """The version of the programme that held then."""
    lines: Mapped[int] = mapped_column(Integer)
    found_people: Mapped[int] = mapped_column(BigInteger)
    found_points: Mapped[int] = mapped_column(BigInteger)
    """What is to be given next, as it was looked through."""
    people: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(BigInteger)
    """What was given."""
    forgotten: Mapped[int] = mapped_column(Integer)
    """Lines that were deleted because of whom they were about."""
    taken_back: Mapped[int] = mapped_column(BigInteger)
    """Points that came back when it was undone."""
    actor: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[Instant] = mapped_column(UtcTime)
    given_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """When it was last said that it is to be given."""
    undone_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    erased_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Since when none of its lines are kept any more."""


class BroughtLine(Base):
    """A line that was not given, or not yet. Deleted once it is given, with its person, and after a week."""

    __tablename__ = "brought_line"
    __table_args__ = (
        Index("ix_brought_line_outcome", "shop_id", "file_id", "outcome", "place"),
        Index("ix_brought_line_customer", "shop_id", "customer_id"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    file_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Which row of the file it is."""
    outcome: Mapped[str] = mapped_column(String(8))
    points: Mapped[int] = mapped_column(BigInteger)
    """0 where it says none that can be given."""
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    """Whom it names by number; once they were found, who it is."""
    email_hash: Mapped[str | None] = mapped_column(String(32))
    phone_hash: Mapped[str | None] = mapped_column(String(32))
    """As contacts are kept: see customers/contacts/contact.py."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """What stood in the file, for the list of lines that were not given."""


def prefix_of(file_id: str) -> str:
    """How the causes of a file's lots begin; behind it stands the account."""
    return f"{ANY_FILE}{file_id}/"


ANY_FILE = "brought/"
"""How those of every file do."""
