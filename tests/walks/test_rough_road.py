"""Installation and import while Shopify's Admin API does all that goes wrong with it; a calm twin ends the same."""

import os
from datetime import timedelta

import pytest

from devstore.faults import Faults
from devstore.request_faults import KINDS
from shopify_app.changes.rebuild import drift
from shopify_app.db.base import ShopId
from shopify_app.shops.queries import find_shop
from tests.small_shop import post

BULK = ("bulk_failed", "bulk_expired")
ROUGH = Faults.read({**dict.fromkeys(KINDS, 0.04), **dict.fromkeys(BULK, 0.15), "lag_seconds": [0, 300]})
WEEK = 7 * 24 * 60


def add_history(world, domain):
    """Repeat customers, guests, tests, discounts, refunds in part and in full, a cancellation."""
    shop = world.store.add_shop(domain, currency="KWD", timezone="Asia/Kuwait")
    now = world.clock()
    with shop.history():
        people = [shop.create_customer(f"C{number}").id for number in range(12)]
        for number in range(60):
            lines = [{"price": "10.000", "quantity": 2}, {"price": f"{number}.250", "quantity": 1}]
            order = shop.place_order(
                None if number % 9 == 0 else people[number % 12],
                lines,
                discount="1.125" if number % 4 == 0 else "0",
                at=now - timedelta(days=90, hours=-7 * number),
                test=number % 17 == 5,
            )
            if number % 5 == 0:
                shop.refund(order.id, lines={order.lines[0].id: 1}, at=now - timedelta(days=9))
            if number % 14 == 3:
                shop.cancel(order.id, now - timedelta(days=8))
    return shop


def figures(world, shop):
    told = [world.json(shop, f"/reports/numbers?window=all&basis={basis}") for basis in ("kept", "shopify")]
    return [{name: one["value"] for name, one in each["metrics"].items()} for each in told]


def patiently(world, shop, minutes=WEEK):
    """As a merchant does who comes back now and then, and presses Try again where the app says so."""
    pressed = []
    for _ in range(0, minutes, 15):
        home = world.open(shop, Accept="application/json")
        if home.status_code == 200:
            world.work()
            told = world.json(shop, "/")
            if told["stage"] == "read":
                return pressed
            if told["stage"] == "failed":
                pressed.append(told["status"])
                assert post(world, shop, "/settings/import", {}).status_code == 200
        world.clock.forward(15 * 60)
    raise AssertionError(f"the import did not end within {minutes} minutes: {pressed}")


def drifted(world, shop):
    with world.wafa.database.reading() as session:
        return drift(session, ShopId(find_shop(session, shop.domain).id))


def check(world, rough, calm):
    """Faults off: the two shops had the same history, so they have the same figures."""
    world.store.set_faults(Faults())
    assert figures(world, rough) == figures(world, calm)
    assert (drifted(world, rough), drifted(world, calm)) == (0, 0)


@pytest.fixture
def installed_twin():
    """Joins a world with two shops of one history; the calm one is installed and read at once."""

    def twins(world):
        rough, calm = (add_history(world, domain) for domain in ("alice.myshopify.com", "bea.myshopify.com"))
        world.install(calm)
        world.work()
        assert float(figures(world, calm)[0]["orders"]) > 40
        rough.install()
        return rough, calm

    return twins


@pytest.mark.parametrize("seed", [1, 2])
def test_a_rough_installation_ends_like_a_calm_one(world, installed_twin, seed):
    rough, calm = installed_twin(world)
    world.store.bulk_seconds = 40
    world.store.trouble.randomness.seed(seed)
    world.store.set_faults(ROUGH, rough.domain)
    patiently(world, rough)
    assert len(world.store.injected) > 4
    check(world, rough, calm)


@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") != "long", reason="takes minutes: make test-long")
@pytest.mark.parametrize("fault", [*KINDS, *BULK])
def test_each_fault_alone_is_survived(small_world, installed_twin, fault):
    rough, calm = installed_twin(small_world)
    small_world.store.trouble.fail_next(rough.domain, fault, 3)
    patiently(small_world, rough)
    assert small_world.store.injected[fault] == 3
    check(small_world, rough, calm)
