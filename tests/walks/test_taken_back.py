"""A code is taken back or ends unused: its points come back, and not where somebody has just used it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from devstore.checkout.desk import NotPlacedError
from devstore.faults import Faults
from devstore.labels import Labels
from shopify_app.jobs.nightly import request_work
from shopify_app.loyalty.rewards.model import SURE, Reward
from tests.small_shop import page, post
from tests.walks.bought import by_orders
from tests.walks.test_points import points
from tests.walks.test_rewards import FIRST, SECOND, buy, person, proven, redeem, rewards, shop
from tests.world import World

__all__ = ["person", "shop"]

SOON = SURE.total_seconds() + 60
ALL = {"balance": 600, "available": 600, "pending": 0, "debt": 0}


@pytest.fixture
def code(world: World, shop: Any, person: int) -> str:
    redeem(world, shop, person)
    world.work()
    return str(rewards(world, shop, person)[0]["code"])


def take_back(world: World, shop: Any, customer: int, reward: str = FIRST) -> Any:
    return post(world, shop, f"/customers/{customer}/points/take-back", {"reward": reward})


def later(world: World, seconds: float = SOON) -> None:
    world.clock.forward(seconds)
    request_work(world.wafa.database, world.clock())
    world.work()


def test_a_code_that_is_taken_back_gives_its_points_back_after_a_while(
    world: World, shop: Any, person: int, code: str
) -> None:
    text = page(world, shop, f"/customers/{person}/points")
    assert "Taken back, a code stops working." in text
    assert take_back(world, shop, person).status_code == 200
    assert "Shopify is being asked to switch the code off." in page(world, shop, f"/customers/{person}/points")
    world.work()
    with pytest.raises(NotPlacedError):
        buy(shop, person, code)
    assert rewards(world, shop, person)[0]["state"] == "returning"
    assert points(world, shop, person)["available"] == 100, "Shopify may not have counted a use yet"
    assert "come back in about a quarter of an hour, unless" in page(world, shop, f"/customers/{person}/points")
    later(world)
    assert rewards(world, shop, person)[0]["state"] == "returned"
    assert points(world, shop, person) == ALL
    assert "Nobody used it, and the points came back." in page(world, shop, f"/customers/{person}/points")
    assert take_back(world, shop, person).status_code == 200, "asked again, it has been done"
    world.work()
    assert points(world, shop, person) == ALL
    proven(world)


def moments(world: World, shop: Any, person: int) -> Iterator[None]:
    """The void, step by step: between any two of them an order can be placed."""
    yield
    take_back(world, shop, person)
    yield
    world.step_tasks()
    yield
    world.clock.forward(SOON)
    yield
    world.step_tasks()
    yield
    later(world)
    yield


@pytest.mark.parametrize("heard", ["at once", "in the end", "never"])
@pytest.mark.parametrize("moment", range(6))
def test_an_order_is_placed_between_every_two_steps(
    world: World, shop: Any, person: int, code: str, moment: int, heard: str
) -> None:
    """The code works until Shopify has switched it off; who used it before has used it, whatever we hear and when."""
    order, shop.discounts.lag = None, timedelta(minutes=5)
    world.store.set_faults(Faults(lag_seconds=(300.0, 300.0)))
    for number, _ in enumerate(moments(world, shop, person)):
        if number == moment:
            before = world.store.deliver_due()
            assert not before
            try:
                order = buy(shop, person, code)
            except NotPlacedError:
                assert moment >= 2
            if heard == "never":
                world.store._waiting.clear()
            world.clock.forward(1)
        if heard == "at once":
            world.store.deliver_due()
            world.wafa.drain.sweep()
    world.work()
    later(world)
    (reward,) = rewards(world, shop, person)
    if order is None:
        assert reward["state"] == "returned"
        assert points(world, shop, person) == ALL
    else:
        assert (reward["state"], reward["order_id"]) == ("used", str(order.id))
        assert points(world, shop, person) == {"balance": 285, "available": 100, "pending": 185, "debt": 0}
    proven(world)


def test_an_order_that_turns_up_after_all_is_a_debt_with_its_reason(
    world: World, shop: Any, person: int, code: str
) -> None:
    """Nobody could have known: Shopify counts late, finds late, and tells late."""
    shop.discounts.lag = timedelta(hours=2)
    world.store.set_faults(Faults(lag_seconds=(7200.0, 7200.0)))
    order = buy(shop, person, code)
    held, world.store._waiting = world.store._waiting, []
    take_back(world, shop, person)
    world.work()
    later(world)
    assert points(world, shop, person) == ALL
    redeem(world, shop, person, SECOND)
    world.work()
    world.store._waiting += held
    world.work()
    assert points(world, shop, person) == {"balance": -215, "available": 0, "pending": 0, "debt": 215}
    states = {one["id"]: (one["state"], one["order_id"]) for one in rewards(world, shop, person)}
    assert states == {FIRST: ("used", str(order.id)), SECOND: ("made", None)}
    text = page(world, shop, f"/customers/{person}/points")
    assert "Taken again: an order with its code was placed or kept after all" in text
    proven(world)


def test_a_code_that_ends_unused_gives_its_points_back(world: World, shop: Any, person: int, code: str) -> None:
    later(world, 30 * 86_400)
    assert points(world, shop, person)["available"] == 100, "Shopify may not have counted a use yet"
    later(world)
    assert rewards(world, shop, person)[0]["state"] == "returned"
    assert points(world, shop, person) == ALL
    proven(world)


def test_a_code_that_the_merchant_has_prolonged_is_switched_off_before_its_points_come_back(
    world: World, shop: Any, person: int, code: str
) -> None:
    shop.discounts.by_code(code).ends_at += timedelta(days=300)
    later(world, 30 * 86_400)
    later(world)
    with pytest.raises(NotPlacedError):
        buy(shop, person, code)
    assert points(world, shop, person)["available"] == 100
    later(world)
    assert points(world, shop, person) == ALL


def test_a_code_that_the_merchant_has_deleted_gives_its_points_back(
    world: World, shop: Any, person: int, code: str
) -> None:
    shop.discounts.delete(f"gid://shopify/DiscountCodeNode/{shop.discounts.by_code(code).id}")
    take_back(world, shop, person)
    world.work()
    later(world)
    assert points(world, shop, person) == ALL


def test_without_the_permission_the_code_stays_good(world: World, shop: Any, person: int, code: str) -> None:
    shop.set_scopes(list(world.store.scopes))
    take_back(world, shop, person)
    world.work()
    assert rewards(world, shop, person)[0]["state"] == "made"
    assert "could not be taken back. Wafa does not have" in page(world, shop, f"/customers/{person}/points")
    shop.set_scopes([*world.store.scopes, "write_discounts"])
    world.work()
    take_back(world, shop, person)
    world.work()
    later(world)
    assert points(world, shop, person) == ALL
    proven(world)


def test_a_code_that_was_used_beside_another_is_known_as_used(world: World, shop: Any, person: int, code: str) -> None:
    """Of several codes an order keeps the first: that ours was among them is learnt when the order is told."""
    lines: Any = [{"price": "20.000"}]
    order = shop.place_order(person, lines, labels=Labels(codes=("SHIPFREE", code)))
    shop.discounts.use([shop.discounts.by_code(code)], frozenset(), world.clock())
    world.work()
    (reward,) = rewards(world, shop, person)
    assert (reward["state"], reward["order_id"]) == ("used", str(order.id))
    assert take_back(world, shop, person).status_code == 409
    shop.refund(order.id)
    world.work()
    assert points(world, shop, person) == ALL


def test_a_code_that_was_counted_for_an_order_which_nobody_finds_is_used(
    world: World, shop: Any, person: int, code: str
) -> None:
    order = buy(shop, person, code)
    shop.delete_order(order.id)
    world.store._waiting.clear()
    take_back(world, shop, person)
    world.work()
    later(world)
    assert rewards(world, shop, person)[0]["state"] == "returning"
    later(world, 2 * 86_400 + 60)
    assert rewards(world, shop, person)[0]["state"] == "used"
    assert points(world, shop, person)["available"] == 100


def test_only_an_unused_code_of_this_customer_can_be_taken_back(
    world: World, shop: Any, person: int, code: str
) -> None:
    other = by_orders(shop, 1)[0]
    assert take_back(world, shop, other).status_code == 404
    assert take_back(world, shop, person, SECOND).status_code == 404
    assert take_back(world, shop, person, "x").status_code == 400
    buy(shop, person, code)
    world.work()
    assert take_back(world, shop, person).status_code == 409
    proven(world)


@pytest.mark.parametrize("used", [True, False])
def test_a_month_after_it_was_used_or_came_back_a_code_is_deleted_in_shopify(
    world: World, shop: Any, person: int, code: str, used: bool
) -> None:
    if used:
        buy(shop, person, code)
    else:
        take_back(world, shop, person)
    world.work()
    later(world)
    for days in (29, 2):
        assert shop.discounts.by_code(code)
        later(world, days * 86_400)
    assert not shop.discounts.by_code(code)
    (reward,) = rewards(world, shop, person)
    assert reward["state"] == ("used" if used else "returned")
    with world.wafa.database.reading() as session:
        assert session.scalars(select(Reward.due_at)).all() == [None]
