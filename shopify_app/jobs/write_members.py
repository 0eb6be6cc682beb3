"""Writing a segment's members in Shopify: by calls, or as a bulk operation where there are many.

A batch of customers is chosen in the transaction that plans its intent, so whoever is killed between two statements
sends nothing twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import AccessDenied
from shopify_app.clock import Instant
from shopify_app.customers.queries import count_redacted
from shopify_app.db.base import Database, Session
from shopify_app.jobs.bulk_written import written_by
from shopify_app.segments.membership import MembersOf
from shopify_app.segments.outward import queries, shopify
from shopify_app.segments.outward.asking import AT_ONCE, SINGLY
from shopify_app.segments.outward.kinds import WRITE, WRITE_IN_BULK
from shopify_app.segments.outward.model import ADD, DROP, MARK, TAG, WrittenSegment
from shopify_app.tasks.intents.kind import IntentView, Kind
from shopify_app.tasks.intents.model import DONE, REFUSED
from shopify_app.tasks.intents.queries import is_planned, plan
from shopify_app.tasks.intents.run import run_intent
from shopify_app.tasks.queries import save
from shopify_app.tasks.step import GiveUp
from shopify_app.tasks.view import Outcome, TaskView

PAGE, PORTION = 200, 200
"""Members that are compared, and changed rows that are written, in one transaction: the one writer is not kept long."""
LARGEST = 20_000
"""Customers of one bulk operation."""
IN_A_STEP = 8
"""Batches that are sent, and pages or portions that are worked through, in one step."""
_POLL, _AGAIN = 5.0, 20.0
_FRUITLESS = 3
"""Bulk operations in a row that ended badly, after which it is given up."""

STOPPED = "Shopify no longer lets Wafa change customers. What was written stays; press the button again and allow it."
FULL = (
    "Shopify has no room for another field that segments can use. Take a segment that you no longer need out of "
    "Shopify, then try again."
)
STUCK = "Shopify did not take all the changes. What is missing is tried again with the next change, or by you."

_FULL = frozenset(
    {
        "OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS",
        "RESOURCE_TYPE_LIMIT_EXCEEDED_BY_APP",
        "RESOURCE_TYPE_LIMIT_EXCEEDED",
        "LIMIT_EXCEEDED",
    }
)
DoneWith = Callable[[TaskView, Instant], Outcome]


class WriteMembers:
    """Three phases of the task: comparing, writing, and awaiting a bulk operation."""

    def __init__(
        self,
        database: Database,
        admin: AdminApi,
        kinds: Mapping[str, Kind],
        members_of: MembersOf,
        done_with: DoneWith,
    ) -> None:
        self._database = database
        self._admin = admin
        self._kinds = kinds
        self._members_of = members_of
        self._done_with = done_with

    def compare(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        """Page by page, who is to be a member; whoever is being written now is waited for first."""
        medium, after = int(task.cursor["medium"]), int(task.cursor.get("after", 0))
        if not after and self._open(task, segment, medium):
            return go_on(task, task.cursor, [["write", medium], ["compare", medium], *task.cursor["todo"]])
        for _ in range(IN_A_STEP):
            with self._database.reading() as session:
                forgotten = count_redacted(session, task.shop)
                wanted = self._wanted(session, task, segment, medium, now)
                page = [] if wanted is None else queries.page_of(session, wanted, after, PAGE)
            last = len(page) < PAGE
            with self._database.transaction() as session:
                # A redaction that has not ended yet holds the task: this waits for it, or it for this.
                save(session, task, Outcome({**task.cursor, "after": after}, task.done, task.total), now)
                if count_redacted(session, task.shop) != forgotten:
                    continue
                upto = None if last else page[-1]
                queries.compare(session, task.shop, segment.segment, medium, page, after, upto)
            if last:
                return self._done_with(task, now)
            after = page[-1]
        return Outcome({**task.cursor, "after": after}, task.done, task.total)

    def _wanted(
        self, session: Session, task: TaskView, segment: WrittenSegment, medium: int, now: Instant
    ) -> queries.Members | None:
        if not (segment.wanted if medium == MARK else segment.tag_wanted):
            return None
        members = self._members_of(session, task.shop, segment.segment, now)
        if members is None:
            raise GiveUp("This segment no longer exists in Wafa. In Shopify it stays as it is.")
        return members

    def write(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        """Send what is open: batches that were chosen first, then others."""
        medium, done = int(task.cursor["medium"]), task.done
        for batch in self._open(task, segment, medium):
            if (road := self._road(task, segment, medium, batch)) != WRITE:
                return self._take_up(task, segment, medium, batch, road)
            intent = self._run(task, WRITE, _key(segment, medium, batch), now)
            if intent.state != DONE:
                return replace(self._not_done(task, segment, medium, batch, intent), done=done)
            with self._database.transaction() as session:
                done += queries.settle(session, task.shop, segment.segment, medium, batch)
        states = self._states_left(task, segment, medium)
        if not states:
            return self._written(task, segment, medium, done, now)
        return self._choose(task, segment, medium, states, done, now)

    def _open(self, task: TaskView, segment: WrittenSegment, medium: int) -> list[int]:
        with self._database.reading() as session:
            return queries.open_batches(session, task.shop, segment.segment, medium)[:IN_A_STEP]

    def _road(self, task: TaskView, segment: WrittenSegment, medium: int, batch: int) -> str | None:
        """How a batch is sent; None for one that was chosen and never came to be sent."""
        with self._database.reading() as session:
            for kind in (WRITE, WRITE_IN_BULK):
                if is_planned(session, task.shop, kind, _key(segment, medium, batch)):
                    return kind
        return None

    def _take_up(self, task: TaskView, segment: WrittenSegment, medium: int, batch: int, road: str | None) -> Outcome:
        """Of a task that failed: see its bulk operation through first, it may still be at work."""
        if road == WRITE_IN_BULK:
            return Outcome({**task.cursor, "phase": "await", "batch": batch, "chosen": -1}, task.done, task.total)
        with self._database.transaction() as session:
            queries.release(session, task.shop, segment.segment, medium, batch)
        return Outcome(task.cursor, task.done, task.total)

    def _states_left(self, task: TaskView, segment: WrittenSegment, medium: int) -> tuple[str, ...]:
        """How customers are still to be written: marks together, tags first off, then on."""
        with self._database.reading() as session:
            for states in [(DROP, ADD)] if medium == MARK else [(DROP,), (ADD,)]:
                if queries.count_open(session, task.shop, segment.segment, medium, states):
                    return states
        return ()

    def _written(self, task: TaskView, segment: WrittenSegment, medium: int, done: int, now: Instant) -> Outcome:
        if medium == TAG and not segment.tag_wanted:
            with self._database.transaction() as session:
                queries.change(session, task.shop, segment.segment, tag=None)
        after = self._done_with(task, now)
        return Outcome(after.cursor, done, after.total, after.finished, after.wait, after.result)

    def _choose(
        self,
        task: TaskView,
        segment: WrittenSegment,
        medium: int,
        states: tuple[str, ...],
        done: int,
        now: Instant,
    ) -> Outcome:
        """Choose who is written next: some batches of a call each, or one for a bulk operation."""
        with self._database.transaction() as session:
            left = queries.count_open(session, task.shop, segment.segment, medium, states)
            singly = int(task.cursor.get("singly", 0))
            if left > SINGLY[medium] and singly <= 0:
                return self._choose_many(session, task, segment, states, done, now)
            for _ in range(IN_A_STEP):
                batch = queries.next_batch(session, task.shop, segment.segment)
                if not queries.assign(session, task.shop, segment.segment, medium, states, batch, _size(medium)):
                    break
                named = _named(segment, medium, batch)
                plan(session, task.shop, WRITE, _key(segment, medium, batch), named, task.actor, now)
            chosen = IN_A_STEP * _size(medium)
            return Outcome({**task.cursor, "singly": max(0, singly - chosen)}, done, done + left)

    def _choose_many(
        self,
        session: Session,
        task: TaskView,
        segment: WrittenSegment,
        states: tuple[str, ...],
        done: int,
        now: Instant,
    ) -> Outcome:
        """The first portion of a bulk operation's batch; the others follow before it starts."""
        medium = int(task.cursor["medium"])
        batch = queries.next_batch(session, task.shop, segment.segment)
        cursor = {**task.cursor, "phase": "await", "batch": batch, "chosen": 0, "states": list(states)}
        left = queries.count_open(session, task.shop, segment.segment, medium, states)
        after = Outcome(cursor, done, done + left)
        save(session, task, after, now)
        return after

    def see_through(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        """Fill a bulk operation's batch, start it, see it through, and take over what it did."""
        medium, batch = int(task.cursor["medium"]), int(task.cursor["batch"])
        if (chosen := int(task.cursor["chosen"])) >= 0:
            return self._fill(task, segment, chosen, now)
        intent = self._run(task, WRITE_IN_BULK, _key(segment, medium, batch), now)
        if intent.state != DONE:
            return self._not_done(task, segment, medium, batch, intent)
        operation = str((intent.outcome or {})["id"])
        done = written_by(self._admin, task.shop, operation, PORTION, partial(self._settle_some, task, segment))
        if done is None:
            return Outcome(task.cursor, task.done, task.total, wait=_POLL)
        with self._database.transaction() as session:
            left = queries.release(session, task.shop, segment.segment, medium, batch)
        tries = 0 if done >= 0 else int(task.cursor.get("tries", 0)) + 1
        if tries >= _FRUITLESS:
            raise GiveUp(STUCK)
        # What is left by an operation that went to its end, such as a line with somebody who is gone, calls sort out:
        # they come first, as they were the first to be chosen.
        cursor = {**task.cursor, "phase": "write", "tries": tries, "singly": left if done >= 0 else 0}
        return Outcome(cursor, task.done + max(0, done), task.total)

    def _fill(self, task: TaskView, segment: WrittenSegment, chosen: int, now: Instant) -> Outcome:
        after = Outcome(task.cursor, task.done, task.total)
        for _ in range(IN_A_STEP):
            with self._database.transaction() as session:
                chosen = self._fill_some(session, task, segment, chosen, now)
                after = Outcome({**task.cursor, "chosen": chosen}, task.done, task.total)
                save(session, task, after, now)
            if chosen < 0:
                break
        return after

    def _fill_some(self, session: Session, task: TaskView, segment: WrittenSegment, chosen: int, now: Instant) -> int:
        """How many are in the batch with one more portion; below nought when it is full and is to be sent."""
        medium, batch, states = int(task.cursor["medium"]), int(task.cursor["batch"]), tuple(task.cursor["states"])
        more = queries.assign(session, task.shop, segment.segment, medium, states, batch, PORTION)
        if more == PORTION and chosen + more < LARGEST:
            return chosen + more
        named = {**_named(segment, medium, batch), "mutation": shopify.mutation(medium, states[-1])}
        plan(session, task.shop, WRITE_IN_BULK, _key(segment, medium, batch), named, task.actor, now)
        return -1

    def _settle_some(self, task: TaskView, segment: WrittenSegment, customers: list[int]) -> int:
        medium, batch = int(task.cursor["medium"]), int(task.cursor["batch"])
        with self._database.transaction() as session:
            return queries.settle(session, task.shop, segment.segment, medium, batch, customers)

    def _run(self, task: TaskView, kind: str, key: str, now: Instant) -> IntentView:
        return run_intent(self._database, self._kinds, task.shop, kind, key, now, task.owner or "")

    def _not_done(
        self, task: TaskView, segment: WrittenSegment, medium: int, batch: int, intent: IntentView
    ) -> Outcome:
        if intent.state == REFUSED:
            with self._database.transaction() as session:
                queries.release(session, task.shop, segment.segment, medium, batch)
        return wait(task, intent)


def wait(task: TaskView, intent: IntentView) -> Outcome:
    """Come again when more is known; what was refused ends the task."""
    if intent.state == REFUSED:
        codes = set((intent.outcome or {}).get("codes", ()))
        if codes & {AccessDenied.__name__, "ACCESS_DENIED"}:
            raise GiveUp(STOPPED)
        raise GiveUp(FULL if codes & _FULL else intent.error or STUCK)
    return Outcome(task.cursor, task.done, task.total, wait=_POLL if intent.error else _AGAIN)


def go_on(task: TaskView, cursor: Mapping[str, Any], todo: list[list[Any]]) -> Outcome:
    """The next thing to do for a segment, behind which come the others."""
    (phase, medium), *rest = todo
    kept = {name: cursor[name] for name in ("segment", "asked", "refused")}
    return Outcome({**kept, "phase": phase, "medium": medium, "todo": rest}, task.done, task.total)


def _size(medium: int) -> int:
    return AT_ONCE if medium == MARK else AT_ONCE // 2


def _key(segment: WrittenSegment, medium: int, batch: int) -> str:
    return f"{segment.segment}:{medium}:{batch}"


def _named(segment: WrittenSegment, medium: int, batch: int) -> dict[str, Any]:
    return {"segment": segment.segment, "medium": medium, "batch": batch, "tag": segment.tag}
