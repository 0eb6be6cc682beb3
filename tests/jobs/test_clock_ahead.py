"""The server's clock stood ahead for a while, and is right again: no shop is deaf until that time has come."""

import pytest
from sqlalchemy import select

from shopify_app.jobs.nightly import request_work
from shopify_app.orders.model import Refund
from shopify_app.reconciliation.queries import reports
from shopify_app.shops.model import Shop
from shopify_app.tasks.model import WAITING
from tests.jobs.nights import DEAF, add_shop, lose, night, number, report, task
from webhooks.topics import HANDLERS

DAYS = 20


def ahead(world, days=DAYS):
    world.clock.forward(days * 86400)


def back(world, days=DAYS):
    world.clock.forward(-days * 86400)


def live_unheard(world, shop):
    """A refund and another name, of which no webhook tells."""
    order = shop.place_order(None, [{"price": "9.000", "quantity": 1}])
    world.work()
    lose(world, HANDLERS)
    shop.refund(order.id, amount="4.000")
    shop.change(name="Renamed")
    world.work()


def healed(world, shop):
    assert report(world, shop).unsolved == 0
    with world.wafa.database.reading() as session:
        assert session.get(Shop, number(world, shop)).name == "Renamed"
        return session.scalars(select(Refund.net).where(Refund.shop_id == number(world, shop))).all()


def test_a_night_that_was_held_ahead_of_its_time_hides_nothing(world):
    shop = add_shop(world)
    night(world)
    ahead(world)
    night(world)
    back(world)
    live_unheard(world, shop)
    world.clock.forward(86400)
    night(world)
    assert healed(world, shop) == [4000]


def test_a_shop_installed_ahead_of_its_time_has_its_nights(world):
    ahead(world)
    shop = add_shop(world)
    back(world)
    live_unheard(world, shop)
    night(world)
    assert healed(world, shop) == [4000]


def test_a_night_that_was_only_asked_for_ahead_of_its_time_is_held_today(world):
    shop = add_shop(world)
    world.clock.now = world.clock.now.replace(hour=21, minute=1)  # a minute after the shop's midnight
    ahead(world)
    request_work(world.wafa.database, world.clock())
    world.step_tasks()
    assert (task(world, shop).state, task(world, shop).phase) == (WAITING, "")
    back(world)
    live_unheard(world, shop)
    night(world)
    assert healed(world, shop) == [4000]


@pytest.mark.parametrize("hours", [1, 3])
def test_each_night_is_held_once_behind_one_from_the_future(small_world, hours):
    world = small_world
    shop = add_shop(world, DEAF)
    ahead(world)
    night(world)
    back(world)
    night(world)
    began = report_of_today(world, shop).started_at
    for _ in range(4):
        world.clock.forward(hours * 3600)
        request_work(world.wafa.database, world.clock())
        world.work()
    assert report_of_today(world, shop).started_at == began


def report_of_today(world, shop):
    with world.wafa.database.reading() as session:
        today = [one for one in reports(session, number(world, shop), 10) if one.night == world.clock().date()]
    return today[0]
