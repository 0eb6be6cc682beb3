"""The table of long work: one row a task, with where it stands and why it ended."""

from sqlalchemy import Boolean, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime

WAITING = "waiting"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
CANCELLED = "cancelled"

ACTIVE = (WAITING, RUNNING)

TRANSITIONS: dict[str, frozenset[str]] = {
    WAITING: frozenset({RUNNING, CANCELLED}),
    # running -> running: the worker died and another took its step over.
    RUNNING: frozenset({RUNNING, WAITING, DONE, FAILED, CANCELLED}),
    DONE: frozenset(),
    FAILED: frozenset(),
    CANCELLED: frozenset(),
}

_ONE_ACTIVE = text("state IN ('waiting', 'running')")


class Task(Base):
    """A piece of long work for one shop; at most one of a kind is active in a shop."""

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "uq_task_active",
            "shop_id",
            "kind",
            unique=True,
            sqlite_where=_ONE_ACTIVE,
            postgresql_where=_ONE_ACTIVE,
        ),
        Index("ix_task_due", "due_at", sqlite_where=_ONE_ACTIVE, postgresql_where=_ONE_ACTIVE),
    )

    shop_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    arguments: Mapped[str] = mapped_column(Text, default="{}")
    """JSON object, fixed when the task is requested."""
    state: Mapped[str] = mapped_column(String(16), default=WAITING)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int | None] = mapped_column(Integer, default=None)
    """How much there is to do, as far as is known."""
    cursor: Mapped[str] = mapped_column(Text, default="{}")
    """JSON object: everything the next step needs to go on."""
    due_at: Mapped[Instant] = mapped_column(UtcTime)
    """When the next step may run; while one runs, when its worker counts as dead."""
    owner: Mapped[str | None] = mapped_column(String(64), default=None)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    """Failures since the last step that ended well."""
    again: Mapped[bool] = mapped_column(Boolean, default=False)
    """Asked for anew after it had begun: what it has read by then may be old, so it begins anew instead of ending."""
    rounds: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How often it has begun anew: its effects outside in one round are not those of another."""
    error: Mapped[str | None] = mapped_column(Text, default=None)
    """A sentence for the merchant (a key of the catalogues), when it failed."""
    result: Mapped[str | None] = mapped_column(Text, default=None)
    """JSON object, when it is done."""
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Instant] = mapped_column(UtcTime)
    updated_at: Mapped[Instant] = mapped_column(UtcTime)
