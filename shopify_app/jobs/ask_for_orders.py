"""The import's first phase: what to ask Shopify for, and starting the bulk operation of the window that is due."""

from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.admin_api.client import AdminApi
from shopify_app.clock import Clock, Instant, local_day
from shopify_app.db.base import Database
from shopify_app.jobs import import_windows
from shopify_app.jobs.count_customers import COUNT
from shopify_app.jobs.intents import build_intents
from shopify_app.jobs.learn_shop import details_known, learn_shop
from shopify_app.jobs.start_bulk import START_BULK, start_key
from shopify_app.retention.progress import CROWDED
from shopify_app.shops.access import ALL_ORDERS, missing_scopes
from shopify_app.shops.queries import get_shop, note_approval
from shopify_app.tasks.intents.kind import IntentView
from shopify_app.tasks.intents.model import PLANNED, REFUSED
from shopify_app.tasks.intents.queries import plan
from shopify_app.tasks.intents.run import run_intent
from shopify_app.tasks.queries import request, save
from shopify_app.tasks.step import BROKEN, GiveUp
from shopify_app.tasks.view import Outcome, TaskView

_WAIT = (10.0, 60.0)
_SOON = 0.5
_SEEN_WITH = {"read_customers": "customer", "read_products": "product"}
"""What the bulk query may ask for with which permission; orders can be read without either."""


class AskForOrders:
    """Counts the orders, decides once in how many windows to read them, and has the bulk operation started."""

    def __init__(self, database: Database, admin: AdminApi, clock: Clock) -> None:
        self._database = database
        self._admin = admin
        self._clock = clock
        self._intents = build_intents(database, admin)

    def step(self, task: TaskView, then: str) -> Outcome:
        """Start the window's bulk query and go on with the phase `then`, or wait until it can be started.

        Amounts cannot be read before the shop's details are known. One order is asked for before: of orders that we
        may not read the bulk query would fail without saying why.
        """
        if not details_known(self._database, task.shop):
            learn_shop(self._database, self._admin, task.shop, task.actor, self._clock())
        counted = self._admin.run(task.shop, "count_orders").get("ordersCount")
        cursor = self._decided(task, counted["count"] if counted else 0)
        total = max(counted["count"] if counted else 0, task.total or 0) or None
        intent = self._start(task, cursor)
        if intent.state == REFUSED:
            raise GiveUp(intent.error or BROKEN)
        if intent.outcome is None:
            return Outcome({**cursor, CROWDED: _is_crowded(intent)}, task.done, total, wait=self._patience(intent))
        begun = import_windows.started(cursor, intent.outcome["id"], intent.outcome["created_at"])
        return Outcome({**begun, "phase": then}, task.done, total, wait=_SOON)

    def _decided(self, task: TaskView, orders: int) -> dict[str, Any]:
        """The cursor with where the windows are cut; once that is decided it stays so."""
        if import_windows.BOUNDARY in task.cursor:
            return dict(task.cursor)
        with self._database.reading() as session:
            shop = get_shop(session, task.shop)
            scopes, zone = shop.scopes, ZoneInfo(shop.told_timezone)
        begins = import_windows.boundary(local_day(self._clock(), zone), zone)
        # Without the permission Shopify shows less than the first window would ask for.
        everything = orders > import_windows.ONE_GO and not missing_scopes(scopes, (ALL_ORDERS,))
        if everything and import_windows.worth_it(orders, self._recent(task, begins)):
            return {**task.cursor, import_windows.BOUNDARY: import_windows.written(begins)}
        return {**task.cursor, import_windows.BOUNDARY: ""}

    def _recent(self, task: TaskView, begins: Instant) -> int:
        query = import_windows.since(import_windows.written(begins))
        counted = self._admin.run(task.shop, "count_orders_where", query=query).get("ordersCount")
        return int(counted["count"]) if counted else 0

    def _start(self, task: TaskView, cursor: dict[str, Any]) -> IntentView:
        """The one bulk operation that this task means to start now, as far as it got; found again after a crash."""
        key, now = start_key(task, cursor), self._clock()
        arguments: dict[str, Any] = {"task": task.id, "operation": "start_orders_import", "query": "orders_bulk"}
        with self._database.transaction() as session:
            # A worker that was replaced plans nothing.
            save(session, task, Outcome(cursor, task.done, task.total), now)
            granted = get_shop(session, task.shop).scopes
            if note_approval(session, task.shop, approved=True):
                request(session, task.shop, COUNT, None, task.actor, now)
            arguments["without"] = [_SEEN_WITH[one] for one in missing_scopes(granted, _SEEN_WITH) if granted]
            arguments["search"] = import_windows.search(cursor)
            plan(session, task.shop, START_BULK, key, arguments, task.actor, now)
        return run_intent(self._database, self._intents, task.shop, START_BULK, key, now, task.owner or task.id)

    def _patience(self, intent: IntentView) -> float:
        """Seconds until it is tried again: the longer the longer it has waited. News of an ended one hastens it."""
        waited = (self._clock() - intent.created_at).total_seconds()
        return min(_WAIT[1], max(_WAIT[0], waited / 10))


def _is_crowded(intent: IntentView) -> bool:
    return intent.state == PLANNED and intent.error is not None
