"""Effects outside: written down, sent, answered; looked up where the answer was lost, and never sent blindly again."""

from typing import TYPE_CHECKING

import pytest

from shopify_app.admin_api.errors import AccessDenied, AccessRevoked, Rejected, ShopClosed, Throttled, Unavailable
from shopify_app.db.base import Database
from shopify_app.errors import NotFound
from shopify_app.tasks import queries as tasks
from shopify_app.tasks.intents import queries
from shopify_app.tasks.intents.kind import IntentView, NotWanted, NotYet
from shopify_app.tasks.intents.model import TRANSITIONS
from shopify_app.tasks.intents.run import MOST_LOST
from tests.tasks.crashes import Crash, Killed
from tests.tasks.far_side import LOOKED, ONCE, PATIENCE, A, B, Desk, cannot_tell

if TYPE_CHECKING:
    from tests.conftest import MovedClock

KINDS = [LOOKED, ONCE]
INTERNAL = Rejected([{"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}])


@pytest.fixture
def desk(database: Database, clock: "MovedClock") -> Desk:
    return Desk(database, clock)


def raising(error: BaseException):
    def call(_intent: IntentView) -> None:
        raise error

    return call


@pytest.mark.parametrize("to", TRANSITIONS)
@pytest.mark.parametrize("start", TRANSITIONS)
def test_an_intent_moves_only_as_its_table_says(desk: Desk, start: str, to: str) -> None:
    desk.plan()
    intent = desk.put({"state": start, "attempts": 3})
    with desk.database.transaction() as session:
        moved = queries._move(session, intent, to, {"updated_at": desk.clock()})
    assert moved == (to in TRANSITIONS[start])
    assert desk.view().state == (to if moved else start)


def test_the_roads_are_these() -> None:
    """Two that must never be: from sent or unknown straight to sent."""
    assert {(one, other) for one, others in TRANSITIONS.items() for other in others} == {
        ("planned", "sent"),
        ("planned", "done"),
        ("planned", "refused"),
        ("sent", "planned"),
        ("sent", "done"),
        ("sent", "refused"),
        ("sent", "unknown"),
        ("unknown", "unknown"),
        ("unknown", "planned"),
        ("unknown", "done"),
        ("unknown", "refused"),
    }


@pytest.mark.parametrize(
    ("start", "to"), [(start, to) for start, others in TRANSITIONS.items() for to in sorted(others)]
)
def test_nobody_speaks_about_another_sending_shop_kind_or_key(desk: Desk, start: str, to: str) -> None:
    desk.plan()
    mine = desk.put({"state": start, "attempts": 3})
    for kind, key, shop in [(LOOKED, "k", B), (ONCE, "k", A), (LOOKED, "other", A)]:
        desk.plan(kind, key, shop)
        other = desk.put({"state": start, "attempts": 3}, kind, key, shop)
        with desk.database.transaction() as session:
            assert queries.settle(session, other, to, {}, desk.clock())
    older = desk.put({"attempts": 4})
    with desk.database.transaction() as session:
        assert not queries.settle(session, mine, to, {}, desk.clock())
    assert desk.view() == older


@pytest.mark.parametrize("kind", KINDS)
def test_planned_sent_answered(desk: Desk, kind: str) -> None:
    assert desk.plan(kind)
    seen = []

    def call(intent: IntentView) -> None:
        with desk.database.reading() as session:  # what a crash now would leave behind
            seen.append(queries.get(session, A, kind, "k"))
        desk.far.act(intent)

    desk.far.on_call = call
    after = desk.run(kind)
    assert [(one.state, one.attempts, one.sent_at, one.outcome) for one in seen] == [("sent", 1, desk.clock(), None)]
    assert (after.state, after.outcome, after.arguments, after.due_at) == ("done", {"number": 1}, {"of": "k"}, None)
    assert desk.run(kind) == after
    assert (desk.far.effects.total(), desk.far.looks, desk.sweep()) == (1, 0, 0)


def test_a_key_is_planned_once(desk: Desk) -> None:
    assert [desk.plan(), desk.plan(), desk.plan(shop=B), desk.plan(key="l"), desk.plan(ONCE)] == [
        True,
        False,
        True,
        True,
        True,
    ]
    desk.run()
    assert not desk.plan()
    assert desk.view().state == "done"


def test_what_was_never_planned_is_not_sent(desk: Desk) -> None:
    desk.plan()
    with pytest.raises(NotFound):
        desk.run(shop=B)
    assert not desk.far.calls


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("error", "wait"), [(NotYet(7), 7), (Throttled(3), 3)])
def test_what_surely_did_not_happen_is_sent_again_in_time(desk: Desk, kind: str, error: Exception, wait: int) -> None:
    desk.plan(kind)
    desk.far.on_call = raising(error)
    for _ in range(MOST_LOST + 2):
        assert desk.run(kind).state == "planned"
        desk.clock.forward(wait - 1)
        calls = desk.far.calls.total()
        assert (desk.sweep(), desk.run(kind).state, desk.far.calls.total()) == (0, "planned", calls)
        desk.clock.forward(1)
    desk.far.on_call = desk.far.act
    assert desk.sweep() == 1
    assert (desk.view(kind).state, desk.far.effects.total()) == ("done", 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("error", "codes"),
    [
        (Rejected([{"message": "no", "code": "TAKEN"}, {"message": "no", "code": "BLANK"}]), ["BLANK", "TAKEN"]),
        (AccessDenied(), ["AccessDenied"]),
        (AccessRevoked(), ["AccessRevoked"]),
        (ShopClosed(), ["ShopClosed"]),
        (NotWanted(), ["NOT_WANTED"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_refusal_is_final_and_says_why(desk: Desk, kind: str, error: Exception, codes: list[str]) -> None:
    desk.plan(kind)
    desk.far.on_call = raising(error)
    after = desk.run(kind)
    assert (after.state, after.outcome, after.error) == ("refused", {"codes": codes}, getattr(error, "message", None))
    desk.clock.forward(86400)
    assert (desk.sweep(), desk.run(kind), desk.far.calls.total()) == (0, after, 1)


UNSURE = [Unavailable("refused"), INTERNAL, KeyError("a shape we do not know"), RuntimeError("a bug of ours")]


@pytest.mark.parametrize("error", UNSURE, ids=lambda error: type(error).__name__)
def test_a_lost_answer_is_looked_up(desk: Desk, error: Exception) -> None:
    desk.plan()

    def call(intent: IntentView) -> None:
        desk.far.act(intent)
        raise error

    desk.far.on_call = call
    assert desk.run().state == "unknown"
    after = desk.run()  # found at once: no need to wait
    assert (after.state, after.outcome) == ("done", {"number": 1})
    assert (desk.far.effects.total(), desk.far.calls.total(), desk.far.looks) == (1, 1, 1)


@pytest.mark.parametrize("error", UNSURE, ids=lambda error: type(error).__name__)
def test_at_most_once_is_never_sent_again_and_comes_to_light(
    desk: Desk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desk.plan(ONCE)
    desk.far.on_call = raising(error)
    lost = desk.run(ONCE)
    assert (lost.state, lost.due_at, lost.sent_at) == ("unknown", None, desk.clock())
    desk.clock.forward(86400)
    assert (desk.sweep(), desk.run(ONCE), desk.far.calls.total()) == (0, lost, 1)
    assert "outcome is unknown" in caplog.text
    with desk.database.reading() as session:
        assert queries.unknown_intents(session, A) == [lost]
        assert queries.unknown_intents(session, B) == []


def test_what_is_not_there_may_still_be_under_way(desk: Desk) -> None:
    """Sent again too early, it would be there twice."""
    desk.plan()
    desk.far.on_call = lambda intent: desk.far.slow(intent, PATIENCE - 1)
    assert desk.run().state == "unknown"
    for _ in range(10):
        desk.clock.forward(PATIENCE / 10 - 0.5)
        desk.run()
    desk.clock.forward(10)
    assert desk.run().state == "done"
    assert (desk.far.effects.total(), desk.far.calls.total()) == (1, 1)


def test_what_is_surely_not_there_is_sent_again_but_not_for_ever(desk: Desk) -> None:
    desk.plan()
    desk.far.on_call = desk.far.lost
    while (after := desk.run()).state != "refused":
        desk.clock.forward(PATIENCE)
    assert (after.lost, after.attempts, desk.far.calls.total()) == (MOST_LOST, MOST_LOST, MOST_LOST)
    assert (after.outcome, after.error) == ({"codes": ["LOST"]}, Unavailable().message)


@pytest.mark.parametrize("trouble", [cannot_tell, raising(Unavailable()), raising(RuntimeError())])
def test_while_nobody_can_tell_nothing_is_sent(desk: Desk, trouble, caplog: pytest.LogCaptureFixture) -> None:
    desk.plan()
    desk.far.on_call, desk.far.on_look = desk.far.lost, trouble
    desk.run()
    looks = []
    for _ in range(200):
        desk.clock.forward(300)
        looks.append(desk.sweep())
    assert (desk.view().state, desk.far.calls.total()) == ("unknown", 1)
    assert 15 < sum(looks) < 40  # less and less often, at least once an hour
    assert "nobody can tell" in caplog.text
    desk.far.on_look, desk.far.on_call = desk.far.seen, desk.far.act
    desk.clock.forward(3600)
    assert desk.sweep() == 1
    assert (desk.view().state, desk.far.effects.total()) == ("done", 1)


@pytest.mark.parametrize("kind", KINDS)
def test_two_workers_never_send_the_same(desk: Desk, kind: str) -> None:
    desk.plan(kind)
    inner = []

    def call(intent: IntentView) -> None:
        inner.extend([desk.run(kind).state, desk.sweep()])
        desk.far.act(intent)

    desk.far.on_call = call
    assert desk.run(kind).state == "done"
    assert inner == ["sent", 0]
    assert desk.far.calls.total() == 1


def test_two_who_saw_it_planned_send_it_once(desk: Desk) -> None:
    desk.plan()
    seen = desk.view()
    with desk.database.transaction() as session:
        assert queries.mark_sent(session, seen, "one", desk.clock(), desk.clock())
    with desk.database.transaction() as session:
        assert not queries.mark_sent(session, seen, "two", desk.clock(), desk.clock())


def test_a_late_answer_still_counts(desk: Desk) -> None:
    desk.plan(ONCE)

    def call(intent: IntentView) -> None:
        desk.clock.forward(PATIENCE + 1)
        assert desk.run(ONCE).state == "unknown"
        desk.far.act(intent)

    desk.far.on_call = call
    assert desk.run(ONCE).state == "done"
    assert desk.far.effects.total() == 1


def test_the_answer_of_one_that_was_taken_for_lost_keeps_it_from_being_sent_again(desk: Desk) -> None:
    desk.plan()

    def call(intent: IntentView) -> None:
        desk.clock.forward(PATIENCE + 1)
        # Found missing, and its next sending is put off: the moment at which a worker could die.
        desk.far.on_call = raising(NotYet(5))
        with desk.database.transaction() as session:
            assert queries.settle(session, desk.view(), "planned", {"lost": 1, "due_at": desk.clock()}, desk.clock())
        desk.far.act(intent)

    desk.far.on_call = call
    assert desk.run().state == "done"
    assert (desk.run().state, desk.far.calls.total()) == ("done", 1)


def test_an_answer_about_an_earlier_sending_says_nothing_of_the_next(desk: Desk) -> None:
    desk.plan()

    def first(intent: IntentView) -> None:
        desk.clock.forward(PATIENCE + 1)
        desk.far.on_call = desk.far.lost
        assert desk.run().attempts == 2
        raise Rejected([{"message": "no", "code": "TAKEN"}])

    desk.far.on_call = first
    assert (desk.run().state, desk.view().attempts) == ("unknown", 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shop_that_left_has_nothing_sent_any_more(desk: Desk, kind: str) -> None:
    desk.plan(kind)
    desk.plan(kind, shop=B)
    with desk.database.transaction() as session:
        tasks.cancel_all(session, A, desk.clock())
    assert (desk.run(kind).state, desk.run(kind, shop=B).state) == ("refused", "done")
    assert dict(desk.far.calls) == {(B, "k"): 1}


def test_the_sweeper_leaves_alone_what_it_does_not_know(desk: Desk) -> None:
    desk.plan("tomorrow")
    desk.clock.forward(1)
    desk.plan(key="later")
    desk.clock.forward(1)
    assert desk.sweep() == 1
    assert desk.view("tomorrow").state == "planned"


@pytest.mark.parametrize("effect", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_killed_in_the_call_it_is_looked_up_or_left_alone(desk: Desk, kind: str, effect: bool) -> None:
    desk.plan(kind)

    def call(intent: IntentView) -> None:
        if effect:
            desk.far.act(intent)
        raise Killed

    desk.far.on_call = call
    with pytest.raises(Killed):
        desk.run(kind)
    assert desk.view(kind).state == "sent"
    desk.far.on_call = desk.far.act
    desk.clock.forward(PATIENCE + 1)
    assert desk.sweep() == 1
    looked = kind == LOOKED
    assert desk.view(kind).state == ("done" if looked else "unknown")
    assert desk.far.effects.total() == (1 if looked else effect)
    assert desk.far.calls.total() == (2 if looked and not effect else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_before_any_statement_nothing_happens_twice(desk: Desk, kind: str) -> None:
    desk.plan(kind, "whole")
    with Crash(desk.database) as counted:
        desk.run(kind, "whole")
    assert counted.statements >= 6
    for at in range(1, counted.statements + 1):
        key = f"killed at {at}"
        desk.plan(kind, key)
        with Crash(desk.database, at):
            desk.run(kind, key)
        for _ in range(3):
            desk.clock.forward(PATIENCE + 1)
            desk.run(kind, key)
        after = desk.view(kind, key)
        if kind == LOOKED:
            assert (after.state, desk.far.effects[A, key]) == ("done", 1), key
        else:
            assert after.state in ("done", "unknown"), key
            assert desk.far.calls[A, key] <= 1, key
