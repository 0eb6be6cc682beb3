"""A storm of updates: what must be read, and what a later delivery says all of."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shopify_app.changes.rebuild import drift
from shopify_app.db.base import ShopId
from shopify_app.orders.model import Order, OrderLine, OrderVersion
from shopify_app.shops.queries import find_shop
from webhooks.inbox import HANDLED, Delivery, Kept
from webhooks.storms import newest

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def kept(number, topic="orders/updated"):
    return Kept(number, "alice.myshopify.com", f"w{number}", topic, START + timedelta(seconds=number), 0, 1, b"")


def body(order, seconds):
    return json.dumps({"id": order, "updated_at": (START + timedelta(seconds=seconds)).isoformat()}).encode()


def read(told, most=1000):
    return newest(((kept(number, *topic), text) for number, (text, *topic) in enumerate(told)), most)


@given(told=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=30))
def test_of_each_order_all_of_the_newest_second_remain_and_every_delivery_is_accounted_for(told):
    readings = read([(body(order, second),) for order, second in told])
    newest_second = {order: max(second for each, second in told if each == order) for order, _ in told}
    kept_numbers = {reading.delivery.id for reading in readings}
    assert kept_numbers == {number for number, (order, second) in enumerate(told) if second == newest_second[order]}
    assert sorted(number for reading in readings for number in reading.ids()) == list(range(len(told)))
    # Handled together with a later state of the very same order.
    assert all(told[gone][0] == told[reading.delivery.id][0] for reading in readings for gone in reading.passed_over)


def naming(order, seconds, *products):
    lines = [{"id": number, "product_id": product} for number, product in enumerate(products)]
    return json.dumps(json.loads(body(order, seconds)) | {"line_items": lines}).encode()


def test_one_of_those_that_name_a_product_stays_where_later_ones_name_it_no_more():
    named, gone, again = (8, None), (None, None), (8, 9)
    told = [named] * 5 + [gone] * 5
    assert [(one.delivery.id, len(one.ids())) for one in read([(naming(1, n, *p),) for n, p in enumerate(told)])] == [
        (4, 5),
        (9, 5),
    ]
    backwards = [(naming(1, n, *p),) for n, p in reversed(list(enumerate(told)))]
    assert [len(one.ids()) for one in read(backwards)] == [5, 5]
    assert len(read([(naming(1, n, *p),) for n, p in enumerate([*told, again])])) == 1


def test_what_carries_amounts_of_its_own_or_ends_is_never_passed_over():
    topics = ["refunds/create", "orders/delete", "customers/merge"]
    readings = read([(body(1, 5), topic) for topic in topics for _ in range(3)])
    assert [reading.passed_over for reading in readings] == [[]] * 9


def test_an_order_and_a_customer_of_one_number_are_two_things():
    assert len(read([(body(7, 1), "orders/updated"), (body(7, 2), "customers/update")])) == 2


def test_what_cannot_be_read_stays_for_its_reader_to_say_so():
    readings = read([(b"not json",), (b'{"id": 1}',), (body(1, 1),)])
    assert len(readings) == 3


def test_it_stops_at_its_measure():
    assert len(read([(body(number, 1),) for number in range(9)], most=4)) == 4


def test_a_product_that_is_deleted_between_two_words_heard_together_is_known(world):
    shop = world.store.add_shop("alice.myshopify.com", currency="USD")
    world.install(shop)
    world.work()
    oud = shop.add_product("Oud", "10.00")
    order = shop.place_order(None, [{"price": "10.00", "product_id": oud.id}])
    world.clock.forward(1)
    shop.delete_product(oud.id)
    world.clock.forward(60)
    shop.tell(order, "orders/updated")
    shop._touch(order, None)
    shop.tell(order, "orders/updated")
    world.work()
    with world.wafa.database.reading() as session:
        assert session.query(OrderLine).one().product_id == oud.id
        assert session.query(Delivery).where(Delivery.state != HANDLED).count() == 0


def test_a_storm_is_stored_once_and_every_delivery_is_handled(world):
    shop = world.store.add_shop("alice.myshopify.com", currency="USD")
    world.install(shop)
    world.work()
    orders = [shop.place_order(None, [{"price": "10.00", "quantity": 1}]) for _ in range(3)]
    for _ in range(20):
        for order in orders:
            world.clock.forward(1)
            shop.tell(order, "orders/updated")
    world.store.deliver_due()
    world.wafa.drain.sweep()
    with world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        assert session.query(Delivery).where(Delivery.state != HANDLED).count() == 0
        assert session.query(Order).where(Order.shop_id == row.id).count() == 3
        assert session.query(OrderVersion).where(OrderVersion.shop_id == row.id).count() == 3
        assert drift(session, ShopId(row.id)) == 0
