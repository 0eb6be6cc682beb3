"""Keeping in Shopify what each customer has of points: what differs is written, by calls or as a bulk operation.

Who is written is chosen, with the values, in a transaction before the call: where nobody notes what became of it, it is
not known any more what stands there, and it is written again. A value that is written twice does no harm.
"""

import secrets
from collections.abc import Callable, Mapping
from functools import partial

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import AccessDenied, NotApproved, Rejected, Throttled
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database
from shopify_app.jobs.bulk_written import written_by
from shopify_app.language import Words
from shopify_app.loyalty.outward import queries, shopify
from shopify_app.loyalty.outward.kinds import WRITE_POINTS_IN_BULK, points_kinds
from shopify_app.loyalty.outward.queries import Shown
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.shops.access import POINTS_SHOWN, allows
from shopify_app.shops.granted import learn_scopes
from shopify_app.shops.queries import get_shop, lock_shop
from shopify_app.tasks.intents.model import DONE, REFUSED
from shopify_app.tasks.intents.queries import is_planned, plan
from shopify_app.tasks.intents.run import run_intent
from shopify_app.tasks.step import GiveUp
from shopify_app.tasks.view import Outcome, TaskView

SINGLY = 2000
"""So many customers are written by calls; more, as a bulk operation."""
LARGEST = 20_000
"""Customers of one bulk operation."""
PORTION = 200
"""Rows that are changed in one transaction: the one writer is not kept long."""
IN_A_STEP = 8
GATHER = 3.0
"""Seconds in which an account may change again before it is written: orders seldom come with one delivery."""
_POLL, _AGAIN = 5.0, 20.0
_FRUITLESS = 3
"""Bulk operations in a row that ended badly, after which it is given up."""
STUCK = "Shopify did not take everybody's points. What is missing is tried again within the hour."

_NUMBERS = 1 << 62


class WritePoints:
    """The task."""

    def __init__(self, database: Database, admin: AdminApi, clock: Clock) -> None:
        self._database = database
        self._admin = admin
        self._clock = clock
        self._kinds = points_kinds(database, admin)
        self._works: Mapping[str, Callable[[TaskView, Instant], Outcome]] = {
            "": self._begin,
            "define": self._define,
            "write": self._write,
            "fill": self._fill,
            "await": self._await,
        }

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Do the next piece; where Shopify does not let us, nothing is done, and that is no failure."""
        try:
            return self._works[task.phase](task, now)
        except NotApproved:
            raise
        except Throttled as later:
            # Whoever does something for a person goes first, however long it takes.
            return Outcome(task.cursor, task.done, wait=later.wait)
        except AccessDenied:
            self._learn(task)
            return _ended(task, denied=True)

    def _begin(self, task: TaskView, now: Instant) -> Outcome:
        with self._database.reading() as session:
            programme = versions_of(session, task.shop)
            known = get_shop(session, task.shop).scopes
            batches = queries.open_batches(session, task.shop)
            sent = [one for one in batches if is_planned(session, task.shop, WRITE_POINTS_IN_BULK, str(one))]
        if not programme:
            return _ended(task)
        if not allows(known, POINTS_SHOWN.scope) and not allows(self._learn(task), POINTS_SHOWN.scope):
            return _ended(task, denied=True)
        for batch in set(batches) - set(sent):
            self._release(task, batch, now)
        if sent:
            # Of a task that failed: its bulk operation may still be at work.
            return _to(task, "await", batch=sent[0])
        return _to(task, "define", wait=GATHER)

    def _learn(self, task: TaskView) -> str:
        return ",".join(learn_scopes(self._database, self._admin, task.shop, self._clock))

    def _define(self, task: TaskView, now: Instant) -> Outcome:
        place = {name: task.cursor.get(name, 0) for name in ("singly", "tries")}
        if shopify.is_defined(self._admin, task.shop):
            return _to(task, "write", **place)
        # With a definition that is gone went all values, as when the app was taken out of the shop.
        for _ in range(IN_A_STEP):
            with self._database.transaction() as session:
                lock_shop(session, task.shop)
                if not queries.forget_some(session, task.shop, PORTION, now):
                    break
        else:
            return Outcome(task.cursor, task.done)
        with self._database.reading() as session:
            language = "ar" if get_shop(session, task.shop).primary_locale.startswith("ar") else "en"
        shopify.define(self._admin, task.shop, Words(language))
        return _to(task, "write", **place)

    def _write(self, task: TaskView, now: Instant) -> Outcome:
        with self._database.reading() as session:
            lost = queries.open_batches(session, task.shop)
        for batch in lost:
            # Its answer never came, or nobody noted it.
            self._release(task, batch, now)
        with self._database.reading() as session:
            waiting = queries.count_due(session, task.shop, SINGLY + 1)
        singly, tries, done = int(task.cursor["singly"]), int(task.cursor["tries"]), task.done
        if waiting > SINGLY and singly <= 0:
            return _to(task, "fill", batch=secrets.randbelow(_NUMBERS), tries=tries)
        for _ in range(IN_A_STEP):
            batch = secrets.randbelow(_NUMBERS)
            with self._database.transaction() as session:
                lock_shop(session, task.shop)
                looked_at, customers = queries.choose(session, task.shop, batch, shopify.AT_ONCE)
            if not looked_at:
                return _ended(task, done)
            done, singly = done + self._send(task, batch, customers, now), singly - looked_at
        return Outcome({"phase": "write", "singly": max(0, singly), "tries": tries}, done)

    def _send(self, task: TaskView, batch: int, customers: list[Shown], now: Instant) -> int:
        """Write these customers' points and note it; how many are there."""
        while customers:
            try:
                shopify.write(self._admin, task.shop, customers)
                break
            except Rejected:
                # All or none is written: after a refusal none is, and the rest may be sent.
                nobody = shopify.nobody(self._admin, task.shop, customers)
                if not nobody:
                    raise
                with self._database.transaction() as session:
                    lock_shop(session, task.shop)
                    queries.note_gone(session, task.shop, [one.account for one in nobody])
                customers = [one for one in customers if one not in nobody]
        accounts = [one.account for one in customers]
        with self._database.transaction() as session:
            lock_shop(session, task.shop)
            ours = queries.settle(session, task.shop, batch, accounts)
            # Whoever took us for dead and went on may have written something newer, and we something older over it.
            queries.mark_unknown(session, task.shop, set(accounts) - ours, now)
        return len(accounts)

    def _release(self, task: TaskView, batch: int, now: Instant) -> int:
        with self._database.transaction() as session:
            lock_shop(session, task.shop)
            return queries.release(session, task.shop, batch, now)

    # Very many: a first migration of a shop's balances, say, or all of them after the app was taken out

    def _fill(self, task: TaskView, now: Instant) -> Outcome:
        """Portion by portion, choose whom a bulk operation is to write; then plan it."""
        batch, chosen = int(task.cursor["batch"]), int(task.cursor.get("chosen", 0))
        for _ in range(IN_A_STEP):
            with self._database.transaction() as session:
                lock_shop(session, task.shop)
                if is_planned(session, task.shop, WRITE_POINTS_IN_BULK, str(batch)):
                    return _to(task, "await", batch=batch, tries=task.cursor["tries"])
                looked_at, _ = queries.choose(session, task.shop, batch, PORTION)
                chosen += looked_at
                if looked_at < PORTION or chosen >= LARGEST:
                    plan(session, task.shop, WRITE_POINTS_IN_BULK, str(batch), {}, task.actor, now)
        return _to(task, "fill", batch=batch, chosen=chosen, tries=task.cursor["tries"])

    def _await(self, task: TaskView, now: Instant) -> Outcome:
        batch, tries = int(task.cursor["batch"]), int(task.cursor.get("tries", 0))
        key, owner = str(batch), task.owner or ""
        intent = run_intent(self._database, self._kinds, task.shop, WRITE_POINTS_IN_BULK, key, now, owner)
        if intent.state == REFUSED:
            self._release(task, batch, now)
            if AccessDenied.__name__ in (intent.outcome or {}).get("codes", ()):
                raise AccessDenied
            raise GiveUp(STUCK)
        if intent.state != DONE:
            return Outcome(task.cursor, task.done, wait=_POLL if intent.error else _AGAIN)
        operation = str((intent.outcome or {})["id"])
        written = written_by(self._admin, task.shop, operation, PORTION, partial(self._note, task, batch))
        if written is None:
            return Outcome(task.cursor, task.done, wait=_POLL)
        left, tries = self._release(task, batch, now), 0 if written >= 0 else tries + 1
        if tries >= _FRUITLESS:
            raise GiveUp(STUCK)
        # What an operation that went to its end has left, such as a line with somebody who is gone, calls sort out.
        cursor = {"phase": "define", "tries": tries, "singly": left if written >= 0 else 0}
        return Outcome(cursor, task.done + max(0, written))

    def _note(self, task: TaskView, batch: int, customers: list[int]) -> int:
        with self._database.transaction() as session:
            lock_shop(session, task.shop)
            accounts = queries.accounts_of_customers(session, task.shop, set(customers))
            return len(queries.settle(session, task.shop, batch, accounts))


def _to(task: TaskView, phase: str, wait: float = 0.0, **place: object) -> Outcome:
    return Outcome({"phase": phase, **place}, task.done, wait=wait)


def _ended(task: TaskView, done: int | None = None, *, denied: bool = False) -> Outcome:
    done = task.done if done is None else done
    return Outcome({}, done, done, finished=True, result={"written": done, **({"denied": True} if denied else {})})
