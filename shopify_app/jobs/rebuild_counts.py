"""Counting everything anew from the stored orders, after a change that moves orders between days."""

from shopify_app.changes.rebuild import rebuild
from shopify_app.clock import Instant
from shopify_app.db.base import Session
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.shops.queries import touch
from shopify_app.tasks.view import Outcome, Step, TaskView

_TURN_WAIT = 1.0


def rebuild_counts(turns: DrainTurns) -> Step:
    """The step: one rebuild between two batches of webhooks."""

    def step(task: TaskView, _now: Instant) -> Outcome:
        def work(session: Session, _moment: Instant) -> None:
            rebuild(session, task.shop)
            touch(session, task.shop)

        done = turns.take(task.shop, task.owner or task.id, work)
        return Outcome(finished=True) if done else Outcome(wait=_TURN_WAIT)

    return step
