"""Giving the bonuses that nobody could tell while orders were still being read."""

from shopify_app.changes.points import settle_bonuses
from shopify_app.clock import Instant
from shopify_app.db.base import Database
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.orders.queries import next_orders_since
from shopify_app.retention.progress import IMPORT
from shopify_app.shops.queries import lock_shop
from shopify_app.tasks.queries import latest
from shopify_app.tasks.view import Outcome, Step, TaskView

BONUSES = "settle_bonuses"
_AT_ONCE, _WAIT = 200, 5.0


def give_bonuses(database: Database, lookup_key: bytes) -> Step:
    """The task: the customers of some orders a step, of all orders since a bonus was first offered."""

    def step(task: TaskView, now: Instant) -> Outcome:
        with database.transaction() as session:
            lock_shop(session, task.shop)
            reading = latest(session, task.shop, IMPORT)
            if reading is not None and reading.active:
                # It asks for this before it has ended itself.
                return Outcome(task.cursor, task.done, wait=_WAIT)
            offering = [one.since for one in versions_of(session, task.shop) if one.rule.bonuses]
            after = int(task.cursor.get("after", 0))
            orders = next_orders_since(session, task.shop, offering[0], after, _AT_ONCE) if offering else ()
            if orders:
                settle_bonuses(session, task.shop, orders, lookup_key, now)
        done = task.done + len(orders)
        if len(orders) < _AT_ONCE:
            return Outcome({}, done, done, finished=True)
        return Outcome({"after": orders[-1]}, done)

    return step
