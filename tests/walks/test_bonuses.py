"""Whose first order it was is known once all orders are read: nobody gets its bonus before, who is due does then."""

from datetime import timedelta
from typing import Any

import pytest

from shopify_app.shops.access import ALL_ORDERS
from tests.small_shop import page
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import proven
from tests.world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, config: Any, clock: Any, tmp_path: Any) -> World:
    return World(config, request.getfixturevalue(request.param), clock, tmp_path)


def people(world: World, shop: Any, *days: int) -> list[Any]:
    """Customers of before, each with one order so many days ago."""
    made = []
    with shop.history():
        for ago in days:
            at = world.clock() - timedelta(days=ago)
            made.append(shop.create_customer(f"old {ago}", "A", f"old{ago}@x.test", at=at).id)
            shop.place_order(made[-1], [{"price": "10.000"}], at=at)
    return made


def buy(world: World, shop: Any, person: int) -> None:
    shop.place_order(person, [{"price": "10.000"}], at=world.clock())


def heard(world: World) -> None:
    """Deliver and drain; no task goes on."""
    while world.store.deliver_due() + world.wafa.drain.sweep():
        pass


def pending(world: World, shop: Any, *customers: int) -> list[int]:
    return [points(world, shop, each)["pending"] for each in customers]


def test_a_first_order_while_older_ones_are_read_has_its_bonus_once_they_are(world: World) -> None:
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    (old,) = people(world, shop, 300)
    world.install(shop)
    world.step_tasks()
    switch_on(world, shop, first_order="25")
    new = shop.create_customer("new", "B", "new@x.test").id
    for each in (old, new):
        buy(world, shop, each)
    heard(world)
    assert pending(world, shop, old, new) == [100, 100]
    world.work()
    assert pending(world, shop, old, new) == [100, 125]
    assert "Bonus with order" in page(world, shop, f"/customers/{new}/points")
    buy(world, shop, new)
    world.work()
    assert pending(world, shop, old, new) == [100, 225]
    proven(world)


def test_with_all_orders_granted_nobody_has_a_first_order_anew(world: World) -> None:
    """Shopify showed 60 days; the rest is being read when people buy whom we have not met."""
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    (old,) = people(world, shop, 300)
    shop.install([one for one in world.store.scopes if one != ALL_ORDERS])
    world.open(shop)
    world.work()
    switch_on(world, shop, first_order="25")
    shop.set_scopes(world.store.scopes)
    heard(world)
    new = shop.create_customer("new", "B", "new@x.test").id
    for each in (old, new):
        buy(world, shop, each)
    heard(world)
    assert pending(world, shop, old, new) == [100, 100]
    world.work()
    assert pending(world, shop, old, new) == [100, 125]
    proven(world)
