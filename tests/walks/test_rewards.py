"""Points become a code that works at the checkout once, for one customer: redeemed, used, given back, refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from devstore.checkout.cart import Buyer, Cart, Goods
from devstore.checkout.desk import NotPlacedError
from devstore.labels import Labels
from shopify_app.invariants.promises import broken
from shopify_app.jobs.nightly import request_work
from shopify_app.loyalty.rewards.model import Reward
from shopify_app.shops.queries import find_shop
from tests.small_shop import address, page, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_points import points, switch_on
from tests.world import World

FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def shop(world: World) -> Any:
    made = bought(world)
    made.set_scopes([*world.store.scopes, "write_discounts"])
    world.work()
    return made


@pytest.fixture
def person(world: World, shop: Any) -> int:
    """Somebody with 600 points that can be spent: a reward takes 500."""
    customer = by_orders(shop, 2)[0]
    switch_on(world, shop)
    order = shop.place_order(customer, [{"price": "60.000"}], at=world.clock())
    world.clock.forward(3600)
    shop.sending.send(order.id)
    world.work()
    world.clock.forward(14 * 86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert points(world, shop, customer)["available"] == 600
    return customer


def redeem(world: World, shop: Any, customer: int, reward: str = FIRST) -> Any:
    return post(world, shop, f"/customers/{customer}/points/redeem", {"reward": reward})


def rewards(world: World, shop: Any, customer: int) -> Any:
    return world.json(shop, address(f"/customers/{customer}/points"))["rewards"]


def buy(shop: Any, customer: int, code: str, price: str = "20.000") -> Any:
    product = shop.add_product("Oud", price)
    buyer = Buyer(shop.customers[customer], signed_in=True)
    return shop.checkout.place(Cart((Goods(product, 1),), (code,)), buyer)


def proven(world: World) -> None:
    with world.wafa.database.reading() as session:
        shop = find_shop(session, "alice.myshopify.com").id
        assert broken(session, shop, world.clock(), world.wafa.config.lookup_key) == []


def test_points_become_a_code_that_takes_its_amount_off_an_order(world: World, shop: Any, person: int) -> None:
    text = page(world, shop, f"/customers/{person}/points")
    assert "500 points become a code for KWD 1.500 off one order, for this customer alone, until" in text
    assert redeem(world, shop, person).status_code == 200
    assert points(world, shop, person)["available"] == 100
    assert "Shopify is being asked for the code." in page(world, shop, f"/customers/{person}/points")
    world.work()
    (made,) = rewards(world, shop, person)
    assert (made["state"], made["amount"], made["points"]) == ("made", "1.500", 500)
    text = page(world, shop, f"/customers/{person}/points")
    assert made["code"] in text
    assert "400 more points until the next reward, KWD 1.500 off an order." in text
    order = buy(shop, person, made["code"].lower())
    assert order.lines[0].discount == 1500
    world.work()
    (used,) = rewards(world, shop, person)
    assert (used["state"], used["order_id"]) == ("used", str(order.id))
    # What the code took off earns nothing.
    assert points(world, shop, person) == {"balance": 285, "available": 100, "pending": 185, "debt": 0}
    proven(world)


def test_a_code_is_for_one_customer_and_one_order(world: World, shop: Any, person: int) -> None:
    redeem(world, shop, person)
    world.work()
    code = rewards(world, shop, person)[0]["code"]
    with pytest.raises(NotPlacedError):
        buy(shop, by_orders(shop, 1)[0], code)
    buy(shop, person, code)
    with pytest.raises(NotPlacedError):
        buy(shop, person, code)
    world.work()
    assert sum(1 for order in shop.orders.values() if code in order.labels.codes) == 1


def test_asked_for_twice_it_is_one_reward(world: World, shop: Any, person: int) -> None:
    assert [redeem(world, shop, person).status_code for _ in range(2)] == [200, 200]
    world.work()
    assert len(rewards(world, shop, person)) == 1
    assert points(world, shop, person)["available"] == 100
    assert redeem(world, shop, person, SECOND).status_code == 409
    other = by_orders(shop, 1)[0]
    shop.place_order(other, [{"price": "60.000"}], at=world.clock())
    world.work()
    assert redeem(world, shop, other).status_code == 404
    proven(world)


def test_two_hundred_ask_at_once_and_one_gets_it(world: World, shop: Any, person: int) -> None:
    def ask(number: int) -> int:
        return int(redeem(world, shop, person, f"{number:032x}").status_code)

    with ThreadPoolExecutor(16) as many:
        answers = list(many.map(ask, range(200)))
    assert sorted(answers) == [200] + [409] * 199
    world.work()
    with world.wafa.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reward)) == 1
    assert len(shop.discounts.all) == 1
    proven(world)


def test_without_the_permission_the_points_come_back(world: World, shop: Any, person: int) -> None:
    shop.set_scopes(list(world.store.scopes))
    world.work()
    redeem(world, shop, person)
    world.work()
    (refused,) = rewards(world, shop, person)
    assert (refused["state"], refused["code"]) == ("refused", None)
    assert points(world, shop, person)["available"] == 600
    text = page(world, shop, f"/customers/{person}/points")
    assert "No code was made, and the points came back." in text
    log = page(world, shop, "/loyalty/log")
    assert log.index("Came back to the balance") < log.index("Redeemed for a reward")
    proven(world)


def test_points_come_back_with_the_share_of_the_order_that_was_given_back(world: World, shop: Any, person: int) -> None:
    redeem(world, shop, person)
    world.work()
    order = buy(shop, person, rewards(world, shop, person)[0]["code"], "21.500")
    world.work()
    assert points(world, shop, person)["available"] == 100
    shop.refund(order.id, amount="5.000")
    world.work()
    assert points(world, shop, person)["available"] == 100 + 125
    shop.refund(order.id)
    world.work()
    assert points(world, shop, person) == {"balance": 600, "available": 600, "pending": 0, "debt": 0}
    proven(world)


def test_an_order_that_is_cancelled_gives_the_points_of_its_code_back(world: World, shop: Any, person: int) -> None:
    redeem(world, shop, person)
    world.work()
    order = buy(shop, person, rewards(world, shop, person)[0]["code"])
    world.work()
    shop.cancel(order.id)
    world.work()
    assert points(world, shop, person) == {"balance": 600, "available": 600, "pending": 0, "debt": 0}
    proven(world)


def test_an_order_whose_points_were_spent_is_given_back_and_they_are_owed(world: World, shop: Any, person: int) -> None:
    redeem(world, shop, person)
    world.work()
    earner = max(order for order in shop.customers[person].orders)
    shop.refund(earner)
    world.work()
    assert points(world, shop, person) == {"balance": -500, "available": 0, "pending": 0, "debt": 500}
    assert "Points owed 500" in page(world, shop, f"/customers/{person}/points")
    shop.place_order(person, [{"price": "70.000"}], at=world.clock())
    world.work()
    assert points(world, shop, person) == {"balance": 200, "available": 0, "pending": 200, "debt": 0}
    proven(world)


def test_whoever_is_forgotten_before_their_code_is_made_gets_none(world: World, shop: Any, person: int) -> None:
    redeem(world, shop, person)
    shop.redact_customer(person)
    world.work()
    with world.wafa.database.reading() as session:
        (reward,) = session.scalars(select(Reward)).all()
    assert reward.state in ("refused", "made")
    proven(world)


def test_a_reward_of_nobody_is_not_given(world: World, shop: Any, person: int) -> None:
    assert redeem(world, shop, 999_999_999_999).status_code == 404
    assert redeem(world, shop, by_orders(shop, 1)[0], SECOND).status_code == 409
    assert post(world, shop, f"/customers/{person}/points/redeem", {"reward": "x"}).status_code == 400
    assert points(world, shop, person)["available"] == 600


def test_a_shop_that_sells_in_another_currency_gives_no_reward_in_the_old_one(
    world: World, shop: Any, person: int
) -> None:
    redeem(world, shop, person)
    shop.change(currency="USD")
    world.work()
    (refused,) = rewards(world, shop, person)
    assert (refused["state"], refused["code"]) == ("refused", None)
    assert points(world, shop, person)["available"] == 600
    assert redeem(world, shop, person, SECOND).status_code == 409
    assert not shop.discounts.all
    proven(world)


def test_an_order_that_is_never_paid_gives_the_points_of_its_code_back(world: World, shop: Any, person: int) -> None:
    redeem(world, shop, person)
    world.work()
    code = rewards(world, shop, person)[0]["code"]
    lines: Any = [{"price": "20.000"}]
    order = shop.place_order(person, lines, financial_status="pending", labels=Labels(codes=(code,)))
    world.work()
    assert rewards(world, shop, person)[0]["state"] == "used"
    shop.settle(order.id, "voided")
    world.work()
    assert points(world, shop, person) == {"balance": 600, "available": 600, "pending": 0, "debt": 0}
    proven(world)
