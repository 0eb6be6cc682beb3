"""Data requests and redaction, as Shopify asks for them, on what we hold."""

import json

from sqlalchemy import select, text

from shopify_app.changes.rebuild import drift
from shopify_app.db.base import Base, ShopId
from shopify_app.orders.model import Order, OrderVersion
from shopify_app.shops.queries import find_shop
from webhooks.inbox import Delivery


def bought(world, customers=2):
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    people = [shop.create_customer(f"P{n}", "X", f"p{n}@example.com", "ar").id for n in range(customers)]
    world.install(shop)
    world.work()
    for _ in range(2):
        for person in people:
            shop.place_order(person, [{"price": "10.000", "quantity": 1}])
            world.clock.forward(60)
    world.work()
    return shop, people


def shop_id(world, shop):
    with world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        return ShopId(row.id) if row else None


def figures(world, shop):
    metrics = world.json(shop, "/reports/numbers?window=all")["metrics"]
    return {name: metric["value"] for name, metric in metrics.items()}


def test_a_data_request_is_answered_for_the_merchant(world):
    shop, (noura, yousef) = bought(world)
    shop.request_data(noura)
    world.work()
    printed = world.app.test_cli_runner().invoke(args=["data-requests", "--shop", shop.domain])
    (answer,) = json.loads(printed.output)
    assert len(answer["data"]["orders"]) == 2
    assert str(yousef) not in printed.output


def test_a_redacted_customer_is_nobody_and_the_sums_stand(world):
    shop, (noura, yousef) = bought(world)
    before = figures(world, shop)
    shop.redact_customer(noura)
    world.work()
    assert figures(world, shop) == before
    with world.wafa.database.reading() as session:
        for model in (Order, OrderVersion):
            people = set(session.scalars(select(model.customer_id)))
            assert noura not in people
            assert yousef in people
        assert drift(session, shop_id(world, shop)) == 0


def test_late_news_of_a_redacted_customer_stays_anonymous(world):
    """An order by the same number still counts as the same unknown person."""
    shop, (noura, _) = bought(world)
    shop.redact_customer(noura)
    world.work()
    shop.place_order(noura, [{"price": "5.000", "quantity": 1}])
    world.work()
    after = figures(world, shop)
    assert (after["customers"], after["orders"]) == ("2", "5")
    with world.wafa.database.reading() as session:
        assert noura not in set(session.scalars(select(Order.customer_id)))


def test_a_redacted_shop_leaves_no_row(world):
    shop, _ = bought(world)
    other = world.store.add_shop("bob.myshopify.com")
    world.install(other)
    other.place_order(None, [{"price": "1.00", "quantity": 1}])
    world.work()
    ours = shop_id(world, shop)
    shop.uninstall()
    world.work()
    shop.redact_shop()
    world.work()
    assert shop_id(world, shop) is None
    with world.wafa.database.reading() as session:
        for table in Base.metadata.tables.values():
            if "shop_id" in table.c and table.name != "privacy_request":
                assert session.execute(select(table).where(table.c.shop_id == ours)).all() == [], table.name
        left = session.scalars(select(Delivery).where(Delivery.shop_domain == shop.domain)).all()
        assert [delivery.topic for delivery in left] == ["shop/redact"]
    assert figures(world, other)["orders"] == "1"


def test_a_shop_that_came_back_is_not_redacted(world):
    shop, _ = bought(world)
    shop.uninstall()
    world.work()
    shop.redact_shop()
    world.clock.forward(3600)
    shop.install()
    world.open(shop)
    world.work()
    assert figures(world, shop)["orders"] == "4"


def test_nothing_of_a_person_is_stored_in_the_clear(world):
    bought(world)
    with world.wafa.database.reading() as session:
        for table in Base.metadata.tables.values():
            rows = session.execute(text(f'SELECT * FROM "{table.name}"')).all()
            assert "example.com" not in repr(rows), table.name


def test_a_request_that_names_no_number_is_done_and_not_parked(small_world):
    """Shopify may name a person by e-mail address alone; nothing is kept under addresses."""
    shop, _ = bought(small_world)
    body = {"shop_id": 1, "shop_domain": shop.domain, "customer": {"email": "p0@example.com"}}
    for topic in ("customers/data_request", "customers/redact"):
        small_world.store.queue(shop.domain, topic, json.dumps(body).encode(), topic)
    small_world.work()
    with small_world.wafa.database.reading() as session:
        states = dict(session.execute(select(Delivery.topic, Delivery.state)).all())
    assert {states["customers/data_request"], states["customers/redact"]} == {"handled"}
