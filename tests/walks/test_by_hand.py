"""Staff give points, take them and undo it; points end, and people are told when."""

from datetime import timedelta
from typing import Any

import pytest

from shopify_app.jobs.nightly import request_work
from tests.small_shop import address, page, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import proven
from tests.world import World

FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def shop(world: World) -> Any:
    made = bought(world)
    world.work()
    switch_on(world, made)
    return made


def by_hand(world: World, shop: Any, customer: int, number: int, deed: str = FIRST, reason: str = "Late parcel") -> Any:
    sent = {"deed": deed, "points": str(number), "reason": reason}
    return post(world, shop, f"/customers/{customer}/points/by-hand", sent)


def undo(world: World, shop: Any, customer: int, deed: str = FIRST) -> Any:
    """With the second button, where there is one."""
    path = f"/customers/{customer}/points/by-hand/{deed}/undo"
    first = post(world, shop, path, {})
    if first.status_code != 200 or first.json["done"]:
        return first
    return post(world, shop, path, {"seen": first.json["seen"]})


def test_points_given_by_hand_can_be_spent_at_once_and_undone(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    path = f"/customers/{person}/points"
    text = page(world, shop, path)
    assert "Your staff can give 5,000 more points by hand this month." in text
    text = page(world, shop, path + "?by_hand=120")
    assert "This customer gets 120 points, and can spend them at once." in text
    assert "The balance goes from 0 to 120." in text
    assert [by_hand(world, shop, person, 120).status_code for _ in range(2)] == [200, 200]
    assert points(world, shop, person) == {"balance": 120, "available": 120, "pending": 0, "debt": 0}
    text = page(world, shop, path)
    assert "By hand: " in text
    assert "Late parcel" in text
    assert "Your staff can give 4,880 more points by hand this month." in text
    assert [undo(world, shop, person).status_code for _ in range(2)] == [200, 200]
    assert points(world, shop, person)["balance"] == 0
    text = page(world, shop, path)
    assert "Undone. It had been by hand: " in text
    assert "Your staff can give 5,000 more points by hand this month." in text
    proven(world)


def test_points_taken_by_hand_come_back_when_it_is_undone(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    by_hand(world, shop, person, 100)
    assert "This customer loses 30 points." in page(world, shop, f"/customers/{person}/points?by_hand=30&way=take")
    assert by_hand(world, shop, person, -30, SECOND).status_code == 200
    assert points(world, shop, person)["available"] == 70
    assert by_hand(world, shop, person, -71, "c" * 32).status_code == 409
    undo(world, shop, person, SECOND)
    assert points(world, shop, person)["available"] == 100
    proven(world)


def test_nobody_gives_more_than_the_month_allows_nor_without_a_reason(world: World, shop: Any) -> None:
    person, other = by_orders(shop, 2)[:2]
    assert by_hand(world, shop, person, 4_999).status_code == 200
    assert by_hand(world, shop, other, 2, SECOND).status_code == 409
    form = world.open(shop, address(f"/customers/{other}/points?by_hand=2")).text
    assert 'error="Write a whole number from 1 to 1."' in form
    refused = by_hand(world, shop, other, 1, SECOND, "  ")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["reason"])
    assert points(world, shop, other) is None
    world.clock.forward(32 * 86_400)
    assert by_hand(world, shop, other, 2, SECOND).status_code == 200


@pytest.mark.parametrize("sent", [{}, {"deed": "x"}, {"points": "0"}, {"points": "1e3"}, {"points": "2000000"}])
def test_what_is_no_deed_is_refused(world: World, shop: Any, sent: dict[str, str]) -> None:
    person = by_orders(shop, 2)[0]
    whole = {"deed": FIRST, "points": "5", "reason": "x"} | sent if sent else {}
    assert post(world, shop, f"/customers/{person}/points/by-hand", whole).status_code == 400


def test_one_deed_is_for_one_customer(world: World, shop: Any) -> None:
    person, other = by_orders(shop, 2)[:2]
    by_hand(world, shop, person, 10)
    assert by_hand(world, shop, other, 10).status_code == 404
    assert undo(world, shop, other).status_code == 404
    assert undo(world, shop, person, SECOND).status_code == 404
    assert points(world, shop, person)["balance"] == 10


def test_what_is_owed_can_be_written_off(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    by_hand(world, shop, person, 100)
    by_hand(world, shop, person, -100, SECOND)
    undo(world, shop, person)
    assert points(world, shop, person)["debt"] == 100
    text = page(world, shop, f"/customers/{person}/points")
    assert "Write off what is owed" in text
    assert "What is owed is taken from it first." in page(world, shop, f"/customers/{person}/points?by_hand=100")
    by_hand(world, shop, person, 100, "c" * 32)
    assert points(world, shop, person) == {"balance": 0, "available": 0, "pending": 0, "debt": 0}
    proven(world)


def test_undoing_what_was_spent_says_before_what_it_takes(world: World, shop: Any) -> None:
    person, path = by_orders(shop, 2)[0], None
    by_hand(world, shop, person, 100)
    by_hand(world, shop, person, -70, SECOND)
    shop.place_order(person, [{"price": "5.000"}], at=world.clock())
    world.work()
    before = points(world, shop, person)
    assert before == {"balance": 80, "available": 30, "pending": 50, "debt": 0}
    path = f"/customers/{person}/points/by-hand/{FIRST}/undo"
    asked = post(world, shop, path, {}).json
    assert (asked["done"], points(world, shop, person)) == (False, before)
    assert "undo=" + FIRST in asked["go"]
    text = page(world, shop, f"/customers/{person}/points?undo={FIRST}")
    assert "Points given: 100. Left of them: 30. Undoing takes the rest from other points, or it is owed." in text
    assert "What can be spent goes from 30 to 0." in text
    assert "What is pending goes from 50 to 0." in text
    assert "What is owed goes from 0 to 20." in text
    by_hand(world, shop, person, 10, "c" * 32)
    again = post(world, shop, path, {"seen": asked["seen"]}).json
    assert (again["done"], points(world, shop, person)["balance"]) == (False, 90), "it would do something else by now"
    assert post(world, shop, path, {"seen": again["seen"]}).json["done"]
    assert points(world, shop, person) == {"balance": -10, "available": 0, "pending": 0, "debt": 10}
    assert "Undo it all the same" not in page(world, shop, f"/customers/{person}/points?undo={FIRST}")
    proven(world)


def test_what_nobody_spent_is_undone_with_one_click(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    by_hand(world, shop, person, 100)
    assert "Undo it all the same" not in page(world, shop, f"/customers/{person}/points?undo={FIRST}")
    assert post(world, shop, f"/customers/{person}/points/by-hand/{FIRST}/undo", {}).json["done"]
    assert points(world, shop, person)["balance"] == 0
    assert page(world, shop, f"/customers/{person}/points?undo=x")
    assert world.open(shop, address(f"/customers/{person}/points?undo={SECOND}")).status_code == 404


def test_points_end_and_the_page_says_when(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    by_hand(world, shop, person, 100)
    switch_on(world, shop, ends="after", ends_after="90")
    request_work(world.wafa.database, world.clock())
    world.work()
    path = f"/customers/{person}/points"
    told = world.json(shop, address(path))["next_end"]
    assert (told["points"], told["at"][:10]) == (100, (world.clock() + timedelta(days=90)).date().isoformat())
    assert "Next points end" in page(world, shop, path)
    assert "Your points end 90 days after they could first be spent." in page(world, shop, "/loyalty")
    assert "End within 90 days" in page(world, shop, "/loyalty")
    (soon,) = world.json(shop, address("/loyalty/ending"))["ending"]
    assert (soon["customer_id"], soon["points"]) == (str(person), 100)
    text = page(world, shop, "/loyalty/ending")
    assert "Tell them from" in text
    file = world.open(shop, address("/loyalty/ending?format=csv")).text.splitlines()
    assert [line.split(",")[0] for line in file[1:]] == [str(person)]
    world.clock.forward(89 * 86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert points(world, shop, person)["available"] == 100
    world.clock.forward(86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert points(world, shop, person)["available"] == 0
    assert "Ended" in page(world, shop, path)
    assert "Nobody's points end soon" in page(world, shop, "/loyalty/ending")
    proven(world)


def test_a_first_order_gives_its_bonus_with_its_own_entry(world: World, shop: Any) -> None:
    switch_on(world, shop, first_order="25")
    person = shop.create_customer(first_name="Dana").id
    shop.place_order(person, [{"price": "10.000"}], at=world.clock())
    world.work()
    assert points(world, shop, person)["pending"] == 125
    assert "Bonus with order" in page(world, shop, f"/customers/{person}/points")
    assert "Your first order gives 25 points as a bonus." in page(world, shop, "/loyalty")
    proven(world)
