"""What an app may see of customers that Shopify has approved it for, to some extent or not at all; and of 60 days."""

import json

import pytest

from devstore.__main__ import arguments, build

PERSONAL = "{ customers(first: 1) { nodes { id numberOfOrders firstName lastName email phone } } }"
ORDERS = "{ orders(first: 1) { nodes { id email phone customer { id firstName } } } }"
EACH = "query q($ids: [ID!]!) { nodes(ids: $ids) { id } }"
START = """mutation s($text: String!) {
bulkOperationRunQuery(query: $text) { bulkOperation { id } userErrors { message } } }"""
LOOK = "query l($id: ID!) { bulkOperation(id: $id) { status errorCode url } }"
MORE = "See https://shopify.dev/docs/apps/launch/protected-customer-data for more details."
MADE_KNOWN = ("noura", "alsabah", "n@x.test", "+9651")


@pytest.fixture
def order(shop):
    buyer = shop.create_customer("Noura", "Alsabah", "n@x.test", phone="+9651")
    return shop.place_order(buyer.id, [{"price": "10.000", "quantity": 2}])


def bulk(ask, query):
    started = ask(START, text=query)["data"]["bulkOperationRunQuery"]
    assert started["userErrors"] == []
    return ask(LOOK, id=started["bulkOperation"]["id"])["data"]["bulkOperation"]


def sent(store, app):
    before = len(app.received)
    store.deliver_due()
    return app.received[before:]


def everything(shop, order):
    """Each thing that an app might be told of."""
    shop.update_customer(order.customer.id, last_name="Alsabah")
    shop.edit(order.id, [{"price": "2.000"}])
    shop.refund(order.id, amount="1.000")
    other = shop.create_customer("Second")
    shop.merge_customers(order.customer.id, other.id)
    shop.change(name="Another")
    shop.request_data(order.customer.id)
    shop.redact_customer(order.customer.id)
    shop.cancel(order.id)
    shop.delete_order(order.id)
    shop.uninstall()
    shop.redact_shop()


def test_who_is_approved_for_all_sees_who_people_are(order, ask):
    (person,) = ask(PERSONAL)["data"]["customers"]["nodes"]
    assert (person["firstName"], person["email"], person["phone"]) == ("Noura", "n@x.test", "+9651")


def test_level_1_sees_people_by_their_numbers(shop, order, ask):
    shop.approve("level1")
    answer = ask(PERSONAL)
    number = f"gid://shopify/Customer/{order.customer.id}"
    nothing = {"firstName": None, "lastName": None, "email": None, "phone": None}
    assert answer["data"]["customers"]["nodes"] == [{"id": number, "numberOfOrders": "1", **nothing}]
    assert answer["errors"][0]["message"] == f"This app is not approved to use the firstName field. {MORE}"
    assert {one["extensions"]["code"] for one in answer["errors"]} == {"ACCESS_DENIED"}
    (node,) = ask(ORDERS)["data"]["orders"]["nodes"]
    gid = f"gid://shopify/Order/{order.id}"
    assert node == {"id": gid, "email": None, "phone": None, "customer": {"id": number, "firstName": None}}


def test_level_1_gets_its_bulk_file_without_names(shop, order, ask, web):
    shop.approve("level1")
    made = bulk(ask, "{ orders { edges { node { id email customer { id firstName } } } } }")
    assert made["status"] == "COMPLETED"
    line = json.loads(web.get(made["url"].removeprefix("http://store.test")).text)
    assert line["email"] is None
    assert line["customer"] == {"id": f"gid://shopify/Customer/{order.customer.id}", "firstName": None}


def test_unapproved_sees_no_order_and_no_customer_whatever_it_asks(shop, order, ask):
    shop.approve("none")
    for query, kind in ((PERSONAL, "Customer"), (ORDERS, "Order")):
        answer = ask(query)
        assert answer["data"] is None
        assert answer["errors"][0]["message"] == f"This app is not approved to access the {kind} object. {MORE}"
        assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    gids = [f"gid://shopify/Order/{order.id}", f"gid://shopify/Shop/{shop.id}"]
    by_number = ask(EACH, ids=gids)
    assert by_number["data"]["nodes"] == [None, None]
    assert [one["path"] for one in by_number["errors"]] == [["nodes", 0]]
    assert ask("{ shop { name } }")["data"] == {"shop": {"name": "Bazaar"}}
    assert ask("{ ordersCount { count } }")["data"] == {"ordersCount": {"count": 1}}


def test_unapproved_gets_no_bulk_file_of_orders(shop, order, ask):
    shop.approve("none")
    failed = {"status": "FAILED", "errorCode": "ACCESS_DENIED", "url": None}
    assert bulk(ask, "{ orders { edges { node { id } } } }") == failed


def test_what_is_told_of_people_has_no_names_at_level_1(store, shop, order, app, ask):
    sent(store, app)
    everything(shop, order)
    full = sent(store, app)
    assert {one for one in MADE_KNOWN if any(one.encode() in each.body.lower() for each in full)} == {*MADE_KNOWN}


def test_level_1_is_told_of_everything_by_number(store, shop, order, app, ask):
    sent(store, app)
    shop.approve("level1")
    everything(shop, order)
    told = sent(store, app)
    assert {"orders/updated", "refunds/create", "customers/update", "customers/redact"} <= {one.topic for one in told}
    assert not [one.topic for one in told for word in MADE_KNOWN if word.encode() in one.body.lower()]
    updated = next(json.loads(one.body) for one in told if one.topic == "orders/updated")
    assert updated["name"] == order.name
    assert updated["customer"]["id"] == order.customer.id
    assert updated["customer"]["default_address"]["name"] is None


def test_unapproved_is_told_only_of_the_shop_and_what_the_law_asks_for(store, shop, order, app, ask):
    sent(store, app)
    shop.approve("none")
    everything(shop, order)
    compliance = ["customers/data_request", "customers/redact", "shop/redact"]
    assert sorted(one.topic for one in sent(store, app)) == sorted(["app/uninstalled", "shop/update", *compliance])


def test_what_is_approved_and_how_far_back_is_seen_are_settings(web):
    def made(*given):
        chosen = arguments(["--world", "empty", *given])
        return next(iter(build(chosen, "key", "secret").shops.values()))

    plain, bare = made(), made("--protected", "none", "--window", "60")
    assert (plain.protected, bare.protected) == ("level2", "none")
    assert set(plain.install().scopes) - set(bare.install().scopes) == {"read_all_orders"}


def test_the_control_page_approves(shop, web):
    assert web.post("/store/demo/control/protected", json={"level": "level1"}).status_code == 200
    assert shop.protected == "level1"
    assert web.post("/store/demo/control/protected", json={"level": "level9"}).status_code == 422
    assert "Approved for protected customer data" in web.get("/store/demo/control").text
