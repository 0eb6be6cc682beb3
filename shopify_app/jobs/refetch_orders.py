"""Orders of which two words were heard that do not agree: Shopify is asked, all of them at once."""

import logging

from shopify_app.admin_api.errors import Throttled
from shopify_app.clock import Instant
from shopify_app.db.base import Database, DatabaseRefused, Session
from shopify_app.jobs.settle_orders import Beside, Found, SettleOrders
from shopify_app.orders.queries import REFETCH as REFETCH
from shopify_app.orders.queries import drop_refetches, refetches
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, Step, TaskView

AT_ONCE = 50
_TURN_WAIT = 1.0
_log = logging.getLogger(__name__)


def refetch_orders(database: Database, orders: SettleOrders) -> Step:
    """The step: some of the orders that wait, longest planned first, until none does."""

    def step(task: TaskView, now: Instant) -> Outcome:
        alone = bool(task.cursor.get("alone"))
        with database.reading() as session:
            ids = refetches(session, task.shop, 1 if alone else AT_ONCE)
        if not ids:
            return Outcome(task.cursor, task.done, task.done, finished=True, result={"orders": task.done})
        after = Outcome({"alone": alone}, task.done + len(ids))
        try:
            settled = orders.settle(task.shop, task.owner or task.id, ids, _kept(task, after))
        except Throttled as error:
            return Outcome(task.cursor, task.done, wait=max(_TURN_WAIT, error.wait))
        except DatabaseRefused as error:
            if not alone:
                return Outcome({"alone": True}, task.done)
            # The kind of error only: its text quotes what was to be stored.
            _log.error("shop %s: order %s cannot be stored: %s", task.shop, ids[0], type(error).__name__)
            with database.transaction() as session:
                drop_refetches(session, task.shop, ids, now)
            settled = True
        return after if settled else Outcome(task.cursor, task.done, wait=_TURN_WAIT)

    return step


def _kept(task: TaskView, after: Outcome) -> Beside:
    def beside(session: Session, _found: Found, now: Instant) -> None:
        save(session, task, after, now)

    return beside
