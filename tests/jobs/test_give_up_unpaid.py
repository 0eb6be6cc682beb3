"""Giving up what stays unpaid: once a night, piece by piece, and the same if a piece is lost on the way."""

from datetime import timedelta

from sqlalchemy import func, select

from shopify_app.changes.unpaid.patience import UNPAID
from shopify_app.jobs import give_up_unpaid
from shopify_app.jobs.nightly import request_work
from shopify_app.orders.model import Order, OrderVersion
from shopify_app.tasks.model import Task
from tests.jobs.nights import number
from tests.small_shop import add_shop


def waiting(world, orders=5):
    """A shop with as many orders that were placed 29 days ago and are still to be paid."""
    shop = add_shop(world)
    at = world.clock() - timedelta(days=29)
    with shop.history():
        for _ in range(orders):
            shop.place_order(None, [{"price": "2.000"}], at=at, financial_status="pending")
    world.install(shop)
    world.work()
    return shop


def night(world):
    world.clock.forward(2 * 24 * 3600)
    request_work(world.wafa.database, world.clock())


def stored(world, shop):
    """Orders that were given up, and all versions of orders."""
    mine = number(world, shop)
    with world.wafa.database.reading() as session:
        given_up = select(func.count(Order.given_up_at)).where(Order.shop_id == mine)
        versions = select(func.count()).select_from(OrderVersion).where(OrderVersion.shop_id == mine)
        return session.scalar(given_up), session.scalar(versions)


def test_a_night_that_is_killed_in_every_piece_gives_each_order_up_once(small_world, monkeypatch):
    shop = waiting(small_world)
    monkeypatch.setattr(give_up_unpaid, "AT_ONCE", 2)
    calls = []

    def killed(*arguments):
        """The process dies in every other transaction, just before it would have committed."""
        calls.append(arguments)
        if len(calls) % 2:
            raise RuntimeError("killed")
        real(*arguments)

    real = give_up_unpaid.save
    monkeypatch.setattr(give_up_unpaid, "save", killed)
    night(small_world)
    assert stored(small_world, shop) == (0, 5)
    small_world.work()
    assert stored(small_world, shop) == (5, 10)
    assert len(calls) == 6


def test_it_is_asked_for_once_a_night(small_world):
    shop = waiting(small_world)
    for _ in range(3):
        night(small_world)
        for _ in range(4):
            request_work(small_world.wafa.database, small_world.clock())
            small_world.work()
    assert stored(small_world, shop) == (5, 10)
    with small_world.wafa.database.reading() as session:
        tasks = select(Task.state).where(Task.shop_id == number(small_world, shop), Task.kind == UNPAID)
        assert session.scalars(tasks).all() == ["done"] * 3
