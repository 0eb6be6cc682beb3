"""What a shop sent before we knew it is the shop's too: it goes with the shop's key."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shopify_app.crypto import Unreadable
from shopify_app.shops.model import ShopKey
from tests.privacy.decoding import names
from tests.privacy.life import DOMAIN, Life
from webhooks.inbox import PARKED, Delivery, Posted

PERSON = {"numbers": [], "words": ["nora77@example.org"], "phones": []}
TOPICS = ("customers/update", "orders/updated", "customers/data_request", "app/scopes_update")


def send(world, topic, body, webhook_id, domain=DOMAIN):
    now = world.clock()
    posted = Posted(domain, webhook_id, topic, "", "", now, json.dumps(body).encode())
    with world.wafa.database.transaction() as session:
        world.wafa.inbox.keep(session, [(posted, now)])


def keys_of(world):
    with world.wafa.database.reading() as session:
        return dict(session.execute(select(Delivery.webhook_id, Delivery.key_shop)).all())


def test_all_of_it_is_under_the_shops_own_key_once_it_is_handled_or_parked(world):
    shop = world.store.add_shop(DOMAIN)
    times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}
    for second in range(3):
        # Of a storm all but one are passed over, and are handled all the same.
        body = {"id": 5, "email": "nora77@example.org", **times, "updated_at": f"2026-01-02T00:00:0{second}Z"}
        send(world, "customers/update", body, f"seen {second}")
    send(world, "orders/updated", {"email": "nora77@example.org"}, "malformed")
    send(world, "customers/data_request", {"customer": {"email": "nora77@example.org"}}, "act")
    send(world, "customers/update", {"id": 6}, "another shop's", "bob.myshopify.com")
    assert set(keys_of(world).values()) == {None}
    world.install(shop)
    world.work()
    keys = keys_of(world)
    assert keys.pop("another shop's") is None
    assert None not in keys.values()
    with world.wafa.database.reading() as session:
        states = dict(session.execute(select(Delivery.webhook_id, Delivery.state)).all())
        assert (states["malformed"], states["seen 0"], states["act"]) == (PARKED, "handled", "handled")
        for one in session.scalars(select(Delivery).where(Delivery.webhook_id.in_(("seen 0", "malformed")))):
            assert b"nora77" in world.wafa.inbox.body(session, one)
        key = session.get(ShopKey, keys["malformed"])
        assert key is not None


def test_nothing_of_it_opens_in_a_backup_without_that_key(small_world):
    life = Life(small_world)
    database, wafa = small_world.wafa.database, small_world.wafa
    with database.reading() as session:
        kept = session.scalars(select(Delivery).where(Delivery.body != b"")).all()
        assert kept
        assert any(names(wafa.inbox.body(session, one), life.gone) for one in kept)
    life.shop.uninstall()
    small_world.work()
    small_world.clock.forward(3 * 86400)
    life.shop.redact_shop()
    small_world.work()
    with database.reading() as session:
        for one in kept:
            with pytest.raises(Unreadable):
                wafa.inbox.body(session, one)


def test_while_a_shop_has_no_key_it_stays_where_it_is(small_world):
    """The shop's row is there before its key, for as long as Shopify is asked for a token."""
    world = small_world
    shop = world.store.add_shop(DOMAIN)
    send(world, "app/scopes_update", {"current": ["read_orders"]}, "early")
    later = world.clock() + timedelta(seconds=100)
    send(world, "customers/update", {"id": 6}, "later")
    with world.wafa.database.transaction() as session:
        session.execute(update(Delivery).where(Delivery.webhook_id == "later").values(due_at=later))
    real = world.wafa.installs._endpoint.exchange

    def exchange(domain, token):
        world.wafa.drain.sweep()
        assert set(keys_of(world).values()) == {None}
        return real(domain, token)

    world.wafa.installs._endpoint.exchange = exchange
    world.install(shop)
    world.clock.forward(200)
    world.work()
    assert keys_of(world)["later"] is not None
