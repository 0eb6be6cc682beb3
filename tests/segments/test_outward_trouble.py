"""Segments in Shopify while programs are killed, answers lost, and customers merged or forgotten."""

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from shopify_app.tasks import queries as tasks
from shopify_app.tasks.intents.model import Intent
from tests.segments.outward_shop import KEY, OutwardShop
from tests.tasks.crashes import Crash, Killed

if TYPE_CHECKING:
    pass


def test_intents_and_tasks_name_no_customer(alice: OutwardShop, few_at_once: None) -> None:
    alice.members = set(alice.people)
    task = alice.ask(tag="late")
    texts = []
    while alice.view(task).active:
        texts.append(json.dumps(dict(alice.view(task).cursor)))
        alice.clock.forward(10)
        alice.step(task)
    with alice.database.reading() as session:
        for intent in session.scalars(select(Intent)):
            texts += [intent.key, intent.arguments, intent.outcome or ""]
    assert len(texts) > 20
    # Pages end with somebody's number, as a place to go on from.
    texts = [text for text in texts if '"after"' not in text]
    assert not [text for text in texts if any(str(person) in text for person in alice.people)]


def test_killed_before_any_statement_it_ends_the_same(alice: OutwardShop, few_at_once: None) -> None:
    """Marks one by one, tags in bulk: every road is walked while it is killed at each statement in turn."""
    alice.members = set(alice.people[:8])
    with Crash(alice.database) as counted:
        alice.finish(alice.ask(tag="late"))
    assert counted.statements > 100
    alice.finish(alice.take_out())
    stride = max(1, counted.statements // (40 if alice.database.dialect == "sqlite" else 12))
    for at in range(1, counted.statements + 1, stride):
        task = alice.ask(tag="late")
        with Crash(alice.database, at):
            alice.finish(task)
        # The worker's lease on the step runs out, and its patience for an answer.
        alice.clock.forward(200)
        alice.finish(task)
        assert alice.is_in_step(tag=True), f"statement {at}"
        alice.finish(alice.take_out())
        assert (alice.marked(), alice.tagged(), alice.in_segment()) == (set(), set(), None), f"statement {at}"


@pytest.mark.parametrize("after", range(1, 14))
def test_an_answer_that_is_lost_is_looked_for(small: OutwardShop, after: int, few_at_once: None) -> None:
    small.members = set(small.people[:9])
    small.far.outward.segments.create("Late customers", "number_of_orders > 1")
    task = small.ask(tag="late")
    calls = 0
    while small.view(task).active:
        if len(small.world.adapter.calls) > calls and calls < after:
            calls += 1
            if calls == after:
                small.world.store.trouble.fail_next(small.far.domain, "answer_lost", 1)
        small.clock.forward(10)
        small.step(task)
    assert small.view(task).state == "done"
    assert small.marked() == small.tagged() == small.in_segment("Late customers (Wafa)") == small.members
    assert len(small.far.outward.segments.all) == 2
    assert small.open_rows() == 0


def test_a_segment_of_which_nobody_heard_is_not_made_twice(small: OutwardShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer was lost and its task stopped: another task finds it by what it asks for."""
    small.members = set(small.people[:2])
    task = small.ask()
    while small.view(task).phase != "enter":
        small.step(task)
    desk = small.far.outward.segments
    create = desk.create

    def made_and_killed(name: str, query: str) -> None:
        create(name, query)
        raise Killed

    monkeypatch.setattr(desk, "create", made_and_killed)
    with pytest.raises(Killed):
        small.step(task)
    monkeypatch.undo()
    assert len(desk.all) == 1
    with small.database.transaction() as session:
        tasks.cancel(session, small.shop, task, small.clock())
    small.finish(small.ask())
    assert small.is_in_step()
    assert len(desk.all) == 1


def test_a_merge_leaves_what_is_sure(alice: OutwardShop) -> None:
    first, second, third, fourth = alice.people[:4]
    alice.members = {first, second, third}
    alice.finish(alice.ask(tag="late"))
    alice.far.merge_customers(first, second)
    alice.far.merge_customers(fourth, third)
    alice.world.work()
    assert alice.rows() == {first: "add", fourth: "drop"}, "who was kept is looked at again"
    alice.members = {first}
    alice.finish(alice.keep_in_step())
    assert alice.is_in_step(tag=True)


def test_who_is_redacted_is_named_here_no_more(alice: OutwardShop) -> None:
    alice.members = set(alice.people[:4])
    alice.finish(alice.ask())
    with alice.database.reading() as session:
        from shopify_app.privacy.queries import held_of

        held = held_of(session, alice.shop, [alice.people[1]])
    assert [(row["segment"], row["state"]) for row in held["segments_in_shopify"]] == [(KEY, "in")]
    alice.far.redact_customer(alice.people[1])
    alice.world.work()
    assert alice.rows() == dict.fromkeys(alice.members - {alice.people[1]}, "in")
