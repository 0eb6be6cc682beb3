"""Looking through a file of balances, giving what it says, and taking it back, some lines at a time."""

from collections.abc import Callable

from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session
from shopify_app.jobs.read_contacts import CONTACTS, request_reading
from shopify_app.loyalty.brought.bringing import give_next, look_through, take_back_next
from shopify_app.loyalty.brought.model import CHECKING, UNDOING, BroughtFile
from shopify_app.loyalty.brought.queries import file_at_work
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.tasks.queries import hasten, latest
from shopify_app.tasks.view import Outcome, TaskView

LINES = 500
"""Lines in one transaction."""
_PIECES = 5
"""Transactions in one step: other tasks get their turn between two steps."""
_READING = "reading"
_LOOK_WAIT = 2.0


class BringPoints:
    """The task: it does what the state of the shop's one file at work asks for.

    Its cursor says nothing of what is done: a line that was looked at or given says so itself, in the same transaction.
    """

    def __init__(self, database: Database, lookup_key: bytes, clock: Clock) -> None:
        self._database = database
        self._lookup_key = lookup_key
        self._clock = clock

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """The next pieces, each of its own."""
        with self._database.reading() as session:
            file = file_at_work(session, task.shop)
        if file is None:
            return Outcome(task.cursor, task.done, task.done, finished=True)
        if file.state == CHECKING and task.cursor.get("file") != file.file_id:
            return self._read_customers_first(task, file, now)
        if task.phase == _READING and self._is_reading(task):
            return Outcome(task.cursor, 0, None, wait=_LOOK_WAIT)
        match file.state:
            case "checking":
                return self._pieces(task, file, lambda session: look_through(session, task.shop, file.file_id, LINES))
            case "giving":
                return self._pieces(task, file, lambda session: self._give(session, task, file))
            case _:
                return self._undo(task, file)

    def _read_customers_first(self, task: TaskView, file: BroughtFile, now: Instant) -> Outcome:
        """Whoever Shopify knows by now is to be found: who never bought, too."""
        with self._database.transaction() as session:
            asked = request_reading(session, task.shop, file.actor, now)
            hasten(session, task.shop, CONTACTS, now)
        return Outcome({"phase": _READING if asked else CHECKING, "file": file.file_id})

    def _is_reading(self, task: TaskView) -> bool:
        with self._database.reading() as session:
            reading = latest(session, task.shop, CONTACTS)
        return reading is not None and reading.active

    def _pieces(self, task: TaskView, file: BroughtFile, piece: Callable[[Session], int]) -> Outcome:
        done = task.done if task.phase == file.state else 0
        total = file.lines if file.state == CHECKING else file.found_people
        for _ in range(_PIECES):
            with self._database.transaction() as session:
                lines = piece(session)
            done += lines
            if not lines:
                return Outcome({}, done, done, finished=True)
        return Outcome({"phase": file.state, "file": file.file_id}, min(done, total), total)

    def _give(self, session: Session, task: TaskView, file: BroughtFile) -> int:
        key = ledger_key(self._lookup_key, task.shop)
        return give_next(session, task.shop, key, file.file_id, LINES, self._clock())

    def _undo(self, task: TaskView, file: BroughtFile) -> Outcome:
        after = task.cursor.get("after", "") if task.phase == UNDOING else ""
        done = task.done if task.phase == UNDOING else 0
        key = ledger_key(self._lookup_key, task.shop)
        with self._database.transaction() as session:
            last = take_back_next(session, task.shop, key, file.file_id, after, LINES, self._clock())
        if last is None:
            return Outcome({}, done, done, finished=True)
        return Outcome({"phase": UNDOING, "after": last}, min(done + LINES, file.people), file.people)
