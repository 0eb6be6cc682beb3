"""Faults of webhooks: each happens when asked for, none when off, and the same seed brings the same ones."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from devstore.faults import PRESETS, Faults
from devstore.store import DevStore
from tests.devstore.conftest import SECRET, App, Watch


def lived(faults, seed=1, orders=40):
    """What the app of a store with these faults is sent in a day, and the store."""
    watch, app = Watch(), App()
    store = DevStore("key", SECRET, "http://app.test", "http://store.test", clock=watch, send=app, seed=seed)
    store.set_faults(faults)
    shop = store.add_shop("demo.myshopify.com")
    shop.install()
    for number in range(orders):
        shop.place_order(lines=[{"price": "1"}])
        if number % 3 == 0:
            store.deliver_due()
        watch.forward(minutes=7)
    for _ in range(60):
        store.deliver_due()
        watch.forward(minutes=10)
    return app, store


def ids(app):
    return [one.headers["X-Shopify-Webhook-Id"] for one in app.received]


def events(app):
    return [(one.headers["X-Shopify-Event-Id"], one.topic) for one in app.received]


def test_nothing_goes_wrong_by_itself():
    app, store = lived(Faults())
    assert not store.injected
    assert len(app.received) == len(set(ids(app))) == 80
    triggers = [one.headers["X-Shopify-Triggered-At"] for one in app.received]
    assert triggers == sorted(triggers)


def test_the_same_seed_brings_the_same_faults():
    worlds = [lived(PRESETS["webhooks"], seed) for seed in (7, 7, 8)]
    sent = [[(one.topic, one.headers, one.body) for one in app.received] for app, _ in worlds]
    assert sent[0] == sent[1] != sent[2]
    assert worlds[0][1].injected == worlds[1][1].injected
    assert set(worlds[0][1].injected) >= {"delayed", "reordered", "duplicated", "doubled", "unheard", "unreached"}


def test_faults_change_nothing_that_the_store_draws_for_itself():
    calm, rough = (lived(faults)[1] for faults in (Faults(), Faults(delayed=0.5, unheard=0.5, reordered=0.5)))
    assert [one.webhook_id for one in calm.deliveries] == [one.webhook_id for one in rough.deliveries]


def test_a_lost_delivery_never_comes(store, shop, app, watch):
    store.set_faults(Faults(lost_topics={"orders/create": 1.0}))
    shop.install()
    shop.place_order(lines=[{"price": "1"}])
    store.deliver_due()
    watch.forward(days=2)
    store.deliver_due()
    assert app.topics == ["orders/updated"]
    assert [one.status for one in store.deliveries] == ["lost", "delivered"]
    assert store.injected == {"lost": 1}


def test_the_next_of_a_topic_are_lost_and_no_more(store, shop, app):
    shop.install()
    store.trouble.lose_next(shop.domain, "orders/updated", 2)
    for _ in range(3):
        shop.place_order(lines=[{"price": "1"}])
    store.deliver_due()
    assert app.topics == ["orders/create"] * 3 + ["orders/updated"]
    assert store.trouble.asked_for(shop.domain) == {}


def test_a_late_delivery_comes_within_its_range(store, shop, app, watch):
    store.set_faults(Faults(delayed=1.0, delay_seconds=(60.0, 120.0)))
    shop.install()
    shop.change(name="Other")
    assert store.deliver_due() == 0
    watch.forward(seconds=59)
    assert store.deliver_due() == 0
    watch.forward(seconds=61)
    assert store.deliver_due() == 1
    assert app.received[0].headers["X-Shopify-Triggered-At"] == "2026-11-21T09:00:00.000Z"


def test_a_duplicate_has_the_same_id_a_double_its_own(store, shop, app):
    shop.install()
    store.set_faults(Faults(duplicated=1.0))
    shop.change(name="Second")
    store.set_faults(Faults(doubled=1.0))
    shop.change(name="Third")
    store.deliver_due()
    assert [len(set(part)) for part in (ids(app)[:2], ids(app)[2:])] == [1, 2]
    assert [len(set(part)) for part in (events(app)[:2], events(app)[2:])] == [1, 1]
    assert app.received[2].body == app.received[3].body
    numbers = [one.number for one in store.deliveries]
    assert numbers == [1, 2, 3, 4]


def test_order_is_lost_but_nothing_else(store, shop, app):
    store.set_faults(Faults(reordered=0.5))
    shop.install()
    for number in range(20):
        shop.change(name=f"Name {number}")
    store.deliver_due()
    names = [json.loads(one.body)["name"] for one in app.received]
    assert names != sorted(names, key=lambda name: int(name[5:]))
    assert Counter(names) == Counter(f"Name {number}" for number in range(20))


def test_an_answer_that_is_not_heard_brings_the_original_again_for_four_hours(store, shop, app, watch):
    store.set_faults(Faults(unheard=1.0))
    shop.install()
    order = shop.place_order(lines=[{"price": "1"}])
    start = watch.now
    while any(one.status == "waiting" for one in store.deliveries):
        store.deliver_due()
        shop._touch(order, None)
        watch.forward(seconds=4)
    assert timedelta(hours=3, minutes=50) < watch.now - start <= timedelta(hours=4, minutes=1)
    assert Counter(ids(app)).most_common()[-1][1] == 9
    assert len({(one.topic, one.body) for one in app.received}) == 2
    assert store.injected == {"unheard": 18}


def test_an_attempt_that_is_not_made_is_made_up_for(store, shop, app, watch):
    store.set_faults(Faults(unreached=1.0))
    shop.install()
    shop.change(name="Other")
    assert store.deliver_due() == 1
    assert not app.received
    store.set_faults(Faults())
    watch.forward(seconds=56)
    store.deliver_due()
    assert app.topics == ["shop/update"]


def test_several_bodies_of_one_order_carry_one_second(store, shop, app, watch):
    store.set_faults(Faults(same_second=1.0))
    shop.install()
    order = shop.place_order(lines=[{"price": "10"}])
    watch.forward(hours=1)
    shop.refund(order.id, "4")
    watch.forward(hours=1)
    shop.cancel(order.id)
    store.deliver_due()
    bodies = [json.loads(one.body) for one in app.received if one.topic != "refunds/create"]
    told = [(one["updated_at"][11:16], one["financial_status"], bool(one["cancelled_at"])) for one in bodies]
    assert told == [
        ("12:00", "pending", False),
        ("12:00", "paid", False),
        ("13:00", "paid", False),
        ("13:00", "partially_refunded", False),
        ("14:00", "partially_refunded", False),
        ("14:00", "refunded", True),
        ("14:00", "refunded", True),
    ]
    assert store.injected == {"same_second": 3}


def test_each_shop_may_have_its_own(store, app):
    for name in ("a", "b"):
        store.add_shop(f"{name}.myshopify.com").install()
    store.set_faults(Faults(lost=1.0), "a.myshopify.com")
    for shop in store.shops.values():
        shop.change(name="Other")
    store.deliver_due()
    assert [one.headers["X-Shopify-Shop-Domain"] for one in app.received] == ["b.myshopify.com"]
    store.set_faults(Faults())
    assert store.trouble.of("a.myshopify.com") == Faults()


@pytest.mark.parametrize(
    "wish",
    [
        {"delayed": 2},
        {"lost": -0.1},
        {"lost": "often"},
        {"lost": True},
        {"gremlins": 0.5},
        {"preset": "mayhem"},
        {"delay_seconds": [5, 1]},
        {"delay_seconds": 5},
        {"lost_topics": ["orders/create"]},
        {"lost_topics": {"orders/create": 3}},
        {"lag_seconds": [-1, 3]},
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(wish):
    with pytest.raises(ValueError, match=r"\w"):
        Faults.read(wish)


def test_a_profile_is_read_over_what_holds_already():
    faults = Faults.read({"delayed": 0.25, "lag_seconds": [0, 60], "operations": ["shop"]}, Faults(lost=0.5))
    assert faults == Faults(lost=0.5, delayed=0.25, lag_seconds=(0.0, 60.0), operations=("shop",))
    assert Faults.read({"preset": "calm", "lost": 1}, faults) == Faults(lost=1.0)
    assert faults.shown() == {"delayed": 0.25, "lost": 0.5, "operations": ("shop",), "lag_seconds": (0.0, 60.0)}


def test_the_control_page_sets_and_shows_them(shop, web, store):
    def act(action, **wish):
        return web.post(f"/store/demo/control/{action}", json=wish)

    assert act("faults", preset="webhooks", lost=0.5).get_json()["faults"]["lost"] == 0.5
    assert act("faults", delayed=0).get_json()["faults"]["lost"] == 0.5
    assert act("faults", preset="calm").get_json()["faults"] == {}
    assert act("lose-next", topic="shop/update", count="2").get_json()["asked_for"] == {"shop/update": 2}
    assert act("fail-next", fault="html").get_json()["asked_for"] == {"shop/update": 2, "html": 1}
    shop.install()
    shop.change(name="Other")
    state = web.get("/store/demo/control/state").get_json()
    assert (state["asked_for"], state["injected"]) == ({"shop/update": 1, "html": 1}, {"lost": 1})
    assert state["deliveries"][0]["status"] == "lost"
    assert "data-faults" in web.get("/store/demo/control").text
    for action, wish in (("faults", {"lost": 7}), ("lose-next", {"topic": "none"}), ("fail-next", {"fault": "none"})):
        assert act(action, **wish).status_code == 422
