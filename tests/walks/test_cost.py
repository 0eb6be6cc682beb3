"""What a programme would have cost: from the merchant's question to the figures, over HTTP."""

import csv
from typing import Any

import pytest

from shopify_app.jobs import simulate_programme
from tests.small_shop import address, page, post
from tests.walks.bought import LINES, bought, by_orders
from tests.walks.test_points import SIMPLE, switch_on
from tests.world import World

COST = "/loyalty/cost"
WORK_OUT = f"{COST}/work-out"


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


def worked_out(world: World, shop: Any, **typed: str) -> None:
    answer = post(world, shop, WORK_OUT, typed)
    assert answer.status_code == 200, answer.text
    world.work()


def test_without_a_programme_there_is_nothing_to_cost_yet(world: World, shop: Any) -> None:
    text = page(world, shop, COST)
    assert "No programme and no draft yet" in text
    assert world.json(shop, address(COST)) == {"state": None, "found": None}
    assert world.open(shop, address(f"{COST}?format=csv")).status_code == 400


def test_the_ready_programmes_can_be_compared_before_anything_is_decided(world: World, shop: Any) -> None:
    worked_out(world, shop)
    text = page(world, shop, COST)
    # Two who bought for 10 and 20, three for 5, a guest for 10: of 85, 75 are of customers.
    assert "Worked out on 8 orders" in text
    assert "KWD 85.000 now." in text
    assert "Simple Balanced" in text
    # And 50 for the first order of each of the five.
    assert "Points given Simple 750 Balanced 1,000" in text
    assert "Cost, if every point is used Simple KWD 2.250 (2.6 %) Balanced KWD 5.000 (5.9 %)" in text
    assert "8 orders are too few to advise an amount" in text
    assert world.json(shop, address("/loyalty"))["state"] == "none"


def test_a_draft_stands_beside_the_programme_that_holds(world: World, shop: Any) -> None:
    switch_on(world, shop)
    assert post(world, shop, "/loyalty/draft", SIMPLE | {"points": "5"}).status_code == 200
    assert "Work out the cost" in page(world, shop, COST)
    worked_out(world, shop)
    text = page(world, shop, COST)
    assert "Your draft instead of your programme: On the orders of the last 12 months" in text
    assert "5 customers would have earned less, and nobody more." in text
    assert "Your programme Your draft" in text
    assert "Points given Your programme 750 Your draft 375" in text
    rows = list(csv.DictReader(world.open(shop, address(f"{COST}?format=csv")).text.splitlines()))
    assert [(row["programme"], row["used"], row["cost"]) for row in rows[:3]] == [
        ("holds", "0.3", "0.675"),
        ("draft", "0.3", "0.336"),
        ("holds", "0.6", "1.350"),
    ]
    assert {row["sales"] for row in rows} == {"85.000"}
    assert world.json(shop, address(COST))["found"]["costs"][0]["cost"] == "0.675"


def test_what_was_typed_is_tried_without_being_saved(world: World, shop: Any) -> None:
    query = "&".join(f"{name}={value}" for name, value in SIMPLE.items())
    assert "What would it have cost on your own orders?" in page(world, shop, f"/loyalty?{query}&points=20")
    worked_out(world, shop, **SIMPLE | {"points": "20"})
    text = page(world, shop, COST)
    assert "What you typed Simple" in text
    assert "Points given What you typed 1,500 Simple 750" in text
    assert "Look at What you typed again" in text
    assert world.json(shop, address("/loyalty"))["draft"] is None
    worked_out(world, shop, **SIMPLE | {"reward": "2.500", "first_order": "50", "birthday": "100"})
    assert "Balanced Simple" in page(world, shop, COST)
    assert post(world, shop, WORK_OUT, SIMPLE | {"points": "none"}).status_code == 400


def test_the_same_is_not_worked_out_twice(world: World, shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out(world, shop)
    before = world.json(shop, address(COST))["found"]["until"]
    world.clock.forward(60)
    answer = post(world, shop, WORK_OUT, {})
    assert answer.get_json()["message"] == "Nothing has changed since: this is how it stands."
    world.work()
    assert world.json(shop, address(COST))["found"]["until"] == before
    shop.place_order(by_orders(shop, 2)[0], LINES, at=world.clock())
    world.work()
    world.clock.forward(60)
    worked_out(world, shop)
    assert world.json(shop, address(COST))["found"]["orders"] == 9


def test_the_page_says_how_far_it_is(world: World, shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate_programme, "ROWS", 1)
    assert post(world, shop, WORK_OUT, {}).status_code == 200
    assert "It is being worked out. You can leave this page." in page(world, shop, COST)
    world.step_tasks()
    world.step_tasks()
    text = page(world, shop, COST)
    assert "Going through your orders: 7 of 8. You can leave this page." in text
    assert "Work it out again" not in text
    world.work()
    assert "Worked out on 8 orders" in page(world, shop, COST)


def test_the_margin_is_the_merchants_to_say(world: World, shop: Any) -> None:
    worked_out(world, shop)
    # 750 points, 60 % of them used: 450 are worth 1.350 of sales of 85, which is 1.588 %.
    assert "Points used 60 % Cost KWD 1.350 Of your sales 1.59 % More sales needed 4.0 %" in page(world, shop, COST)
    half = page(world, shop, f"{COST}?margin=20")
    assert "Of your sales 1.59 % More sales needed 7.9 %" in half
    for typed in ("0", "101", "x", "1e1", "-5", "40.123"):
        assert world.open(shop, address(f"{COST}?margin={typed}")).status_code == 400
    assert "More sales needed 4.0 %" in page(world, shop, f"{COST}?margin=0", status=400)


def test_free_shipping_is_advised_from_the_orders_there_are(small_world: World) -> None:
    world, lines = small_world, [{"price": "9.000", "quantity": 1}]
    shop = bought(world)
    for _ in range(192):
        shop.place_order(None, lines, at=world.clock())
    world.work()
    world.clock.forward(60)
    worked_out(world, shop)
    text = page(world, shop, COST)
    assert "2.5 % of your orders come to KWD 10.000, and 96.0 % are a little short of it" in text
    rows = world.open(shop, address(f"{COST}?format=csv&table=shipping")).text.splitlines()
    assert "10.000,5,192,KWD" in rows
    assert world.json(shop, address(COST))["found"]["free_shipping_from"] == "10.000"


def test_the_page_speaks_arabic(world: World, shop: Any) -> None:
    worked_out(world, shop)
    text = page(world, shop, COST, "ar")
    assert "حُسب على 8 طلبات من" in text
    assert "النقاط الممنوحة بسيط 750 متوازن 1,000" in text
    assert "8 طلبات لا تكفي لنقترح مبلغًا" in text


def test_points_that_end_are_told_where_they_do(world: World, shop: Any) -> None:
    worked_out(world, shop, **SIMPLE)
    assert "Of them ended" not in page(world, shop, COST)
    worked_out(world, shop, **SIMPLE | {"ends": "after", "ends_after": "90"})
    assert "Of them ended, if none is used What you typed 0 Simple 0" in page(world, shop, COST)
