"""A task that is killed between any two statements goes on, and what it saved with its progress happened once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from shopify_app.clock import Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.tasks import queries
from shopify_app.tasks.model import TRANSITIONS, Task
from shopify_app.tasks.step import run_step
from shopify_app.tasks.view import Outcome, Step, TaskView
from tests.tasks.crashes import Crash

if TYPE_CHECKING:
    from tests.conftest import MovedClock

LINES = 5


class Writing:
    """A kind whose effect is lines in a table, each in one transaction with the progress that counts it."""

    def __init__(self, database: Database, clock: "MovedClock") -> None:
        self.database, self.clock = database, clock
        with database.transaction() as session:
            session.execute(text("CREATE TABLE written (shop INTEGER, line INTEGER)"))

    def step(self, task: TaskView, _now: Instant) -> Outcome:
        done = task.done
        for line in range(done, min(done + 2, LINES)):
            done = line + 1
            with self.database.transaction() as session:
                session.execute(text("INSERT INTO written VALUES (:shop, :line)"), {"shop": task.shop, "line": line})
                queries.save(session, task, Outcome({"line": done}, done, LINES), self.clock())
        return Outcome({"line": done}, done, LINES, finished=done == LINES)

    def request(self, shop: ShopId) -> str:
        with self.database.transaction() as session:
            return queries.request(session, shop, "write", None, "system:test", self.clock())

    def run(self, shop: ShopId, task: str, step: Step | None = None) -> bool:
        return run_step(self.database, {"write": step or self.step}, shop, task, "w", self.clock())

    def finish(self, shop: ShopId, task: str) -> TaskView:
        for _ in range(10):
            self.clock.forward(queries.LEASE_SECONDS + 1)
            self.run(shop, task)
        return self.view(shop, task)

    def view(self, shop: ShopId, task: str) -> TaskView:
        with self.database.reading() as session:
            found = queries.get(session, shop, task)
        assert found is not None
        return found

    def lines(self, shop: ShopId) -> list[int]:
        with self.database.reading() as session:
            return list(session.scalars(text("SELECT line FROM written WHERE shop = :shop"), {"shop": shop}))


@pytest.fixture
def writing(database: Database, clock: "MovedClock") -> Writing:
    return Writing(database, clock)


def whole(writing: Writing, shop: ShopId, task: str) -> None:
    while writing.run(shop, task):
        pass


def test_killed_before_any_statement_it_goes_on_and_writes_each_line_once(writing: Writing) -> None:
    first = ShopId(1)
    task = writing.request(first)
    with Crash(writing.database) as counted:
        whole(writing, first, task)
    assert writing.lines(first) == list(range(LINES))
    assert counted.statements > 25
    for at in range(1, counted.statements + 1):
        shop = ShopId(1 + at)
        task = writing.request(shop)
        with Crash(writing.database, at) as crash:
            whole(writing, shop, task)
        assert crash.statements >= at
        assert writing.lines(shop) == list(range(writing.view(shop, task).done)), f"torn apart at statement {at}"
        view = writing.finish(shop, task)
        assert (view.state, view.done, writing.lines(shop)) == ("done", LINES, list(range(LINES))), f"statement {at}"


def test_killed_twice_at_places_far_apart(writing: Writing) -> None:
    for second in (3, 8, 14):
        shop = ShopId(second)
        task = writing.request(shop)
        with Crash(writing.database, 17):
            whole(writing, shop, task)
        writing.clock.forward(queries.LEASE_SECONDS + 1)
        with Crash(writing.database, second):
            whole(writing, shop, task)
        assert writing.finish(shop, task).state == "done"
        assert writing.lines(shop) == list(range(LINES))


@contextmanager
def before_transaction(database: Database, number: int, act: Callable[[Session], object]) -> Iterator[None]:
    """Somebody else does something just before the n-th transaction."""
    plain, seen = database.transaction, [0]

    @contextmanager
    def transaction(*, first: bool = False) -> Iterator[Session]:
        seen[0] += 1
        if seen[0] == number:
            with plain() as session:
                act(session)
        with plain(first=first) as session:
            yield session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "transaction", transaction)
        yield


def test_cancelled_before_any_transaction_it_writes_no_more(writing: Writing) -> None:
    number, cancelled = 0, [True]
    while cancelled[-1]:
        number += 1
        shop = ShopId(number)
        task = writing.request(shop)

        def cancel(session: Session, shop: ShopId = shop, task: str = task) -> None:
            cancelled.append(queries.cancel(session, shop, task, writing.clock()))

        with before_transaction(writing.database, number, cancel):
            whole(writing, shop, task)
        view = writing.view(shop, task)
        assert view.state == ("cancelled" if cancelled[-1] else "done")
        assert writing.lines(shop) == list(range(view.done))
        assert writing.finish(shop, task) == view
    assert len(cancelled) == number + 1 > 10


def test_asked_for_anew_it_says_which_round_it_is_in(writing: Writing) -> None:
    """What is done outside in one round is known by the round's number."""
    shop, rounds = ShopId(1), list[int]()
    task = writing.request(shop)

    def step(view: TaskView, now: Instant) -> Outcome:
        rounds.append(view.rounds)
        if len(rounds) < 3:
            assert writing.request(shop) == task
        return Outcome(finished=True)

    while writing.run(shop, task, step):
        pass
    assert rounds == [0, 1, 2]


@pytest.mark.parametrize("to", TRANSITIONS)
@pytest.mark.parametrize("start", TRANSITIONS)
def test_a_task_moves_only_as_its_table_says(writing: Writing, start: str, to: str) -> None:
    shop = ShopId(1)
    task = writing.request(shop)
    with writing.database.transaction() as session:
        session.execute(update(Task).where(Task.shop_id == shop, Task.id == task).values(state=start))
    with writing.database.transaction() as session:
        moved = queries._move(session, shop, task, to, {"updated_at": writing.clock()})
    assert moved == (to in TRANSITIONS[start])
    assert writing.view(shop, task).state == (to if moved else start)
