"""What an app may see: without read_all_orders, no order older than 60 days; and refunds by their own numbers."""

from datetime import timedelta

import pytest

SEEN = """{ orders(first: 10) { nodes { id } } ordersCount { count }
customers(first: 1) { nodes { orders(first: 9) { nodes { id } } numberOfOrders } } }"""
EACH = """query q($ids: [ID!]!) { nodes(ids: $ids) { id
... on Refund { refundLineItems(first: 5) { nodes { quantity } } } } }"""


@pytest.fixture
def orders(shop, watch):
    """One of 61 days ago, refunded, and one of 59 days ago."""
    buyer = shop.create_customer("Noura").id
    lines = [{"price": "10.000", "quantity": 2}]
    made = [shop.place_order(buyer, lines, at=watch() - timedelta(days=days)) for days in (61, 59)]
    for order in made:
        shop.refund(order.id, lines={order.lines[0].id: 1})
    return made


def gids(orders):
    return [f"gid://shopify/Order/{order.id}" for order in orders]


def refunds(orders):
    return [f"gid://shopify/Refund/{order.refunds[0].id}" for order in orders]


def seen(ask):
    data = ask(SEEN)["data"]
    (buyer,) = data["customers"]["nodes"]
    assert buyer["numberOfOrders"] == "2"
    listed, theirs = ([one["id"] for one in page["nodes"]] for page in (data["orders"], buyer["orders"]))
    assert sorted(listed) == sorted(theirs)
    assert data["ordersCount"]["count"] == len(listed)
    return sorted(listed)


def test_with_read_all_orders_everything_is_seen(orders, ask):
    assert seen(ask) == sorted(gids(orders))
    nodes = ask(EACH, ids=[*gids(orders), *refunds(orders)])["data"]["nodes"]
    assert [node["id"] for node in nodes] == [*gids(orders), *refunds(orders)]
    assert nodes[2]["refundLineItems"]["nodes"] == [{"quantity": 1}]


def test_without_it_the_last_sixty_days(shop, orders, ask):
    shop.set_scopes(["read_orders", "read_customers"])
    assert seen(ask) == gids(orders[1:])
    nodes = ask(EACH, ids=[*gids(orders), *refunds(orders)])["data"]["nodes"]
    assert [node and node["id"] for node in nodes] == [None, gids(orders)[1], None, refunds(orders)[1]]
    assert ask(f'{{ order(id: "{gids(orders)[0]}") {{ id }} }}')["data"] == {"order": None}
