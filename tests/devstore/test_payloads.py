"""Payloads: the keys and types of Shopify's published examples, and the amounts in them."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from devstore.bulk_plan import plan_of
from devstore.records import Presentment
from devstore.sources import Ask

PUBLISHED = json.loads(Path(__file__).with_name("published_keys.json").read_text(encoding="utf-8"))
KINDS = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "NoneType": "null"}


def kinds(value, path=""):
    found = {}
    pairs = value.items() if isinstance(value, dict) else []
    for key, inner in pairs:
        here = f"{path}.{key}".strip(".")
        found[here] = KINDS.get(type(inner).__name__, {"dict": "object", "list": "list"}.get(type(inner).__name__))
        found |= kinds(
            inner[0] if isinstance(inner, list) and inner else inner, f"{here}[]" if isinstance(inner, list) else here
        )
    return found


@pytest.fixture
def bodies(shop, store):
    shop.install()
    ann = shop.create_customer("Ann", "A", "a@x.y", "ar", phone="+96550000000")
    ben = shop.create_customer("Ben")
    shop.update_customer(ann.id, first_name="Anna")
    shop.consents.give(ann.id, "email", "SUBSCRIBED")
    shop.consents.give(ann.id, "sms", "SUBSCRIBED")
    order = shop.place_order(ann.id, [{"price": "10", "quantity": 2}], discount="1", shipping="2")
    shop.refund(order.id, "4.5")
    shop.edit(order.id, [{"price": "3"}], {order.lines[0].id: 1})
    shop.cancel(order.id)
    left = shop.begin_checkout({shop.add_product("Oud", "3").id: 1}, customer_id=ann.id, country="KW")
    shop.change_checkout(left.token, note="x")
    shop.delete_checkout(left.token)
    shop.merge_customers(ben.id, ann.id)
    shop.change(currency="USD")
    shop.set_scopes(["read_orders"])
    shop.request_data(ben.id)
    shop.redact_customer(ben.id)
    shop.bulk.run(Ask(shop, shop.installation, store.now()), "q", plan_of("{orders{edges{node{id}}}}"))
    shop.bulk.settle(store.now())
    shop.delete_order(order.id)
    shop.uninstall()
    shop.redact_shop()
    return {one.topic: json.loads(one.body) for one in store.deliveries}


@pytest.mark.parametrize("topic", sorted(PUBLISHED))
def test_keys_and_types_are_those_published(bodies, topic):
    ours, theirs = kinds(bodies[topic]), PUBLISHED[topic]
    assert {key for key in ours if "[]" not in key and "." not in key} == {
        key for key in theirs if "[]" not in key and "." not in key
    }
    wrong = {
        key: (ours[key], theirs[key])
        for key in ours.keys() & theirs.keys()
        if "null" not in (ours[key], theirs[key]) and ours[key] != theirs[key]
    }
    assert not wrong


def test_amounts_of_an_order(shop):
    order = shop.place_order(lines=[{"price": "10", "quantity": 2}, {"price": "5"}], discount="2.5", shipping="1")
    shop.refund(order.id, lines={order.lines[1].id: 1})
    body = shop.payload("orders/updated", order)
    assert body["total_price"] == "23.500"
    assert body["subtotal_price_set"]["shop_money"] == {"amount": "22.500", "currency_code": "KWD"}
    assert (body["current_subtotal_price"], body["current_total_price"]) == ("18.000", "19.000")
    assert [line["discount_allocations"][0]["amount"] for line in body["line_items"]] == ["2.000", "0.500"]
    assert [line["current_quantity"] for line in body["line_items"]] == [2, 0]
    assert body["refunds"][0]["refund_line_items"][0]["subtotal"] == 4.5
    assert body["refunds"][0]["order_adjustments"] == []
    assert body["refunds"][0]["transactions"][0]["amount"] == "4.500"
    assert body["customer"] is None
    assert body["created_at"] == "2026-11-21T12:00:00+03:00"


def test_an_amount_given_back_is_an_adjustment_below_zero(shop):
    order = shop.place_order(lines=[{"price": "10"}])
    refund = shop.refund(order.id, "4.5")
    adjustment = shop.payload("refunds/create", (order, refund))["order_adjustments"][0]
    assert (adjustment["kind"], adjustment["amount"]) == ("refund_discrepancy", "-4.500")


def test_what_the_customer_saw_stands_beside_the_shops_own_money(shop):
    """Each amount is converted by itself, with its own currency's decimals."""
    seen = Presentment("JPY", Fraction("497.3"))
    order = shop.place_order(lines=[{"price": "10", "quantity": 2}], discount="1", shipping="2.5", presentment=seen)
    refund = shop.refund(order.id, "4.5")
    body = shop.payload("orders/updated", order)
    assert (body["currency"], body["presentment_currency"], body["total_price"]) == ("KWD", "JPY", "21.500")
    assert body["total_price_set"] == {
        "shop_money": {"amount": "21.500", "currency_code": "KWD"},
        "presentment_money": {"amount": "10692", "currency_code": "JPY"},
    }
    line = body["line_items"][0]
    assert (line["price"], line["price_set"]["presentment_money"]["amount"]) == ("10.000", "4973")
    allocated = line["discount_allocations"][0]
    assert (allocated["amount"], allocated["amount_set"]["presentment_money"]["amount"]) == ("1.000", "497")
    adjustment = shop.payload("refunds/create", (order, refund))["order_adjustments"][0]
    assert (adjustment["amount"], adjustment["amount_set"]["presentment_money"]["amount"]) == ("-4.500", "-2238")
    paid_back = body["refunds"][0]["transactions"][0]
    assert (paid_back["amount"], paid_back["currency"]) == ("2238", "JPY")


def test_an_unknown_topic_is_refused(shop):
    with pytest.raises(ValueError, match="carts/update"):
        shop.payload("carts/update", None)
