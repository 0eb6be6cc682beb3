"""What goes wrong around a delivery is not its fault, and what is wrong with one is no other's."""

import dataclasses
import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.exc import OperationalError

from shopify_app.app import build
from shopify_app.db import lease
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.orders.model import Order
from shopify_app.shops.model import ShopKey
from shopify_app.shops.queries import find_shop
from tests.world import World
from webhooks import storms
from webhooks.inbox import HANDLED, PARKED, WAITING, Delivery, Posted, purge


@pytest.fixture
def pair(world):
    shops = [world.store.add_shop(f"{name}.myshopify.com") for name in ("alice", "bob")]
    for shop in shops:
        world.install(shop)
    world.work()
    return shops


def keep(world, shop, topic, body, webhook_id):
    now = world.clock()
    with world.wafa.database.transaction() as session:
        world.wafa.inbox.keep(session, [(Posted(shop.domain, webhook_id, topic, "", "", now, body), now)])


def states(database, topic):
    with database.reading() as session:
        found = session.execute(select(Delivery.state, Delivery.attempts).where(Delivery.topic == topic))
        return [tuple(row) for row in found]


def orders(world, shop):
    return world.json(shop, "/reports/numbers?window=all")["metrics"]["orders"]["value"]


@contextmanager
def full_disk(database, table):
    def fail(_connection, _cursor, statement, *_):
        if f"INSERT INTO {table}" in statement:
            raise OperationalError(statement, None, OSError("No space left on device"))

    event.listen(database.writing, "before_cursor_execute", fail)
    yield
    event.remove(database.writing, "before_cursor_execute", fail)


def test_a_redaction_outlives_a_full_disk(world, pair):
    shop, _ = pair
    person = shop.create_customer("A", "B", "a@x.test", "ar").id
    shop.place_order(person, [{"price": "1.00", "quantity": 1}])
    world.work()
    shop.redact_customer(person)
    world.clock.forward(60)
    world.store.deliver_due()
    with full_disk(world.wafa.database, "privacy_request"):
        for _ in range(48):
            world.wafa.drain.sweep()
            world.clock.forward(5)
    assert states(world.wafa.database, "customers/redact") == [(WAITING, 0)]
    world.clock.forward(60)
    world.wafa.drain.sweep()
    assert states(world.wafa.database, "customers/redact") == [(HANDLED, 0)]
    with world.wafa.database.reading() as session:
        assert session.scalars(select(Order).where(Order.customer_id == person)).all() == []


def test_what_is_owed_is_never_purged_unhandled(world, pair):
    shop, _ = pair
    keep(world, shop, "customers/redact", b"hello", "owed")
    keep(world, shop, "orders/create", b"hello", "lost")
    world.wafa.drain.sweep()
    purge(world.wafa.database, world.clock(), world.clock() + timedelta(days=1))
    assert states(world.wafa.database, "customers/redact") == [(PARKED, 1)]
    assert (PARKED, 1) not in states(world.wafa.database, "orders/create")


@pytest.fixture
def rolled_out(config, postgresql, clock, tmp_path):
    """A server that was restarted with a new key, and one beside it that was not yet."""
    world = World(
        dataclasses.replace(config, encryption_keys=(b"n" * 32, *config.encryption_keys)), postgresql, clock, tmp_path
    )
    how = {"transport": world.adapter, "sleep": clock.forward, "directory": tmp_path}
    return world, build(config, database=postgresql, clock=clock, **how)


def test_a_server_that_does_not_know_a_key_yet_parks_nothing(rolled_out):
    world, late = rolled_out
    shop = world.store.add_shop("alice.myshopify.com")
    world.install(shop)
    world.work()
    shop.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    late.drain.sweep()
    assert states(late.database, "orders/create") == [(WAITING, 0)]
    world.clock.forward(61)
    world.work()
    assert orders(world, shop) == "1"


def test_what_nobody_can_ever_open_is_parked(world, pair):
    shop, _ = pair
    shop.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    with world.wafa.database.transaction() as session:
        session.execute(delete(ShopKey).where(ShopKey.shop_id == find_shop(session, shop.domain).id))
    world.wafa.drain.sweep()
    assert states(world.wafa.database, "orders/create") == [(PARKED, 1)]


def test_a_body_of_many_floors_is_parked_alone(world, pair):
    shop, other = pair
    deep = b'{"id":1,"updated_at":"2026-01-01T00:00:00Z","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    keep(world, shop, "orders/updated", deep, "deep")
    for one in (shop, other):
        one.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    world.wafa.drain.sweep()
    assert (PARKED, 1) in states(world.wafa.database, "orders/updated")
    assert (orders(world, shop), orders(world, other)) == ("1", "1")


def test_a_turn_that_fails_is_no_other_shops_trouble(world, pair, monkeypatch):
    shop, other = pair
    for one in pair:
        one.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    real = world.wafa.drain._look

    def look(turn):
        if turn.domain == shop.domain:
            raise RuntimeError
        return real(turn)

    monkeypatch.setattr(world.wafa.drain, "_look", look)
    world.wafa.drain.sweep()
    assert orders(world, other) == "1"


def test_unreadable_acts_hold_nobody_up(world, pair):
    """One round after the other, without the pause that comes when nothing was left to do."""
    shop, _ = pair
    for number in range(5):
        keep(world, shop, "shop/update", b'{"name": 1}', f"bad-{number}")
    world.clock.forward(1)
    shop.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    while world.wafa.drain.round():
        pass
    assert orders(world, shop) == "1"


def test_a_clock_set_back_makes_nothing_wait(world, pair):
    shop, _ = pair
    shop.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    world.clock.forward(-3600)
    world.wafa.drain.sweep()
    assert states(world.wafa.database, "orders/create") == [(HANDLED, 0)]


def test_large_bodies_are_opened_some_at_a_time(world, pair, monkeypatch):
    shop, _ = pair
    monkeypatch.setattr(storms, "_BYTES", 3000)
    for number in range(10):
        stamp = "2026-01-01T00:00:00Z"
        told = {"id": number, "created_at": stamp, "updated_at": stamp, "currency": "USD", "note": "x" * 1000}
        keep(world, shop, "orders/updated", json.dumps(told).encode(), f"large-{number}")
    assert [world.wafa.drain.round() for _ in range(5)] == [3, 3, 3, 1, 0]


class Impatient:
    """A task that asks for the drain's lease while the drain has it."""

    def __init__(self, world, shop):
        self.world = world
        with world.wafa.database.reading() as session:
            self.shop = find_shop(session, shop.domain).id
        self.turns = DrainTurns(world.wafa.database, world.clock, self.sleep)
        self.handled = []

    def sleep(self, seconds):
        """While it waits, the drain that holds the lease ends its turn, and looks for another."""
        with self.world.wafa.database.transaction() as session:
            lease.release(session, self.shop, lease.DRAIN, "drain")
        self.handled.append(self.world.wafa.drain.round())
        self.world.clock.forward(seconds)


def test_a_drain_that_is_never_done_stands_back_for_a_task_that_asks(world, pair):
    shop, _ = pair
    task = Impatient(world, shop)
    shop.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    with world.wafa.database.transaction() as session:
        assert lease.claim(session, task.shop, lease.DRAIN, "drain", world.clock())
    assert task.turns.take(task.shop, "task", lambda _session, _now: None)
    # First it lets the task have its turn, then it goes on.
    assert [*task.handled, world.wafa.drain.round()] == [0, 2]


@pytest.mark.parametrize(("ahead", "free"), [(timedelta(seconds=40), False), (timedelta(hours=6), True)])
def test_a_lease_from_a_clock_that_was_ahead_is_free(world, pair, ahead, free):
    shop = Impatient(world, pair[0]).shop
    now = world.clock()
    with world.wafa.database.transaction() as session:
        assert lease.claim(session, shop, lease.REFRESH, "dead", now + ahead)
        assert lease.claim(session, shop, lease.REFRESH, "alive", now) is free
