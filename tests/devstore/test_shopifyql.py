"""Shopify's reports by ShopifyQL: figures worked out by hand, what cannot be understood, and who may ask."""

from datetime import UTC, datetime

import pytest

from tests.devstore.conftest import exchange

QUERY = (
    "query q($text: String!) { shopifyqlQuery(query: $text) "
    "{ parseErrors parseWarnings tableData { columns { name dataType displayName columnOrigin } rows } } }"
)
ALL = (
    "orders, gross_sales, discounts, sales_reversals, net_sales, average_order_value, customers, "
    "returning_customer_rate"
)


def at(day: str, time: str = "12:00") -> datetime:
    return datetime.fromisoformat(f"2026-{day}T{time}:00+03:00").astimezone(UTC)


@pytest.fixture
def shop(store):
    """The months of a shop in Kuwait, as features of Shopify's reports have them: see the rows below."""
    made = store.add_shop("demo.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    with made.history():
        a, b, c, d = (made.create_customer(name, at=at("01-01")) for name in "ABCD")
        made.place_order(a.id, [{"price": "10.000"}], discount="1.000", at=at("01-31", "23:30"))
        two = made.place_order(b.id, [{"price": "20.500"}], at=at("02-01", "02:30"))
        made.place_order(a.id, [{"price": "5.250"}], at=at("02-10"))
        made.place_order(c.id, [{"price": "8.000"}], discount="8.000", at=at("02-12"))
        made.place_order(c.id, [{"price": "99.000"}], at=at("02-13"), test=True)
        made.refund(two.id, amount="4.500", at=at("03-02"))
        five = made.place_order(c.id, [{"price": "7.125"}], shipping="1.000", at=at("03-05"))
        made.cancel(five.id, at=at("03-06"))
        made.place_order(d.id, [{"price": "15.000", "gift_card": True}], at=at("03-09"))
        made.place_order(b.id, [{"price": "3.375"}], discount="0.375", tip="2.000", at=at("03-20"))
        gone = made.place_order(d.id, [{"price": "1.000"}], at=at("03-21"))
        made.delete_order(gone.id)
    made.install([*store.scopes, *store.optional_scopes])
    return made


@pytest.fixture
def token(shop, web):
    return exchange(shop, web).get_json()["access_token"]


def run(ask, text):
    return ask(QUERY, text=text)["data"]["shopifyqlQuery"]


def figures(ask, since, until, columns=ALL):
    told = run(ask, f"FROM sales SHOW {columns} SINCE 2026-{since} UNTIL 2026-{until}")
    assert told["parseErrors"] == []
    (row,) = told["tableData"]["rows"]
    assert [column["name"] for column in told["tableData"]["columns"]] == list(row)
    return list(row.values())


def test_each_month_is_as_on_paper(ask):
    january = figures(ask, "01-01", "01-31")
    assert january == ["1", "10.000", "-1.000", "0.000", "9.000", "9.0", "1", "0.0"]
    february = figures(ask, "02-01", "02-28")
    assert february == ["3", "33.750", "-8.000", "0.000", "25.750", "8.583333333333", "3", "0.333333333333"]
    march = figures(ask, "03-01", "03-31")
    assert march == ["2", "10.500", "-0.375", "-11.625", "-1.500", "5.0625", "2", "1.0"]
    assert figures(ask, "05-01", "05-31") == ["0", "0.000", "0.000", "0.000", "0.000", None, "0", None]


def test_an_edit_is_of_its_own_day_and_taxes_are_no_sales(shop, ask):
    shop.tax_rate, shop.taxes_included = 1500, True
    with shop.history():
        order = shop.place_order(None, [{"price": "11.500", "quantity": 2}], discount="2.300", at=at("06-10"))
        shop.edit(order.id, [{"price": "2.300"}], {order.lines[0].id: 1}, at=at("07-10"))
    assert figures(ask, "06-01", "06-30")[:5] == ["1", "20.000", "-2.000", "0.000", "18.000"]
    assert figures(ask, "07-01", "07-31")[:5] == ["0", "2.000", "0.000", "-9.000", "-7.000"]


def test_reports_can_be_behind_and_of_another_zone(shop, store, watch, ask):
    today = watch.now.strftime("%m-%d")
    shop.place_order(None, [{"price": "3.000"}])
    assert figures(ask, today, today, "orders") == ["1"]
    shop.reports = shop.reports.changed({"behind": "0.5"})
    assert figures(ask, today, today, "orders") == ["0"]
    watch.forward(minutes=30)
    assert figures(ask, today, today, "orders") == ["1"]
    shop.reports = shop.reports.changed({"zone": "UTC"})
    assert figures(ask, "01-01", "01-31", "orders, gross_sales") == ["2", "30.500"]


def test_who_returns_may_be_told_with_todays_knowledge(shop, ask):
    shop.reports = shop.reports.changed({"returning": "now"})
    assert figures(ask, "02-01", "02-28", "returning_customer_rate") == ["1.0"]
    with pytest.raises(ValueError, match="then or of now"):
        shop.reports.changed({"returning": "never"})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SHOW orders", "Syntax error"),
        ("FROM orders SHOW orders SINCE 2026-01-01 UNTIL 2026-01-31", "'orders'"),
        ("FROM sales SHOW orders, nonsense SINCE 2026-01-01 UNTIL 2026-01-31", "'nonsense'"),
        ("FROM sales SHOW returns SINCE 2026-01-01 UNTIL 2026-01-31", "'returns'"),
        ("FROM sales SHOW orders SINCE 2026-02-01 UNTIL 2026-01-31", "UNTIL is before SINCE"),
        ("FROM sales SHOW orders SINCE 2026-02-30 UNTIL 2026-03-31", ""),
    ],
)
def test_what_cannot_be_understood_is_said(ask, text, named):
    told = run(ask, text)
    assert told["tableData"] is None
    assert named in told["parseErrors"][0]


def test_a_column_has_one_name_at_a_time(shop, ask):
    shop.reports = shop.reports.changed({"unknown": ["sales_reversals"]})
    assert figures(ask, "03-01", "03-31", "returns") == ["-11.625"]
    assert run(ask, "FROM sales SHOW sales_reversals SINCE 2026-03-01 UNTIL 2026-03-31")["tableData"] is None


@pytest.mark.parametrize("closed", ["level1", "none", "scope"])
def test_without_permission_or_approval_the_same_is_said(shop, ask, closed):
    """Whichever of both it is that Shopify holds against the app, it names the scope."""
    if closed == "scope":
        shop.set_scopes(shop.store.scopes)
    else:
        shop.approve(closed)
    told = ask(QUERY, text=f"FROM sales SHOW {ALL} SINCE 2026-03-01 UNTIL 2026-03-31")
    assert told["data"] == {"shopifyqlQuery": None}
    (error,) = told["errors"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert "`read_reports` access scope" in error["message"]


def test_an_optional_scope_is_granted_and_taken_back(shop, store, web, app):
    base = "/store/demo/control"
    shop.install()
    granted = web.post(f"{base}/grant-scopes", json={"scopes": ["read_reports"]}).get_json()
    assert "read_reports" in granted["granted"]
    assert granted["optional"] == list(store.optional_scopes)
    again = web.post(f"{base}/grant-scopes", json={"scopes": ["read_reports"]})
    assert again.get_json() == granted == web.get("/store/demo/scopes").get_json()
    taken = web.post(f"{base}/revoke-scopes", json={"scopes": "read_reports"}).get_json()
    assert taken["granted"] == taken["required"]
    store.deliver_due()
    assert app.topics == ["app/scopes_update"] * 2
    assert web.post(f"{base}/grant-scopes", json={"scopes": ["write_themes"]}).status_code == 422
    assert web.post(f"{base}/revoke-scopes", json={"scopes": ["read_orders"]}).status_code == 422


def test_a_new_consent_takes_no_optional_scope_back(shop, web, store):
    fields = {"client_id": "key", "scope": ",".join(store.scopes), "redirect_uri": "http://app.test/x", "state": "s"}
    web.post("/demo.myshopify.com/admin/oauth/authorize", data=fields)
    assert "read_reports" in shop.installation.scopes
    shop.uninstall()
    shop.install()
    assert "read_reports" not in shop.installation.scopes


def test_the_control_page_shows_and_changes_how_reports_are_made(shop, web):
    page = web.get("/store/demo/control").text
    assert "Shopify&#39;s reports" in page or "Shopify's reports" in page
    assert 'data-granted="read_reports">granted' in page
    made = web.post("/store/demo/control/reports", json={"behind": "6", "zone": "UTC", "returning": "now"})
    assert made.get_json()["reports"] == {"behind": 6.0, "zone": "UTC", "returning": "now", "unknown": ["returns"]}
    assert web.post("/store/demo/control/reports", json={"zone": "Mars/Base"}).status_code == 422
