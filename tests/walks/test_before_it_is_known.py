"""What arrives before the shop's currency and zone are known must not be counted by a guess for ever."""

from datetime import timedelta

from sqlalchemy import select

from shopify_app.changes.rebuild import drift
from shopify_app.db.base import ShopId
from shopify_app.orders.model import Refund
from shopify_app.shops.queries import find_shop
from webhooks.inbox import Delivery


def opened_late(world, shop):
    """The merchant opens the app an hour after Shopify installed it; the drain is faster than the first task."""
    world.store.deliver_due()
    world.clock.forward(3600)
    world.open(shop)
    world.wafa.drain.sweep()


def shop_id(session, shop):
    return ShopId(find_shop(session, shop.domain).id)


def test_an_order_that_the_import_does_not_show_counts(small_world):
    """As an order from before the 60 days that Shopify shows, changed between installing and opening."""
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    shop.install()
    order = shop.place_order(None, [{"price": "10.000", "quantity": 1}])
    opened_late(world, shop)
    shop.orders.pop(order.id)
    world.work()
    with world.wafa.database.reading() as session:
        assert drift(session, shop_id(session, shop)) == 0
    assert world.json(shop, "/reports/numbers?window=all")["metrics"]["orders"]["value"] == "1"


def test_a_refund_is_read_in_the_currency_of_its_order(small_world):
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    order = shop.place_order(None, [{"price": "10.000", "quantity": 1}])
    shop.install()
    for amount in ("1.500", "4.505"):
        shop.refund(order.id, amount=amount)
    world.store.deliver_due()
    with world.wafa.database.transaction() as session:
        # Overtaken by orders/updated, as happens.
        for delivery in session.scalars(select(Delivery).where(Delivery.topic == "refunds/create")):
            delivery.triggered_at += timedelta(seconds=2)
    opened_late(world, shop)
    world.work()
    with world.wafa.database.reading() as session:
        assert sorted(session.scalars(select(Refund.net))) == [1500, 4505]
        assert session.scalars(select(Delivery.state).distinct()).all() == ["handled"]
