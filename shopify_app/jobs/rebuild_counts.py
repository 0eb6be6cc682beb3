"""Counting everything anew from the stored orders, after a change that moves orders between days."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shopify_app.changes.rebuild import rebuild
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session
from shopify_app.db.lease import DRAIN, fence, held
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, Step, TaskView

_TURN_WAIT = 1.0
_BREATH = 0.002
_SECONDS = 300
"""How long one piece may take: the first reads and counts the whole history."""


def rebuild_counts(database: Database, clock: Clock, sleep: Callable[[float], None]) -> Step:
    """The step: one rebuild between two batches of webhooks, which wait in the inbox meanwhile."""

    def step(task: TaskView, _now: Instant) -> Outcome:
        owner = task.owner or task.id

        @contextmanager
        def turn() -> Iterator[Session]:
            with database.transaction() as session:
                fence(session, task.shop, DRAIN, owner, clock(), _SECONDS)
                save(session, task, Outcome(task.cursor), clock())
                yield session
            # Lets the webhook door have the writer before the next piece.
            sleep(_BREATH)

        with held(database, task.shop, DRAIN, owner, clock(), _SECONDS) as ours:
            if not ours:
                return Outcome(wait=_TURN_WAIT)
            rebuild(database, task.shop, turn)
        return Outcome(finished=True)

    return step
