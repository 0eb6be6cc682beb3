"""Points for orders of before the programme: counted, given, spent, and taken back as far as nobody spent them."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from shopify_app.loyalty.gift.model import OpeningGift
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.model import Task
from shopify_app.tasks.queries import latest
from tests.small_shop import address, page, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import proven, redeem
from tests.world import World

GIFT = "/loyalty/gift"
FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def shop(world: World) -> Any:
    made = bought(world)
    made.set_scopes([*world.store.scopes, "write_discounts"])
    world.work()
    return made


def counted(world: World, shop: Any, gift: str = FIRST, **sent: str) -> Any:
    answer = post(world, shop, f"{GIFT}/count", {"gift": gift, "months": "12", "most": ""} | sent)
    assert answer.status_code == 200, answer.text
    world.work()
    return world.json(shop, address(GIFT))["gift"]


def given(world: World, shop: Any, gift: str = FIRST) -> Any:
    assert post(world, shop, f"{GIFT}/{gift}/give", {}).status_code == 200
    world.work()
    return world.json(shop, address(GIFT))["gift"]


def test_there_is_no_gift_without_a_programme(world: World, shop: Any) -> None:
    assert "There is no programme yet." in page(world, shop, GIFT)
    assert post(world, shop, f"{GIFT}/count", {"gift": FIRST, "months": "12"}).status_code == 400


def test_past_orders_are_counted_before_anything_is_given_and_given_once(world: World, shop: Any) -> None:
    switch_on(world, shop)
    assert "Give points for past orders" in page(world, shop, "/loyalty")
    found = counted(world, shop)
    # Two who bought for 10 and 20, three for 5; the guest gets nothing.
    assert (found["state"], found["people"], found["points"]) == ("counted", 5, 2 * 300 + 3 * 50)
    text = page(world, shop, GIFT)
    assert "5 customers, 750 points, worth up to KWD 2.250." in text
    person = by_orders(shop, 2)[0]
    assert "With these points alone 0 customers could have a reward at once." in text
    assert "at today's rate of 10 points for each KWD 1.000." in text
    assert "These are some of them." not in text
    file = world.open(shop, address(f"{GIFT}/{FIRST}/shares?format=csv")).text.splitlines()
    assert file[0] == "customer_id,points,enough_for_a_reward"
    assert sorted(line.split(",")[1] for line in file[1:]) == ["300", "300", "50", "50", "50"]
    assert points(world, shop, person) is None
    assert [given(world, shop)["points"] for _ in range(2)] == [750, 750]
    assert points(world, shop, person) == {"balance": 300, "available": 300, "pending": 0, "debt": 0}
    assert "Gift for earlier orders" in page(world, shop, f"/customers/{person}/points")
    assert world.json(shop, address("/loyalty"))["points"]["available"] == 750
    assert post(world, shop, f"{GIFT}/count", {"gift": SECOND, "months": "12"}).status_code == 409
    proven(world)


def test_nobody_gets_more_than_the_limit(world: World, shop: Any) -> None:
    switch_on(world, shop)
    assert counted(world, shop, most="100")["points"] == 2 * 100 + 3 * 50
    refused = post(world, shop, f"{GIFT}/count", {"gift": SECOND, "months": "12", "most": "0"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["most"])


def test_it_is_taken_back_as_far_as_nobody_has_spent_it(world: World, shop: Any) -> None:
    switch_on(world, shop, reward_points="200")
    counted(world, shop)
    given(world, shop)
    spender, other = by_orders(shop, 2)[:2]
    assert world.json(shop, address("/loyalty"))["points"]["holders"] == 5
    everything = world.json(shop, address(f"{GIFT}?undo=1"))["would_take_back"]
    assert everything == {"people": 5, "points": 750}
    assert redeem(world, shop, spender).status_code == 200
    world.work()
    assert "Would be taken back" not in page(world, shop, GIFT)
    text = page(world, shop, f"{GIFT}?undo=1")
    assert "Would be taken back: 5 customers, 550 points, worth up to" in text
    assert "Take these points back" in text
    for _ in range(2):
        assert post(world, shop, f"{GIFT}/{FIRST}/undo", {}).status_code == 200
        world.work()
    told = world.json(shop, address(GIFT))["gift"]
    assert (told["state"], told["taken_back"]) == ("undone", 750 - 200)
    assert points(world, shop, spender) == {"balance": 0, "available": 0, "pending": 0, "debt": 0}
    assert points(world, shop, other)["balance"] == 0
    assert "The gift for earlier orders was taken back" in page(world, shop, f"/customers/{other}/points")
    text = page(world, shop, GIFT)
    assert "Given: 750. Taken back: 550. Spent or ended before: 200." in text
    assert "5 customers" not in text
    assert world.json(shop, address("/loyalty"))["points"]["holders"] == 0
    # Whoever thinks better of it may give another.
    assert counted(world, shop, SECOND, months="3")["state"] == "counted"
    proven(world)


def test_orders_of_the_programme_and_unpaid_ones_are_none_of_it(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    shop.place_order(person, [{"price": "50.000"}], financial_status="pending", at=world.clock())
    world.clock.forward(60)
    switch_on(world, shop)
    shop.place_order(person, [{"price": "70.000"}], at=world.clock())
    world.work()
    assert counted(world, shop)["points"] == 750


def test_a_large_gift_is_given_to_whoever_types_its_number(world: World, shop: Any) -> None:
    shop.place_order(by_orders(shop, 2)[0], [{"price": "40000.000"}], at=world.clock())
    world.clock.forward(60)
    switch_on(world, shop)
    number = counted(world, shop)["points"]
    assert f"type the number of points: {number:,}" in world.open(shop, address(GIFT)).text
    refused = post(world, shop, f"{GIFT}/{FIRST}/give", {"confirm": "1"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["confirm"])
    world.work()
    assert world.json(shop, address(GIFT))["gift"]["state"] == "counted"
    assert post(world, shop, f"{GIFT}/{FIRST}/give", {"confirm": f" {number:,}"}).status_code == 200
    world.work()
    assert world.json(shop, address(GIFT))["gift"]["state"] == "given"


@pytest.mark.parametrize("sent", [{}, {"gift": "x", "months": "12"}, {"gift": FIRST, "months": "5"}])
def test_what_is_no_gift_is_refused(world: World, shop: Any, sent: dict[str, str]) -> None:
    switch_on(world, shop)
    assert post(world, shop, f"{GIFT}/count", sent).status_code == 400
    assert post(world, shop, f"{GIFT}/{SECOND}/give", {}).status_code == 404
    assert post(world, shop, f"{GIFT}/{SECOND}/undo", {}).status_code == 404
    with world.wafa.database.reading() as session:
        assert session.scalars(select(OpeningGift)).all() == []


def test_the_page_speaks_arabic(world: World, shop: Any) -> None:
    switch_on(world, shop)
    counted(world, shop)
    assert "5 عملاء، 750 نقطة، بقيمة تصل إلى" in page(world, shop, GIFT, "ar")


def test_a_step_that_is_done_again_gives_nothing_more(world: World, shop: Any) -> None:
    """A worker that was killed before it noted how far it was, and one that was taken for dead."""
    switch_on(world, shop)
    counted(world, shop)
    assert post(world, shop, f"{GIFT}/{FIRST}/give", {}).status_code == 200
    with world.wafa.database.reading() as session:
        task = latest(session, find_shop(session, "alice.myshopify.com").id, "opening_gift")
    for _ in range(3):
        world.wafa.steps["opening_gift"](task, world.clock())
    world.work()
    told = world.json(shop, address(GIFT))["gift"]
    assert (told["state"], told["people"], told["points"]) == ("given", 5, 750)
    assert world.json(shop, address("/loyalty"))["points"]["available"] == 750
    proven(world)


def test_while_it_is_given_the_page_keeps_what_was_counted(world: World, shop: Any) -> None:
    switch_on(world, shop)
    counted(world, shop)
    assert post(world, shop, f"{GIFT}/{FIRST}/give", {}).status_code == 200
    text = page(world, shop, GIFT)
    assert "5 customers, 750 points, worth up to KWD 2.250." in text
    assert "The points are being given. You can leave this page." in text
    world.work()
    assert post(world, shop, f"{GIFT}/{FIRST}/undo", {}).status_code == 200
    assert "The points are being taken back. You can leave this page." in page(world, shop, GIFT)
    world.work()
    assert "All of it was taken back: 0 points are left." in page(world, shop, GIFT)


def test_where_too_many_have_spent_something_it_is_said_how_much_goes_back_at_most(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(world, shop, reward_points="200")
    counted(world, shop)
    given(world, shop)
    for customer, reward in zip(by_orders(shop, 2), (FIRST, SECOND), strict=False):
        assert redeem(world, shop, customer, reward).status_code == 200
    monkeypatch.setattr("shopify_app.loyalty.to_many.left.LOOKED", 1)
    assert "Would be taken back, at most: 5 customers, 350 points" in page(world, shop, f"{GIFT}?undo=1")


def test_a_gift_that_is_asked_for_while_the_task_ends_another_is_counted(world: World, shop: Any) -> None:
    switch_on(world, shop)
    counted(world, shop)
    post(world, shop, f"{GIFT}/count", {"gift": SECOND, "months": "12", "most": ""})
    with world.wafa.database.transaction() as session:
        found = latest(session, find_shop(session, shop.domain).id, "opening_gift")
        # What a task was asked for stays when it is asked for more before its end.
        session.execute(update(Task).where(Task.id == found.id).values(arguments=json.dumps({"gift": FIRST})))
    world.work()
    with world.wafa.database.reading() as session:
        states = {gift.gift_id: gift.state for gift in session.scalars(select(OpeningGift))}
    assert states == {FIRST: "counted", SECOND: "counted"}
