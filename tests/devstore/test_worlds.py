"""Worlds: the bazaar's shape, the two that are written by hand, logs from files, the CDNOW sample."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from devstore import fulfilments, worlds
from devstore.store import DevStore
from devstore.worlds import cdnow_sample
from devstore.worlds.diary import Diary
from tests.devstore.conftest import SECRET, Watch


@pytest.fixture(scope="module")
def bazaar():
    store = DevStore("key", SECRET, "http://app.test", "http://store.test", clock=Watch())
    shop = store.add_shop("demo.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    worlds.load(shop, "bazaar")
    return shop


def test_the_bazaar_is_a_believable_shop(bazaar):
    orders, customers = list(bazaar.orders.values()), list(bazaar.customers.values())
    counts = [len(customer.orders) for customer in customers]
    assert 19_000 < len(orders) < 21_500
    assert 6_000 < len(customers) < 7_000
    assert 0.30 < sum(count > 1 for count in counts) / len(counts) < 0.45
    assert 0.04 < sum(order.customer is None for order in orders) / len(orders) < 0.08
    assert 0.1 < sum(order.source == "pos" for order in orders) / len(orders) < 0.3
    statuses = Counter(order.financial_status for order in orders)
    for status in ("refunded", "partially_refunded", "pending", "paid"):
        assert statuses[status] > 10
    assert any(order.test for order in orders)
    assert any(order.total == 0 for order in orders)
    assert any(line.gift_card for order in orders for line in order.lines)
    assert any(order.cancelled_at for order in orders)
    packed = Counter(fulfilments.status(order) for order in orders)
    assert packed["FULFILLED"] > 0.9 * len(orders)
    assert packed["UNFULFILLED"] > 20, "those of the last two days"
    assert any(len(order.fulfilments) == 2 for order in orders)
    assert len(bazaar.merged) == 24
    assert {customer.locale for customer in customers} == {"ar", "en"}


def test_the_bazaar_ends_before_now_and_adds_up(bazaar):
    now = bazaar.store.now()
    orders = sorted(bazaar.orders.values(), key=lambda order: order.id)
    assert all(order.created_at <= order.updated_at < now for order in orders)
    assert orders[0].created_at > now - timedelta(days=732)
    assert [order.created_at for order in orders] == sorted(order.created_at for order in orders)
    for order in orders:
        assert sum(line.discount for line in order.lines) == order.discount
        assert 0 <= order.refunded <= order.received
        assert all(refund.created_at >= order.created_at for refund in order.refunds)
    assert not bazaar.store.deliveries


def test_feasts_are_busier_than_summer(bazaar):
    by_day = Counter(order.created_at.astimezone(bazaar.zone).date() for order in bazaar.orders.values())
    white_friday = datetime(2025, 11, 28, tzinfo=UTC).date()
    ordinary = [by_day[datetime(2025, 8, day, tzinfo=UTC).date()] for day in range(1, 29)]
    assert by_day[white_friday] > 1.8 * sum(ordinary) / len(ordinary)


def test_carts_were_left_in_the_last_thirty_days(bazaar):
    left, now = list(bazaar.checkouts.all.values()), bazaar.store.now()
    open_ones = [one for one in left if not one.completed_at]
    assert len(open_ones) > 400
    assert all(now - timedelta(days=32) < one.created_at <= one.updated_at < now for one in left)
    assert Counter(one.customer is None for one in open_ones)[True] > 100
    assert Counter(bool(one.phone and not one.email and not one.customer) for one in open_ones)[True] > 30
    states = Counter(one.customer.consent("email")[0] for one in open_ones if one.customer)
    assert min(states["SUBSCRIBED"], states["NOT_SUBSCRIBED"]) > 50
    for one in left:
        if one.completed_at:
            order = bazaar.orders[one.order_id]
            assert (order.customer, order.arrival.checkout_token) == (one.customer, one.token)
            assert one.created_at <= one.completed_at == order.created_at
    assert Counter(one.recovered for one in left if one.completed_at).keys() == {True, False}
    ordered = {order.customer.id: order.created_at for order in bazaar.orders.values() if order.customer}
    assert any(one.customer and ordered.get(one.customer.id, one.created_at) > one.created_at for one in open_ones)


def test_carts_were_left_in_the_souq(store):
    written(store, "souq", "SAR", "Asia/Riyadh")
    left = store.shop_named("souq").checkouts.all.values()
    assert sum(one.completed_at is None for one in left) >= 24
    assert any(one.completed_at for one in left)
    assert {one.quote.order.taxes_included for one in left} == {True}


def outline(shop):
    left = [(one.token, one.email, one.updated_at, one.total) for one in shop.checkouts.all.values()]
    return [(order.name, order.created_at, order.total, order.refunded) for order in shop.orders.values()] + left


def test_the_same_seed_makes_the_same_bazaar(bazaar):
    def again(seed: int):
        watch = Watch()
        watch.forward(hours=7)
        store = DevStore("key", SECRET, "http://app.test", "http://store.test", clock=watch, seed=seed)
        shop = store.add_shop("demo.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
        worlds.bazaar(shop)
        return outline(shop)

    assert again(1) == outline(bazaar)
    assert again(2) != outline(bazaar)


def written(store, name, currency, timezone):
    shop = store.add_shop(f"{name}.myshopify.com", currency=currency, timezone=timezone)
    worlds.load(shop, name)
    orders = sorted(shop.orders.values(), key=lambda order: order.id)
    assert [order.created_at for order in orders] == sorted(order.created_at for order in orders)
    assert shop.created_at < orders[0].created_at
    assert max(order.updated_at for order in orders) < store.now() - timedelta(days=180)
    assert not store.deliveries
    return orders


def test_the_souq_has_every_way_to_pay_and_not_to_pay(store):
    orders = written(store, "souq", "SAR", "Asia/Riyadh")
    assert len(orders) == 30
    statuses = Counter(order.financial_status for order in orders)
    assert statuses == {"paid": 18, "partially_refunded": 7, "voided": 2, "refunded": 2, "pending": 1}
    assert Counter(order.presentment_currency for order in orders) == {"SAR": 22, "AED": 4, "USD": 4}
    assert sum(len(order.edits) for order in orders) == 3
    assert all(order.taxes_included for order in orders)
    assert any(refund.shipping and not refund.lines for order in orders for refund in order.refunds)
    assert any(refund.discrepancy and not refund.lines for order in orders for refund in order.refunds)


def test_in_new_york_two_orders_have_the_same_time_on_the_clock(store):
    orders = written(store, "newyork", "USD", "America/New_York")
    assert len(orders) == 30
    told = [store.shop_named("newyork").payload("orders/create", order)["created_at"] for order in orders]
    assert {"2025-11-02T01:30:00-04:00", "2025-11-02T01:30:00-05:00"} < set(told)
    assert {"2025-03-09T01:59:59-05:00", "2025-03-09T03:00:00-04:00"} < set(told)
    assert "expired" in {order.financial_status for order in orders}
    assert sum(order.tip for order in orders) == 1500


@pytest.mark.parametrize("name", ["souq", "newyork"])
def test_a_written_world_needs_its_own_currency_and_zone(store, name):
    shop = store.add_shop("a.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    with pytest.raises(ValueError, match="needs a shop in"):
        worlds.load(shop, name)


def test_a_diary_goes_forward(shop):
    diary = Diary(shop)
    diary.comes("2025-01-02T10:00", "ann", "Ann", "A")
    with pytest.raises(ValueError, match="comes after something later"):
        diary.comes("2025-01-01T10:00", "ben", "Ben", "B")


def log(tmp_path, text):
    file = tmp_path / "log.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_log_becomes_orders(tmp_path, shop):
    text = (
        "customer_id,date,amount\nB,2026-01-31,2.5\nA,2026-01-31,1\nA,2026-01-31,0\nA,2026-02-01T00:30,3.125\n"
        "A,2026-02-01T00:30:00Z,4\n\n"
    )
    people = worlds.transactions(shop, log(tmp_path, text))
    orders = list(shop.orders.values())
    assert [order.total for order in orders] == [2500, 1000, 0, 3125, 4000]
    noon = datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert [order.created_at for order in orders] == [
        noon,
        noon,
        noon + timedelta(seconds=1),
        datetime(2026, 1, 31, 21, 30, tzinfo=UTC),
        datetime(2026, 2, 1, 0, 30, tzinfo=UTC),
    ]
    assert [len(people[name].orders) for name in "AB"] == [4, 1]
    assert shop.created_at < noon


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("customer,date,amount\n", "line 1: the columns must be customer_id,date,amount"),
        ("customer_id,date,amount\nA,2026-01-01\n", "line 2: 2 columns instead of 3"),
        ("customer_id,date,amount\nA,01/02/2026,1\n", "line 2, column date: '01/02/2026'"),
        ("customer_id,date,amount\nA,2026-02-30,1\n", "line 2, column date"),
        ("customer_id,date,amount\nA,2026-01-01,1.2345\n", "line 2, column amount: '1.2345' has more decimals"),
        ("customer_id,date,amount\nA,2026-01-01,-1\n", "line 2, column amount"),
        ("customer_id,date,amount\nA,2026-01-01,\n", "line 2, column amount"),
    ],
)
def test_a_bad_log_is_refused_by_line_and_column(tmp_path, shop, text, words):
    with pytest.raises(ValueError, match=r".+") as refused:
        worlds.transactions(shop, log(tmp_path, text))
    assert words in str(refused.value)
    assert not shop.orders


def test_a_log_must_be_text(tmp_path, shop):
    file = tmp_path / "log.csv"
    file.write_bytes(b"customer_id,date,amount\n\xff\xfe,2026-01-01,1\n")
    with pytest.raises(ValueError, match="UTF-8"):
        worlds.transactions(shop, file)


def test_unknown_worlds_are_refused(shop):
    worlds.load(shop, "empty")
    with pytest.raises(ValueError, match="choose one of"):
        worlds.load(shop, "moon")


def test_the_cdnow_sample_is_whole(store):
    try:
        cdnow_sample.sample()
    except ConnectionError as error:
        pytest.skip(str(error))
    shop = store.add_shop("cdnow.myshopify.com", currency="USD", timezone="America/New_York")
    people = worlds.cdnow(shop)
    orders = list(shop.orders.values())
    assert (len(orders), len(people)) == (6_919, 2_357)
    assert sum(order.total for order in orders) == 244_091_94
    assert sum(order.total == 0 for order in orders) == 8
    assert sum(len(customer.orders) > 1 for customer in people.values()) == 1_152


def test_cdnow_refuses_another_currency_a_broken_file_and_no_network(shop, store, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="USD"):
        worlds.cdnow(shop)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ConnectionError, match="could not be downloaded"):
        cdnow_sample.sample(tmp_path)
    import zipfile

    with zipfile.ZipFile(tmp_path / "Lifetimes-0.11.3-py3-none-any.whl", "w") as wheel:
        wheel.writestr(cdnow_sample.MEMBER, "changed")
    with pytest.raises(RuntimeError, match="not the file expected"):
        cdnow_sample.sample(tmp_path)


def test_a_line_without_a_customer_is_a_guests_order(store, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("customer_id,date,amount\nA,2026-01-01,1\n,2026-01-02,2\n,2026-01-03,2\n")
    shop = store.add_shop("guests.myshopify.com")
    assert list(worlds.transactions(shop, log)) == ["A"]
    assert [order.customer is None for order in shop.orders.values()] == [False, True, True]
