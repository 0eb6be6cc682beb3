"""A task as the rest of the app sees it, and what one step of it hands back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId


@dataclass(frozen=True, slots=True)
class TaskView:
    """Where a task stands."""

    shop: ShopId
    id: str
    kind: str
    state: str
    arguments: Mapping[str, Any]
    cursor: Mapping[str, Any]
    done: int
    total: int | None
    error: str | None
    result: Mapping[str, Any] | None
    attempts: int
    owner: str | None
    actor: str
    due_at: Instant
    created_at: Instant
    updated_at: Instant
    rounds: int = 0

    @property
    def phase(self) -> str:
        """Which part of the work it is in, in the kind's own words; empty before the first step."""
        return str(self.cursor.get("phase", ""))

    @property
    def active(self) -> bool:
        """True until it has ended one way or another."""
        return self.state in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step leaves behind; the next step starts from `cursor`."""

    cursor: Mapping[str, Any] = field(default_factory=dict)
    done: int = 0
    total: int | None = None
    finished: bool = False
    wait: float = 0.0
    """Seconds before the next step."""
    result: Mapping[str, Any] | None = None


Step = Callable[[TaskView, Instant], Outcome]
"""One resumable piece of a task: may be killed at any moment and run again from the same view."""
