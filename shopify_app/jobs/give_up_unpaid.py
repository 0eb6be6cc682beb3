"""Giving up orders that have stayed unpaid for too long, and waiting again for those that a shop gives more time."""

from shopify_app.changes.apply import prepare, store
from shopify_app.changes.unpaid.queries import judged
from shopify_app.clock import Instant
from shopify_app.db.base import Database, Session
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, Step, TaskView

AT_ONCE = 500
"""Orders in one transaction."""
_TURN_WAIT = 1.0


def give_up_unpaid(database: Database, turns: DrainTurns, lookup_key: bytes) -> Step:
    """The step: some of the orders of which something must be said, until there is none.

    It keeps no place: what was said of an order is stored with it, and it is not found again.
    """

    def step(task: TaskView, now: Instant) -> Outcome:
        owner = task.owner or task.id
        with turns.hold(task.shop, owner) as ours:
            if not ours:
                return Outcome(task.cursor, task.done, wait=_TURN_WAIT)
            with database.reading() as session:
                facts = judged(session, task.shop, now, AT_ONCE)
                prepared = prepare(session, task.shop, facts, lookup_key)
            after = Outcome(task.cursor, task.done + len(facts))

            def work(session: Session, at: Instant) -> None:
                store(session, task.shop, prepared, at)
                save(session, task, after, at)

            if facts:
                turns.write(task.shop, owner, work)
                return after
        return Outcome(task.cursor, task.done, task.done, finished=True, result={"orders": task.done})

    return step
