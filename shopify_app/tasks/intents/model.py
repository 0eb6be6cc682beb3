"""The table of intents: one row for each effect that we mean to have outside, with what is known of it."""

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime

PLANNED = "planned"
SENT = "sent"
DONE = "done"
REFUSED = "refused"
UNKNOWN = "unknown"

TRANSITIONS: dict[str, frozenset[str]] = {
    # planned -> refused: nobody wants it any more; planned -> done: the answer of one that was taken for lost.
    PLANNED: frozenset({SENT, DONE, REFUSED}),
    # sent -> planned: surely nothing has happened.
    SENT: frozenset({PLANNED, DONE, REFUSED, UNKNOWN}),
    # unknown -> unknown: looked again, and still cannot tell. Never straight to sent.
    UNKNOWN: frozenset({UNKNOWN, PLANNED, DONE, REFUSED}),
    DONE: frozenset(),
    REFUSED: frozenset(),
}

_TO_VISIT = text("due_at IS NOT NULL")


class Intent(Base):
    """One effect outside, by a key that we chose; the row is committed before anything is sent."""

    __tablename__ = "intent"
    __table_args__ = (Index("ix_intent_due", "due_at", sqlite_where=_TO_VISIT, postgresql_where=_TO_VISIT),)

    shop_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    """What makes two effects of a kind the same one."""
    arguments: Mapped[str] = mapped_column(Text, default="{}")
    """JSON object, fixed when it is planned; names no person."""
    state: Mapped[str] = mapped_column(String(16), default=PLANNED)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    """How often it was marked as sent; also tells one sending from the next."""
    lost: Mapped[int] = mapped_column(Integer, default=0)
    """How many of those were found never to have arrived."""
    due_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Planned: when it may be sent. Sent: when its sender counts as dead. Unknown: when to look. Else None."""
    owner: Mapped[str | None] = mapped_column(String(64), default=None)
    """Who sends or sent it last, for whoever reads the table."""
    sent_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """The moment before it was sent last."""
    outcome: Mapped[str | None] = mapped_column(Text, default=None)
    """JSON object: what came of it when done, the codes when refused."""
    error: Mapped[str | None] = mapped_column(Text, default=None)
    """A sentence for the merchant (a key of the catalogues), when it was refused; planned, the code why not yet."""
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Instant] = mapped_column(UtcTime)
    updated_at: Mapped[Instant] = mapped_column(UtcTime)
