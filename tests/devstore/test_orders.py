"""Orders and what happens to them: amounts, statuses, webhooks."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from devstore.money import spread, to_decimal, to_minor, to_text


def test_money_texts_are_split_by_the_currency_of_their_own():
    assert to_minor("12.5", "KWD") == to_minor("12.500", "KWD") == 12_500
    assert (to_minor("1.10", "USD"), to_minor("700", "JPY"), to_minor("700.00", "JPY")) == (110, 700, 700)
    assert (to_text(5, "KWD"), to_text(-450, "USD"), to_text(7, "JPY")) == ("0.005", "-4.50", "7")
    assert (to_decimal(12_500, "KWD"), to_decimal(1000, "USD"), to_decimal(7, "JPY")) == ("12.5", "10.0", "7.0")
    for wrong in ("", "1,5", "1.2345", "abc", "1e3"):
        with pytest.raises(ValueError, match=r".+"):
            to_minor(wrong, "KWD")


def test_a_spread_discount_always_sums_to_itself():
    assert spread(1000, [3333, 3333, 3334]) == [333, 333, 334]
    assert sum(spread(7, [5, 5, 5, 5])) == 7
    assert spread(0, [0, 0]) == [0, 0]


def test_an_order_adds_up(shop):
    lines = [{"price": "10.000", "quantity": 2}, {"price": "0.500"}]
    order = shop.place_order(lines=lines, discount="1.000", shipping="2")
    assert (order.gross, order.subtotal, order.total) == (20_500, 19_500, 21_500)
    assert sum(line.discount for line in order.lines) == 1000
    assert order.name == "#1001"
    assert order.customer is None
    assert order.financial_status == "paid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"lines": [{"price": "-1"}]},
        {"lines": [{"price": "1", "quantity": 0}]},
        {"lines": [{"price": "1"}], "discount": "2"},
        {"lines": [{"price": "1"}], "financial_status": "odd"},
        {"lines": [{"price": "1.0001"}]},
    ],
)
def test_an_impossible_order_is_refused_and_leaves_nothing(shop, wrong):
    with pytest.raises(ValueError, match=r".+"):
        shop.place_order(**wrong)
    assert not shop.orders


def test_refunding_lines_lowers_the_current_amounts(shop):
    order = shop.place_order(lines=[{"price": "10", "quantity": 3}], discount="1", shipping="2")
    line = order.lines[0]
    for _ in range(3):
        shop.refund(order.id, lines={line.id: 1})
    assert [refund.amount for refund in order.refunds] == [9666, 9667, 9667]
    assert (order.current_subtotal, order.current_total, line.current_quantity) == (0, 2000, 0)
    assert order.financial_status == "partially_refunded"
    shop.refund(order.id)
    assert (order.current_total, order.refunded, order.financial_status) == (0, 31_000, "refunded")
    with pytest.raises(ValueError, match="nothing left"):
        shop.refund(order.id)


def test_refunding_an_amount_is_a_discrepancy(shop):
    order = shop.place_order(lines=[{"price": "20.5"}])
    shop.refund(order.id, "4.5")
    assert (order.current_total, order.refunded, order.discrepancy) == (20_500, 4500, 4500)
    with pytest.raises(ValueError, match="less than that left"):
        shop.refund(order.id, "16.001")
    shop.cancel(order.id)
    assert (order.current_total, order.refunded, order.discrepancy) == (0, 20_500, 0)


def test_more_pieces_than_there_are_cannot_come_back(shop):
    order = shop.place_order(lines=[{"price": "1", "quantity": 2}])
    with pytest.raises(ValueError, match="left to refund"):
        shop.refund(order.id, lines={order.lines[0].id: 3})
    assert order.lines[0].current_quantity == 2
    assert not order.refunds


def test_an_unpaid_order_gives_no_money_back(shop):
    order = shop.place_order(lines=[{"price": "5"}], financial_status="pending")
    with pytest.raises(ValueError, match="never paid"):
        shop.refund(order.id)
    shop.cancel(order.id)
    assert (order.financial_status, order.refunded, order.current_total) == ("voided", 0, 0)


def test_every_change_tells_the_app_as_shopify_does(shop, store, app):
    shop.install()
    ann, ben = shop.create_customer("Ann", email="a@x.y"), shop.create_customer("Ben")
    order = shop.place_order(ann.id, [{"price": "5"}])
    shop.refund(order.id, "1")
    shop.cancel(order.id)
    shop.merge_customers(ben.id, ann.id)
    shop.delete_order(order.id)
    shop.update_customer(ben.id, last_name="Y")
    store.deliver_due()
    assert app.topics == [
        *["customers/create", "customers/create", "orders/create", "orders/updated"],
        *["refunds/create", "orders/updated", "refunds/create", "orders/cancelled", "orders/updated"],
        *["customers/merge", "orders/updated", "orders/delete", "customers/update"],
    ]
    events = [one.headers["X-Shopify-Event-Id"] for one in app.received]
    assert events[2] == events[3]
    assert events[6] == events[7] == events[8]
    assert events[3] != events[4]


def test_the_kept_customer_has_the_orders_of_both(shop):
    ann, ben = shop.create_customer("Ann"), shop.create_customer("Ben")
    first, second = (shop.place_order(one.id, [{"price": "1"}]) for one in (ann, ben))
    shop.merge_customers(ben.id, ann.id)
    assert ann.id not in shop.customers
    assert ben.orders == [first.id, second.id]
    assert first.customer is ben
    with pytest.raises(KeyError):
        shop.merge_customers(ben.id, ann.id)
    with pytest.raises(ValueError, match="themselves"):
        shop.merge_customers(ben.id, ben.id)


def test_a_deleted_order_leaves_its_customer(shop):
    ann = shop.create_customer("Ann")
    first, second = (shop.place_order(ann.id, [{"price": "1"}]) for _ in range(2))
    shop.delete_order(first.id)
    assert ann.orders == [second.id]
    assert list(shop.orders) == [second.id]
    with pytest.raises(KeyError):
        shop.refund(first.id)


def test_nothing_is_told_without_the_app_or_in_history(shop, store):
    shop.place_order(lines=[{"price": "1"}])
    shop.install()
    with shop.history():
        shop.place_order(lines=[{"price": "1"}])
    assert not store.deliveries


def test_a_change_now_is_updated_now_whenever_the_order_was_placed(shop, watch):
    past = datetime(2026, 1, 1, 12, 0, 0, 500, tzinfo=UTC)
    order = shop.place_order(lines=[{"price": "1"}], at=past)
    assert order.created_at == past.replace(microsecond=0)
    assert order.updated_at == watch.now
    with shop.history():
        old = shop.place_order(lines=[{"price": "1"}], at=past)
        shop.cancel(old.id, past + timedelta(days=1))
    assert old.updated_at == old.cancelled_at == order.created_at + timedelta(days=1)
    with pytest.raises(ValueError, match="time zone"):
        shop.place_order(lines=[{"price": "1"}], at=past.replace(tzinfo=None))


def test_ids_are_big_and_never_shared(store):
    shops = [store.add_shop(f"{name}.myshopify.com") for name in "ab"]
    ids = [shop.place_order(lines=[{"price": "1"}]).id for shop in shops for _ in range(100)]
    assert len(set(ids)) == 200
    assert all(len(str(one)) == 13 for one in ids)
    with pytest.raises(ValueError, match="already"):
        store.add_shop("a.myshopify.com")
    with pytest.raises(ValueError, match="time zone"):
        store.add_shop("c.myshopify.com", timezone="Mars/Base")


def test_what_an_edit_adds_is_paid_and_what_it_takes_off_waits_to_be_refunded(shop):
    order = shop.place_order(lines=[{"price": "10", "quantity": 2}], discount="1", shipping="2")
    line = order.lines[0]
    shop.edit(order.id, [{"price": "12"}])
    assert (order.original_total, order.total, order.received, order.overpaid) == (21_000, 33_000, 33_000, 0)
    shop.edit(order.id, taken_off={line.id: 1})
    assert (order.total, order.current_total, order.received, order.overpaid) == (33_000, 23_500, 33_000, 9_500)
    assert (line.quantity, line.current_quantity) == (2, 1)
    refund = shop.refund(order.id, "9.5")
    assert (refund.discrepancy, order.overpaid, order.financial_status) == (0, 0, "partially_refunded")
    assert shop.refund(order.id, "1").discrepancy == 1000
    shop.cancel(order.id)
    assert (order.current_total, order.refunded, order.discrepancy) == (0, 33_000, 0)


def test_an_exchange_is_paid_only_for_the_difference(shop):
    order = shop.place_order(lines=[{"price": "10"}])
    edit = shop.edit(order.id, [{"price": "12.5"}], {order.lines[0].id: 1})
    assert (edit.paid, order.received, order.overpaid) == (2_500, 12_500, 0)


def test_an_edit_that_cannot_be_is_refused_and_leaves_nothing(shop):
    order = shop.place_order(lines=[{"price": "10"}])
    for wrong in ({}, {"taken_off": {order.lines[0].id: 2}}, {"taken_off": {5: 1}}, {"added": [{"price": "-1"}]}):
        with pytest.raises(ValueError, match=r".+"):
            shop.edit(order.id, **wrong)
    shop.cancel(order.id)
    with pytest.raises(ValueError, match="cancelled"):
        shop.edit(order.id, [{"price": "1"}])
    assert not order.edits
    assert len(order.lines) == 1


def test_an_edit_is_told_without_amounts_and_then_the_order(shop, store):
    shop.install()
    order = shop.place_order(lines=[{"price": "10", "quantity": 3}])
    shop.edit(order.id, [{"price": "2"}], {order.lines[0].id: 2})
    edited, updated = [json.loads(one.body) for one in store.deliveries][-2:]
    assert edited["order_edit"]["line_items"] == {
        "additions": [{"id": order.lines[1].id, "delta": 1}],
        "removals": [{"id": order.lines[0].id, "delta": 2}],
    }
    assert [(line["quantity"], line["current_quantity"]) for line in updated["line_items"]] == [(3, 1), (1, 1)]


def test_cash_at_the_door_comes_some_days_later_or_never(shop, store):
    shop.install()
    first, second = (shop.place_order(lines=[{"price": "10"}], financial_status="pending") for _ in range(2))
    shop.settle(first.id, "paid")
    shop.settle(second.id, "voided")
    assert (first.financial_status, first.received, second.financial_status) == ("paid", 10_000, "voided")
    assert [one.topic for one in store.deliveries][-2:] == ["orders/updated"] * 2
    for order, status in ((first, "paid"), (second, "voided"), (second, "lost")):
        with pytest.raises(ValueError, match=r"awaits no payment|cannot end as"):
            shop.settle(order.id, status)


def test_who_pays_after_an_exchange_pays_for_what_it_left(shop):
    order = shop.place_order(lines=[{"price": "10"}], financial_status="pending")
    shop.edit(order.id, [{"price": "4"}], {order.lines[0].id: 1})
    shop.settle(order.id, "paid")
    assert (order.received, order.current_total, order.overpaid, order.financial_status) == (4_000, 4_000, 0, "paid")


def test_shipping_alone_can_go_back(shop):
    order = shop.place_order(lines=[{"price": "10"}], shipping="2")
    refund = shop.refund(order.id, shipping="1.5")
    assert (refund.amount, refund.discrepancy, order.current_shipping, order.current_subtotal) == (1500, 0, 500, 10_000)
    with pytest.raises(ValueError, match="less shipping than that"):
        shop.refund(order.id, shipping="0.6")
    with pytest.raises(ValueError, match="not two of them"):
        shop.refund(order.id, "1", shipping="0.5")
