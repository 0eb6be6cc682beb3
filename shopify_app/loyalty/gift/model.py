"""The table of opening gifts: what was asked for, what it came to, and what became of it."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime

GIFT = "opening_gift"
"""The kind of task that counts, gives and takes back."""
COUNTING, COUNTED, GIVING, GIVEN, UNDOING, UNDONE = "counting", "counted", "giving", "given", "undoing", "undone"

TRANSITIONS: dict[str, frozenset[str]] = {
    COUNTING: frozenset({COUNTED}),
    COUNTED: frozenset({GIVING}),
    GIVING: frozenset({GIVEN}),
    GIVEN: frozenset({UNDOING}),
    UNDOING: frozenset({UNDONE}),
    UNDONE: frozenset(),
}


def prefix_of(gift_id: str) -> str:
    """How the causes of a gift's lots begin; behind it stands the account."""
    return f"gift/{gift_id}/"


class OpeningGift(Base):
    """Points for orders of before the programme. The lots are the causes `gift/<its id>/<account>`."""

    __tablename__ = "opening_gift"
    __table_args__ = (Index("ix_opening_gift_asked", "shop_id", "asked_at"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    gift_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Chosen by whoever asks: asked for twice, it is one."""
    state: Mapped[str] = mapped_column(String(8))
    months: Mapped[int] = mapped_column(Integer)
    """How far back orders count."""
    most: Mapped[int | None] = mapped_column(BigInteger)
    """Points that one customer gets at most; None for no limit."""
    rule: Mapped[int] = mapped_column(Integer)
    """The version of the programme by which the orders count."""
    since: Mapped[Instant] = mapped_column(UtcTime)
    until: Mapped[Instant] = mapped_column(UtcTime)
    """Orders from `since` on and before this moment count: from then on the programme was on."""
    people: Mapped[int] = mapped_column(BigInteger, default=0)
    points: Mapped[int] = mapped_column(BigInteger, default=0)
    """As they were counted; once they are given, as they were given."""
    found_people: Mapped[int | None] = mapped_column(BigInteger, default=None)
    found_points: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """As they were counted, also while they are given and counted anew."""
    found_reach: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """How many of these people get as many as the cheapest reward takes; None where nobody counted that."""
    taken_back: Mapped[int] = mapped_column(BigInteger, default=0)
    """Points that came back when it was undone."""
    actor: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[Instant] = mapped_column(UtcTime)
    given_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    undone_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
