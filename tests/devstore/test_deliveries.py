"""Deliveries: headers, signature, order, retries."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

from tests.devstore.conftest import SECRET


def test_a_delivery_is_signed_and_addressed(shop, store, app):
    shop.install()
    order = shop.place_order(lines=[{"price": "1"}])
    customer = shop.create_customer("Ann")
    shop.request_data(customer.id)
    assert store.deliver_due() == 4
    first = app.received[0]
    assert first.url == "http://app.test/webhooks"
    assert app.received[3].url == "http://app.test/webhooks/compliance"
    mac = base64.b64encode(hmac.new(SECRET.encode(), first.body, hashlib.sha256).digest()).decode()
    assert first.headers["X-Shopify-Hmac-Sha256"] == mac
    assert first.headers["X-Shopify-Shop-Domain"] == "demo.myshopify.com"
    assert first.headers["X-Shopify-API-Version"] == "2026-10"
    assert first.headers["X-Shopify-Triggered-At"] == "2026-11-21T09:00:00.000Z"
    assert json.loads(first.body)["id"] == order.id
    assert store.deliver_due() == 0


def test_two_things_at_one_moment_still_have_an_order(shop, store, app):
    shop.install()
    order = shop.place_order(lines=[{"price": "1"}])
    shop.cancel(order.id)
    moments = [one.triggered_at for one in store.deliveries]
    assert moments == sorted(set(moments))


def test_a_refused_delivery_comes_again_as_it_was(shop, store, app, watch):
    shop.install()
    app.answers = [500, ConnectionError(), 302, 200]
    order = shop.place_order(lines=[{"price": "1"}])
    store.deliveries.pop()
    store._waiting.pop()
    start = watch.now
    waits = []
    while store.deliveries[0].status == "waiting":
        store.deliver_due()
        waits.append(store.deliveries[0].due_at - watch.now)
        shop._touch(order, None)
        watch.now = store.deliveries[0].due_at
    assert waits[:3] == [timedelta(seconds=56), timedelta(seconds=112), timedelta(seconds=224)]
    assert watch.now - start == timedelta(seconds=56 + 112 + 224)
    assert len({one.body for one in app.received}) == 1
    assert len({one.headers["X-Shopify-Webhook-Id"] for one in app.received}) == 1
    assert (store.deliveries[0].attempts, store.deliveries[0].answer) == (4, 200)


def test_eight_retries_within_four_hours_and_no_more(shop, store, app, watch):
    shop.install()
    app.answers = [503] * 50
    shop.change(name="Other")
    start = watch.now
    for _ in range(20):
        store.deliver_due()
        watch.now = max(watch.now, store.deliveries[0].due_at)
    assert len(app.received) == 9
    assert store.deliveries[0].status == "failed"
    assert timedelta(hours=3, minutes=50) < watch.now - start <= timedelta(hours=4)


def test_an_app_that_breaks_loses_no_delivery(shop, store, app):
    shop.install()
    shop.place_order(lines=[{"price": "1"}])
    app.answers = [ZeroDivisionError()]
    try:
        store.deliver_due()
    except ZeroDivisionError:
        assert store.deliver_due() == 2
    assert [one.status for one in store.deliveries] == ["delivered", "delivered"]


def test_leaving_and_coming_back(shop, store, app):
    shop.install()
    shop.set_scopes(["read_orders", "read_discounts"])
    shop.uninstall()
    shop.place_order(lines=[{"price": "1"}])
    shop.redact_shop()
    store.deliver_due()
    assert app.topics == ["app/scopes_update", "app/uninstalled", "shop/redact"]
    scopes = json.loads(app.received[0].body)
    assert scopes["current"] == ["read_orders", "read_discounts"]
    assert "read_all_orders" in scopes["previous"]


def test_the_sending_thread_sends_and_ends(shop, store, app):
    shop.install()
    store.start_sending()
    shop.place_order(lines=[{"price": "1"}])
    for _ in range(200):
        if len(app.received) == 2:
            break
        with store._wake:
            store._wake.wait(0.02)
    store.stop()
    assert app.topics == ["orders/create", "orders/updated"]
