"""Other rewards than an amount off: added by the merchant, redeemed for a customer, enforced at the checkout."""

from typing import Any

import pytest

from devstore.checkout.cart import Buyer, Cart, Goods
from devstore.checkout.desk import NotPlacedError
from devstore.labels import Labels
from tests.small_shop import address, page, post
from tests.walks.test_points import SIMPLE, points
from tests.walks.test_rewards import FIRST, SECOND, buy, person, proven, rewards, shop
from tests.walks.test_taken_back import later, take_back
from tests.world import World

__all__ = ["person", "shop"]


def add(world: World, shop: Any, **typed: str) -> Any:
    return post(world, shop, "/loyalty/rewards/add", typed)


def offered(world: World, shop: Any) -> Any:
    return world.json(shop, address("/loyalty/rewards"))["rewards"]


def redeemed(world: World, shop: Any, person: int, reward: str = FIRST, prize: int = -1) -> Any:
    """The code of the reward that was added last."""
    sent = {"reward": reward, "prize": offered(world, shop)[prize]["id"]}
    answer = post(world, shop, f"/customers/{person}/points/redeem", sent)
    assert answer.status_code == 200, answer.text
    world.work()
    (made,) = (one for one in rewards(world, shop, person) if one["id"] == reward)
    assert made["state"] == "made", made
    return made["code"]


def test_a_share_of_an_order(world: World, shop: Any, person: int) -> None:
    text = page(world, shop, "/loyalty/rewards?kind=percent&points=300&percent=20")
    assert "300 points = 20 % off an order." in text
    assert "Shopify cannot cap what a percentage takes off" in text
    assert add(world, shop, kind="percent", points="300", percent="20").status_code == 200
    assert "300 points = 20 % off an order." in page(world, shop, "/loyalty")
    text = page(world, shop, f"/customers/{person}/points")
    assert "300 points become a code for one order, for this customer alone, until" in text
    order = buy(shop, person, redeemed(world, shop, person), "30.000")
    assert order.lines[0].discount == 6000
    world.work()
    assert points(world, shop, person)["available"] == 300
    assert "20 % off an order" in page(world, shop, f"/customers/{person}/points")
    proven(world)


def test_free_shipping(world: World, shop: Any, person: int) -> None:
    add(world, shop, kind="shipping", points="200")
    code = redeemed(world, shop, person)
    product = shop.add_product("Oud", "20.000")
    cart = Cart((Goods(product, 1),), (code,))
    quote = shop.checkout.quote(cart, Buyer(shop.customers[person], signed_in=True))
    assert not quote.refused
    order = shop.checkout.place(cart, Buyer(shop.customers[person], signed_in=True))
    assert order.shipping == 0
    assert quote.pricing.off_shipping > 0
    world.work()
    assert rewards(world, shop, person)[0]["state"] == "used"
    proven(world)


def test_free_shipping_goes_with_no_other_code(world: World, shop: Any, person: int) -> None:
    add(world, shop, kind="shipping", points="100")
    free, off = redeemed(world, shop, person), redeemed(world, shop, person, SECOND, 0)
    product = shop.add_product("Oud", "20.000")
    with pytest.raises(NotPlacedError):
        shop.checkout.place(Cart((Goods(product, 1),), (free, off)), Buyer(shop.customers[person], signed_in=True))


@pytest.mark.parametrize("first", [True, False])
def test_two_rewards_of_one_order_are_both_used_and_both_come_back(
    world: World, shop: Any, person: int, first: bool
) -> None:
    """The merchant may let our codes be combined; an order keeps the first of them."""
    add(world, shop, kind="shipping", points="100")
    codes = redeemed(world, shop, person), redeemed(world, shop, person, SECOND, 0)
    lines: Any = [{"price": "20.000"}]
    order = shop.place_order(person, lines, labels=Labels(codes=codes if first else codes[::-1]))
    world.work()
    assert {(one["state"], one["order_id"]) for one in rewards(world, shop, person)} == {("used", str(order.id))}
    assert points(world, shop, person)["available"] == 0
    world.clock.forward(60)
    shop.refund(order.id)
    world.work()
    assert points(world, shop, person) == {"balance": 600, "available": 600, "pending": 0, "debt": 0}
    proven(world)


def test_one_piece_of_a_product_is_free(world: World, shop: Any, person: int) -> None:
    oud, musk = shop.add_product("Oud", "20.000"), shop.add_product("Musk", "5.000")
    shop.checkout.place(Cart((Goods(oud, 1), Goods(musk, 1)), ()), Buyer(shop.customers[person], signed_in=True))
    world.work()
    text = page(world, shop, f"/loyalty/rewards?kind=product&points=400&value=20&product={oud.id}")
    assert "400 points = One Oud free, up to KWD 20.000." in text
    add(world, shop, kind="product", points="400", product=str(oud.id), value="20")
    code = redeemed(world, shop, person)
    buyer = Buyer(shop.customers[person], signed_in=True)
    with pytest.raises(NotPlacedError):
        shop.checkout.place(Cart((Goods(musk, 1),), (code,)), buyer)
    order = shop.checkout.place(Cart((Goods(oud, 3), Goods(musk, 1)), (code,)), buyer)
    assert [line.discount for line in order.lines] == [20_000, 0]
    world.work()
    assert "One Oud free, up to KWD 20.000" in page(world, shop, f"/customers/{person}/points")
    proven(world)


@pytest.mark.parametrize(
    "typed",
    [
        {"kind": "percent", "points": "300", "percent": "20"},
        {"kind": "shipping", "points": "300"},
        {"kind": "amount", "points": "300", "value": "0.750"},
    ],
    ids=lambda typed: str(typed["kind"]),
)
def test_each_kind_can_be_taken_back(world: World, shop: Any, person: int, typed: dict[str, str]) -> None:
    add(world, shop, **typed)
    code = redeemed(world, shop, person)
    take_back(world, shop, person)
    world.work()
    with pytest.raises(NotPlacedError):
        buy(shop, person, code)
    later(world)
    assert points(world, shop, person)["available"] == 600
    proven(world)


def test_a_change_of_the_programme_keeps_the_other_rewards(world: World, shop: Any, person: int) -> None:
    add(world, shop, kind="percent", points="300", percent="20")
    add(world, shop, kind="amount", points="900", value="4")
    post(world, shop, "/loyalty/switch-on", SIMPLE | {"points": "12"})
    post(world, shop, "/loyalty/pause", {})
    post(world, shop, "/loyalty/resume", {})
    assert [one["kind"] for one in offered(world, shop)] == ["amount", "percent", "amount"]
    told = world.json(shop, address("/loyalty"))["version"]["rule"]["others"]
    assert [one["kind"] for one in told] == ["percent", "amount"]
    shop.change(currency="USD")
    world.work()
    post(world, shop, "/loyalty/switch-on", SIMPLE | {"reward": "1.50"})
    assert [one["kind"] for one in offered(world, shop)] == ["amount", "percent"], "four dinars are not four dollars"


def test_a_reward_that_was_taken_out_is_not_given_and_its_codes_stay_good(world: World, shop: Any, person: int) -> None:
    add(world, shop, kind="percent", points="100", percent="50")
    add(world, shop, kind="percent", points="100", percent="50")
    _, prize = offered(world, shop)
    code = redeemed(world, shop, person)
    assert post(world, shop, "/loyalty/rewards/take-out", {"prize": prize["id"]}).status_code == 200
    assert len(offered(world, shop)) == 1
    sent = {"reward": SECOND, "prize": prize["id"]}
    assert post(world, shop, f"/customers/{person}/points/redeem", sent).status_code == 409
    assert buy(shop, person, code, "10.000").lines[0].discount == 5000
    assert points(world, shop, person)["available"] == 500


@pytest.mark.parametrize(
    "typed",
    [
        {"kind": "percent", "points": "300", "percent": "101"},
        {"kind": "percent", "points": "0", "percent": "20"},
        {"kind": "percent", "points": "٣٠٠", "percent": "²"},
        {"kind": "amount", "points": "300", "value": "0"},
        {"kind": "amount", "points": "300", "value": "1" * 400},
        {"kind": "product", "points": "300", "value": "5", "product": "1"},
        {"kind": "product", "points": "300", "value": "5", "product": "²"},
        {"kind": "gold", "points": "300"},
        {"points": 300},
    ],
)
def test_what_is_no_reward_is_not_added(world: World, shop: Any, person: int, typed: dict[str, str]) -> None:
    assert add(world, shop, **typed).status_code == 400
    assert len(offered(world, shop)) == 1
    asked = "&".join(f"{name}={value}" for name, value in typed.items())
    assert world.open(shop, address(f"/loyalty/rewards?{asked}")).status_code in (200, 400)


def test_without_a_programme_there_is_nothing_to_add_to(world: World, shop: Any) -> None:
    assert add(world, shop, kind="shipping", points="300").status_code == 400
    assert "There is no programme yet" in page(world, shop, "/loyalty/rewards")
    assert offered(world, shop) == []
