"""Importing all orders that Shopify shows us, newest first: a bulk query, its file on disk, its orders in batches.

A shop with many orders is read in two windows (import_windows), each going through these phases. Live webhooks may
arrive at any time: an order's version decides which of the two is newer.
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
from shopify_app.checkouts.asking import request_checkouts
from shopify_app.clock import Clock, Instant, parse_instant
from shopify_app.db.base import Database, DatabaseRefused, Session, ShopId
from shopify_app.db.portion import Portion
from shopify_app.jobs import import_windows
from shopify_app.jobs.ask_for_orders import AskForOrders
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.jobs.forecast_customers import request_forecast
from shopify_app.jobs.learn_shop import REBUILD
from shopify_app.jobs.read_contacts import request_reading
from shopify_app.jobs.settle_bonuses import BONUSES
from shopify_app.jobs.spool import Spool
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.orders.bulk_payload import Unreadable, read_orders
from shopify_app.orders.facts import OrderFacts, Version
from shopify_app.products.asking import request_collections
from shopify_app.retention.progress import way
from shopify_app.shops.queries import get_shop, touch
from shopify_app.tasks.queries import latest, request, save
from shopify_app.tasks.step import GiveUp
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
_NOTHING = {"piece": 0, "offset": 0, "pieces": 0, "read": 0, "unreadable": 0, "oldest": ""}
"""The cursor of a window of which nothing has been read yet."""
_LOOK = 0.2
_RESTARTS = 2
"""How often a window's bulk operation is started once more."""
_RESTART_WAIT = 5.0
_BEARABLE = 0.05
"""Unreadable lines for each order read, above which the numbers would be wrong rather than a little short."""
_TURN_WAIT = 1.0
_BEAT_SECONDS = 5.0
_POLL = (0.5, 10.0)

_log = logging.getLogger(__name__)

Batch = Sequence[tuple[OrderFacts, Version] | Unreadable]
Cursor = Mapping[str, Any]


def spool_of(directory: Path, task: TaskView) -> Spool:
    """Where an import keeps the file of its bulk operation while it works; no personal data is in it."""
    return Spool(directory / f"import-{task.shop}", task.cursor.get("bulk", "").rpartition("/")[2])


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
        self._asking = AskForOrders(database, admin, clock)
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
        return self._asking.step(task, PREPARING)

    def _prepare(self, task: TaskView) -> Outcome:
        """Ask how far Shopify is: `prepared` counts what it has written, `done` only ever what we have read."""
        operation = bulk.look(self._admin, task.shop, task.cursor["bulk"])
        if operation.status in bulk.ENDED_BADLY:
            return self._ended_badly(task, operation)
        if operation.status == bulk.COMPLETED:
            return self._prepared(task, operation)
        waited = (self._clock() - operation.created_at).total_seconds()
        wait = min(_POLL[1], max(_POLL[0], waited / 10))
        total = max(operation.roots, task.total or 0)
        return Outcome({**task.cursor, "prepared": operation.roots}, task.done, total, wait=wait)

    def _prepared(self, task: TaskView, operation: bulk.BulkOperation) -> Outcome:
        total = import_windows.total(task.cursor, operation.roots, task.total)
        cursor = {**task.cursor, "roots": operation.roots}
        if operation.url:
            return Outcome({**cursor, "phase": DOWNLOADING}, task.done, total)
        if operation.objects:
            # There were lines once: only an operation without any never has an address.
            raise ResultGone
        return Outcome({**cursor, **_NOTHING, "phase": _phase_after(cursor)}, task.done, total)

    def _download(self, task: TaskView) -> Outcome:
        """Keep Shopify's file on disk; its address is asked for anew, because it is a secret and runs out."""
        operation = bulk.look(self._admin, task.shop, task.cursor["bulk"])
        if operation.status != bulk.COMPLETED or not operation.url:
            raise ResultGone
        spool = spool_of(self._directory, task)
        with self._admin.download(operation.url) as chunks:
            spool.keep(chunks, self._beat(task))
        orders, lines = spool.counted()
        # Children follow their parents at a distance: a file that was cut short may hold all orders and lack lines.
        if orders < operation.roots or lines < operation.objects:
            whole = f"{operation.roots} orders in {operation.objects} lines"
            raise Unavailable(f"the file holds {orders} orders in {lines} lines, not {whole}")
        total = import_windows.total(task.cursor, orders, task.total)
        return Outcome({**task.cursor, "phase": SORTING, "lines": lines, "roots": orders}, task.done, total)

    def _sort(self, task: TaskView) -> Outcome:
        """Cut the file into pieces that each hold whole orders."""
        pieces = spool_of(self._directory, task).cut(self._beat(task), lines=task.cursor["lines"])
        if pieces is None:
            return self._download_again(task)
        cursor = {**task.cursor, **_NOTHING, "phase": READING, "pieces": pieces}
        return Outcome(cursor, task.done, task.total)

    def _read(self, task: TaskView) -> Outcome:
        """Store one piece's orders, a batch a transaction; progress is saved in the same transaction."""
        lines = spool_of(self._directory, task).piece(task.cursor["piece"])
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
        """Wait until the stored orders are counted; then read on, or ask for the next window."""
        if not self._counted(task, until=_reached(task.cursor)):
            return Outcome(task.cursor, task.done, task.total, wait=_LOOK)
        if task.cursor["piece"] < task.cursor["pieces"]:
            return Outcome({**task.cursor, "phase": READING}, task.done, task.total)
        return Outcome(import_windows.following(_so_far(task)), task.done, task.total)

    def _counted(self, task: TaskView, until: Instant | None = None) -> bool:
        """Whether the pages show all that has been stored, then as far back as `until`; has it counted otherwise."""
        with self._database.transaction() as session:
            shop = get_shop(session, task.shop)
            if not shop.behind:
                if until is not None and shop.imported_at is None:
                    shop.read_since = min(until, shop.read_since or until)
                    session.flush()
                    touch(session, task.shop)
                return True
            counting = latest(session, task.shop, REBUILD)
            if counting is None or not counting.active:
                request(session, task.shop, REBUILD, None, task.actor, self._clock())
        return False

    def _finish(self, task: TaskView) -> Outcome:
        """Say that the history is complete once it is counted, and leave nothing on disk."""
        if not self._counted(task):
            return Outcome(task.cursor, task.done, task.total, wait=_LOOK)
        spool_of(self._directory, task).discard()
        if _is_unbearable(task.cursor):
            raise GiveUp("Many of your orders came in a form that Wafa cannot read. Please contact support.")
        with self._database.transaction() as session:
            shop = get_shop(session, task.shop)
            shop.imported_at, shop.read_since = self._clock(), None
            session.flush()
            request_reading(session, task.shop, task.actor, self._clock())
            request_collections(session, task.shop, task.actor, self._clock())
            request_forecast(session, task.shop, task.actor, self._clock())
            request_checkouts(session, task.shop, task.actor, self._clock())
            if versions_of(session, task.shop):
                request(session, task.shop, BONUSES, None, task.actor, self._clock())
            touch(session, task.shop)
        result = {"orders": task.done, "unreadable": import_windows.unreadable(task.cursor)}
        return Outcome(task.cursor, task.done, task.done, finished=True, result=result)

    def _ended_badly(self, task: TaskView, operation: bulk.BulkOperation) -> Outcome:
        _log.warning("shop %s: bulk operation %s: %s", task.shop, operation.status, operation.error_code)
        if operation.error_code == "ACCESS_DENIED":
            # The token that started it ran out while it ran; a new one may start it again.
            return self._start_again(task, "Shopify did not let Wafa read your orders. Please try again.")
        return self._start_again(task, "Shopify could not prepare your orders. Please try again.")

    def _start_again(self, task: TaskView, sentence: str) -> Outcome:
        """Ask for the same window once more, but not for ever; what has been read stays so."""
        cursor = import_windows.anew(_so_far(task))
        if cursor[import_windows.RESTARTS] > _RESTARTS:
            raise GiveUp(sentence)
        return Outcome(cursor, task.done, task.total, wait=_RESTART_WAIT * cursor[import_windows.RESTARTS])

    def _download_again(self, task: TaskView) -> Outcome:
        """Begin with the file again: the disk was lost. What was applied is applied again, to no effect."""
        return Outcome({**_so_far(task), "phase": DOWNLOADING}, task.done, task.total)

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


def _so_far(task: TaskView) -> dict[str, Any]:
    """The cursor with how far the import is, so that what is begun again does not seem to go backwards."""
    return {**task.cursor, "way": way(task)}


def _after(so_far: Outcome, batch: Batch) -> Outcome:
    read = [one[0] for one in batch if not isinstance(one, Unreadable)]
    created = [order.created_at.isoformat() for order in read if order.created_at]
    cursor = {
        **so_far.cursor,
        "offset": so_far.cursor["offset"] + len(batch),
        "read": so_far.cursor.get("read", 0) + len(read),
        "unreadable": so_far.cursor["unreadable"] + len(batch) - len(read),
        "oldest": min(filter(None, (so_far.cursor.get("oldest"), *created)), default=""),
    }
    return Outcome(cursor, max(so_far.done, import_windows.orders_read(cursor)), so_far.total)


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
    halted, read = cursor.get("halts", 0), import_windows.orders_read(cursor)
    passed = sum(read >= halt for halt in HALTS)
    if cursor["phase"] == READING and passed > halted:
        cursor = {**cursor, "phase": COUNTING}
    return Outcome({**cursor, "halts": max(halted, passed)}, so_far.done, so_far.total)


def _next_piece(cursor: Cursor) -> dict[str, Any]:
    piece = cursor["piece"] + 1
    phase = READING if piece < cursor["pieces"] else _phase_after(cursor)
    return {**cursor, "phase": phase, "piece": piece, "offset": 0}


def _phase_after(cursor: Cursor) -> str:
    """What comes after the last order of a window."""
    return FINISHING if import_windows.is_last(cursor) else COUNTING


def _reached(cursor: Cursor) -> Instant | None:
    """Since when whatever was placed has been stored, whole pieces of a file having been read, or all of it.

    Nothing is placed later than it was created, and orders get their numbers as they are created. None where too many
    could not be read to say so.
    """
    if _is_unbearable(cursor):
        return None
    whole = cursor["piece"] >= cursor["pieces"]
    moment = cursor[import_windows.BOUNDARY] if whole else cursor.get("oldest")
    return parse_instant(moment) if moment else None


def _is_unbearable(cursor: Cursor) -> bool:
    return import_windows.unreadable(cursor) > import_windows.orders_read(cursor) * _BEARABLE
