"""Work that has ended names nobody, and work that goes on names nobody who was redacted."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from shopify_app.changes.apply import apply_facts
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs.nightly import request_work
from shopify_app.jobs.rebuild_counts import REBUILD, count_what_is_behind, rebuild_counts
from shopify_app.privacy.redact import redact_customer
from shopify_app.retention.model import TouchedBuyer
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import find_shop
from shopify_app.tasks import queries
from shopify_app.tasks.model import Task
from shopify_app.tasks.view import Outcome
from tests.factories import EPOCH, LOOKUP, make_shop, order

NAMES = {"phase": "going", "met": [5, 6], "after": 7, "named": {"a": 1}, "text": "5"}


@pytest.fixture
def shop(database):
    return make_shop(database)


def running(database, shop, kind="night"):
    """A task whose step runs, with numbers in its cursor."""
    with database.transaction() as session:
        task = queries.request(session, shop, kind, None, "test", EPOCH)
        assert queries.claim(session, shop, task, "worker", EPOCH)
        view = queries.get(session, shop, task)
        queries.save(session, view, Outcome(NAMES), EPOCH)
    return view


def cursor(database, task):
    with database.reading() as session:
        return json.loads(session.scalar(select(Task.cursor).where(Task.id == task.id)))


ENDS = {
    "done": lambda session, task: queries.end_step(session, task, Outcome(NAMES, finished=True), EPOCH),
    "failed": lambda session, task: queries.fail(session, task, "It failed.", EPOCH),
    "cancelled": lambda session, task: queries.cancel(session, task.shop, task.id, EPOCH),
    "all cancelled": lambda session, task: queries.cancel_all(session, task.shop, EPOCH),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_task_that_has_ended_keeps_no_cursor(database, shop, end):
    task = running(database, shop)
    assert cursor(database, task) == NAMES
    with database.transaction() as session:
        ENDS[end](session, task)
    assert cursor(database, task) == {}


def test_a_task_that_goes_on_has_nobody_who_was_redacted(database, shop):
    ours, others = running(database, shop), running(database, make_shop(database, "bob.myshopify.com"))
    with database.transaction() as session:
        redact_customer(session, shop, 5, LOOKUP, EPOCH)
    assert cursor(database, ours) == {**NAMES, "met": [0, 6]}
    assert cursor(database, others) == NAMES


def test_a_night_leaves_no_customers_number(small_world):
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com")
    world.install(shop)
    world.work()
    people = [shop.create_customer(f"P{number}", "X", f"p{number}@x.test", "en").id for number in range(120)]
    world.work()
    world.clock.forward(86400)
    request_work(world.wafa.database, world.clock())
    met = set()
    real = world.wafa.steps["reconcile_shop"]

    def step(task, now):
        met.update(task.cursor.get("met", ()))
        return real(task, now)

    world.wafa.steps["reconcile_shop"] = step
    for _ in range(100):
        world.work()
        world.clock.forward(600)
    assert met & set(people), "it had some on its way"
    with world.wafa.database.reading() as session:
        nights = session.execute(select(Task.state, Task.cursor).where(Task.kind == "reconcile_shop")).all()
    assert {state for state, _ in nights} >= {"done"}
    assert not [cursor for state, cursor in nights if any(str(one) in cursor for one in people)]


def half_rebuilt(database, shop):
    """Three buyers, and a rebuild that has begun to count them."""
    with database.transaction() as session:
        apply_facts(session, shop, [order(n, n, "2025-01-01", "10") for n in (5, 6, 7)], EPOCH, LOOKUP)
        task = queries.request(session, shop, REBUILD, None, "test", EPOCH)
        assert queries.claim(session, shop, task, "worker", EPOCH)
        view = queries.get(session, shop, task)
    rebuild_counts(database, lambda: EPOCH, lambda _seconds: None)(view, EPOCH)
    with database.transaction() as session:
        apply_facts(session, shop, [order(8, 5, "2025-01-02", "10")], EPOCH, LOOKUP)
    return view


def marked(database, shop):
    with database.reading() as session:
        buyers = set(session.scalars(select(TouchedBuyer.buyer_id).where(TouchedBuyer.shop_id == shop)))
        assert broken(session, shop, EPOCH + timedelta(seconds=1), LOOKUP) == []
        return session.scalar(select(Shop.building).where(Shop.id == shop)), buyers


@pytest.mark.parametrize("end", ["failed", "cancelled", "all cancelled"])
def test_a_rebuild_that_ended_half_way_marks_no_more_buyers(database, shop, end):
    task = half_rebuilt(database, shop)
    count_what_is_behind(database, EPOCH)
    assert marked(database, shop)[1] == {5}, "while it goes on, what changes is remembered"
    with database.transaction() as session:
        ENDS[end](session, task)
    count_what_is_behind(database, EPOCH)
    with database.transaction() as session:
        redact_customer(session, shop, 5, LOOKUP, EPOCH)
        apply_facts(session, shop, [order(9, 6, "2025-01-02", "10")], EPOCH, LOOKUP)
    assert marked(database, shop) == (None, set())


def test_uninstalling_in_a_rebuild_leaves_no_mark_of_who_is_redacted_then(small_world):
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com")
    world.install(shop)
    person = shop.create_customer("A", "B", "a@x.test", "ar").id
    shop.place_order(person, [{"price": "1.00", "quantity": 1}])
    world.work()
    database = world.wafa.database
    with database.transaction() as session:
        ours = ShopId(find_shop(session, shop.domain).id)
        queries.request(session, ours, REBUILD, None, "test", world.clock())
    world.step_tasks()
    shop.uninstall()
    world.store.deliver_due()
    world.wafa.drain.sweep()
    shop.redact_customer(person)
    world.work()
    count_what_is_behind(database, world.clock())
    with database.reading() as session:
        assert session.scalars(select(TouchedBuyer.buyer_id)).all() == []
        assert session.scalar(select(Shop.building)) is None
