"""The Admin API: what it answers, refuses and charges."""

import re
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType, get_named_type, is_leaf_type, is_required_argument

from devstore.answers import LISTS
from devstore.discounts.records import BASIC, BXGY, FREE_SHIPPING
from devstore.mutations import ALL_ANSWERS
from devstore.records import Presentment
from devstore.schema import admin_schema

COUNT = "query($q: String) { ordersCount(query: $q) { count precision } }"


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def test_shop_and_installation(ask):
    shop = ask("{shop{name currencyCode ianaTimezone timezoneOffset myshopifyDomain plan{partnerDevelopment}}}")["data"]
    assert shop["shop"] == {
        "name": "Bazaar",
        "currencyCode": "KWD",
        "ianaTimezone": "Asia/Kuwait",
        "timezoneOffset": "+0300",
        "myshopifyDomain": "demo.myshopify.com",
        "plan": {"partnerDevelopment": True},
    }
    scopes = ask("{currentAppInstallation{accessScopes{handle}}}")["data"]["currentAppInstallation"]["accessScopes"]
    assert {"handle": "read_orders"} in scopes


def test_an_order_reads_as_its_webhook_says(shop, ask):
    ann = shop.create_customer("Ann", email="a@x.y")
    order = shop.place_order(ann.id, [{"price": "10", "quantity": 2}], discount="1", shipping="2")
    shop.refund(order.id, "4.5")
    found = ask(
        """query($id: ID!) { order(id: $id) { id legacyResourceId name displayFinancialStatus sourceName test
        customer { id numberOfOrders amountSpent { amount } }
        totalPriceSet { shopMoney { amount currencyCode } } currentTotalPriceSet { presentmentMoney { amount } }
        refundDiscrepancySet { shopMoney { amount } } totalRefundedSet { shopMoney { amount } }
        refunds { totalRefundedSet { shopMoney { amount } } orderAdjustments(first: 1) { nodes { amountSet {
          shopMoney { amount } } } } }
        lineItems(first: 5) { nodes { quantity currentQuantity originalTotalSet { shopMoney { amount } }
          discountAllocations { allocatedAmountSet { shopMoney { amount } } } product { id } } } } }""",
        id=f"gid://shopify/Order/{order.id}",
    )
    order_found = found["data"]["order"]
    assert "errors" not in found
    assert order_found["legacyResourceId"] == str(order.id)
    assert order_found["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert order_found["customer"]["numberOfOrders"] == "1"
    assert order_found["customer"]["amountSpent"]["amount"] == "16.5"
    assert order_found["totalPriceSet"]["shopMoney"] == {"amount": "21.0", "currencyCode": "KWD"}
    assert order_found["refundDiscrepancySet"]["shopMoney"]["amount"] == "-4.5"
    assert order_found["refunds"][0]["orderAdjustments"]["nodes"][0]["amountSet"]["shopMoney"]["amount"] == "-4.5"
    line = order_found["lineItems"]["nodes"][0]
    assert line["originalTotalSet"]["shopMoney"]["amount"] == "20.0"
    assert line["discountAllocations"][0]["allocatedAmountSet"]["shopMoney"]["amount"] == "1.0"


def test_an_order_shows_what_the_customer_saw_beside_the_shops_own_money(shop, ask):
    seen = Presentment("USD", Fraction("3.25"))
    order = shop.place_order(lines=[{"price": "10.001"}], discount="0.002", presentment=seen)
    found = ask(
        """query($id: ID!) { order(id: $id) { currencyCode presentmentCurrencyCode
        subtotalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
        lineItems(first: 1) { nodes { originalTotalSet { presentmentMoney { amount } }
          discountAllocations { allocatedAmountSet { shopMoney { amount } presentmentMoney { amount } } } } } } }""",
        id=f"gid://shopify/Order/{order.id}",
    )["data"]["order"]
    assert (found["currencyCode"], found["presentmentCurrencyCode"]) == ("KWD", "USD")
    assert found["subtotalPriceSet"] == {
        "shopMoney": {"amount": "9.999", "currencyCode": "KWD"},
        "presentmentMoney": {"amount": "32.5", "currencyCode": "USD"},
    }
    line = found["lineItems"]["nodes"][0]
    assert line["originalTotalSet"]["presentmentMoney"]["amount"] == "32.5"
    allocated = line["discountAllocations"][0]["allocatedAmountSet"]
    assert (allocated["shopMoney"]["amount"], allocated["presentmentMoney"]["amount"]) == ("0.002", "0.01")


def test_unknown_ids_are_null(ask):
    for gid in ("gid://shopify/Order/1", "gid://shopify/Customer/1", "nonsense"):
        assert ask("query($id: ID!) {order(id: $id) {id}}", id=gid)["data"] == {"order": None}


@pytest.fixture
def january(shop):
    ann = shop.create_customer("Ann")
    with shop.history():
        orders = [shop.place_order(ann.id, [{"price": "1"}], at=at(day)) for day in (1, 2, 3)]
        orders.append(shop.place_order(lines=[{"price": "1"}], at=at(3, 22), test=True))
        shop.refund(orders[0].id, at=at(5))
        shop.cancel(orders[1].id, at(6))
    return ann


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("created_at:>=2026-01-02", 3),
        ("created_at:2026-01-03", 1),
        ("created_at:2026-01-04", 1),
        ("created_at:<=2026-01-02", 2),
        ("created_at:>2026-01-02", 2),
        ("created_at:>='2026-01-02T12:00:00Z' created_at:<2026-01-03T12:00:00Z", 1),
        ("updated_at:>=2026-01-05T00:00:00Z", 2),
        ("test:false", 3),
        ("-test:true", 3),
        ("status:cancelled OR test:true", 2),
        ("NOT (status:cancelled OR test:true)", 2),
        ("financial_status:refunded AND created_at:<2026-01-02", 1),
        ("name:#1003", 1),
    ],
)
def test_orders_are_searched(january, ask, query, count):
    assert ask(COUNT, q=query)["data"]["ordersCount"] == {"count": count, "precision": "EXACT"}


def test_orders_are_searched_by_customer(january, ask):
    assert ask(COUNT, q=f"customer_id:{january.id}")["data"]["ordersCount"]["count"] == 3


@pytest.mark.parametrize("query", ["colour:red", "created_at:>yesterday", "(test:true", "status:odd"])
def test_a_search_that_cannot_be_followed_is_refused(ask, query):
    assert "errors" in ask(COUNT, q=query)


def test_a_count_stops_at_its_limit(january, ask):
    found = ask("{ordersCount(limit: 2) {count precision}}")["data"]["ordersCount"]
    assert found == {"count": 2, "precision": "AT_LEAST"}


def test_pages_walk_through_everything_once(january, ask):
    document = """query($first: Int, $after: String, $last: Int, $before: String) {
      orders(first: $first, after: $after, last: $last, before: $before, sortKey: CREATED_AT, reverse: true) {
        edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }"""
    seen, after = [], None
    while True:
        page = ask(document, first=3, after=after)["data"]["orders"]
        seen += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["#1004", "#1003", "#1002", "#1001"]
    back = ask(document, last=2, before=page["pageInfo"]["startCursor"])["data"]["orders"]
    assert [edge["node"]["name"] for edge in back["edges"]] == ["#1003", "#1002"]
    assert back["pageInfo"]["hasPreviousPage"] is True
    assert "errors" in ask(document)
    assert "errors" in ask(document, first=251)
    assert "errors" in ask(document, first=1, after="bm9uc2Vuc2U=")


def test_segments_compare_numbers_of_orders(january, shop, ask):
    shop.create_customer("Nobody")
    document = "query($q: String) {customerSegmentMembers(query: $q, first: 1) {totalCount edges {node {id}}}}"
    for query, count in (("number_of_orders > 0", 1), ("number_of_orders > 3", 0), ("number_of_orders = 0", 1)):
        assert ask(document, q=query)["data"]["customerSegmentMembers"]["totalCount"] == count
    assert "errors" in ask(document, q="city = 'Kuwait'")


def test_agreements_tell_what_was_sold_and_taken_back(shop, ask):
    order = shop.place_order(lines=[{"price": "10"}, {"price": "2", "gift_card": True}], shipping="1")
    shop.refund(order.id, lines={order.lines[0].id: 1})
    document = """{orders(first: 1) {nodes {agreements(first: 5) {nodes {reason sales(first: 5) {nodes {
      __typename actionType lineType quantity totalAmount {shopMoney {amount}}
      ... on ProductSale {lineItem {id}}}}}}}}}"""
    first, second = ask(document)["data"]["orders"]["nodes"][0]["agreements"]["nodes"]
    assert [sale["lineType"] for sale in first["sales"]["nodes"]] == ["PRODUCT", "GIFT_CARD", "SHIPPING"]
    assert second["reason"] == "REFUND"
    sale = second["sales"]["nodes"][0]
    assert (sale["actionType"], sale["quantity"], sale["totalAmount"]["shopMoney"]["amount"]) == ("RETURN", -1, "-10.0")
    assert sale["lineItem"]["id"] == f"gid://shopify/LineItem/{order.lines[0].id}"


def test_unknown_fields_are_refused_before_anything_runs(ask):
    found = ask("{orders(first: 1) {nodes {id colour}}}")
    assert found["errors"][0]["extensions"]["code"] == "undefinedField"
    assert "data" not in found
    assert "errors" in ask("{orders(")


def test_a_missing_scope_leaves_the_rest(shop, ask):
    ann = shop.create_customer("Ann")
    shop.place_order(ann.id, [{"price": "1"}])
    shop.set_scopes(["write_orders"])
    found = ask("{orders(first: 1) {nodes {name customer {id}}} customersCount {count}}")
    assert found["data"]["orders"]["nodes"] == [{"name": "#1001", "customer": None}]
    assert found["data"]["customersCount"] is None
    assert {error["extensions"]["code"] for error in found["errors"]} == {"ACCESS_DENIED"}


def test_points_run_out_and_come_back(store, ask, watch):
    store.points, store.restore = 100, 10
    document = "{orders(first: 90) {nodes {id}}}"
    cost = ask(document)["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (92, 2)
    assert cost["throttleStatus"] == {"maximumAvailable": 100.0, "currentlyAvailable": 98, "restoreRate": 10.0}
    for _ in range(4):
        ask(document)
    throttled = ask(document)
    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert throttled["extensions"]["cost"]["actualQueryCost"] is None
    watch.forward(seconds=0.5)
    assert "errors" not in ask(document)
    huge = ask("{orders(first: 250) {nodes {lineItems(first: 50) {nodes {id}}}}}")
    assert huge["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_a_request_must_be_a_query(web, token):
    url, headers = "/demo.myshopify.com/admin/api/2026-10/graphql.json", {"X-Shopify-Access-Token": token}
    assert "errors" in web.post(url, data="nonsense", headers=headers).get_json()
    assert web.post(url.replace("demo", "none"), json={"query": "{shop{id}}"}, headers=headers).status_code == 404
    answer = web.post(url, json={"query": "{shop{id}}"}, headers=headers)
    assert answer.headers["X-Shopify-API-Version"] == "2026-10"


def _objects():
    return [kind for kind in admin_schema().type_map.values() if isinstance(kind, GraphQLObjectType)]


def test_every_field_of_the_schema_has_an_answer():
    """A field is answered by its table, is a connection with items, or stands in what its parent answered."""
    keyed = {"Count", "PageInfo", "AccessScope", "App", "OrderApp", "ShopPlan"}
    keyed |= {
        "Domain",
        "OrderTransaction",
        "OrderAdjustment",
        "CustomerEmailAddress",
        "CustomerPhoneNumber",
        "SaleTax",
        "TaxLine",
        "AdditionalFee",
        "SaleAdditionalFee",
        "RefundDuty",
    }
    keyed |= {"CustomerStatistics", "Attribute", "Image"}
    keyed |= {name for name in admin_schema().type_map if name.endswith(("Payload", "UserError"))}
    keyed |= {"MetafieldAccess", "MetafieldCapabilities", "MetafieldDefinitionIdentifier", "MetafieldDefinitionType"}
    keyed |= {"MetafieldCapabilityAdminFilterable", "MetafieldCapabilityUniqueValues", "MetafieldIdentifier"}
    keyed |= {"StagedMediaUploadTarget", "StagedUploadParameter"}
    keyed |= {"AllDiscountItems", "DiscountAmount", "DiscountBuyerSelectionAll", "DiscountCombinesWith"}
    keyed |= {"DiscountCountries", "DiscountCountryAll", "DiscountCustomerBuys", "DiscountCustomerGets"}
    keyed |= {"DiscountCustomers", "DiscountCustomerSegments", "DiscountMinimumQuantity", "DiscountMinimumSubtotal"}
    keyed |= {"DiscountOnQuantity", "DiscountPercentage", "DiscountPurchaseAmount", "DiscountQuantity"}
    keyed |= {"DiscountRedeemCode", "PricingPercentageValue"}
    keyed |= {"ShopifyqlQueryResponse", "ShopifyqlTableData", "ShopifyqlTableDataColumn"}
    missing = []
    for kind in _objects():
        plain = kind.name.startswith("__") or kind.name.endswith(("Connection", "Edge")) or kind.name in keyed
        for name in kind.fields if not plain else ():
            if name not in ALL_ANSWERS.get(kind.name, {}) and (kind.name, name) not in LISTS:
                missing.append(f"{kind.name}.{name}")
    stored = {"Customer.locale", "Customer.phone", "Order.number"}
    assert sorted(set(missing) - stored) == []


def test_a_whole_shop_can_be_asked_for_everything(shop, ask, store):
    """Every field without required arguments is asked of one busy order, three levels deep."""
    store.points = 10**9
    shop.add_product("Oud", "45")
    product = next(iter(shop.products))
    ann = shop.create_customer("Ann", "A", "a@x.y", phone="+965")
    shop.outward.metafields.define({"name": "VIP", "key": "vip", "type": "boolean", "ownerType": "CUSTOMER"})
    shop.outward.metafields.write([{"ownerId": f"gid://shopify/Customer/{ann.id}", "key": "vip", "value": "true"}])
    lines = [{"price": "9", "product_id": product, "quantity": 2}]
    order = shop.place_order(ann.id, lines, discount="1", shipping="1", duties="3", fee="0.5")
    shop.refund(order.id, "1")
    sent_back = shop.returns.open(order.id, {order.lines[0].id: 1}, [{"price": "2"}], fee="0.25")
    shop.returns.process(order.id, sent_back.id)
    shop.returns.refund(order.id, sent_back.id, duties=True)
    shop.cancel(order.id)
    shop.set_scopes([*shop.installation.scopes, *store.optional_scopes, "read_returns"])
    shop.credit.give(f"gid://shopify/Customer/{ann.id}", {"creditAmount": {"amount": "5", "currencyCode": "KWD"}})
    one_of_each(shop, ann, product)
    fields = _selection(admin_schema().type_map["Order"], 3)
    found = ask(f"query($id: ID!) {{order(id: $id) {{{fields}}}}}", id=f"gid://shopify/Order/{order.id}")
    assert found.get("errors", []) == []
    ids = set(re.findall(r"'id': '?([^',}]*)", str(found)))
    assert all(one.startswith("gid://shopify/") for one in ids), ids
    fields = _selection(admin_schema().type_map["DiscountNode"], 4)
    found = ask(f"{{discountNodes(first: 3) {{nodes {{{fields}}}}}}}")
    assert "errors" not in found
    assert len(found["data"]["discountNodes"]["nodes"]) == 3
    fields = _selection(admin_schema().type_map["Shop"], 2)
    assert "errors" not in ask(f"{{shop {{{fields}}}}}")
    fields = _selection(admin_schema().type_map["Customer"], 2)
    assert "errors" not in ask(f"{{customers(first: 1) {{nodes {{{fields}}}}}}}")
    fields = _selection(admin_schema().type_map["CustomerSegmentMember"], 2)
    assert "errors" not in ask(f"{{customerSegmentMembers(first: 1) {{edges {{node {{{fields}}}}}}}}}")


def one_of_each(shop, customer, product):
    """A discount of every kind."""
    goods = {"products": {"productsToAdd": [f"gid://shopify/Product/{product}"]}}
    whole = {"title": "Ten", "startsAt": "2026-01-01T00:00:00Z", "minimumRequirement": {"subtotal": None}}
    whole["context"] = {"customers": {"add": [f"gid://shopify/Customer/{customer.id}"]}}
    free = {"discountOnQuantity": {"quantity": "1", "effect": {"percentage": 1.0}}}
    buys = {"customerBuys": {"items": goods, "value": {"quantity": "1"}}}
    gets = {"items": {"all": True}, "value": {"percentage": 0.1}}
    for kind, more in (
        (BASIC, {"customerGets": gets}),
        (FREE_SHIPPING, {}),
        (BXGY, {**buys, "customerGets": {"items": goods, "value": free}}),
    ):
        assert shop.discounts.create(kind, {**whole, **more, "code": kind})["userErrors"] == []


def _selection(kind, depth: int) -> str:
    if isinstance(kind, GraphQLUnionType):
        return " ".join(["__typename", *(f"... on {one.name} {{{_selection(one, depth)}}}" for one in kind.types)])
    parts = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        arguments = "(first: 2)" if inner.name.endswith("Connection") else ""
        if any(map(is_required_argument, field.args.values())):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif depth:
            parts.append(f"{name}{arguments} {{{_selection(inner, depth - (not inner.name.endswith('Edge')))}}}")
    return " ".join(parts)
