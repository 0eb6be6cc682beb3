"""What was acknowledged stays readable, and a shop's trouble stays its own."""

import dataclasses
import json

from sqlalchemy import event, select
from werkzeug.test import Client

from shopify_app.app import build, create_app
from webhooks.inbox import Delivery, Posted


def test_new_master_keys_open_what_unknown_shops_sent(small_world, config):
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com")
    shop.install()
    shop.place_order(None, [{"price": "10.00", "quantity": 1}])
    world.store.deliver_due()
    rotated = dataclasses.replace(config, encryption_keys=(b"n" * 32, *config.encryption_keys))
    world.wafa = build(
        rotated,
        database=world.wafa.database,
        clock=world.clock,
        transport=world.adapter,
        sleep=world.clock.forward,
        directory=world.wafa.imports.parent,
    )
    world.app = create_app(wafa=world.wafa)
    world.client = Client(world.app)
    world.open(shop)
    world.work()
    with world.wafa.database.reading() as session:
        assert session.scalars(select(Delivery.state).distinct()).all() == ["handled"]


def test_a_backlog_is_read_once(small_world):
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com")
    world.install(shop)
    world.work()
    order = shop.place_order(None, [{"price": "10.00", "quantity": 1}])
    world.work()
    body = json.dumps(shop.payload("orders/updated", order)).encode()
    now = world.clock()
    with world.wafa.database.transaction() as session:
        for number in range(600):
            posted = Posted(shop.domain, f"backlog-{number}", "orders/updated", "", "", now, body)
            world.wafa.inbox.keep(session, [(posted, now)])
    read = []
    event.listen(Delivery, "load", lambda _row, _context: read.append(1))
    world.wafa.drain.sweep()
    assert len(read) < 2 * 600


def test_a_redacted_shop_does_not_stop_the_sweep(small_world):
    world = small_world
    gone, other = (world.store.add_shop(f"{name}.myshopify.com") for name in ("alice", "bob"))
    for shop in (gone, other):
        world.install(shop)
    customer = gone.create_customer("A", "B", "a@x.test", "ar").id
    world.work()
    gone.uninstall()
    world.work()
    gone.redact_shop()
    gone.redact_customer(customer)
    other.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    world.wafa.drain.sweep()
    assert world.json(other, "/reports/numbers?window=all")["metrics"]["orders"]["value"] == "1"
