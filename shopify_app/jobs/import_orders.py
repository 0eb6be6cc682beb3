"""Importing all orders that Shopify shows us: a bulk query, its file on disk, its orders in batches.

Live webhooks may arrive at any time: an order's version decides which of the two is newer.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from shopify_app.admin_api import bulk
from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import ResultGone, Unavailable
from shopify_app.changes.apply import prepare, store
from shopify_app.changes.facts import Fact, OrderSeen
from shopify_app.changes.unpaid.patience import overdue
from shopify_app.clock import Clock, Instant, parse_instant
from shopify_app.db.base import Database, DatabaseRefused, Session, ShopId
from shopify_app.db.portion import Portion
from shopify_app.jobs.count_customers import COUNT
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.jobs.intents import build_intents
from shopify_app.jobs.learn_shop import REBUILD, details_known, learn_shop
from shopify_app.jobs.spool import Spool
from shopify_app.jobs.start_bulk import START_BULK, start_key
from shopify_app.orders.bulk_payload import Unreadable, read_orders
from shopify_app.orders.facts import OrderFacts, Version
from shopify_app.shops.access import missing_scopes
from shopify_app.shops.queries import get_shop, note_approval, touch
from shopify_app.tasks.intents.kind import IntentView
from shopify_app.tasks.intents.model import REFUSED
from shopify_app.tasks.intents.queries import plan
from shopify_app.tasks.intents.run import run_intent
from shopify_app.tasks.queries import latest, request, save
from shopify_app.tasks.step import BROKEN, GiveUp
from shopify_app.tasks.view import Outcome, TaskView

IMPORT = "import_orders"

ASKING = ""
PREPARING = "preparing"
DOWNLOADING = "downloading"
SORTING = "sorting"
READING = "reading"
COUNTING = "counting"
FINISHING = "finishing"

BATCH = (100, 2000)
"""Orders in one transaction, at least and at most."""
_BATCHES = 4
"""Batches while webhooks wait."""
HALTS = (5_000, 50_000)
"""After so many orders the newest part of the history is counted, before the rest is read."""
_LOOK = 0.2
_RESTARTS = 2
_BEARABLE = 0.05
"""Unreadable lines for each order read, above which the numbers would be wrong rather than a little short."""
_BUSY_WAIT = 10.0
_TURN_WAIT = 1.0
_BEAT_SECONDS = 5.0
_POLL = (0.5, 10.0)

_SEEN_WITH = {"read_customers": "customer", "read_products": "product"}
"""What the bulk query may ask for with which permission; orders can be read without either."""

_log = logging.getLogger(__name__)

Batch = Sequence[tuple[OrderFacts, Version] | Unreadable]
Cursor = Mapping[str, Any]


def spool_of(directory: Path, shop: ShopId) -> Spool:
    """Where a shop's import keeps Shopify's file while it works; no personal data is in it."""
    return Spool(directory / f"import-{shop}")


def drop_orphans(directory: Path, database: Database) -> None:
    """Delete the files of imports that have ended or whose shop is gone."""
    for place in directory.glob("import-*"):
        with database.reading() as session:
            task = latest(session, ShopId(int(place.name.removeprefix("import-"))), IMPORT)
        if task is None or not task.active:
            Spool(place).discard()


class ImportOrders:
    """The task's phases, one method each; what a step needs is in the task's cursor and on disk."""

    def __init__(
        self,
        database: Database,
        admin: AdminApi,
        clock: Clock,
        sleep: Callable[[float], None],
        directory: Path,
        lookup_key: bytes,
    ) -> None:
        self._database = database
        self._admin = admin
        self._clock = clock
        self._batch = Portion(database, clock, BATCH)
        self._turns = DrainTurns(database, clock, sleep)
        self._directory = directory
        self._lookup_key = lookup_key
        self._intents = build_intents(database, admin)
        self._phases = {
            ASKING: self._ask,
            PREPARING: self._prepare,
            DOWNLOADING: self._download,
            SORTING: self._sort,
            READING: self._read,
            COUNTING: self._count,
            FINISHING: self._finish,
        }

    def step(self, task: TaskView, _now: Instant) -> Outcome:
        """Do the next piece of the import."""
        try:
            return self._phases[task.phase](task)
        except ResultGone as error:
            return self._start_again(task, error.message)

    def _ask(self, task: TaskView) -> Outcome:
        """Start the bulk query; amounts cannot be read before the shop's details are known.

        One order is asked for before: of orders that we may not read the bulk query would fail without saying why.
        """
        if not details_known(self._database, task.shop):
            learn_shop(self._database, self._admin, task.shop, task.actor, self._clock())
        total = self._admin.run(task.shop, "count_orders").get("ordersCount")
        started = self._start(task)
        if started.state == REFUSED:
            raise GiveUp(started.error or BROKEN)
        if started.outcome is None:
            return Outcome(task.cursor, total=total and total["count"], wait=_BUSY_WAIT)
        cursor = {
            "phase": PREPARING,
            "bulk": started.outcome["id"],
            "started_at": started.outcome["created_at"],
            "restarts": task.cursor.get("restarts", 0),
        }
        return Outcome(cursor, total=total and total["count"], wait=_POLL[0])

    def _start(self, task: TaskView) -> IntentView:
        """The one bulk operation that this task means to start now, as far as it got; found again after a crash."""
        key, now = start_key(task), self._clock()
        arguments: dict[str, Any] = {"task": task.id, "operation": "start_orders_import", "query": "orders_bulk"}
        with self._database.transaction() as session:
            # A worker that was replaced plans nothing.
            save(session, task, Outcome(task.cursor, task.done, task.total), now)
            granted = get_shop(session, task.shop).scopes
            if note_approval(session, task.shop, approved=True):
                request(session, task.shop, COUNT, None, task.actor, now)
            arguments["without"] = [_SEEN_WITH[one] for one in missing_scopes(granted, _SEEN_WITH) if granted]
            plan(session, task.shop, START_BULK, key, arguments, task.actor, now)
        return run_intent(self._database, self._intents, task.shop, START_BULK, key, now, task.owner or task.id)

    def _prepare(self, task: TaskView) -> Outcome:
        """Ask how far Shopify is: `prepared` counts what it has written, `done` only ever what we have read."""
        operation = bulk.look(self._admin, task.shop, task.cursor["bulk"])
        if operation.status in bulk.ENDED_BADLY:
            return self._ended_badly(task, operation)
        if operation.status == bulk.COMPLETED:
            phase = DOWNLOADING if operation.url else FINISHING
            return Outcome({**task.cursor, "phase": phase}, total=operation.roots)
        waited = (self._clock() - operation.created_at).total_seconds()
        wait = min(_POLL[1], max(_POLL[0], waited / 10))
        total = max(operation.roots, task.total or 0)
        return Outcome({**task.cursor, "prepared": operation.roots}, total=total, wait=wait)

    def _download(self, task: TaskView) -> Outcome:
        """Keep Shopify's file on disk; its address is asked for anew, because it is a secret and runs out."""
        operation = bulk.look(self._admin, task.shop, task.cursor["bulk"])
        if operation.status != bulk.COMPLETED or not operation.url:
            raise ResultGone
        spool = spool_of(self._directory, task.shop)
        with self._admin.download(operation.url) as chunks:
            spool.keep(chunks, self._beat(task))
        orders, lines = spool.counted()
        # Children follow their parents at a distance: a file that was cut short may hold all orders and lack lines.
        if orders < operation.roots or lines < operation.objects:
            whole = f"{operation.roots} orders in {operation.objects} lines"
            raise Unavailable(f"the file holds {orders} orders in {lines} lines, not {whole}")
        return Outcome({**task.cursor, "phase": SORTING, "lines": lines}, total=orders)

    def _sort(self, task: TaskView) -> Outcome:
        """Cut the file into pieces that each hold whole orders."""
        pieces = spool_of(self._directory, task.shop).cut(self._beat(task), lines=task.cursor["lines"])
        if pieces is None:
            return self._download_again(task)
        cursor = {**task.cursor, "phase": READING, "piece": 0, "offset": 0, "pieces": pieces, "unreadable": 0}
        return Outcome(cursor, total=task.total)

    def _read(self, task: TaskView) -> Outcome:
        """Store one piece's orders, a batch a transaction; progress is saved in the same transaction."""
        lines = spool_of(self._directory, task.shop).piece(task.cursor["piece"])
        if lines is None:
            return self._download_again(task)
        known_at = parse_instant(task.cursor["started_at"])
        found = islice(read_orders(lines, known_at), task.cursor["offset"], None)
        so_far = Outcome(task.cursor, task.done, task.total)
        while batches := list(islice(iter(lambda: list(islice(found, self._batch.size)), []), _BATCHES)):
            so_far, stored = self._store_all(task, so_far, batches)
            if not stored:
                return replace(so_far, wait=_TURN_WAIT)
        return _after_piece(so_far)

    def _store_all(self, task: TaskView, so_far: Outcome, batches: Sequence[Batch]) -> tuple[Outcome, bool]:
        """Some batches while webhooks wait; how far the import is now, and False when webhooks kept the turn."""
        with self._turns.hold(task.shop, task.owner or task.id) as ours:
            for batch in batches if ours else ():
                so_far = self._store(task, so_far, batch)
        return so_far, ours

    def _store(self, task: TaskView, so_far: Outcome, batch: Batch) -> Outcome:
        """A batch that the database refuses is stored order by order, so that only the guilty one stays out."""
        try:
            return self._transact(task, so_far, batch)
        except DatabaseRefused as error:
            parts = _apart(batch, error)
        for part in parts:
            so_far = self._store(task, so_far, part)
        return so_far

    def _transact(self, task: TaskView, so_far: Outcome, batch: Batch) -> Outcome:
        seen = [OrderSeen(*one) for one in batch if not isinstance(one, Unreadable)]
        after = _after(so_far, batch)
        with self._database.reading() as session:
            days = get_shop(session, task.shop).unpaid_days
            facts: list[Fact] = [*seen, *overdue((one.order for one in seen), days, self._clock())]
            prepared = prepare(session, task.shop, facts, self._lookup_key, counting=False)

        def work(session: Session, now: Instant) -> None:
            with self._batch.stored():
                store(session, task.shop, prepared, now)
                save(session, task, after, now)

        self._turns.write(task.shop, task.owner or task.id, work)
        for one in batch:
            if isinstance(one, Unreadable):
                _log.error("shop %s: %s could not be read: %s", task.shop, one.line, one.reason)
        return after

    def _count(self, task: TaskView) -> Outcome:
        """Wait until the stored orders are counted, then read on."""
        phase = READING if self._counted(task) else COUNTING
        return Outcome({**task.cursor, "phase": phase}, task.done, task.total, wait=0 if phase == READING else _LOOK)

    def _counted(self, task: TaskView) -> bool:
        """Whether the pages show all that has been stored; has it counted otherwise."""
        with self._database.transaction() as session:
            if not get_shop(session, task.shop).behind:
                return True
            counting = latest(session, task.shop, REBUILD)
            if counting is None or not counting.active:
                request(session, task.shop, REBUILD, None, task.actor, self._clock())
        return False

    def _finish(self, task: TaskView) -> Outcome:
        """Say that the history is complete once it is counted, and leave nothing on disk."""
        if not self._counted(task):
            return Outcome(task.cursor, task.done, task.total, wait=_LOOK)
        spool_of(self._directory, task.shop).discard()
        unreadable = task.cursor.get("unreadable", 0)
        if unreadable > task.done * _BEARABLE:
            raise GiveUp("Many of your orders came in a form that Wafa cannot read. Please contact support.")
        with self._database.transaction() as session:
            get_shop(session, task.shop).imported_at = self._clock()
            session.flush()
            touch(session, task.shop)
        result = {"orders": task.done, "unreadable": unreadable}
        return Outcome(task.cursor, task.done, task.done, finished=True, result=result)

    def _ended_badly(self, task: TaskView, operation: bulk.BulkOperation) -> Outcome:
        _log.warning("shop %s: bulk operation %s: %s", task.shop, operation.status, operation.error_code)
        if operation.error_code == "ACCESS_DENIED":
            # The token that started it ran out while it ran; a new one may start it again.
            return self._start_again(task, "Shopify did not let Wafa read your orders. Please try again.")
        raise GiveUp("Shopify could not prepare your orders. Please try again.")

    def _start_again(self, task: TaskView, sentence: str) -> Outcome:
        restarts = task.cursor.get("restarts", 0) + 1
        if restarts > _RESTARTS:
            raise GiveUp(sentence)
        return Outcome({"phase": ASKING, "restarts": restarts}, total=task.total, wait=_TURN_WAIT)

    def _download_again(self, task: TaskView) -> Outcome:
        """Begin with the file again: the disk was lost. What was applied is applied again, to no effect."""
        return Outcome({**task.cursor, "phase": DOWNLOADING}, total=task.total)

    def _beat(self, task: TaskView) -> Callable[[], None]:
        """Keeps the task's lease alive through a long step; raises TaskLost once it was cancelled."""
        last = self._clock()

        def beat() -> None:
            nonlocal last
            now = self._clock()
            if (now - last).total_seconds() < _BEAT_SECONDS:
                return
            with self._database.transaction() as session:
                save(session, task, Outcome(task.cursor, task.done, task.total), now)
            last = now

        return beat


def _after(so_far: Outcome, batch: Batch) -> Outcome:
    unreadable = sum(isinstance(one, Unreadable) for one in batch)
    cursor = {
        **so_far.cursor,
        "offset": so_far.cursor["offset"] + len(batch),
        "unreadable": so_far.cursor["unreadable"] + unreadable,
    }
    return Outcome(cursor, so_far.done + len(batch) - unreadable, so_far.total)


def _apart(batch: Batch, error: Exception) -> list[Batch]:
    """Batches of one order each; the order that was refused on its own becomes unreadable."""
    if len(batch) > 1:
        return [[one] for one in batch]
    (one,) = batch
    if isinstance(one, Unreadable):
        raise error
    # The kind of error only: its text quotes what was to be stored.
    return [[Unreadable(f"order {one[0].order_id}", type(error).__name__)]]


def _after_piece(so_far: Outcome) -> Outcome:
    """Where to go on; at each halt what has been stored so far is counted, so that pages can show it."""
    cursor = _next_piece(so_far.cursor)
    halted = cursor.get("halts", 0)
    if cursor["phase"] == READING and halted < len(HALTS) and so_far.done >= HALTS[halted]:
        cursor = {**cursor, "phase": COUNTING, "halts": halted + 1}
    return Outcome(cursor, so_far.done, so_far.total)


def _next_piece(cursor: Cursor) -> dict[str, Any]:
    piece = cursor["piece"] + 1
    phase = READING if piece < cursor["pieces"] else FINISHING
    return {**cursor, "phase": phase, "piece": piece, "offset": 0}
