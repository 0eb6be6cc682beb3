"""Points from the merchant's first look at a programme to the customer's account: over HTTP, as Shopify tells it."""

import csv
from typing import Any

import pytest

from shopify_app.customers.access.queries import entries as access_entries
from shopify_app.jobs.nightly import request_work
from shopify_app.shops.queries import find_shop
from tests.small_shop import address, page, post
from tests.walks.bought import LINES, bought, by_orders
from tests.world import World

SIMPLE = {"points": "10", "per": "1", "wait_days": "14", "reward_points": "500", "reward": "1.500", "code_days": "30"}


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


def switch_on(world: World, shop: Any, **other: str) -> None:
    answer = post(world, shop, "/loyalty/switch-on", SIMPLE | other)
    assert answer.status_code == 200, answer.text
    world.clock.forward(60)


def points(world: World, shop: Any, customer: int) -> Any:
    return world.json(shop, address(f"/customers/{customer}/points"))["points"]


def test_nothing_earns_before_the_programme_is_switched_on(world: World, shop: Any) -> None:
    text = page(world, shop, "/loyalty")
    assert "Nothing starts until you say so." in text
    assert "Simple If every point is spent, that gives back 3.0 % of what people pay." in text
    person = by_orders(shop, 2)[0]
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    assert points(world, shop, person) is None
    assert "Your shop has no loyalty programme yet." in page(world, shop, f"/customers/{person}/points")
    assert "No points yet" in page(world, shop, "/loyalty/log")


def test_a_draft_is_kept_and_shows_what_it_would_cost(world: World, shop: Any) -> None:
    assert post(world, shop, "/loyalty/draft", SIMPLE | {"reward": "2.500"}).status_code == 200
    text = page(world, shop, "/loyalty")
    assert "You have a draft." in text
    assert "You earn 10 points for each KWD 1.000 of products that you buy" in text
    assert "gives back 5.0 % of what people pay" in text
    # Two who bought for 10 and 20, three for 5, a guest for 10.
    assert (
        "On your sales of the last 12 months, KWD 85.000, that would have been up to 850 points, worth up to KWD 4.250."
        in text
    )
    assert world.json(shop, address("/loyalty"))["draft"]["reward"] == 2500


def test_an_order_earns_waits_and_is_taken_back(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop)
    order = shop.place_order(person, LINES, at=world.clock())
    world.work()
    assert points(world, shop, person) == {"balance": 100, "available": 0, "pending": 100, "debt": 0}
    assert f"Earned with order {order.name}" in page(world, shop, f"/customers/{person}/points")
    world.clock.forward(20 * 86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert points(world, shop, person)["available"] == 0, "nothing was sent yet"
    shop.sending.send(order.id)
    world.work()
    world.clock.forward(14 * 86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert points(world, shop, person)["available"] == 100
    assert "100 points can be spent now." in page(world, shop, f"/customers/{person}/points")
    shop.refund(order.id)
    world.work()
    assert points(world, shop, person) == {"balance": 0, "available": 0, "pending": 0, "debt": 0}
    log = page(world, shop, "/loyalty/log")
    assert log.index("Taken back") < log.index("Can be spent from now on") < log.index("Earned with order")
    file = world.open(shop, address("/loyalty/log?format=csv")).text.splitlines()
    assert [[row[name] for name in ("kind", "cause", "points")] for row in csv.DictReader(file)] == [
        ["reverse", f"order/{order.id}", "-100"],
        ["release", f"order/{order.id}", "0"],
        ["earn", f"order/{order.id}", "100"],
    ]


def test_a_paused_programme_keeps_what_was_earned(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop)
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    assert post(world, shop, "/loyalty/pause", {}).status_code == 200
    world.clock.forward(60)
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    assert points(world, shop, person)["balance"] == 100
    assert "Paused since" in page(world, shop, "/loyalty")
    assert post(world, shop, "/loyalty/resume", {}).status_code == 200
    world.clock.forward(60)
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    assert points(world, shop, person)["balance"] == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"points": "0"}, "Write a whole number from 1 to 1000000."),
        ({"points": "1e3"}, "Write a whole number from 1 to 1000000."),
        ({"per": "-1"}, "Write an amount above zero, like 1.500."),
        ({"per": "1.2345"}, "Write an amount above zero, like 1.500."),
        ({"reward": "50"}, "All of an order's points would be worth more than the order."),
        ({"wait_days": "366"}, "Write a whole number from 0 to 365."),
    ],
)
def test_a_programme_that_makes_no_sense_is_explained_beside_its_field(
    world: World, shop: Any, typed: dict[str, str], said: str
) -> None:
    sent = SIMPLE | typed
    query = "&".join(f"{name}={value}" for name, value in sent.items())
    answer = world.open(shop, address(f"/loyalty?{query}"))
    assert answer.status_code == 400
    assert said in answer.text.replace("&#39;", "'")
    assert post(world, shop, "/loyalty/switch-on", sent).status_code == 400
    assert world.json(shop, address("/loyalty"))["state"] == "none"


def test_whoever_is_forgotten_leaves_points_that_name_nobody(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop)
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    shop.redact_customer(person)
    world.work()
    total = world.json(shop, address("/loyalty"))["points"]
    assert (total["accounts"], total["pending"]) == (1, 100)
    log = page(world, shop, "/loyalty/log")
    assert "Erased on request" in log
    assert str(person) not in log


def test_looking_at_points_is_noted(world: World, shop: Any) -> None:
    world.open(shop, address("/loyalty/log"))
    with world.wafa.database.reading() as session:
        number = find_shop(session, "alice.myshopify.com").id
        assert "points" in {entry.what for entry in access_entries(session, number, None, 10)}


def test_the_page_speaks_arabic(world: World, shop: Any) -> None:
    switch_on(world, shop)
    person = by_orders(shop, 2)[0]
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    text = page(world, shop, "/loyalty", "ar")
    assert "تحصل على 10 نقاط عن كل" in text
    assert "يمكن استبدال النقاط بعد 14 يومًا من شحن الطلب، متى دُفعت قيمته." in text
    text = page(world, shop, f"/customers/{person}/points", "ar")
    assert "لا نقاط متاحة للاستبدال الآن. نقاط متاحة 0 نقاط بانتظار التأكيد 100" in text
    assert "كُسبت من الطلب" in text


def test_a_programme_of_another_currency_is_not_switched_on_again(world: World, shop: Any) -> None:
    switch_on(world, shop)
    assert post(world, shop, "/loyalty/pause", {}).status_code == 200
    shop.change(currency="USD")
    world.work()
    assert post(world, shop, "/loyalty/resume", {}).status_code == 409
    assert "Paused since" in page(world, shop, "/loyalty")


def test_whatever_else_changes_a_programme_is_on_since_it_was_switched_on(world: World, shop: Any) -> None:
    switch_on(world, shop)
    on = next(line for line in page(world, shop, "/loyalty").split("On since ")[1].split(". ", 1))
    world.clock.forward(5 * 86_400)
    switch_on(world, shop, points="12")
    assert f"On since {on}." in page(world, shop, "/loyalty")
