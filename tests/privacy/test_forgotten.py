"""Who is forgotten stays forgotten, and what others asked for is not."""

import json

from sqlalchemy import select

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomersMerged
from shopify_app.customers.model import CustomerAlias
from shopify_app.orders.model import Order
from shopify_app.privacy.model import PrivacyRequest
from shopify_app.privacy.redact import redact_customer
from shopify_app.shops.queries import find_shop
from tests.factories import LOOKUP, instant, make_shop, order


def test_a_merge_does_not_bring_a_redacted_customer_back(database):
    shop, now = make_shop(database), instant("2026-01-01")

    def applied(*facts):
        with database.transaction() as session:
            apply_facts(session, shop, facts, now, LOOKUP)

    applied(order(1, 5, "2025-01-01", "10"), order(2, 9, "2025-01-02", "10"))
    with database.transaction() as session:
        redact_customer(session, shop, 5, LOOKUP, now)
    applied(CustomersMerged(9, 5, now), order(3, 5, "2025-01-03", "10"))
    applied(order(4, 5, "2025-01-04", "10"))
    with database.reading() as session:
        assert session.scalars(select(CustomerAlias.customer_id)).all() == []
        buyers = dict(session.execute(select(Order.order_id, Order.customer_id)).all())
    assert buyers[3] == buyers[4], "the same person whatever the batches"


def test_redacting_one_customer_leaves_the_answers_about_others(small_world):
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com")
    asking, leaving = (shop.create_customer("A", "B", f"{n}@x.test", "ar").id for n in "ab")
    world.install(shop)
    world.work()
    shop.place_order(asking, [{"price": "10.00", "quantity": 1}])
    shop.request_data(asking)
    world.work()
    shop.redact_customer(leaving)
    world.work()
    printed = world.app.test_cli_runner().invoke(args=["data-requests", "--shop", shop.domain])
    assert [len(each["data"]["orders"]) for each in json.loads(printed.output)] == [1]


def test_a_new_shop_has_nothing_of_a_redacted_one(database, world):
    """On SQLite the number of a deleted last row is given out again."""
    gone = world.store.add_shop("alice.myshopify.com")
    customer = gone.create_customer("A", "B", "a@x.test", "ar").id
    world.install(gone)
    gone.request_data(customer)
    world.work()
    gone.uninstall()
    world.work()
    gone.redact_shop()
    world.work()
    new = world.store.add_shop("bob.myshopify.com")
    world.install(new)
    printed = world.app.test_cli_runner().invoke(args=["data-requests", "--shop", new.domain])
    assert (printed.exit_code, json.loads(printed.output or "null")) == (0, [])
    with database.reading() as session:
        ours = find_shop(session, new.domain).id
        assert session.scalars(select(PrivacyRequest).where(PrivacyRequest.shop_id == ours)).all() == []


def test_a_redacted_shop_leaves_no_answer(small_world):
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com")
    customer = shop.create_customer("A", "B", "a@x.test", "ar").id
    world.install(shop)
    shop.request_data(customer)
    world.work()
    shop.uninstall()
    world.work()
    shop.redact_shop()
    world.work()
    with world.wafa.database.reading() as session:
        assert [answer for answer in session.scalars(select(PrivacyRequest.answer)) if answer is not None] == []
