"""Uninstalled, redacted, granted: what ends or limits a shop comes late, twice, and without saying when it was."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from devstore.faults import Faults
from shopify_app.clock import AHEAD
from shopify_app.shops.model import INSTALLED, UNINSTALLED, Shop
from shopify_app.shops.queries import find_shop
from shopify_app.shops.uninstall import CONFIRM_REDACTION, CONFIRM_UNINSTALL
from shopify_app.tasks.model import Task
from shopify_app.tasks.queries import due
from shopify_app.tasks.step import run_step
from webhooks.inbox import HANDLED, Delivery

DOMAIN = "alice.myshopify.com"
SECRET = b"test-secret-of-more-than-32-bytes"
TOPICS = {"uninstalled": "app/uninstalled", "redact": "shop/redact"}
LATER = 3 * 86400


def a_shop(world):
    shop = world.store.add_shop(DOMAIN)
    world.install(shop)
    world.work()
    shop.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.work()
    return shop


def post(world, topic, number, *, at=None, body=None):
    """A signed delivery; without `at` it does not say when it was triggered."""
    raw = json.dumps(body or {"shop_id": 1, "shop_domain": DOMAIN}).encode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": DOMAIN,
        "X-Shopify-Webhook-Id": number,
        "X-Shopify-Hmac-Sha256": b64encode(hmac.digest(SECRET, raw, hashlib.sha256)).decode(),
        **({"X-Shopify-Triggered-At": at.isoformat()} if at else {}),
    }
    assert world.client.post("/webhooks", data=raw, headers=headers).status_code == 200


def row(world):
    with world.wafa.database.reading() as session:
        return find_shop(session, DOMAIN)


def confirmations(world):
    with world.wafa.database.reading() as session:
        kinds = (CONFIRM_UNINSTALL, CONFIRM_REDACTION)
        return {tuple(one) for one in session.execute(select(Task.kind, Task.state).where(Task.kind.in_(kinds)))}


def step(world, kind):
    with world.wafa.database.reading() as session:
        (task,) = [one for one in due(session, world.clock()) if session.get(Task, one).kind == kind]
    run_step(world.wafa.database, world.wafa.steps, *task, "test", world.clock())


def leave_unheard(world, shop):
    """Shopify takes us out, and we are not told."""
    world.store.set_faults(Faults(lost=1.0), DOMAIN)
    shop.uninstall()
    world.work()
    world.store.set_faults(Faults(), DOMAIN)
    assert row(world).state == INSTALLED
    world.clock.forward(LATER)


@pytest.mark.parametrize("end", TOPICS)
def test_what_does_not_say_when_ends_no_shop_that_lets_us_in(world, end):
    shop = a_shop(world)
    shop.uninstall()
    world.work()
    world.clock.forward(86400)
    shop.install()
    world.open(shop)
    world.work()
    post(world, TOPICS[end], "late")
    world.work()
    assert row(world).state == INSTALLED
    assert world.json(shop, "/reports/numbers?window=all")["metrics"]["orders"]["value"] == "1"
    assert {state for _, state in confirmations(world)} == {"done"}


@pytest.mark.parametrize("end", TOPICS)
def test_what_does_not_say_when_ends_a_shop_that_lets_us_in_no_longer(world, end):
    shop = a_shop(world)
    leave_unheard(world, shop)
    post(world, TOPICS[end], "untimed")
    world.work()
    if end == "redact":
        assert row(world) is None
        with world.wafa.database.reading() as session:
            assert session.scalars(select(Delivery.id).where(Delivery.shop_domain == DOMAIN)).all() == []
            assert session.scalar(text("SELECT count(*) FROM orders")) == 0
    else:
        assert (row(world).state, row(world).uninstalled_at is None) == (UNINSTALLED, False)


def test_of_two_ends_that_do_not_say_when_neither_is_lost(world):
    """The uninstall stops all work of the shop, and the question whether to erase it is work, too."""
    shop = a_shop(world)
    leave_unheard(world, shop)
    post(world, "app/uninstalled", "one")
    post(world, "shop/redact", "two")
    world.wafa.drain.sweep()
    step(world, CONFIRM_UNINSTALL)
    assert row(world).state == UNINSTALLED
    world.work()
    assert row(world) is None


@pytest.mark.parametrize("trouble", ["reset", "server_error"])
def test_a_redaction_is_not_forgotten_while_shopify_says_nothing(small_world, trouble):
    world = small_world
    shop = a_shop(world)
    leave_unheard(world, shop)
    world.store.set_faults(Faults(**{trouble: 1.0}), DOMAIN)
    post(world, "shop/redact", "untimed")
    for _ in range(40):
        world.wafa.drain.sweep()
        world.step_tasks()
        world.clock.forward(3600)
    assert row(world) is not None
    world.store.set_faults(Faults(), DOMAIN)
    world.work()
    assert row(world) is None


@pytest.mark.parametrize("trouble", ["payment_required", "not_found", "locked", "throttled", "html"])
def test_a_shop_that_shopify_says_nothing_of_stays_until_it_does(small_world, trouble):
    world = small_world
    a_shop(world)
    world.store.set_faults(Faults(**{trouble: 1.0}), DOMAIN)
    post(world, "shop/redact", "untimed")
    for _ in range(20):
        world.wafa.drain.sweep()
        world.step_tasks()
        world.clock.forward(600)
    assert (CONFIRM_REDACTION, "waiting") in confirmations(world)
    world.store.set_faults(Faults(), DOMAIN)
    world.work()
    assert confirmations(world) == {(CONFIRM_REDACTION, "done")}
    assert row(world).state == INSTALLED


@pytest.mark.parametrize("kind", [CONFIRM_UNINSTALL, CONFIRM_REDACTION])
def test_who_comes_back_while_shopify_is_asked_stays(world, kind):
    shop = a_shop(world)
    leave_unheard(world, shop)
    post(world, "app/uninstalled" if kind == CONFIRM_UNINSTALL else "shop/redact", "untimed")
    world.wafa.drain.sweep()
    real = world.wafa.admin.run

    def run(*arguments, **values):
        try:
            return real(*arguments, **values)
        finally:
            world.wafa.admin.run = real
            shop.install()
            world.clock.forward(1)
            assert world.open(shop).status_code == 200

    world.wafa.admin.run = run
    step(world, kind)
    world.work()
    assert row(world).state == INSTALLED
    assert world.json(shop, "/reports/numbers?window=all")["metrics"]["orders"]["value"] == "1"


@pytest.mark.parametrize("end", TOPICS)
def test_a_shop_installed_by_a_clock_that_was_ahead_can_end(world, end):
    world.clock.forward(20 * 86400)
    shop = a_shop(world)
    world.clock.forward(-19 * 86400)
    if end == "uninstalled":
        shop.uninstall()
    else:
        leave_unheard(world, shop)
        shop.redact_shop()
    world.store.deliver_due()
    for _ in range(5):
        world.wafa.drain.sweep()
        world.step_tasks()
        world.clock.forward(60)
    assert row(world) is None if end == "redact" else row(world).state == UNINSTALLED


@pytest.mark.parametrize("told", [None, "ahead"])
def test_the_door_keeps_whether_it_was_told_when(world, told):
    a_shop(world)
    post(world, "carts/create", "one", at=world.clock() + AHEAD if told else None)
    post(world, "carts/create", "two", at=world.clock() - timedelta(hours=1))
    with world.wafa.database.reading() as session:
        columns = (Delivery.webhook_id, Delivery.timed, Delivery.triggered_at)
        found = session.execute(select(*columns).where(Delivery.topic == "carts/create")).all()
    now = world.clock()
    assert sorted(map(tuple, found)) == [("one", False, now), ("two", True, now - timedelta(hours=1))]


def test_a_redaction_of_before_spares_the_shop_that_is_just_being_installed(world):
    """A double of shop/redact waited as a stray until the merchant came back; what came since was acknowledged."""
    shop = a_shop(world)
    shop.uninstall()
    world.work()
    world.clock.forward(LATER)
    shop.redact_shop()
    world.work()
    assert row(world) is None
    post(world, "shop/redact", "double", at=world.clock())
    world.clock.forward(3600)
    shop.install()
    shop.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.store.deliver_due()
    ours = select(Delivery.state).where(Delivery.shop_domain == DOMAIN, Delivery.topic != "shop/redact")
    with world.wafa.database.reading() as session:
        acknowledged = len(session.scalars(ours).all())
    endpoint = world.wafa.installs._endpoint
    real = endpoint.exchange

    def exchange(domain, token):
        world.wafa.drain.sweep()
        return real(domain, token)

    endpoint.exchange = exchange
    assert world.open(shop).status_code == 200
    world.work()
    with world.wafa.database.reading() as session:
        kept = session.scalars(ours).all()
    assert acknowledged
    assert kept[:acknowledged] == [HANDLED] * acknowledged


def test_a_shop_that_is_redacted_while_it_is_installed_again_is_installed_in_the_end(world):
    """Its rows go while Shopify answers the exchange: the installation begins anew."""
    shop = a_shop(world)
    shop.uninstall()
    world.work()
    world.clock.forward(LATER)
    shop.redact_shop()
    world.store.deliver_due()
    world.clock.forward(1)
    shop.install()
    before = row(world).id
    endpoint = world.wafa.installs._endpoint
    real, drained = endpoint.exchange, []

    def exchange(domain, token):
        drained.append(world.wafa.drain.sweep())
        return real(domain, token)

    endpoint.exchange = exchange
    assert world.open(shop).status_code == 200
    world.work()
    assert sum(drained) == 1
    assert row(world).id != before
    assert row(world).state == INSTALLED


def test_an_older_change_of_permissions_that_comes_last_changes_nothing(world):
    a_shop(world)
    began = world.clock()
    world.clock.forward(60)
    both = {"current": ["read_orders", "read_customers"]}
    post(world, "app/scopes_update", "new", at=began + timedelta(seconds=30), body=both)
    world.work()
    post(world, "app/scopes_update", "old", at=began + timedelta(seconds=10), body={"current": ["read_orders"]})
    world.work()
    with world.wafa.database.reading() as session:
        scopes = session.scalar(select(Shop.scopes).where(Shop.domain == DOMAIN))
    assert scopes == "read_customers,read_orders"
