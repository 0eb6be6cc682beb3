"""Faults of the Admin API, the token endpoint and bulk files: asked for, they happen; off, they never do."""

import json
import random

import pytest
import requests

from devstore.faults import PRESETS, SHARES, Faults, NoAnswer
from devstore.request_faults import FILE, GRAPHQL, KINDS, TOKENS, Asked, decide, kinds_on
from devstore.serve import Serving
from tests.devstore.conftest import exchange
from tests.devstore.test_bulk import ORDERS, look, run

NAME = "query shop {shop {name}}"
SHARED = {name: share for name, share in PRESETS["rough"].shown().items() if name in KINDS}


def post(web, token, query=NAME, name="shop", **variables):
    return web.post(
        "/demo.myshopify.com/admin/api/2026-10/graphql.json",
        json={"query": query, "operationName": name, "variables": variables},
        headers={"X-Shopify-Access-Token": token},
    )


@pytest.fixture
def struck(store, web, token):
    """One request with a fault that strikes for certain."""

    def struck(fault, **more):
        store.set_faults(Faults(**{fault: 1.0}))
        answer = post(web, token, **more)
        assert store.injected[fault] == 1
        store.set_faults(Faults())
        return answer

    return struck


def test_every_fault_of_requests_is_in_the_profile():
    assert set(KINDS) < set(SHARES)
    assert set(SHARED) == set(KINDS)


def test_decisions_are_pure_and_seeded():
    def drawn(seed, faults):
        randomness = random.Random(seed)
        return [decide(faults, randomness, Asked(road)) for _ in range(200) for road in (GRAPHQL, TOKENS, FILE)]

    rough = Faults(**SHARED)
    assert drawn(3, rough) == drawn(3, rough) != drawn(4, rough)
    assert {one.name for seed in range(9) for one in drawn(seed, rough) if one} == set(KINDS)
    assert set(drawn(3, Faults())) == {None}


def test_a_fault_that_is_off_draws_nothing():
    randomness = random.Random(1)
    before = randomness.getstate()
    assert decide(Faults(), randomness, Asked(GRAPHQL)) is None
    assert randomness.getstate() == before


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ("payment_required", {402}),
        ("forbidden", {403}),
        ("not_found", {404}),
        ("locked", {423}),
        ("server_error", {500, 502, 503}),
    ],
)
def test_a_status_instead_of_an_answer(struck, web, token, fault, statuses):
    answer = struck(fault)
    assert answer.status_code in statuses
    assert answer.get_json()["errors"]
    assert post(web, token).get_json()["data"] == {"shop": {"name": "Bazaar"}}


def test_a_refused_token_stays_refused_and_a_refresh_helps(store, shop, web):
    shop.install()
    pair = exchange(shop, web).get_json()
    store.set_faults(Faults(token_refused=1.0))
    assert post(web, pair["access_token"]).status_code == 401
    store.set_faults(Faults())
    assert post(web, pair["access_token"]).status_code == 401
    fields = {"client_id": "key", "client_secret": store.api_secret, "grant_type": "refresh_token"}
    asked = {**fields, "refresh_token": pair["refresh_token"]}
    fresh = web.post("/demo.myshopify.com/admin/oauth/access_token", json=asked).get_json()["access_token"]
    assert post(web, fresh).status_code == 200


def test_throttled_means_that_the_bucket_is_empty(struck, web, token, watch):
    answer = struck("throttled").get_json()
    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 0
    assert "errors" in post(web, token).get_json()
    watch.forward(seconds=1)
    assert "errors" not in post(web, token).get_json()


def test_too_many_requests_name_a_wait_in_several_forms(store, web, token):
    store.set_faults(Faults(too_many=1.0))
    answers = [post(web, token) for _ in range(60)]
    assert {one.status_code for one in answers} == {429}
    assert {one.headers.get("Retry-After") for one in answers} == {"2.0", "1", "0.5", None}


def test_html_comes_with_and_without_an_error_status(struck):
    for fault, good in (("html", True), ("html_error", False)):
        answer = struck(fault)
        assert answer.mimetype == "text/html"
        assert (answer.status_code == 200) is good


@pytest.mark.parametrize("fault", ["reset", "timed_out"])
def test_no_answer_at_all(struck, fault, store):
    with pytest.raises(NoAnswer, match=fault):
        struck(fault)
    assert store.injected[fault] == 1


def test_an_internal_error_has_no_data(struck):
    answer = struck("internal_error").get_json()
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "data" not in answer


def test_half_an_answer_is_no_json(store, web, token):
    store.set_faults(Faults(cut=1.0))
    answers = [post(web, token) for _ in range(20)]
    for answer in answers:
        assert answer.status_code == 200
        with pytest.raises(ValueError, match=r"\w"):
            json.loads(answer.data)
    promised = {int(answer.headers["Content-Length"]) == len(answer.data) for answer in answers}
    assert promised == {True, False}


def test_a_partial_answer_says_what_is_missing(store, web, token):
    query = "query shop {a: ordersCount {count} b: ordersCount {count}}"
    store.set_faults(Faults(partial=1.0))
    answer = post(web, token, query).get_json()
    (missing,) = [name for name, value in answer["data"].items() if value is None]
    assert answer["errors"][-1]["path"] == [missing]
    assert [value for value in answer["data"].values() if value] == [{"count": 0}]
    alone = post(web, token).get_json()
    assert (alone["data"], alone["errors"][0]["path"]) == (None, ["shop"])


def test_an_answer_that_is_lost_was_an_answer(store, shop, web, token, ask, watch):
    shop.place_order(lines=[{"price": "1"}])
    watch.forward(seconds=1)
    store.trouble.fail_next(shop.domain, "answer_lost", 6)
    manners = set()
    query = "mutation start($q: String!) {bulkOperationRunQuery(query: $q) {bulkOperation {id}}}"
    for number in range(1, 7):
        try:
            manners.add(post(web, token, query, "start", q=ORDERS).status_code)
        except NoAnswer as fault:
            manners.add(fault.kind)
        assert len(shop.bulk.listed(watch.now)) == number
    assert len(manners) > 1
    assert store.injected == {"answer_lost": 6}


def test_only_the_operations_that_are_named_are_struck(store, web, token):
    store.set_faults(Faults(server_error=1.0, operations=("count",)))
    assert post(web, token).status_code == 200
    assert post(web, token, "query count {ordersCount {count}}", "count").status_code >= 500


def test_the_token_endpoint_has_faults_but_never_ends_a_grant(store, shop, web):
    assert not set(kinds_on(TOKENS)) & {"token_refused", "payment_required", "forbidden", "not_found", "locked"}
    shop.install()
    store.trouble.fail_next(shop.domain, "server_error")
    assert exchange(shop, web).status_code >= 500
    assert exchange(shop, web).status_code == 200


def test_a_bulk_operation_may_end_badly(store, shop, ask, app):
    shop.place_order(lines=[{"price": "1"}])
    for fault, status in (("bulk_failed", "FAILED"), ("bulk_expired", "EXPIRED")):
        store.set_faults(Faults(**{fault: 1.0}))
        started = run(ask, ORDERS)
        store.set_faults(Faults())
        done = look(ask, started)
        assert (done["status"], done["url"]) == (status, None)
        assert (done["errorCode"] is None) is (status == "EXPIRED")
    store.deliver_due()
    assert app.topics[-2:] == ["bulk_operations/finish"] * 2


def test_a_file_may_be_gone_or_end_too_early(store, shop, ask, web, watch):
    for _ in range(30):
        shop.place_order(lines=[{"price": "1"}])
    path = look(ask, run(ask, ORDERS))["url"].removeprefix("http://store.test")
    whole = web.get(path).data
    store.set_faults(Faults(file_gone=1.0))
    assert web.get(path).status_code in {403, 404, 410}
    store.set_faults(Faults(file_cut=1.0))
    parts = [web.get(path) for _ in range(10)]
    assert all(whole.startswith(part.data) and len(part.data) < len(whole) for part in parts)
    assert len({len(part.data) for part in parts}) > 5
    store.set_faults(Faults())
    assert web.get(path).data == whole
    watch.forward(days=7)
    assert web.get(path).status_code == 404


def found(ask, query):
    document = """query($q: String) {ordersCount(query: $q) {count}
      orders(first: 50, query: $q) {nodes {name displayFinancialStatus}}}"""
    data = ask(document, q=query)["data"]
    return data["ordersCount"]["count"], [one["name"] for one in data["orders"]["nodes"]]


def test_searches_and_counts_lag_and_catch_up(store, shop, ask, watch):
    old = shop.place_order(lines=[{"price": "1"}])
    watch.forward(minutes=45)
    store.set_faults(Faults(lag_seconds=(60.0, 120.0)))
    since = "updated_at:>=2026-11-21T09:30:00Z"
    shop.place_order(lines=[{"price": "1"}])
    shop.refund(old.id)
    assert found(ask, "") == (1, ["#1001"])
    assert found(ask, since) == (0, [])
    gid = f"gid://shopify/Order/{old.id}"
    assert ask("query($id: ID!) {order(id: $id) {displayFinancialStatus}}", id=gid)["data"]["order"] == {
        "displayFinancialStatus": "REFUNDED"
    }
    watch.forward(seconds=120)
    assert found(ask, since) == (2, ["#1001", "#1002"])


def test_what_is_found_is_shown_as_it_is_and_what_is_gone_is_still_counted(store, shop, ask, watch):
    order, other = (shop.place_order(lines=[{"price": "1"}]) for _ in range(2))
    store.set_faults(Faults(lag_seconds=(60.0, 60.0)))
    shop.refund(order.id)
    shop.delete_order(other.id)
    assert found(ask, "financial_status:paid") == (2, ["#1001"])
    node = ask('{orders(first: 1, query: "financial_status:paid") {nodes {displayFinancialStatus}}}')["data"]["orders"]
    assert node["nodes"] == [{"displayFinancialStatus": "REFUNDED"}]
    watch.forward(seconds=60)
    assert found(ask, "") == (1, ["#1001"])


def test_customers_lag_too_and_merges_reach_the_index(store, shop, ask, watch):
    ann, bea = (shop.create_customer(name) for name in ("Ann", "Bea"))
    store.set_faults(Faults(lag_seconds=(60.0, 60.0)))
    shop.place_order(ann.id, [{"price": "1"}])
    shop.merge_customers(bea.id, ann.id)
    buyers = '{customersCount {count} customerSegmentMembers(query: "number_of_orders > 0", first: 1) {totalCount}}'
    assert ask(buyers)["data"] == {"customersCount": {"count": 2}, "customerSegmentMembers": {"totalCount": 0}}
    watch.forward(seconds=60)
    assert ask(buyers)["data"] == {"customersCount": {"count": 1}, "customerSegmentMembers": {"totalCount": 1}}
    assert found(ask, f"customer_id:{bea.id}") == (1, ["#1001"])


def test_a_later_change_is_never_overtaken_by_an_earlier_one(store, shop, ask, watch):
    store.set_faults(Faults(lag_seconds=(0.0, 300.0)))
    for _ in range(20):
        order = shop.place_order(lines=[{"price": "1"}])
        shop.refund(order.id)
    known = []
    for _ in range(31):
        known.append(found(ask, "financial_status:refunded")[0])
        watch.forward(seconds=10)
    assert known == sorted(known)
    assert len(set(known)) > 5
    assert found(ask, "financial_status:refunded")[0] == 20
    store.set_faults(Faults())
    assert found(ask, "financial_status:refunded")[0] == 20


def test_over_a_socket_a_reset_and_a_silence_are_what_a_client_knows(store, shop, token):
    serving = Serving(store, 0, silence=0.5)
    serving.start()
    url = f"http://127.0.0.1:{serving.port}/demo.myshopify.com/admin/api/2026-10/graphql.json"

    def ask_over_http(seconds):
        with requests.Session() as session:
            session.trust_env = False
            headers = {"X-Shopify-Access-Token": token}
            return session.post(url, json={"query": "{shop {name}}"}, headers=headers, timeout=(5, seconds))

    try:
        store.trouble.fail_next(shop.domain, "reset")
        with pytest.raises(requests.ConnectionError):
            ask_over_http(5)
        store.trouble.fail_next(shop.domain, "timed_out")
        with pytest.raises(requests.ReadTimeout):
            ask_over_http(0.1)
        store.trouble.fail_next(shop.domain, "cut", 4)
        for _ in range(4):
            with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.JSONDecodeError)):
                ask_over_http(5).json()
        assert ask_over_http(5).json()["data"] == {"shop": {"name": "Bazaar"}}
    finally:
        serving.stop()
