"""What a customer has of points stands in Shopify: after earning, redeeming, refunds, merges, and once each."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from shopify_app.jobs import write_points
from shopify_app.jobs.nightly import request_work
from shopify_app.shops.access import POINTS_SHOWN
from shopify_app.shops.queries import find_shop
from tests.small_shop import address, page, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import buy, proven, redeem, rewards
from tests.world import World

SCOPE = "write_customers"


@pytest.fixture
def shop(world: World) -> Any:
    made = bought(world)
    made.set_scopes([*world.store.scopes, "write_discounts", SCOPE])
    world.work()
    return made


@pytest.fixture
def writes(shop: Any) -> Iterator[list[list[int]]]:
    """The customers of each call that wrote metafields."""
    book, told = shop.outward.metafields, list[list[int]]()
    write = book.write

    def writing(inputs: Any) -> Any:
        told.append(sorted({int(one["ownerId"].rpartition("/")[2]) for one in inputs}))
        return write(inputs)

    book.write = writing
    yield told
    book.write = write


def shown(shop: Any, customer: int) -> tuple[int, int] | None:
    """What the store's own page about a customer shows: points, and pending ones."""
    held = {key: int(one.value) for (_, key), one in shop.customers[customer].metafields.items()}
    return (held["points"], held["points_pending"]) if held else None


def in_step(world: World, shop: Any) -> None:
    """Every customer's metafields say what the customer's page in the app does; who has no account has none."""
    for customer in shop.customers:
        has = points(world, shop, customer)
        assert shown(shop, customer) == (has and (has["available"], has["pending"]))
    proven(world)


def earn(world: World, shop: Any, customer: int, price: str = "60.000") -> Any:
    order = shop.place_order(customer, [{"price": price}], at=world.clock())
    world.clock.forward(3600)
    shop.sending.send(order.id)
    world.work()
    return order


def wait(world: World, days: int) -> None:
    world.clock.forward(days * 86_400)
    request_work(world.wafa.database, world.clock())
    world.work()


def test_what_somebody_has_stands_on_them(world: World, shop: Any) -> None:
    one, other = by_orders(shop, 2)
    switch_on(world, shop)
    assert shown(shop, one) is None
    order = earn(world, shop, one)
    assert shown(shop, one) == (0, 600)
    wait(world, 14)
    assert shown(shop, one) == (600, 0)
    redeem(world, shop, one)
    world.work()
    assert shown(shop, one) == (100, 0)
    buy(shop, one, rewards(world, shop, one)[0]["code"])
    world.work()
    assert shown(shop, one) == (100, 185)
    shop.refund(order.id)
    world.work()
    assert shown(shop, one) == (0, 0)
    assert points(world, shop, one)["debt"] == 315
    assert shown(shop, other) is None
    in_step(world, shop)


def test_the_customers_page_in_the_admin_shows_it(world: World, shop: Any) -> None:
    one = by_orders(shop, 2)[0]
    switch_on(world, shop)
    earn(world, shop, one)
    definitions = shop.outward.metafields.definitions
    assert {place[1]: (made.type, made.admin, made.filterable) for place, made in definitions.items()} == {
        "points": ("number_integer", "MERCHANT_READ", True),
        "points_pending": ("number_integer", "MERCHANT_READ", False),
    }
    assert {place[0].rpartition("--")[0] for place in definitions} == {"app"}
    shown_there = Client(world.store.wsgi).get(f"/store/{shop.short_name}/customers/{one}").text
    assert re.findall(r"<bdi>([^<]*)</bdi></th>.*<bdi>(\d+)</bdi>", shown_there) == [
        ("Points", "0"),
        ("Pending points", "600"),
    ]


def test_many_entries_are_one_write_and_its_echo_is_none(world: World, shop: Any, writes: list[list[int]]) -> None:
    people = sorted(shop.customers)
    switch_on(world, shop)
    world.work()
    assert writes == []
    for _ in range(3):
        for person in people:
            shop.place_order(person, [{"price": "3.000"}], at=world.clock())
    world.work()
    assert writes == [people]
    echoes = [one for one in world.store.deliveries if one.topic == "customers/update"]
    assert len(echoes) >= len(people)
    calls = len(world.adapter.calls)
    world.clock.forward(3600)
    world.work()
    assert len(world.adapter.calls) == calls, "what comes back changes nothing, and nothing is asked for"
    in_step(world, shop)


def test_what_comes_and_goes_at_once_is_not_written(world: World, shop: Any, writes: list[list[int]]) -> None:
    one = by_orders(shop, 2)[0]
    switch_on(world, shop)
    earn(world, shop, one)
    assert writes == [[one]]
    order = shop.place_order(one, [{"price": "5.000"}], at=world.clock())
    world.store.deliver_due()
    world.wafa.drain.sweep()
    world.clock.forward(1)
    shop.refund(order.id)
    world.work()
    assert writes == [[one]]
    in_step(world, shop)


def test_without_the_permission_nothing_is_written_and_the_page_says_so(
    world: World, shop: Any, writes: list[list[int]]
) -> None:
    one = by_orders(shop, 2)[0]
    shop.set_scopes([*world.store.scopes, "write_discounts"])
    world.work()
    assert POINTS_SHOWN.without not in page(world, shop, "/loyalty"), "there are no points to show"
    switch_on(world, shop)
    earn(world, shop, one)
    wait(world, 14)
    wait(world, 1)
    assert (writes, shop.outward.metafields.definitions) == ([], {})
    assert POINTS_SHOWN.without in page(world, shop, "/loyalty")
    assert world.json(shop, address("/loyalty"))["shown_in_shopify"] is False
    assert post(world, shop, "/loyalty/shown", {}).status_code == 403
    world.clock.forward(60)
    shop.set_scopes([*world.store.scopes, "write_discounts", SCOPE])
    assert post(world, shop, "/loyalty/shown", {}).status_code == 200
    world.work()
    assert shown(shop, one) == (600, 0)
    assert POINTS_SHOWN.without not in page(world, shop, "/loyalty")
    assert world.json(shop, address("/loyalty"))["shown_in_shopify"] is True
    in_step(world, shop)


def test_a_permission_that_was_given_for_something_else_is_used_within_the_hour(world: World, shop: Any) -> None:
    one = by_orders(shop, 2)[0]
    shop.set_scopes(list(world.store.scopes))
    world.work()
    switch_on(world, shop)
    earn(world, shop, one)
    world.clock.forward(60)
    shop.set_scopes([*world.store.scopes, SCOPE])
    world.work()
    assert shown(shop, one) is None
    request_work(world.wafa.database, world.clock())
    world.work()
    assert shown(shop, one) == (0, 600)


def test_a_permission_that_was_taken_back_unheard_is_no_failure(world: World, shop: Any) -> None:
    one = by_orders(shop, 2)[0]
    switch_on(world, shop)
    earn(world, shop, one)
    shop.installation.scopes = tuple(world.store.scopes)
    earn(world, shop, one)
    assert shown(shop, one) == (0, 600)
    with world.wafa.database.reading() as session:
        found = find_shop(session, shop.domain)
        assert SCOPE not in found.scopes
    world.clock.forward(60)
    shop.set_scopes([*world.store.scopes, SCOPE])
    world.work()
    request_work(world.wafa.database, world.clock())
    world.work()
    assert shown(shop, one) == (0, 1200)
    in_step(world, shop)


def test_a_shop_without_a_programme_has_no_such_metafields(world: World, shop: Any) -> None:
    earn(world, shop, by_orders(shop, 2)[0])
    wait(world, 2)
    assert shop.outward.metafields.definitions == {}
    assert post(world, shop, "/loyalty/shown", {}).status_code == 400


def test_while_a_programme_is_paused_what_was_earned_is_still_shown(world: World, shop: Any) -> None:
    one = by_orders(shop, 2)[0]
    switch_on(world, shop)
    order = earn(world, shop, one)
    assert post(world, shop, "/loyalty/pause", {}).status_code == 200
    shop.refund(order.id)
    world.work()
    assert shown(shop, one) == (0, 0)


def test_who_is_kept_in_a_merge_has_the_points_of_both(world: World, shop: Any) -> None:
    first, second = by_orders(shop, 2)
    third, fourth = by_orders(shop, 1)[:2]
    switch_on(world, shop)
    for person in (first, second, third):
        earn(world, shop, person)
    shop.merge_customers(first, second)
    shop.merge_customers(fourth, third)
    world.work()
    assert (shown(shop, first), shown(shop, fourth)) == ((0, 1200), (0, 600))
    in_step(world, shop)


def test_who_is_gone_from_shopify_is_asked_for_once(world: World, shop: Any, writes: list[list[int]]) -> None:
    gone, stays = by_orders(shop, 2)
    switch_on(world, shop)
    order, _ = earn(world, shop, gone), earn(world, shop, stays)
    held = shop.customers.pop(gone)
    for each in (gone, stays):
        shop.customers.setdefault(each, held)
    del shop.customers[gone]
    before = len(writes)
    shop.refund(order.id, amount="1.000")
    shop.place_order(stays, [{"price": "5.000"}], at=world.clock())
    world.work()
    assert writes[before:] == [sorted([gone, stays]), [stays]]
    assert shown(shop, stays) == (0, 650)
    shop.refund(order.id)
    wait(world, 2)
    assert not [call for call in writes[before + 2 :] if gone in call]
    shop.customers[gone] = held


def test_who_is_forgotten_is_not_written_any_more(world: World, shop: Any, writes: list[list[int]]) -> None:
    one = by_orders(shop, 2)[0]
    switch_on(world, shop)
    order = earn(world, shop, one)
    shop.redact_customer(one)
    world.work()
    before = len(writes)
    shop.refund(order.id)
    wait(world, 2)
    assert writes[before:] == []
    proven(world)


def test_what_went_with_the_app_is_written_again(world: World, shop: Any) -> None:
    people = by_orders(shop, 2)
    switch_on(world, shop)
    for person in people:
        earn(world, shop, person)
    book = shop.outward.metafields
    for _, key in list(book.definitions):
        named = {"ownerType": "CUSTOMER", "namespace": "$app", "key": key}
        book.undefine({"identifier": named, "deleteAllAssociatedMetafields": True})
    world.work()
    assert [shown(shop, person) for person in people] == [None, None]
    wait(world, 1)
    assert [shown(shop, person) for person in people] == [(0, 600)] * 2


def test_very_many_go_as_one_operation(
    world: World, shop: Any, writes: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_points, "SINGLY", 3)
    people = sorted(shop.customers)
    switch_on(world, shop)
    for person in people:
        shop.place_order(person, [{"price": "3.000"}], at=world.clock())
    world.work()
    for _ in range(5):
        world.clock.forward(30)
        world.work()
    mutations = [one for one in shop.bulk._all.values() if "set_metafields" in one.query]
    assert len(mutations) == 1
    assert str(people[0]) not in json.dumps([one.query for one in mutations])
    in_step(world, shop)
