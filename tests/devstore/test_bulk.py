"""Bulk operations: rules, progress, lines."""

import json
from datetime import timedelta

import pytest

from devstore import worlds
from devstore.bulk_plan import RefusedError, plan_of
from devstore.sources import Ask

RUN = "mutation($q: String!) {bulkOperationRunQuery(query: $q) {bulkOperation {id status} userErrors {code message}}}"
LOOK = "query($id: ID!) {bulkOperation(id: $id) {status errorCode objectCount rootObjectCount url completedAt}}"
ORDERS = """{orders(sortKey: CREATED_AT, reverse: true) {edges {node {id name customer {id}
  totalPriceSet {shopMoney {amount}} refunds {id} lineItems {edges {node {id quantity}}}}}}}"""


def run(ask, query):
    return ask(RUN, q=query)["data"]["bulkOperationRunQuery"]


def look(ask, started):
    return ask(LOOK, id=started["bulkOperation"]["id"])["data"]["bulkOperation"]


def lines(web, url):
    return [json.loads(line) for line in web.get(url.removeprefix("http://store.test")).text.splitlines()]


def test_children_are_lines_of_their_own_apart_from_their_parents(shop, ask, web, store, app):
    for _ in range(3):
        shop.place_order(lines=[{"price": "1"}, {"price": "2"}], test=True)
    started = run(ask, ORDERS)
    assert started["bulkOperation"]["status"] == "CREATED"
    done = look(ask, started)
    assert (done["status"], done["rootObjectCount"], done["objectCount"]) == ("COMPLETED", "3", "9")
    found = lines(web, done["url"])
    assert [line.get("name") for line in found[:3]] == ["#1003", "#1002", "#1001"]
    assert found[0]["totalPriceSet"] == {"shopMoney": {"amount": "3.0"}}
    assert "lineItems" not in found[0]
    orders = {line["id"] for line in found[:3]}
    assert all(line["__parentId"] in orders for line in found[3:])
    store.deliver_due()
    finished = json.loads(app.received[-1].body)
    assert app.topics[-1] == "bulk_operations/finish"
    assert (finished["admin_graphql_api_id"], finished["status"]) == (started["bulkOperation"]["id"], "completed")


def test_grouped_children_follow_their_parent(shop, ask, web):
    for _ in range(2):
        shop.place_order(lines=[{"price": "1"}])
    started = ask(RUN.replace("query: $q", "query: $q, groupObjects: true"), q=ORDERS)["data"]
    found = lines(web, look(ask, started["bulkOperationRunQuery"])["url"])
    assert [("__parentId" in line) for line in found] == [False, True, False, True]


def test_nothing_found_has_no_url(ask):
    done = look(ask, run(ask, ORDERS))
    assert (done["status"], done["objectCount"], done["url"]) == ("COMPLETED", "0", None)


def test_progress_grows_with_time(shop, store, ask, watch):
    store.bulk_seconds = 10
    for _ in range(10):
        shop.place_order(lines=[{"price": "1"}])
    started = run(ask, ORDERS)
    watch.forward(seconds=4)
    half = look(ask, started)
    assert (half["status"], half["rootObjectCount"], half["url"]) == ("RUNNING", "4", None)
    watch.forward(seconds=6)
    assert look(ask, started)["status"] == "COMPLETED"


def test_a_window_takes_only_its_orders(shop, ask, watch):
    shop.place_order(lines=[{"price": "1"}], at=watch.now - timedelta(days=2))
    shop.place_order(lines=[{"price": "1"}])
    query = ORDERS.replace("reverse: true", 'reverse: true, query: "created_at:>=2026-11-20"')
    assert look(ask, run(ask, query))["rootObjectCount"] == "1"


def test_five_at_once_and_no_more(shop, store, ask, watch):
    store.bulk_seconds = 10
    shop.place_order(lines=[{"price": "1"}])
    started = [run(ask, ORDERS) for _ in range(6)]
    assert [bool(one["userErrors"]) for one in started] == [False] * 5 + [True]
    assert started[5]["userErrors"][0]["code"] == "LIMIT_REACHED"
    found = ask('{bulkOperations(first: 9, query: "status:running") {nodes {id}}}')["data"]["bulkOperations"]
    assert len(found["nodes"]) == 5
    stopped = ask(
        "mutation($id: ID!) {bulkOperationCancel(id: $id) {bulkOperation {status} userErrors {message}}}",
        id=started[0]["bulkOperation"]["id"],
    )["data"]["bulkOperationCancel"]
    assert stopped == {"bulkOperation": {"status": "CANCELED"}, "userErrors": []}
    assert not run(ask, ORDERS)["userErrors"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{shop {id}}", "connection"),
        ("{a: orders {nodes {id}} b: orders {nodes {id}}}", "one top-level field"),
        ("{orders {nodes {id colour}}}", "colour"),
        ("{orders", "Syntax"),
        ("{orders {nodes {id refunds {id refundLineItems {nodes {quantity}}}}}}", "list field"),
        ("query($q: String) {orders(query: $q) {nodes {id}}}", "variables"),
        ('mutation {bulkOperationRunQuery(query: "{shop{id}}") {userErrors {field}}}', "one query operation"),
        (
            "{customers {nodes {orders {nodes {agreements {nodes {sales {nodes {id}}}}}}}}}",
            "nesting depth",
        ),
        (
            "{orders {nodes {a: lineItems {nodes {id}} b: lineItems {nodes {id}} c: lineItems {nodes {id}}"
            " d: lineItems {nodes {id}} e: lineItems {nodes {id}}}}}",
            "more than 5",
        ),
        ("{orders {pageInfo {hasNextPage}}}", "nodes"),
    ],
)
def test_rules_are_kept(ask, query, words):
    started = run(ask, query)
    assert started["bulkOperation"] is None
    assert words in started["userErrors"][0]["message"]


def test_a_missing_scope_fails_the_operation(shop, ask):
    shop.set_scopes(["read_orders"])
    done = look(ask, run(ask, ORDERS))
    assert (done["status"], done["errorCode"]) == ("FAILED", "ACCESS_DENIED")


def test_uninstalling_ends_what_runs(shop, store, ask, watch):
    store.bulk_seconds = 5
    shop.place_order(lines=[{"price": "1"}])
    run(ask, ORDERS)
    shop.uninstall()
    assert [one.status for one in shop.bulk.listed(watch.now)] == ["FAILED"]


def test_a_guessed_download_finds_nothing(web, shop):
    assert web.get("/bulk/guess.jsonl").status_code == 404


def test_fragments_and_interfaces(shop, ask, web):
    order = shop.place_order(lines=[{"price": "1"}], shipping="1")
    query = """{orders {nodes {...Names agreements {nodes {__typename id sales {nodes {__typename
      ... on ProductSale {lineItem {id}} totalAmount {shopMoney {amount}}}}}}}}} fragment Names on Order {id name}"""
    found = lines(web, look(ask, run(ask, query))["url"])
    assert found[0]["name"] == "#1001"
    sales = [line for line in found if line.get("__typename", "").endswith("Sale")]
    assert [("lineItem" in sale) for sale in sales] == [True, False]
    assert sales[0]["lineItem"] == {"id": f"gid://shopify/LineItem/{order.lines[0].id}"}


def test_twenty_thousand_orders_come_whole(store, shop):
    worlds.bazaar(shop)
    shop.install()
    shop.bulk.run(Ask(shop, shop.installation, store.now()), "q", plan_of(ORDERS))
    shop.bulk.settle(store.now())
    operation = shop.bulk.listed(store.now())[0]
    assert operation.roots == len(shop.orders) > 19_000


def test_a_plan_needs_a_connection():
    with pytest.raises(RefusedError):
        plan_of("{currentAppInstallation {id}}")
