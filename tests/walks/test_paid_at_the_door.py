"""Orders that are to be paid at the door: they count at once, not for ever, and again once they are paid."""

from datetime import timedelta

import pytest

from shopify_app.invariants.promises import broken
from shopify_app.jobs.nightly import request_work
from tests.jobs.nights import number
from tests.small_shop import page
from tests.world import World

NOVEMBER = "/reports/numbers?window=2026-11-01..2026-11-30"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request, config, clock, tmp_path):
    return World(config, request.getfixturevalue(request.param), clock, tmp_path)


@pytest.fixture
def shop(world):
    """One person, one order that was paid; the app comes on 21 November."""
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    with shop.history():
        at = world.clock() - timedelta(days=60)
        shop.place_order(shop.create_customer("A", "B", "a@x.test", at=at).id, [{"price": "10.000"}], at=at)
        # On their way when the app came, and one that never was.
        for ago in (50, 20):
            at = world.clock() - timedelta(days=ago)
            shop.place_order(next(iter(shop.customers)), [{"price": "2.000"}], at=at, financial_status="pending")
    return shop


def nights(world, count):
    for _ in range(count):
        world.clock.forward(24 * 3600)
        request_work(world.wafa.database, world.clock())
        world.work()


def counted(world, shop, query="window=all"):
    """Orders that count in either basis; every promise holds."""
    with world.wafa.database.reading() as session:
        assert broken(session, number(world, shop), world.clock(), world.wafa.config.lookup_key) == []
    return tuple(
        int(world.json(shop, f"/reports/numbers?{query}&basis={basis}")["metrics"]["orders"]["value"])
        for basis in ("kept", "shopify")
    )


def started(world, shop):
    world.install(shop)
    world.work()
    return next(iter(shop.customers))


def test_the_first_figures_leave_out_what_was_never_paid(world, shop):
    started(world, shop)
    assert counted(world, shop) == (2, 3)


def test_an_order_paid_at_the_door_counts_while_it_is_awaited_and_again_once_it_is_paid(world, shop):
    person = started(world, shop)
    order = shop.place_order(person, [{"price": "5.000"}], financial_status="pending")
    world.work()
    assert counted(world, shop) == (3, 4)
    # Of the two that were awaited when the app came, one has waited for 20 days then.
    nights(world, 12)
    assert counted(world, shop) == (2, 4)
    before = world.json(shop, "/reports/numbers?report=2026-11")
    assert before["metrics"]["orders"]["value"] == "1"
    nights(world, 20)
    assert counted(world, shop) == (1, 4)
    text = page(world, shop, f"/reports/orders/{order.id}")
    assert "Does not count Completed orders : It has stayed unpaid for too long." in text
    assert "Counts As Shopify counts : It counts as this customer's order number 4." in text
    assert "Unpaid for too long" in text.split("What we knew")[-1]
    assert "مضى وقت طويل ولم يُدفع هذا الطلب." in page(world, shop, f"/reports/orders/{order.id}", "ar")
    world.clock.forward(60)
    shop.settle(order.id, "paid")
    world.work()
    assert counted(world, shop) == (2, 4)
    assert "order number 2" in page(world, shop, f"/reports/orders/{order.id}")
    # What November looked like when it was over has not changed with any of it; what is known of it today has.
    assert world.json(shop, "/reports/numbers?report=2026-11") == before
    nights(world, 2)
    assert counted(world, shop) == (2, 4)


def test_a_month_as_it_was_before_an_order_was_given_up(world, shop):
    person = started(world, shop)
    shop.place_order(person, [{"price": "5.000"}], financial_status="pending")
    world.work()
    nights(world, 35)
    assert counted(world, shop, "window=2026-11-01..2026-11-30") == (0, 2)
    then = world.json(shop, f"{NOVEMBER}&as_of=2026-11-30&seen=then")
    assert then["metrics"]["orders"]["value"] == "2"


def test_a_night_that_missed_some_days_gives_up_all_the_same(world, shop):
    person = started(world, shop)
    for _ in range(3):
        shop.place_order(person, [{"price": "5.000"}], financial_status="pending")
    world.work()
    world.clock.forward(40 * 24 * 3600)
    nights(world, 1)
    assert counted(world, shop) == (1, 6)
