"""Who agreed to hear from the shop: by webhook, by reading, by night; through merges, and to the end."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shopify_app.customers.contacts.model import ContactReading
from shopify_app.customers.model import Customer
from tests.walks.test_duplicates import night
from tests.world import World

LINE = [{"price": "10.000", "quantity": 1}]


@pytest.fixture
def shop(world: World) -> Any:
    return world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")


def someone(shop: Any, name: str = "noura", phone: str | None = "+96550001234") -> int:
    return int(shop.create_customer(name, "A", f"{name}@example.com", "ar", phone=phone).id)


def known(world: World) -> dict[int, tuple[str, str]]:
    columns = select(Customer.customer_id, Customer.email_consent, Customer.sms_consent)
    with world.wafa.database.reading() as session:
        return {row[0]: (row[1], row[2]) for row in session.execute(columns)}


def test_what_was_said_before_the_app_came_is_read(world: World, shop: Any) -> None:
    noura, maha = someone(shop), someone(shop, "maha", None)
    shop.consents.give(noura, "email", "SUBSCRIBED")
    shop.consents.give(noura, "sms", "UNSUBSCRIBED")
    world.install(shop)
    world.work()
    assert known(world) == {noura: ("subscribed", "unsubscribed"), maha: ("not_subscribed", "")}


def test_what_is_said_is_known_at_once_and_a_night_agrees(world: World, shop: Any) -> None:
    world.install(shop)
    world.work()
    noura = someone(shop)
    world.work()
    assert known(world) == {noura: ("", "")}
    for way, state in (("email", "PENDING"), ("sms", "SUBSCRIBED"), ("email", "SUBSCRIBED"), ("sms", "UNSUBSCRIBED")):
        world.clock.forward(60)
        shop.consents.give(noura, way, state)
    world.work()
    assert known(world) == {noura: ("subscribed", "unsubscribed")}
    night(world)
    assert known(world) == {noura: ("subscribed", "unsubscribed")}


def test_what_was_lost_on_the_way_is_found_by_night(world: World, shop: Any) -> None:
    noura = someone(shop)
    world.install(shop)
    world.work()
    world.clock.forward(3600)
    with shop.history():
        shop.consents.give(noura, "email", "SUBSCRIBED")
    world.work()
    assert known(world) == {noura: ("not_subscribed", "not_subscribed")}
    night(world)
    assert known(world) == {noura: ("subscribed", "not_subscribed")}


def test_deliveries_in_the_wrong_order_leave_the_last_word(world: World, shop: Any) -> None:
    """Also before anybody has said that there is such a customer."""
    world.install(shop)
    world.work()
    noura = someone(shop)
    for state in ("SUBSCRIBED", "UNSUBSCRIBED"):
        world.clock.forward(1)
        shop.consents.give(noura, "email", state)
    waiting = world.store._waiting[::-1]
    for place, one in enumerate(waiting):
        one.due_at = world.clock() + timedelta(seconds=10 * place)
    for _ in waiting:
        world.work()
        world.clock.forward(10)
    assert known(world) == {noura: ("unsubscribed", "")}
    with world.wafa.database.reading() as session:
        assert session.scalar(select(Customer.created_at)) == shop.customers[noura].created_at


def test_of_two_who_are_one_the_stricter_word_holds_until_shopify_says_more(world: World, shop: Any) -> None:
    kept, gone = someone(shop), someone(shop, "nora", "+96550009999")
    for customer, states in ((kept, ("SUBSCRIBED", "UNSUBSCRIBED")), (gone, ("UNSUBSCRIBED", "SUBSCRIBED"))):
        for way, state in zip(("email", "sms"), states, strict=True):
            shop.consents.give(customer, way, state)
    world.install(shop)
    world.work()
    world.clock.forward(3600)
    shop.merge_customers(kept, gone)
    world.work()
    assert known(world)[kept] == ("unsubscribed", "unsubscribed")
    world.clock.forward(3600)
    shop.consents.give(kept, "email", "SUBSCRIBED")
    world.work()
    assert known(world)[kept] == ("subscribed", "unsubscribed")


def test_who_is_forgotten_agreed_to_nothing_that_we_know_of(world: World, shop: Any) -> None:
    noura = someone(shop)
    world.install(shop)
    world.work()
    shop.place_order(noura, LINE)
    shop.consents.give(noura, "email", "SUBSCRIBED")
    shop.request_data(noura)
    world.work()
    printed = world.app.test_cli_runner().invoke(args=["data-requests", "--shop", shop.domain])
    (answer,) = json.loads(printed.output)
    assert [one["email_consent"] for one in answer["data"]["customers"]] == ["subscribed"]
    shop.redact_customer(noura)
    world.work()
    world.clock.forward(60)
    shop.consents.give(noura, "email", "UNSUBSCRIBED")
    world.work()
    assert known(world) == {}


@pytest.mark.parametrize("level", ["none", "level1"])
def test_what_shopify_withholds_is_unknown_and_is_read_once_it_agrees(small_world: World, level: str) -> None:
    shop = small_world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    noura = someone(shop)
    shop.consents.give(noura, "email", "SUBSCRIBED")
    shop.approve(level)
    small_world.install(shop)
    small_world.work()
    assert known(small_world).get(noura, ("", "")) == ("", "")
    shop.approve("level2")
    night(small_world)
    night(small_world)
    assert known(small_world) == {noura: ("subscribed", "not_subscribed")}


def test_whoever_shows_consents_is_told_to_look_again(world: World, shop: Any) -> None:
    noura = someone(shop)
    world.install(shop)
    world.work()

    def version() -> int:
        with world.wafa.database.reading() as session:
            return session.scalars(select(ContactReading.version)).one()

    before = version()
    world.clock.forward(60)
    shop.consents.give(noura, "email", "SUBSCRIBED")
    world.work()
    assert version() > before
