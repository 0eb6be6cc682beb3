"""What the store sends of its orders: the same in webhooks and in the Admin API, and what it refuses."""

import pytest

TOLD = "displayFulfillmentStatus fulfillments {id createdAt status totalQuantity}"


@pytest.fixture
def order(shop):
    """Two pieces of one thing and one of another."""
    return shop.place_order(lines=[{"price": "10", "quantity": 2}, {"price": "4"}], tip="1")


@pytest.fixture
def told(shop, ask):
    """The status of an order and when its parcels left and how they are now, as both wires say."""

    def told(order) -> tuple:
        found = ask(f'{{order(id: "gid://shopify/Order/{order.id}") {{{TOLD}}}}}')["data"]["order"]
        body = shop.payload("orders/updated", order)
        asked = [(one["createdAt"], one["status"].lower(), one["totalQuantity"]) for one in found["fulfillments"]]
        pieces = [sum(line["quantity"] for line in one["line_items"]) for one in body["fulfillments"]]
        assert [one[1:] for one in asked] == [
            (one["status"], count) for one, count in zip(body["fulfillments"], pieces, strict=True)
        ]
        left = [line["fulfillable_quantity"] for line in body["line_items"]]
        return found["displayFulfillmentStatus"], body["fulfillment_status"], asked, left

    return told


def test_an_order_is_sent_in_parts(shop, order, watch, told):
    assert told(order) == ("UNFULFILLED", None, [], [2, 1, 0])
    shop.sending.send(order.id, {order.lines[0].id: 1})
    first = ("2026-11-21T09:00:00Z", "success", 1)
    assert told(order) == ("PARTIALLY_FULFILLED", "partial", [first], [1, 1, 0])
    watch.forward(minutes=30)
    shop.sending.send(order.id)
    assert told(order) == ("FULFILLED", "fulfilled", [first, ("2026-11-21T09:30:00Z", "success", 2)], [0, 0, 0])
    assert order.updated_at == watch()


def test_each_parcel_is_told(shop, order, store):
    shop.install()
    made = shop.sending.send(order.id)
    shop.sending.call_off(order.id, made.id)
    assert [one.topic for one in store.deliveries] == ["orders/updated"] * 2


def test_a_parcel_that_never_left_is_to_be_sent_again(shop, order, told):
    made = shop.sending.send(order.id)
    shop.sending.call_off(order.id, made.id)
    assert told(order) == ("UNFULFILLED", None, [("2026-11-21T09:00:00Z", "cancelled", 3)], [2, 1, 0])
    with pytest.raises(ValueError, match="called off already"):
        shop.sending.call_off(order.id, made.id)


def test_what_was_taken_off_is_not_sent_any_more(shop, order, told):
    shop.sending.send(order.id, {order.lines[0].id: 2})
    shop.refund(order.id, lines={order.lines[1].id: 1})
    assert told(order)[:2] == ("FULFILLED", "fulfilled")
    shop.edit(order.id, [{"price": "3"}])
    assert told(order)[:2] == ("PARTIALLY_FULFILLED", "partial")


def test_of_an_order_that_was_called_off_nothing_is_to_be_sent(shop, order, told):
    shop.cancel(order.id)
    assert told(order) == ("FULFILLMENT_NOT_REQUIRED", None, [], [0, 0, 0])


def test_what_is_sold_at_the_till_leaves_at_once_and_a_gift_card_too(shop, told):
    till = shop.place_order(lines=[{"price": "10", "quantity": 2}], source="pos", tip="1")
    assert told(till)[:2] == ("FULFILLED", "fulfilled")
    card = shop.place_order(lines=[{"price": "10", "gift_card": True}])
    assert told(card)[:2] == ("FULFILLED", "fulfilled")
    both = shop.place_order(lines=[{"price": "10", "gift_card": True}, {"price": "4"}])
    assert told(both)[:2] == ("PARTIALLY_FULFILLED", "partial")
    unpaid = shop.place_order(lines=[{"price": "10", "gift_card": True}], financial_status="pending")
    assert told(unpaid)[:2] == ("UNFULFILLED", None)


def test_no_more_is_sent_than_there_is(shop, order):
    with pytest.raises(ValueError, match="has not 3 of line"):
        shop.sending.send(order.id, {order.lines[0].id: 3})
    with pytest.raises(ValueError, match="has not 1 of line"):
        shop.sending.send(order.id, {order.lines[2].id: 1})
    shop.sending.send(order.id)
    with pytest.raises(ValueError, match="nothing left to send"):
        shop.sending.send(order.id)


def test_the_control_page_sends(shop, order, web):
    at = f"/store/{shop.short_name}/control"
    lines = {str(order.lines[0].id): 2}
    assert web.post(f"{at}/send", json={"order_id": order.id, "lines": lines}).get_json()["order"]["sendable"]
    assert not web.post(f"{at}/send", json={"order_id": order.id}).get_json()["order"]["sendable"]
    assert web.post(f"{at}/send", json={"order_id": order.id}).status_code == 422
