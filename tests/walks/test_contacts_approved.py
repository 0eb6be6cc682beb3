"""How customers can be reached, where Shopify has approved the app for it, has not, has later, or no longer does."""

import logging
from typing import Any

import pytest
from sqlalchemy import func, select

from devstore.records import Address
from shopify_app.admin_api.client import AdminApi, Answer
from shopify_app.customers.contacts.model import CustomerContact
from shopify_app.jobs import read_contacts
from shopify_app.jobs.read_contacts import CONTACTS
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.queries import due, latest
from shopify_app.tasks.step import run_step
from tests.small_shop import add_shop, address, page, post
from tests.walks.test_duplicates import PATH, SHARED, bought, groups, night, told, twins
from tests.world import World

WITHHELD = "Shopify has not approved Wafa to see e-mail addresses and phones of customers."
ASKED = "under API access, Protected customer data access, level 2, for e-mail, phone and address."


def installed(world: World, level: str) -> tuple[Any, list[int]]:
    """Two people of whom one shares the other's phone, before the app."""
    made = add_shop(world, repeaters=2, once=3)
    with made.history():
        pair = [*twins(made)]
    made.approve(level)
    world.install(made)
    world.work()
    return made, pair


def state_of(world: World, shop: Any) -> tuple[str, int]:
    with world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        assert row is not None
        task = latest(session, row.id, CONTACTS)
        assert task is not None
        return task.state, task.done


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_at_level_1_the_page_says_what_is_missing_and_how_to_ask(small_world: World, locale: str) -> None:
    shop, _ = installed(small_world, "level1")
    shown = page(small_world, shop, PATH, locale)
    if locale == "en":
        assert WITHHELD in shown
        assert ASKED in shown
        assert "Try again" in shown
        assert "No two of your customers" not in shown
    assert told(small_world, shop)["withheld"] == ["address", "email", "phone"]
    assert small_world.json(shop, address("/"))["approved"], "the numbers are approved"
    assert WITHHELD not in page(small_world, shop, "/")


def test_without_any_approval_it_says_so_and_reads_nothing(small_world: World) -> None:
    shop, _ = installed(small_world, "none")
    shown = page(small_world, shop, PATH)
    assert "Shopify has not yet approved Wafa to read orders and customers" in shown
    assert told(small_world, shop)["groups"] == []


@pytest.mark.parametrize("before", ["none", "level1"])
def test_it_fills_by_itself_once_shopify_agrees(world: World, before: str) -> None:
    shop, pair = installed(world, before)
    shop.approve("level2")
    night(world)
    night(world)
    assert groups(world, shop) == [pair]
    assert WITHHELD not in page(world, shop, PATH)


def test_try_again_looks_at_once(small_world: World) -> None:
    shop, pair = installed(small_world, "level1")
    shop.approve("level2")
    assert post(small_world, shop, f"{PATH}/read", {}).status_code == 200
    small_world.work()
    assert groups(small_world, shop) == [pair]


def test_level_1_costs_one_call_a_night_and_no_line_in_the_log(
    small_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        shop, _ = installed(small_world, "level1")
        night(small_world)
    assert state_of(small_world, shop) == ("done", 0)
    assert "came without" not in caplog.text
    assert "failed" not in caplog.text


def test_what_is_told_at_level_1_leaves_no_hash(small_world: World) -> None:
    shop, _ = installed(small_world, "level1")
    bought(shop, "c", phone="+96550002222")
    small_world.work()
    with small_world.wafa.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CustomerContact)) == 0


def test_a_merchant_who_shows_no_customers_is_told_so(small_world: World) -> None:
    made = add_shop(small_world, repeaters=1)
    made.install(["read_orders", "read_all_orders", "read_products"])
    small_world.open(made)
    small_world.work()
    assert "Orders count, but no customer does" in page(small_world, made, PATH)
    assert post(small_world, made, f"{PATH}/read", {}).status_code == 400
    small_world.clock.forward(60)
    made.set_scopes(small_world.store.scopes)
    small_world.work()
    assert "No two of your customers share" in page(small_world, made, PATH)


def test_it_goes_on_after_being_killed_between_any_two_steps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_contacts, "AT_ONCE", 2)
    made = add_shop(world, repeaters=2, once=3)
    with made.history():
        pair = [*twins(made)]
        same_second = [made.create_customer(f"s{place}").id for place in range(7)]
    world.install(made)
    steps, killed = dict(world.wafa.steps), 0
    step = steps[CONTACTS]
    while True:
        world.store.deliver_due()
        world.wafa.drain.sweep()
        with world.wafa.database.reading() as session:
            ready = due(session, world.clock())
        for shop, task_id in ready:
            run_step(world.wafa.database, steps, shop, task_id, "test", world.clock())
            steps[CONTACTS] = step if steps[CONTACTS] is not step else dying(step)
            killed += steps[CONTACTS] is not step
        world.clock.forward(61)
        if not ready and state_of(world, made)[0] == "done":
            break
    assert killed > 3
    assert groups(world, made) == [pair]
    with world.wafa.database.reading() as session:
        assert set(session.scalars(select(CustomerContact.customer_id))) >= set(pair)
    assert len(same_second) == 7


def dying(step: Any) -> Any:
    """The same step by a process that dies after all of it was done and before that was said."""

    def killed(task: Any, now: Any) -> Any:
        step(task, now)
        raise ConnectionError

    return killed


def test_it_waits_for_an_allowance_that_others_have_used_up(
    small_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Not a failure, however long it takes: calls come back by the minute here."""
    small_world.store.points, small_world.store.restore = 1000, 1
    made = add_shop(small_world)
    with made.history():
        people = {made.create_customer(f"s{at}", phone=f"+9655000{at:04d}").id for at in range(100)}
    small_world.install(made)
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            small_world.work()
            small_world.clock.forward(600)
    with small_world.wafa.database.reading() as session:
        assert set(session.scalars(select(CustomerContact.customer_id))) == people
    assert "read_contacts" not in caplog.text


def test_many_in_one_second_are_all_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_contacts, "AT_ONCE", 3)
    made = add_shop(world)
    with made.history():
        people = [made.create_customer(f"s{at}", phone=f"+9655000{at:04d}").id for at in range(20)]
        made.create_customer("twin", addresses=[Address(1, SHARED, "KW")])
    world.install(made)
    world.work()
    with world.wafa.database.reading() as session:
        assert set(session.scalars(select(CustomerContact.customer_id))) >= set(people)


def test_a_page_of_which_everybody_is_left_out_is_not_the_last(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = add_shop(small_world, repeaters=2, once=4)
    monkeypatch.setattr(read_contacts, "AT_ONCE", 2)
    real, calls = AdminApi.run, list[str]()

    def run(api: AdminApi, number: Any, name: str, **asked: Any) -> Answer:
        found = real(api, number, name, **asked)
        calls.append(name)
        if calls.count("customer_contacts") != 2 or name != "customer_contacts":
            return found
        nobody = {**found["customers"], "nodes": [None, None]}
        return Answer({"customers": nobody}, ("customers.nodes.0.phone",), frozenset({"phone"}))

    monkeypatch.setattr(AdminApi, "run", run)
    small_world.install(made)
    small_world.work()
    with small_world.wafa.database.reading() as session:
        assert session.scalar(select(func.count(CustomerContact.customer_id.distinct()))) == 4
    assert state_of(small_world, made)[0] == "done"
