"""Checkouts that are left: begun, changed, recovered, completed, deleted; what the app hears and can ask."""

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from devstore.checkout.desk import NotPlacedError
from devstore.records import Presentment
from tests.devstore.conftest import exchange

LISTED = """query($q: String, $key: AbandonedCheckoutSortKeys = ID) {
  abandonedCheckouts(first: 9, query: $q, sortKey: $key) { nodes { id name abandonedCheckoutUrl completedAt createdAt
    updatedAt note discountCodes taxesIncluded customer { id } shippingAddress { countryCodeV2 }
    totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
    totalDiscountSet { shopMoney { amount } }
    lineItems(first: 5) { nodes { title variantTitle quantity sku product { id } variant { id availableForSale }
      discountedTotalPriceSet { shopMoney { amount } } discountedTotalPriceWithCodeDiscount { shopMoney { amount } } } }
  } } abandonedCheckoutsCount(query: $q) { count precision } }"""
NOTED = """query($id: ID!) { abandonmentByAbandonedCheckoutId(abandonedCheckoutId: $id) { id abandonmentType emailState
  emailSentAt customerHasNoOrderSinceAbandonment daysSinceLastAbandonmentEmail inventoryAvailable
  isMostSignificantAbandonment mostRecentStep isFromOnlineStore isFromShopPay abandonedCheckoutPayload { id } } }"""


@pytest.fixture
def oud(shop):
    return shop.add_product("Oud", "30")


@pytest.fixture
def ann(shop):
    return shop.create_customer("Ann", "A", "ann@x.test", "en", phone="+96550000001")


@pytest.fixture
def heard(store):
    """Topics and bodies of what was sent since the last look."""
    seen = 0

    def heard() -> list[tuple[str, dict]]:
        nonlocal seen
        fresh, seen = store.deliveries[seen:], len(store.deliveries)
        return [(one.topic, json.loads(one.body)) for one in fresh]

    return heard


def gid(checkout):
    return f"gid://shopify/AbandonedCheckout/{checkout.id}"


def test_a_checkout_is_begun_changed_and_completed(shop, token, oud, heard, watch):
    heard()
    begun = shop.begin_checkout({oud.id: 1}, email="new@x.test", landing_site="/?utm_source=a")
    [(topic, body)] = heard()
    assert topic == "checkouts/create"
    assert "id" not in body
    assert (body["token"], body["email"], body["customer"], body["completed_at"]) == (
        begun.token,
        "new@x.test",
        None,
        None,
    )
    assert body["abandoned_checkout_url"] == (
        f"https://{shop.domain}/{shop.id}/checkouts/{begun.token}/recover?key={begun.key}"
    )
    assert [(one["title"], one["quantity"], one["price"], one["product_id"]) for one in body["line_items"]] == [
        ("Oud", 1, "30.000", oud.id)
    ]
    assert (body["total_price"], body["shipping_lines"]) == ("30.000", [])
    watch.forward(minutes=2)
    shop.change_checkout(begun.token, goods={oud.id: 2}, country="KW")
    [(topic, body)] = heard()
    assert (topic, body["total_price"], body["shipping_address"]["country_code"]) == (
        "checkouts/update",
        "60.000" if not begun.shipping else "61.500",
        "KW",
    )
    assert body["updated_at"] > body["created_at"]
    watch.forward(hours=3)
    order = shop.complete_checkout(begun.token)
    told = heard()
    assert [topic for topic, _ in told] == ["customers/create", "orders/create", "orders/updated", "checkouts/update"]
    placed, closed = told[1][1], told[3][1]
    assert (placed["checkout_token"], placed["cart_token"]) == (begun.token, begun.cart_token)
    assert (placed["landing_site"], placed["email"]) == ("/?utm_source=a", "new@x.test")
    assert closed["completed_at"] == closed["updated_at"] == placed["created_at"]
    assert closed["customer"]["id"] == order.customer.id
    with pytest.raises(ValueError, match="completed already"):
        shop.change_checkout(begun.token, note="x")
    with pytest.raises(ValueError, match="completed already"):
        shop.complete_checkout(begun.token)


def test_one_is_deleted_by_its_number(shop, token, oud, ann, heard):
    begun = shop.begin_checkout({oud.id: 1}, customer_id=ann.id)
    heard()
    shop.delete_checkout(begun.token)
    [(topic, body)] = heard()
    assert topic == "checkouts/delete"
    assert (body["id"], body["cart_token"]) == (begun.id, begun.cart_token)
    assert "token" not in body
    with pytest.raises(KeyError):
        shop.delete_checkout(begun.token)


@pytest.mark.parametrize("said", [{}, {"email": " "}, {"phone": "-"}, {"note": "x"}])
def test_nobody_in_particular_begins_none(shop, oud, said):
    with pytest.raises(ValueError, match="e-mail address or a phone"):
        shop.begin_checkout({oud.id: 1}, **said)
    assert not shop.checkouts.all


def test_what_there_is_not_cannot_be_bought(shop, oud):
    for goods in ({}, {1: 1}, {oud.id: 0}):
        with pytest.raises(ValueError, match=r"."):
            shop.begin_checkout(goods, email="a@x.test")
    begun = shop.begin_checkout({oud.id: 1}, email="a@x.test", codes=("NONE",))
    assert shop.payload("checkouts/update", begun)["discount_codes"] == []
    with pytest.raises(NotPlacedError):
        shop.complete_checkout(begun.token)
    assert begun.completed_at is None


def test_a_second_device_is_another_checkout(shop, token, oud, ann, watch):
    phone = shop.begin_checkout({oud.id: 1}, email="ANN@x.test ")
    watch.forward(minutes=30)
    laptop = shop.begin_checkout({oud.id: 1}, customer_id=ann.id)
    assert phone.customer is laptop.customer is ann
    assert len({phone.token, laptop.token, phone.cart_token, laptop.cart_token}) == 4
    shop.complete_checkout(laptop.token)
    assert phone.completed_at is None


def test_a_wallet_leaves_no_checkout(shop, token, oud, ann, heard):
    heard()
    order = shop.checkouts.express({oud.id: 1}, customer_id=ann.id, accepts_email=True)
    told = heard()
    assert not [topic for topic, _ in told if topic.startswith("checkouts/")]
    body = next(body for topic, body in told if topic == "orders/create")
    assert body["checkout_token"] == order.arrival.checkout_token
    assert body["buyer_accepts_marketing"] is True
    assert ann.consent("email")[0] == "SUBSCRIBED"
    assert not shop.checkouts.all


def test_to_tick_the_box_is_to_agree_at_once(shop, token, oud, ann, heard, watch):
    heard()
    begun = shop.begin_checkout({oud.id: 1}, email="new@x.test", accepts_email=True)
    assert [topic for topic, _ in heard()] == [
        "customers/create",
        "customers_email_marketing_consent/update",
        "customers/update",
        "checkouts/create",
    ]
    assert begun.customer.consent("email") == ("SUBSCRIBED", watch.now)
    shop.consents.give(begun.customer.id, "email", "UNSUBSCRIBED")
    shop.change_checkout(begun.token, note="call me")
    assert begun.customer.consent("email")[0] == "UNSUBSCRIBED", "the box was ticked before they left"
    shop.change_checkout(begun.token, accepts_email=False)
    assert begun.customer.consent("email")[0] == "UNSUBSCRIBED"
    since = watch.now
    shop.consents.give(ann.id, "email", "SUBSCRIBED")
    watch.forward(days=1)
    heard()
    shop.begin_checkout({oud.id: 1}, customer_id=ann.id, accepts_email=True, accepts_sms=True)
    assert ann.consent("email") == ("SUBSCRIBED", since)
    assert ann.consent("sms") == ("SUBSCRIBED", watch.now)
    assert "customers_email_marketing_consent/update" not in [topic for topic, _ in heard()]


def test_a_merge_brings_the_checkouts_along(shop, token, oud, ann):
    bea = shop.create_customer("Bea", email="bea@x.test")
    begun = shop.begin_checkout({oud.id: 1}, customer_id=bea.id)
    shop.merge_customers(ann.id, bea.id)
    assert begun.customer is ann
    assert shop.complete_checkout(begun.token).customer is ann


def test_the_admin_api_lists_what_was_left(shop, ask, oud, ann, watch):
    seen = Presentment("SAR", Fraction("12.2"))
    begun = shop.begin_checkout(
        {oud.id: 2}, customer_id=ann.id, country="SA", presentment=seen, note="gift", codes=("X",)
    )
    found = ask(LISTED)["data"]
    [node] = found["abandonedCheckouts"]["nodes"]
    assert found["abandonedCheckoutsCount"] == {"count": 1, "precision": "EXACT"}
    assert (node["id"], node["name"], node["note"], node["discountCodes"]) == (gid(begun), begun.name, "gift", ["X"])
    assert begun.token in node["abandonedCheckoutUrl"]
    assert node["customer"]["id"].endswith(f"/{ann.id}")
    assert node["shippingAddress"] == {"countryCodeV2": "SA"}
    assert node["totalPriceSet"]["shopMoney"] == {"amount": "61.5", "currencyCode": "KWD"}
    assert node["totalPriceSet"]["presentmentMoney"] == {"amount": "750.3", "currencyCode": "SAR"}
    [line] = node["lineItems"]["nodes"]
    assert (line["title"], line["quantity"], line["variant"]["availableForSale"]) == ("Oud", 2, True)
    assert line["discountedTotalPriceSet"]["shopMoney"]["amount"] == "60.0"
    watch.forward(minutes=9)
    assert shop.change_checkout(begun.token, codes=()).updated_at == watch.now
    shop.complete_checkout(begun.token)
    assert ask(LISTED)["data"]["abandonedCheckoutsCount"]["count"] == 0, "they never left"


def test_filters_and_orders_of_the_list(shop, ask, oud, ann, watch):
    first = shop.begin_checkout({oud.id: 1}, email="zed@x.test")
    watch.forward(minutes=20)
    second = shop.begin_checkout({oud.id: 3}, customer_id=ann.id)
    watch.forward(minutes=20)
    order = shop.complete_checkout(first.token)
    shop.checkouts.mail(second.token)

    def names(q=None, **more):
        return [one["name"] for one in ask(LISTED, q=q, **more)["data"]["abandonedCheckouts"]["nodes"]]

    assert names() == [first.name, second.name]
    assert names("recovery_state:recovered") == [first.name]
    assert names("recovery_state:not_recovered status:open") == [second.name]
    assert names("email_state:sent") == [second.name]
    assert names("created_at:>='2026-11-21T09:20:00Z'") == [second.name]
    assert names("updated_at:>='2026-11-21T09:40:00Z'") == [first.name]
    assert names(f"id:{second.id}") == [second.name]
    assert names("ann") == [second.name]
    assert names(key="TOTAL_PRICE") == [first.name, second.name]
    assert names(key="CUSTOMER_NAME") == [second.name, first.name], "Ann before zed@x.test"
    assert "errors" in ask(LISTED, q="recovery_state:maybe")
    found = ask("query($q: String) { orders(first: 2, query: $q) { nodes { id checkoutToken cartToken } } }",
                q=f"checkout_token:{first.token}")["data"]["orders"]["nodes"]  # fmt: skip
    assert found == [
        {"id": f"gid://shopify/Order/{order.id}", "checkoutToken": first.token, "cartToken": first.cart_token}
    ]


def test_what_is_noted_of_one_that_was_left(shop, web, ask, oud, ann, watch):
    guest = shop.begin_checkout({oud.id: 1}, email="zed@x.test")
    begun = shop.begin_checkout({oud.id: 2}, customer_id=ann.id)

    def noted(one=begun):
        token = exchange(shop, web).get_json()["access_token"]
        return ask(NOTED, token, id=gid(one))["data"]["abandonmentByAbandonedCheckoutId"]

    assert noted(guest) is None
    assert noted() == {
        "id": f"gid://shopify/Abandonment/{begun.id}",
        "abandonmentType": "CHECKOUT",
        "emailState": "NOT_SENT",
        "emailSentAt": None,
        "customerHasNoOrderSinceAbandonment": True,
        "daysSinceLastAbandonmentEmail": 0,
        "inventoryAvailable": True,
        "isMostSignificantAbandonment": True,
        "mostRecentStep": "CHECKOUT",
        "isFromOnlineStore": True,
        "isFromShopPay": False,
        "abandonedCheckoutPayload": {"id": gid(begun)},
    }
    oud.stock = 1
    shop.checkouts.mail(begun.token)
    watch.forward(days=2, hours=1)
    newer = shop.begin_checkout({oud.id: 1}, customer_id=ann.id)
    shop.complete_checkout(newer.token)
    told = noted()
    assert (told["emailState"], told["daysSinceLastAbandonmentEmail"]) == ("SENT", 2)
    assert (told["inventoryAvailable"], told["customerHasNoOrderSinceAbandonment"]) == (False, False)
    with pytest.raises(ValueError, match="none of"):
        shop.checkouts.mail(begun.token, "READ")


def test_without_the_scope_or_the_approval_nothing_is_listed(shop, ask, oud, store):
    begun = shop.begin_checkout({oud.id: 1}, email="zed@x.test")
    shop.approve("level1")
    body = shop.payload("checkouts/create", begun)
    assert (body["email"], body["phone"], body["token"]) == (None, None, begun.token)
    shop.approve("none")
    sent = len(store.deliveries)
    shop.change_checkout(begun.token, note="x")
    assert len(store.deliveries) == sent
    assert "errors" in ask(LISTED)
    shop.approve("level2")
    shop.set_scopes(["read_customers"])
    assert "read_orders" in ask(LISTED)["errors"][0]["message"]


SAY = """mutation($input: CustomerEmailMarketingConsentUpdateInput!) {
  customerEmailMarketingConsentUpdate(input: $input) {
  customer { defaultEmailAddress { marketingState marketingOptInLevel marketingUpdatedAt } }
  userErrors { field message code } } }"""


@pytest.fixture
def say(ask, shop, ann):
    shop.set_scopes(["read_customers", "write_customers"])

    def say(state, who=None, **more):
        consent = {"marketingState": state, **more}
        given = {"customerId": f"gid://shopify/Customer/{who or ann.id}", "emailMarketingConsent": consent}
        return ask(SAY, input=given)["data"]["customerEmailMarketingConsentUpdate"]

    return say


def test_consent_is_written_and_echoed(say, ann, heard, watch):
    heard()
    told = say("SUBSCRIBED", marketingOptInLevel="CONFIRMED_OPT_IN", consentUpdatedAt="2026-11-20T09:00:00Z")
    assert told["userErrors"] == []
    assert told["customer"]["defaultEmailAddress"] == {
        "marketingState": "SUBSCRIBED",
        "marketingOptInLevel": "CONFIRMED_OPT_IN",
        "marketingUpdatedAt": "2026-11-20T09:00:00Z",
    }
    topics = heard()
    assert [topic for topic, _ in topics] == ["customers_email_marketing_consent/update", "customers/update"]
    assert topics[0][1]["email_marketing_consent"] == {
        "state": "subscribed",
        "opt_in_level": "confirmed_opt_in",
        "consent_updated_at": "2026-11-20T12:00:00+03:00",
    }
    watch.forward(minutes=1)
    assert say("UNSUBSCRIBED", consentUpdatedAt="2026-11-19T09:00:00Z")["userErrors"] == []
    assert ann.consent("email")[0] == "SUBSCRIBED", "what was said before loses"
    assert say("UNSUBSCRIBED")["userErrors"] == []
    assert ann.consent("email") == ("UNSUBSCRIBED", datetime(2026, 11, 21, 9, 1, tzinfo=UTC))
    heard()
    say("UNSUBSCRIBED")
    assert heard() == []


def test_consent_is_refused(say, shop, watch):
    nobody = shop.create_customer("No", "Mail", phone="+96550000009").id
    later = (watch.now + timedelta(hours=1)).isoformat()
    for told in (
        say("NOT_SUBSCRIBED"),
        say("REDACTED"),
        say("SUBSCRIBED", who=7),
        say("SUBSCRIBED", who=nobody),
        say("SUBSCRIBED", consentUpdatedAt=later),
    ):
        assert told["customer"] is None
        assert told["userErrors"][0]["code"] == "INVALID"
