"""What the points log says of each entry: why, how it was worked out, when, and by whom; also as a file."""

import csv
from typing import Any

import pytest

from tests.small_shop import address, page, post
from tests.walks.bought import by_orders
from tests.walks.test_by_hand import by_hand, undo
from tests.walks.test_points import switch_on
from tests.walks.test_rewards import buy, person, redeem, rewards, shop
from tests.walks.test_taken_back import later, take_back
from tests.world import World

__all__ = ["person", "shop"]
LOG = "/loyalty/log"


def told(world: World, shop: Any, customer: int, locale: str = "en") -> str:
    return page(world, shop, f"/customers/{customer}/points", locale)


def filed(world: World, shop: Any, path: str, locale: str = "en") -> list[dict[str, str]]:
    return list(csv.DictReader(world.open(shop, address(path + "?format=csv", locale)).text.splitlines()))


def order_of(world: World, shop: Any, customer: int) -> Any:
    order = shop.place_order(customer, [{"price": "30.000"}, {"price": "10.000"}], at=world.clock())
    world.clock.forward(60)
    world.work()
    return order


def cancelled(shop: Any, order: Any) -> None:
    shop.cancel(order.id)


def deleted(shop: Any, order: Any) -> None:
    shop.delete_order(order.id)


def refunded(shop: Any, order: Any) -> None:
    shop.refund(order.id)


def refunded_in_part(shop: Any, order: Any) -> None:
    shop.refund(order.id, amount="10.000")


def edited(shop: Any, order: Any) -> None:
    shop.edit(order.id, taken_off={order.lines[1].id: 1})


def returned_in_part(shop: Any, order: Any) -> None:
    shop.sending.send(order.id)
    shop.returns.process(order.id, shop.returns.open(order.id, {order.lines[1].id: 1}).id)


WHY = {
    cancelled: "Taken back: order {} was cancelled",
    deleted: "Taken back: order {} was deleted",
    refunded: "Taken back: order {} was refunded",
    refunded_in_part: "Taken back: order {} was refunded in part",
    returned_in_part: "Taken back: a part of order {} was returned",
    edited: "Taken back: order {} was edited",
}


@pytest.mark.parametrize("happens", WHY, ids=lambda one: one.__name__)
def test_what_was_taken_back_says_why(world: World, shop: Any, happens: Any) -> None:
    switch_on(world, shop)
    customer = by_orders(shop, 2)[0]
    order = order_of(world, shop, customer)
    happens(shop, order)
    world.work()
    assert WHY[happens].format(order.name) in told(world, shop, customer)
    assert WHY[happens].format(order.name) in page(world, shop, LOG)


def test_what_happened_first_is_not_told_of_what_came_later(world: World, shop: Any) -> None:
    switch_on(world, shop)
    customer = by_orders(shop, 2)[0]
    order = order_of(world, shop, customer)
    refunded_in_part(shop, order)
    world.work()
    world.clock.forward(60)
    cancelled(shop, order)
    world.work()
    text = told(world, shop, customer)
    assert f"Taken back: order {order.name} was refunded in part" in text
    assert f"Taken back: order {order.name} was cancelled" in text


def test_what_an_order_earned_says_how_and_from_when(world: World, shop: Any) -> None:
    switch_on(world, shop, per_order="5")
    customer = by_orders(shop, 2)[0]
    order = order_of(world, shop, customer)
    text = told(world, shop, customer)
    assert "10 points for each KWD 1.000 of KWD 40.000" in text
    assert "Each order gives 5 points besides." in text
    assert "Can be spent 14 days after the order was sent and paid." in text
    assert "متاحة بعد 14 يومًا من شحن الطلب ودفعه." in told(world, shop, customer, "ar")
    shop.sending.send(order.id)
    world.work()
    assert "Can be spent from " in told(world, shop, customer)
    later(world, 14 * 86_400 + 60)
    text = told(world, shop, customer)
    assert "Can be spent from now on" in text
    assert "after the order was sent and paid" not in text


def test_what_came_back_names_its_order_and_code(world: World, shop: Any, person: int) -> None:
    redeem(world, shop, person)
    world.work()
    code = rewards(world, shop, person)[0]["code"]
    assert f"Code {code}" in told(world, shop, person)
    kept = world.json(shop, address(f"/customers/{person}/data"))["kept"]
    # Earned, can be spent, redeemed.
    assert (kept["points"], kept["rewards"]) == (3, 1)
    order = buy(shop, person, code)
    world.work()
    assert f"Used for order {order.name}." in told(world, shop, person)
    shop.refund(order.id)
    world.work()
    text = told(world, shop, person)
    assert f"Came back to the balance: order {order.name} with the code {code} was refunded" in text
    assert f"Used for order {order.name}. 500 points of it came back." in text


def test_a_code_that_nobody_used_is_named(world: World, shop: Any, person: int) -> None:
    redeem(world, shop, person)
    world.work()
    code = rewards(world, shop, person)[0]["code"]
    take_back(world, shop, person)
    world.work()
    later(world)
    assert f"Came back to the balance: nobody used the code {code}" in told(world, shop, person)


def test_whoever_did_it_is_told_with_the_hour(world: World, shop: Any) -> None:
    switch_on(world, shop)
    customer = by_orders(shop, 2)[0]
    by_hand(world, shop, customer, 40)
    text = told(world, shop, customer)
    assert "By you" in text
    assert world.clock().strftime(":%M") in text
    undo(world, shop, customer)
    assert told(world, shop, customer).count("By you") == 2


def test_the_file_is_in_words_with_the_codes_of_the_ledger_last(world: World, shop: Any) -> None:
    switch_on(world, shop)
    customer = by_orders(shop, 2)[0]
    order = order_of(world, shop, customer)
    by_hand(world, shop, customer, 40, reason="=Late parcel")
    for path in (LOG, f"/customers/{customer}/points"):
        by_what = {row["what"].partition(":")[0]: row for row in filed(world, shop, path)}
        earned, hand = by_what[f"Earned with order {order.name}"], by_what["By hand"]
        assert (earned["customer_id"], earned["order"], earned["points"]) == (str(customer), order.name, "400")
        assert earned["cause"] == f"order/{order.id}"
        assert "10 points for each KWD 1.000 of KWD 40.000" in earned["how"].replace("\xa0", " ")
        assert (hand["reason"], hand["by_whom"], hand["points"]) == ("'=Late parcel", "you", "40")
        assert list(earned)[-1] == "happened_at"
        assert earned["order"] in filed(world, shop, path, "ar")[-1]["what"]
        assert "كُسبت من الطلب" in filed(world, shop, path, "ar")[-1]["what"]


def test_of_somebody_erased_the_file_names_nobody(world: World, shop: Any) -> None:
    switch_on(world, shop)
    customer = by_orders(shop, 2)[0]
    by_hand(world, shop, customer, 40)
    shop.redact_customer(customer)
    world.work()
    (row, *_) = filed(world, shop, LOG)
    assert (row["customer_id"], row["reason"]) == ("", "")
    assert post(world, shop, f"/customers/{customer}/points/by-hand", {}).status_code == 404
