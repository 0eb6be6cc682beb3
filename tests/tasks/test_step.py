"""Tasks: one active of a kind, claimed once, moved on step by step, failing with a sentence."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_app.admin_api.errors import AccessRevoked, Unavailable
from shopify_app.clock import Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.db.lease import LeaseLost
from shopify_app.tasks import queries
from shopify_app.tasks.model import ACTIVE, TRANSITIONS
from shopify_app.tasks.queries import TaskLost
from shopify_app.tasks.step import BROKEN, MOST_ATTEMPTS, GiveUp, pause, run_step
from shopify_app.tasks.view import Outcome, Step, TaskView

if TYPE_CHECKING:
    from tests.conftest import MovedClock

A, B = ShopId(1), ShopId(2)


class Desk:
    """Requests and runs tasks of one kind in one database."""

    def __init__(self, database: Database, clock: Callable[[], Instant]) -> None:
        self.database, self.clock = database, clock

    def request(self, shop: ShopId = A, kind: str = "count") -> str:
        with self.database.transaction() as session:
            return queries.request(session, shop, kind, {"since": 3}, "staff 7", self.clock())

    def run(self, task: str, step: Step, shop: ShopId = A, owner: str = "w") -> bool:
        return run_step(self.database, {"count": step}, shop, task, owner, self.clock())

    def view(self, task: str, shop: ShopId = A) -> TaskView:
        with self.database.reading() as session:
            found = queries.get(session, shop, task)
        assert found is not None
        return found

    def due(self) -> list[tuple[ShopId, str]]:
        with self.database.reading() as session:
            return queries.due(session, self.clock())


@pytest.fixture
def desk(database: Database, clock: Callable[[], Instant]) -> Desk:
    return Desk(database, clock)


def one_more(task: TaskView, now: Instant) -> Outcome:
    done = task.done + 1
    return Outcome({"at": done, "phase": "going"}, done, 3, finished=done == 3, result={"done": done})


def breaks(error: Exception) -> Step:
    def step(task: TaskView, now: Instant) -> Outcome:
        raise error

    return step


def test_a_task_goes_step_by_step_to_its_end(desk: Desk) -> None:
    task = desk.request()
    seen = []
    while desk.run(task, one_more):
        seen.append((desk.view(task).state, desk.view(task).done, desk.view(task).phase))
    assert seen == [("waiting", 1, "going"), ("waiting", 2, "going"), ("done", 3, "")]
    assert desk.view(task).result == {"done": 3}
    assert desk.view(task).arguments == {"since": 3}
    assert not desk.view(task).active


def test_a_second_request_of_the_kind_is_the_first(desk: Desk) -> None:
    first = desk.request()
    assert desk.request() == first
    assert desk.request(B) != first
    assert desk.request(kind="other") != first
    while desk.run(first, one_more):
        pass
    assert desk.request() != first


def asked_again(desk: Desk, last: Callable[[TaskView, Instant], Outcome]) -> Step:
    """A step that is asked for once more while it runs, for the first time only."""
    once: list[str] = []

    def step(view: TaskView, now: Instant) -> Outcome:
        if not once:
            once.append(desk.request())
            assert once == [view.id]
        return last(view, now)

    return step


def test_what_is_asked_for_while_it_runs_is_done_anew_from_the_start(desk: Desk) -> None:
    task, step = desk.request(), asked_again(desk, one_more)
    seen = []
    while desk.run(task, step):
        view = desk.view(task)
        seen.append((view.state, view.done, view.total, dict(view.cursor), view.result))
    assert [state for state, *_ in seen] == ["waiting"] * 5 + ["done"]
    assert seen[2] == ("waiting", 0, None, {}, None)
    assert [done for _, done, *_ in seen] == [1, 2, 0, 1, 2, 3]


def test_what_is_asked_for_between_two_steps_is_done_anew_too(desk: Desk) -> None:
    task = desk.request()
    desk.run(task, one_more)
    assert [desk.request(), desk.request()] == [task, task]
    steps = 1
    while desk.run(task, one_more):
        steps += 1
    assert (steps, desk.view(task).state) == (6, "done")


def test_what_is_asked_for_before_it_has_begun_is_done_once(desk: Desk) -> None:
    task, steps = desk.request(), 0
    assert desk.request() == task
    while desk.run(task, one_more):
        steps += 1
    assert steps == 3


def test_a_failure_does_not_swallow_what_was_asked_for_meanwhile(desk: Desk) -> None:
    task = desk.request()
    assert desk.run(task, asked_again(desk, breaks(AccessRevoked())))
    view = desk.view(task)
    assert (view.state, view.error, view.attempts, view.due_at) == ("waiting", None, 0, desk.clock())
    desk.run(task, breaks(AccessRevoked()))
    assert desk.view(task).state == "failed"


def test_cancelled_is_cancelled_whatever_was_asked_for_before(desk: Desk) -> None:
    task = desk.request()

    def cancelled(_view: TaskView, _now: Instant) -> Outcome:
        with desk.database.transaction() as session:
            assert queries.cancel(session, A, task, desk.clock())
        return Outcome(finished=True)

    assert desk.run(task, asked_again(desk, cancelled))
    assert desk.view(task).state == "cancelled"
    assert desk.due() == []


def test_a_step_begins_after_whoever_asked_for_it_has_committed(desk: Desk) -> None:
    """Else the step would read what was there before, and the request would be met by old facts."""
    task, events, asked = desk.request(), [], threading.Event()

    def ask() -> None:
        with desk.database.transaction() as session:
            assert queries.request(session, A, "count", None, "staff 7", desk.clock()) == task
            asked.set()
            time.sleep(0.3)
            events.append("committed")

    def step(_view: TaskView, _now: Instant) -> Outcome:
        events.append("stepped")
        return Outcome(finished=True)

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(10)
    assert desk.run(task, step)
    thread.join(10)
    assert events == ["committed", "stepped"]
    assert desk.view(task).state == "done"


def test_another_shops_request_is_its_own(desk: Desk) -> None:
    mine = desk.request()

    def other(_view: TaskView, _now: Instant) -> Outcome:
        assert desk.request(B) != mine
        assert desk.request(kind="other") != mine
        return Outcome(finished=True)

    desk.run(mine, other)
    assert desk.view(mine).state == "done"


def test_a_step_is_claimed_once(desk: Desk) -> None:
    task, inner = desk.request(), []

    def meanwhile(view: TaskView, now: Instant) -> Outcome:
        inner.append(desk.run(task, one_more, owner="other"))
        return one_more(view, now)

    assert desk.run(task, meanwhile)
    assert inner == [False]


def test_a_dead_workers_step_is_taken_over_and_its_late_end_is_refused(desk: Desk, clock: "MovedClock") -> None:
    task = desk.request()

    def hangs(view: TaskView, now: Instant) -> Outcome:
        clock.forward(queries.LEASE_SECONDS + 1)
        assert desk.due() == [(A, task)]
        assert desk.run(task, one_more)
        return Outcome({"phase": "stale"}, 99)

    assert desk.run(task, hangs)
    assert (desk.view(task).done, desk.view(task).phase) == (1, "going")


def test_a_worker_that_hung_cannot_pass_for_its_successor(desk: Desk, clock: "MovedClock") -> None:
    task, refused = desk.request(), []

    def hangs(old: TaskView, _now: Instant) -> Outcome:
        clock.forward(queries.LEASE_SECONDS + 1)

        def successor(view: TaskView, now: Instant) -> Outcome:
            with pytest.raises(TaskLost), desk.database.transaction() as session:
                queries.save(session, old, Outcome({"phase": "stale"}, 99), clock())
            refused.append(True)
            return one_more(view, now)

        assert desk.run(task, successor)
        return Outcome({"phase": "stale"}, 99)

    assert desk.run(task, hangs)
    assert refused
    assert desk.view(task).done == 1


def test_saving_renews_the_lease_and_is_refused_once_cancelled(desk: Desk, clock: "MovedClock") -> None:
    task = desk.request()
    refused = []

    def long(view: TaskView, now: Instant) -> Outcome:
        clock.forward(queries.LEASE_SECONDS - 1)
        with desk.database.transaction() as session:
            queries.save(session, view, Outcome({"at": 5}, 5, 9), clock())
        clock.forward(queries.LEASE_SECONDS - 1)
        assert desk.due() == []
        with desk.database.transaction() as session:
            assert queries.cancel(session, A, task, clock())
        with pytest.raises(TaskLost), desk.database.transaction() as session:
            queries.save(session, view, Outcome({"at": 6}, 6, 9), clock())
        refused.append(True)
        return Outcome(finished=True)

    assert desk.run(task, long)
    assert refused
    assert (desk.view(task).state, desk.view(task).done) == ("cancelled", 5)


def test_failures_back_off_and_then_fail_with_a_sentence(desk: Desk, clock: "MovedClock") -> None:
    task = desk.request()
    waits = []
    while desk.run(task, breaks(Unavailable("503"))):
        view = desk.view(task)
        if view.state == "waiting":
            waits.append((view.due_at - clock()).total_seconds())
            assert desk.due() == []
            clock.forward(waits[-1])
    assert waits == [pause(attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert waits == sorted(waits)
    assert desk.view(task).state == "failed"
    assert desk.view(task).error == Unavailable().message


def test_a_good_step_forgets_earlier_failures(desk: Desk, clock: "MovedClock") -> None:
    task = desk.request()
    desk.run(task, breaks(Unavailable()))
    clock.forward(60)
    desk.run(task, one_more)
    assert desk.view(task).attempts == 0


@pytest.mark.parametrize("error", [GiveUp("No."), AccessRevoked()])
def test_what_cannot_get_better_fails_at_once(desk: Desk, error: GiveUp | AccessRevoked) -> None:
    task = desk.request()
    desk.run(task, breaks(error))
    assert (desk.view(task).state, desk.view(task).error) == ("failed", error.message)


def test_a_bug_says_nothing_of_its_insides(desk: Desk, clock: "MovedClock") -> None:
    task = desk.request()
    while desk.run(task, breaks(RuntimeError("SELECT secret"))):
        clock.forward(400)
    assert desk.view(task).error == BROKEN


def test_a_lost_lease_is_no_failure(desk: Desk) -> None:
    task = desk.request()
    desk.run(task, breaks(LeaseLost("drain")))
    assert (desk.view(task).state, desk.view(task).attempts) == ("waiting", 0)


def test_waiting_is_kept_and_can_be_hastened(desk: Desk, clock: "MovedClock") -> None:
    task = desk.request()
    desk.run(task, lambda _view, _now: Outcome(wait=10))
    assert not desk.run(task, one_more)
    with desk.database.transaction() as session:
        assert queries.hasten(session, A, "count", clock())
        assert not queries.hasten(session, B, "count", clock())
    assert desk.run(task, one_more)


def test_another_shop_sees_and_moves_nothing(desk: Desk, clock: "MovedClock") -> None:
    task = desk.request()
    with desk.database.transaction() as session:
        assert queries.get(session, B, task) is None
        assert queries.latest(session, B, "count") is None
        assert not queries.cancel(session, B, task, clock())
    assert not desk.run(task, one_more, shop=B)
    assert desk.view(task).state == "waiting"


def test_latest_is_the_newest_request(desk: Desk, clock: "MovedClock") -> None:
    first = desk.request()
    desk.run(first, breaks(GiveUp("No.")))
    clock.forward(1)
    second = desk.request()
    with desk.database.reading() as session:
        view = queries.latest(session, A, "count")
    assert view is not None
    assert view.id == second != first


def test_an_unknown_kind_does_not_stop_the_worker(desk: Desk) -> None:
    task = desk.request(kind="tomorrow")
    assert desk.run(task, one_more)
    assert desk.view(task).state == "waiting"


def test_a_whole_shop_is_cancelled_and_forgotten(desk: Desk, clock: "MovedClock") -> None:
    mine, theirs = desk.request(), desk.request(B)
    with desk.database.transaction() as session:
        queries.cancel_all(session, A, clock())
    assert (desk.view(mine).state, desk.view(theirs, B).state) == ("cancelled", "waiting")
    with desk.database.transaction() as session:
        queries.delete_all(session, A)
        assert queries.get(session, A, mine) is None
    assert desk.view(theirs, B)


def test_an_ended_task_moves_no_more(desk: Desk, clock: "MovedClock") -> None:
    task = desk.request()
    while desk.run(task, one_more):
        pass
    with desk.database.transaction() as session:
        assert not queries.cancel(session, A, task, clock())
    clock.forward(3600)
    assert desk.due() == []
    assert [state for state, targets in TRANSITIONS.items() if targets] == list(ACTIVE)


def test_the_longest_due_comes_first(desk: Desk, clock: "MovedClock") -> None:
    late = desk.request()
    desk.run(late, lambda _view, _now: Outcome(wait=5))
    early = desk.request(B)
    clock.forward(timedelta(seconds=30).total_seconds())
    assert desk.due() == [(B, early), (A, late)]
