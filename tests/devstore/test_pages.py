"""The merchant's pages and the control API."""

from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

from devstore import admin, tokens
from tests.devstore.conftest import SECRET


def act(web, action, **wish):
    return web.post(f"/store/demo/control/{action}", json=wish)


def test_the_frame_opens_the_app_with_a_signed_query(shop, store):
    src = admin.frame_source(store, shop, "reports/numbers", {"window": "30d", "locale": "ar", "hmac": "forged"})
    parts = urlsplit(src)
    query = dict(parse_qsl(parts.query))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "http://app.test/reports/numbers"
    assert (query["window"], query["locale"], query["embedded"], query["shop"]) == ("30d", "ar", "1", shop.domain)
    assert query["hmac"] == tokens.query_signature(SECRET, query)
    assert jwt.decode(
        query["id_token"],
        SECRET,
        ["HS256"],
        audience="key",
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )


def test_an_app_that_is_not_there_is_installed_first(shop, web):
    answer = web.get("/store/demo/apps/wafa/reports")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/store/demo/install/wafa")
    assert web.get("/store/demo/id-token").status_code == 404
    assert web.get("/store/demo/install/wafa").status_code == 200
    answer = web.post("/store/demo/install/wafa")
    assert answer.headers["Location"] == "/store/demo/apps/wafa"
    assert shop.installed
    page = web.get("/store/demo/apps/wafa/reports?window=30d")
    assert page.status_code == 200
    assert "http://app.test/reports?" in page.text


def test_every_page_shows(shop, web):
    ann = shop.create_customer("Ann <b>", email="a@x.y")
    order = shop.place_order(ann.id, [{"price": "1"}])
    shop.install()
    for path in (
        "",
        "/apps/wafa",
        "/apps/wafa/",
        "/install/wafa",
        f"/orders/{order.id}",
        f"/customers/{ann.id}",
        "/control",
    ):
        page = web.get(f"/store/demo{path}")
        assert page.status_code == 200, path
        assert "Ann <b>" not in page.text
    assert web.get("/").status_code == 302
    for path in (
        "/store/none",
        "/store/demo/apps/other",
        "/store/demo/orders/1",
        "/store/demo/customers/1",
        "/store/none/control/state",
    ):
        assert web.get(path).status_code == 404
    assert web.get("/store/demo/id-token").get_json()["id_token"]


def test_an_order_leads_to_its_customer_and_back(shop, web):
    ann, bea = shop.create_customer("Ann"), shop.create_customer("Bea")
    mine, other, guest = (shop.place_order(who, [{"price": "1"}]) for who in (ann.id, bea.id, None))
    address = f"/store/demo/customers/{ann.id}"
    assert f'href="{address}"' in web.get(f"/store/demo/orders/{mine.id}").text
    assert "/customers/" not in web.get(f"/store/demo/orders/{guest.id}").text
    page = web.get(address).text
    assert f"number {ann.id}" in page
    assert mine.name in page
    assert other.name not in page


def test_standins_are_open_to_the_app(shop, web):
    for name in ("app-bridge.js", "polaris.js"):
        with web.get(f"/standins/{name}") as answer:
            assert answer.status_code == 200
            assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_control_does_what_shoppers_and_staff_do(shop, web):
    placed = act(web, "place", customer_id="new", amount="12.500", discount="0.5", first_name="Ann").get_json()["order"]
    assert (placed["name"], placed["total"], placed["customer"]["name"]) == ("#1001", "12.000", "Ann Customer 1")
    second = act(web, "place", customer_id="new", lines=[{"price": "3", "quantity": 2}]).get_json()["order"]
    guest = act(web, "place", customer_id=None, amount="1", at="2026-01-01T00:00:00Z").get_json()["order"]
    assert guest["customer"] is None
    assert guest["created_at"] == "2026-01-01 03:00"
    refunded = act(web, "refund", order_id=placed["id"], amount="2").get_json()["order"]
    assert (refunded["refunded"], refunded["status"]) == ("2.000", "partially_refunded")
    abroad = act(web, "place", amount="10", duties="2", fee="1").get_json()["order"]
    assert abroad["total"] == "13.000"
    back = act(web, "return", order_id=abroad["id"], duties=True).get_json()
    assert (back["return"]["status"], back["order"]["refunded"]) == ("CLOSED", "12.000")
    unpaid = act(web, "return", order_id=second["id"], refund=False, exchange=[{"price": "1"}]).get_json()
    assert (unpaid["order"]["refunded"], shop.orders[second["id"]].overpaid) == ("0.000", 2_000)
    assert act(web, "return", order_id=abroad["id"]).status_code == 422
    assert act(web, "delete", order_id=abroad["id"]).status_code == 200
    assert act(web, "cancel", order_id=second["id"]).get_json()["order"]["cancelled"] is True
    assert act(web, "delete", order_id=guest["id"]).status_code == 200
    kept, gone = placed["customer"]["id"], second["customer"]["id"]
    assert act(web, "merge", kept=kept, deleted=gone).get_json() == {"kept": kept}
    assert act(web, "change", currency="USD", timezone="UTC").status_code == 200
    assert (shop.currency, shop.timezone) == ("USD", "UTC")
    state = web.get("/store/demo/control/state").get_json()
    assert [order["name"] for order in state["orders"]] == ["#1002", "#1001"]
    assert state["installed"] is False


def test_the_page_of_a_customer_merges_another_into_them(shop, web):
    ann, bea = shop.create_customer("Ann").id, shop.create_customer("Bea").id
    order = shop.place_order(bea, [{"price": "3"}])
    place = f"/store/demo/customers/{ann}"
    assert "Merge customer" in web.get(place).text
    for wrong in (str(ann), "77", "x", ""):
        answer = web.post(f"{place}/merge", data={"number": wrong})
        assert (answer.status_code, "There is no other customer" in answer.text) == (400, True)
    assert web.post(f"{place}/merge", data={"number": str(bea)}).location == place
    assert (order.customer.id, shop.merged) == (ann, {bea: ann})
    assert web.post(f"/store/demo/customers/{bea}/merge", data={"number": str(ann)}).status_code == 404


def test_the_page_of_a_customer_shows_what_apps_have_written_on_them(shop, web):
    ann = shop.create_customer("Ann", email="a@x.y")
    assert "Metafields" not in web.get(f"/store/demo/customers/{ann.id}").text
    book, own = shop.outward.metafields, {"namespace": "$app", "ownerId": f"gid://shopify/Customer/{ann.id}"}
    book.define({"name": "Points <b>", "key": "points", "type": "number_integer", "ownerType": "CUSTOMER"})
    book.write([own | {"key": "points", "value": "600"}, own | {"key": "seen", "type": "boolean", "value": "true"}])
    page = web.get(f"/store/demo/customers/{ann.id}").text
    assert "Points &lt;b&gt;" in page
    assert "<bdi>600</bdi>" in page
    assert page.count("--1300001.seen") == 2
    assert web.post(f"/store/demo/customers/{ann.id}/merge", data={"number": "7"}).text.count("<bdi>600</bdi>") == 1


def test_a_segment_has_a_page(shop, web):
    for number in range(3):
        ann = shop.create_customer(f"Ann {number}")
        shop.place_order(ann.id, [{"price": str(number)}])
    shop.install()
    made = shop.outward.segments.create("Big <b>", "amount_spent >= 1")["segment"]
    page = web.get(f"/store/demo/customers/segments/{made.id}")
    assert page.status_code == 200
    assert "Big &lt;b&gt;" in page.text
    assert "amount_spent &gt;= 1" in page.text
    assert "2 customers" in page.text
    assert 'href="/store/demo/apps/wafa"' in page.text
    made.query = "metafields.x.gone = true"
    assert "not in the shop any more" in web.get(f"/store/demo/customers/segments/{made.id}").text


@pytest.mark.parametrize(
    "path", ["customers/segments/7", "orders/1", "customers/1", "products/5/inventory", "settings"]
)
def test_an_address_without_a_page_leads_back_to_the_app(shop, web, path):
    shop.install()
    page = web.get(f"/store/demo/{path}")
    assert page.status_code == 404
    assert "Shopify would show a page of its admin" in page.text
    assert 'href="/store/demo/apps/wafa"' in page.text
    assert "Shopify would show" not in web.get(f"/store/none/{path}").text


def test_control_installs_and_tells(shop, web, store):
    customer = shop.create_customer("Ann")
    assert act(web, "install").get_json() == {"installed": True}
    for action in ("data-request", "redact-customer"):
        assert act(web, action, customer_id=customer.id).status_code == 200
    assert act(web, "scopes", scopes=["read_orders"]).status_code == 200
    assert act(web, "uninstall").get_json() == {"installed": False}
    assert act(web, "redact-shop").status_code == 200
    topics = [one.topic for one in store.deliveries]
    assert topics == [
        "customers/data_request",
        "customers/redact",
        "app/scopes_update",
        "app/uninstalled",
        "shop/redact",
    ]
    shown = web.get("/store/demo/control/state").get_json()["deliveries"]
    assert [one["topic"] for one in shown] == topics[::-1]
    assert shown[0]["status"] == "waiting"


@pytest.mark.parametrize(
    ("action", "wish"),
    [
        ("place", {}),
        ("place", {"amount": "many"}),
        ("place", {"customer_id": 5, "amount": "1"}),
        ("place", {"amount": "1", "at": "yesterday"}),
        ("place", {"lines": [{}]}),
        ("refund", {"order_id": 1}),
        ("refund", {"order_id": "x"}),
        ("cancel", {}),
        ("delete", {"order_id": True}),
        ("merge", {"kept": 1, "deleted": 2}),
        ("uninstall", {}),
        ("change", {"timezone": "Mars/Base"}),
        ("change", {"currency": "money"}),
    ],
)
def test_control_says_what_is_wrong(shop, web, action, wish):
    answer = act(web, action, **wish)
    assert answer.status_code == 422
    assert answer.get_json()["error"]
    assert not shop.orders


def test_an_unknown_action_is_not_found(shop, web):
    assert act(web, "explode").status_code == 404
