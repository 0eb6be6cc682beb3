"""The storefront's checkout: which codes it honours for whom, what they take off, and the order that comes of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.devstore.test_discounts import BXGY, END, SHIPPING, ann, free_product, granted, made, reward

assert ann
assert granted
ALL = {"all": True}
ONE_ORDER = """query($id: ID!) { order(id: $id) { discountCodes paymentGatewayNames
  totalDiscountsSet { shopMoney { amount } } totalPriceSet { shopMoney { amount } }
  totalShippingPriceSet { shopMoney { amount } }
  discountApplications(first: 5) { nodes { index allocationMethod targetSelection targetType
    ... on DiscountCodeApplication { code }
    value { ... on MoneyV2 { amount } ... on PricingPercentageValue { percentage } } } }
  lineItems(first: 5) { nodes { discountAllocations { allocatedAmountSet { shopMoney { amount } }
    discountApplication { index } } } } } }"""


@pytest.fixture
def oud(granted):
    return granted.add_product("Oud", "30")


@pytest.fixture
def mug(granted):
    return granted.add_product("Mug", "4")


@pytest.fixture
def till(web):
    """Stand at the checkout with these pieces of products."""

    def till(*goods, status=200, **wish):
        lines = [{"product_id": product.id, "quantity": pieces} for product, pieces in goods]
        answer = web.post("/store/demo/checkout", json={"lines": lines, **wish})
        assert answer.status_code == status, answer.text
        return answer.get_json()

    return till


def why(quote):
    return [one["reason"] for one in quote["codes"]]


def gets(items, **value):
    return {"items": items, "value": value}


def products(*goods):
    return {"products": {"productsToAdd": [f"gid://shopify/Product/{one.id}" for one in goods]}}


def bodies(app, topic):
    return [json.loads(one.body) for one in app.received if one.topic == topic]


def test_a_reward_is_redeemed(ask, ann, granted, oud, mug, till, store, app):
    made(ask, reward(ann, customerGets=gets(ALL, discountAmount={"amount": "5"})))
    quote = till((oud, 1), (mug, 2), customer_id=ann.id, codes=["loy-7q2m"], place=True, country="KW")
    assert (quote["subtotal"], quote["discount"], quote["shipping"], quote["total"]) == (
        "38.000",
        "5.000",
        "1.500",
        "34.500",
    )
    store.deliver_due()
    assert app.topics.count("orders/create") == 1
    [order] = bodies(app, "orders/create")
    assert order["customer"]["id"] == ann.id
    assert order["discount_codes"] == [{"code": "loy-7q2m", "amount": "5.000", "type": "fixed_amount"}]
    [applied] = order["discount_applications"]
    assert (applied["type"], applied["value"], applied["value_type"]) == ("discount_code", "5.000", "fixed_amount")
    shares = [[part["amount"] for part in line["discount_allocations"]] for line in order["line_items"]]
    assert shares == [["3.947"], ["1.053"]]
    assert (order["total_price"], order["total_discounts"]) == ("34.500", "5.000")
    assert order["shipping_address"]["country_code"] == "KW"


def test_a_code_is_used_once(ask, ann, oud, till, granted):
    made(ask, reward(ann))
    till((oud, 1), customer_id=ann.id, codes=["LOY-7Q2M"], place=True)
    again = till((oud, 1), customer_id=ann.id, codes=["LOY-7Q2M"], place=True, status=422)
    assert why(again) == ["DISCOUNT_USAGE_LIMIT_REACHED"]
    assert again["error"] == "LOY-7Q2M has been used as often as it may be."
    assert len(granted.orders) == 1


def test_a_code_of_one_customer_is_nobody_elses(ask, ann, oud, till, granted):
    made(ask, reward(ann))
    bea = granted.create_customer("Bea", email="bea@x.test")
    tries = [
        {},
        {"customer_id": bea.id},
        {"email": "someone@x.test"},
        {"email": "ANN@x.test"},
        {"phone": "+96550000001"},
    ]
    found = [why(till((oud, 1), codes=["LOY-7Q2M"], **who)) for who in tries]
    missing, other = ["DISCOUNT_ELIGIBLE_CUSTOMER_MISSING"], ["DISCOUNT_CUSTOMER_NOT_ELIGIBLE"]
    assert found == [missing, other, other, [None], [None]]
    refused = till((oud, 1), codes=["LOY-7Q2M"], customer_id=bea.id, place=True, status=422)
    assert refused["error"] == "LOY-7Q2M is not for this customer."
    assert not granted.orders


def test_the_code_goes_with_a_merge(ask, ann, oud, till, granted):
    made(ask, reward(ann))
    kept = granted.create_customer("Ann", "Again", "ann2@x.test")
    granted.merge_customers(kept.id, ann.id)
    assert why(till((oud, 1), codes=["LOY-7Q2M"], customer_id=kept.id)) == [None]


@pytest.mark.parametrize(
    "again",
    [
        {"email": "Guest@x.test"},
        {"email": "other@x.test", "phone": "965 1234"},
        {"customer_id": "of the first order"},
    ],
)
def test_once_a_customer_is_told_by_address_and_phone(ask, granted, oud, till, again):
    made(ask, reward(usageLimit=None))
    placed = till((oud, 1), email="guest@x.test", phone="+965 1234", codes=["LOY-7Q2M"], place=True)
    if "customer_id" in again:
        again["customer_id"] = placed["order"]["customer"]["id"]
    refused = till((oud, 1), codes=["LOY-7Q2M"], **again)
    assert why(refused) == ["DISCOUNT_CUSTOMER_USAGE_LIMIT_REACHED"]
    assert why(till((oud, 1), codes=["LOY-7Q2M"], email="new@x.test")) == [None]


def test_once_a_customer_is_told_by_a_phone_that_was_only_typed(ask, ann, oud, till):
    made(ask, reward(usageLimit=None))
    till((oud, 1), email=ann.email, phone="+965 777", codes=["LOY-7Q2M"], place=True)
    refused = till((oud, 1), email="other@x.test", phone="965777", codes=["LOY-7Q2M"])
    assert why(refused) == ["DISCOUNT_CUSTOMER_USAGE_LIMIT_REACHED"]


def test_a_code_without_once_each_is_used_again(ask, granted, oud, till):
    made(ask, reward(usageLimit=2, appliesOncePerCustomer=False))
    who = {"email": "guest@x.test", "codes": ["LOY-7Q2M"], "place": True}
    till((oud, 1), **who)
    till((oud, 1), **who)
    assert why(till((oud, 1), **who, status=422)) == ["DISCOUNT_USAGE_LIMIT_REACHED"]


def test_dates_and_switching_off_hold(ask, granted, oud, till, watch):
    node = made(ask, reward(startsAt="2026-11-21T12:10:00+03:00", endsAt="2026-11-21T12:20:00+03:00"))
    early = till((oud, 1), codes=["LOY-7Q2M"])
    assert (why(early), early["codes"][0]["why"]) == (
        ["DISCOUNT_CURRENTLY_INACTIVE"],
        "LOY-7Q2M can be used from 2026-11-21 12:10.",
    )
    watch.forward(minutes=10)
    assert why(till((oud, 1), codes=["LOY-7Q2M"])) == [None]
    watch.forward(minutes=10)
    late = till((oud, 1), codes=["LOY-7Q2M"])
    assert late["codes"][0]["why"] == "LOY-7Q2M could be used until 2026-11-21 12:20."
    other = made(ask, reward(code="OFF"))
    ask(END, id=other["id"])
    assert why(till((oud, 1), codes=["OFF"])) == ["DISCOUNT_CURRENTLY_INACTIVE"]
    assert why(till((oud, 1), codes=["NONE"])) == ["DISCOUNT_NOT_FOUND"]
    ask("mutation($id: ID!) { discountCodeDelete(id: $id) { userErrors { message } } }", id=node["id"])
    assert why(till((oud, 1), codes=["LOY-7Q2M"])) == ["DISCOUNT_NOT_FOUND"]


def test_a_minimum_holds(ask, granted, oud, mug, till):
    least = {"subtotal": {"greaterThanOrEqualToSubtotal": "34"}}
    made(ask, reward(minimumRequirement=least))
    short = till((oud, 1), codes=["LOY-7Q2M"])
    assert (why(short), short["discount"]) == (["DISCOUNT_PURCHASE_NOT_IN_RANGE"], "0.000")
    assert short["codes"][0]["why"] == "LOY-7Q2M takes 34.000 KWD or more in the cart."
    assert why(till((oud, 1), (mug, 1), codes=["LOY-7Q2M"])) == [None]
    made(ask, reward(code="TWO", minimumRequirement={"quantity": {"greaterThanOrEqualToQuantity": "2"}}))
    assert why(till((oud, 1), codes=["TWO"])) == ["DISCOUNT_QUANTITY_NOT_IN_RANGE"]
    assert why(till((oud, 2), codes=["TWO"])) == [None]


def test_gift_cards_get_no_discount(ask, granted, oud, till):
    card = granted.add_product("Gift card", "20", gift_card=True)
    made(ask, reward(customerGets=gets(ALL, percentage=0.5)))
    assert why(till((card, 1), codes=["LOY-7Q2M"])) == ["DISCOUNT_NO_ENTITLED_LINE_ITEMS"]
    assert till((card, 1), (oud, 1), codes=["LOY-7Q2M"])["discount"] == "15.000"


def test_codes_go_together_only_where_both_agree(ask, granted, oud, mug, till):
    made(ask, reward(code="ORDER", combinesWith={"productDiscounts": True, "shippingDiscounts": True}))
    made(ask, reward(code="ALONE", customerGets=gets(products(mug), percentage=0.5)))
    agrees = {"orderDiscounts": True}
    made(ask, reward(code="MUG", customerGets=gets(products(mug), percentage=0.5), combinesWith=agrees))
    made(ask, reward(code="SHIP", customerGets=None, combinesWith=agrees), SHIPPING)
    goods = ((oud, 1), (mug, 1))
    refused = till(*goods, codes=["ORDER", "ALONE"])
    assert why(refused) == [None, "DISCOUNT_CODE_NOT_HONOURED"]
    assert refused["codes"][1]["why"] == "ALONE cannot be used together with ORDER."
    assert why(till(*goods, codes=["ALONE", "ORDER"])) == [None, "DISCOUNT_CODE_NOT_HONOURED"]
    assert why(till(*goods, codes=["MUG", "SHIP"])) == [None, "DISCOUNT_CODE_NOT_HONOURED"]
    both = till(*goods, codes=["ORDER", "MUG", "order"])
    assert (why(both), both["discount"]) == ([None, None], "4.500")
    assert why(till(*goods, codes=["ORDER", "SHIP"])) == [None, None]


def test_several_codes_stand_in_the_order_with_what_each_took(ask, granted, oud, mug, till, store, app):
    agrees = {"orderDiscounts": True, "productDiscounts": True}
    made(ask, reward(code="TENTH", customerGets=gets(ALL, percentage=0.1), combinesWith=agrees))
    made(ask, reward(code="MUG", customerGets=gets(products(mug), percentage=0.5), combinesWith=agrees))
    placed = till((oud, 1), (mug, 2), email="g@x.test", codes=["TENTH", "MUG"], place=True)
    store.deliver_due()
    [order] = bodies(app, "orders/create")
    assert [(one["code"], one["amount"], one["type"]) for one in order["discount_codes"]] == [
        ("TENTH", "3.400", "percentage"),
        ("MUG", "4.000", "percentage"),
    ]
    shares = [
        [(part["discount_application_index"], part["amount"]) for part in line["discount_allocations"]]
        for line in order["line_items"]
    ]
    assert shares == [[(0, "3.000")], [(1, "4.000"), (0, "0.400")]]
    assert (order["total_discounts"], order["total_price"]) == ("7.400", "32.100")
    assert [
        (one["value"], one["allocation_method"], one["target_selection"]) for one in order["discount_applications"]
    ] == [
        ("10.0", "across", "all"),
        ("50.0", "each", "entitled"),
    ]
    read = ask(ONE_ORDER, id=f"gid://shopify/Order/{placed['order']['id']}")["data"]["order"]
    assert read["discountCodes"] == ["TENTH", "MUG"]
    assert [(one["code"], one["value"]) for one in read["discountApplications"]["nodes"]] == [
        ("TENTH", {"percentage": 10.0}),
        ("MUG", {"percentage": 50.0}),
    ]
    given = [
        [
            (part["discountApplication"]["index"], part["allocatedAmountSet"]["shopMoney"]["amount"])
            for part in line["discountAllocations"]
        ]
        for line in read["lineItems"]["nodes"]
    ]
    assert given == [[(0, "3.0")], [(1, "4.0"), (0, "0.4")]]


def test_free_shipping_is_free(ask, granted, oud, till, store, app):
    granted.checkout.fixed_rate = 2_000
    made(ask, reward(code="SHIP", customerGets=None, destination={"countries": {"add": ["KW"]}}), SHIPPING)
    made(ask, reward(code="CHEAP", customerGets=None, maximumShippingPrice="1.999"), SHIPPING)
    assert why(till((oud, 1), codes=["SHIP"], country="SA")) == ["DISCOUNT_NO_ENTITLED_SHIPPING_LINES"]
    assert why(till((oud, 1), codes=["CHEAP"])) == ["DISCOUNT_NO_ENTITLED_SHIPPING_LINES"]
    card = granted.add_product("Gift card", "20", gift_card=True)
    assert why(till((card, 1), codes=["SHIP"], country="KW")) == ["DISCOUNT_NO_ENTITLED_SHIPPING_LINES"]
    quote = till((oud, 1), codes=["SHIP"], country="kw", email="g@x.test", place=True)
    assert (quote["shipping"], quote["shipping_discount"], quote["total"]) == ("2.000", "2.000", "30.000")
    store.deliver_due()
    [order] = bodies(app, "orders/create")
    assert order["discount_codes"] == [{"code": "SHIP", "amount": "2.000", "type": "shipping"}]
    [line] = order["shipping_lines"]
    assert (line["price"], line["discounted_price"]) == ("2.000", "0.000")
    assert [part["amount"] for part in line["discount_allocations"]] == ["2.000"]
    assert order["discount_applications"][0]["target_type"] == "shipping_line"
    assert order["total_price"] == "30.000"
    read = ask(ONE_ORDER, id=order["admin_graphql_api_id"])["data"]["order"]
    assert read["discountApplications"]["nodes"][0]["targetType"] == "SHIPPING_LINE"


def test_a_free_product_is_free_once_what_it_takes_is_bought(ask, granted, oud, mug, till):
    made(ask, free_product(granted, [oud, mug], mug, {"amount": "30"}), BXGY)
    assert why(till((mug, 1), codes=["LOY-7Q2M"])) == ["DISCOUNT_PURCHASE_NOT_IN_RANGE"]
    assert why(till((oud, 1), codes=["LOY-7Q2M"])) == ["DISCOUNT_NO_ENTITLED_LINE_ITEMS"]
    assert why(till((mug, 8), codes=["LOY-7Q2M"])) == ["DISCOUNT_QUANTITY_NOT_IN_RANGE"]
    assert till((mug, 9), codes=["LOY-7Q2M"])["discount"] == "4.000"
    assert till((oud, 2), (mug, 3), codes=["LOY-7Q2M"])["discount"] == "4.000"


def test_usage_is_counted_some_seconds_later(ask, granted, oud, till, watch):
    made(ask, reward(code="COUNT", usageLimit=None))
    till((oud, 1), codes=["COUNT"], email="g@x.test", place=True)
    seen = []
    for _ in range(2):
        found = ask("""{ discountNodes(first: 1, query: "times_used:>0") { nodes { id } }
          codeDiscountNodeByCode(code: "count") { codeDiscount { ... on DiscountCodeBasic { asyncUsageCount
            codes(first: 1) { nodes { asyncUsageCount } } } } } }""")["data"]
        kept = found["codeDiscountNodeByCode"]["codeDiscount"]
        counts = (kept["asyncUsageCount"], kept["codes"]["nodes"][0]["asyncUsageCount"])
        seen.append((*counts, len(found["discountNodes"]["nodes"])))
        watch.forward(seconds=granted.discounts.lag / timedelta(seconds=1))
    assert seen == [(0, 0, 0), (1, 1, 1)]


def test_orders_are_found_by_their_first_code(ask, granted, oud, till):
    agrees = {"orderDiscounts": True}
    for code in ("FIRST", "SECOND"):
        made(ask, reward(code=code, usageLimit=None, appliesOncePerCustomer=False, combinesWith=agrees))
    both = till((oud, 1), codes=["first", "second"], email="g@x.test", place=True)["order"]
    till((oud, 1), email="g@x.test", place=True)
    found = [
        [
            order["name"]
            for order in ask("query($q: String) { orders(first: 5, query: $q) { nodes { name } } }", q=query)["data"][
                "orders"
            ]["nodes"]
        ]
        for query in ("discount_code:FIRST", "discount_code:'First'", "discount_code:SECOND")
    ]
    assert found == [[both["name"]], [both["name"]], []]


def test_many_at_once_use_a_code_once(ask, ann, granted, oud, store):
    """Over HTTP, from many threads: exactly one order has it."""
    made(ask, reward(ann))
    wish = {
        "lines": [{"product_id": oud.id, "quantity": 1}],
        "customer_id": ann.id,
        "codes": ["LOY-7Q2M"],
        "place": True,
    }

    def buy(_):
        return store.wsgi.test_client().post("/store/demo/checkout", json=wish).status_code

    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(buy, range(24)))
    assert sorted(answers) == [200, *[422] * 23]
    assert len(granted.orders) == 1


def test_a_guest_becomes_a_customer(granted, oud, till, store, app):
    placed = till((oud, 1), email="new@x.test", phone="+9651", place=True)
    again = till((oud, 1), email="NEW@x.test", place=True)
    store.deliver_due()
    assert app.topics[1:] == ["customers/create", *["orders/create", "orders/updated"] * 2]
    [customer] = granted.customers.values()
    assert (customer.email, customer.phone, len(customer.orders)) == ("new@x.test", "+9651", 2)
    assert placed["order"]["customer"]["id"] == again["order"]["customer"]["id"] == customer.id


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({}, "An e-mail address or a phone is needed."),
        ({"lines": []}, "The cart is empty."),
        ({"lines": [{"product_id": 1}]}, "There is no product 1."),
        ({"customer_id": 1}, "There is no customer 1."),
        ({"country": "Kuwait"}, "A country is two letters, such as KW."),
        ({"lines": [{"product_id": "x"}]}, "'x' is not a number."),
        ({"lines": "x"}, "The cart cannot be read."),
    ],
)
def test_what_nobody_could_buy_is_said(granted, oud, till, wish, sentence):
    refused = till((oud, 1), status=422, **{"place": True, **wish})
    assert refused["error"] == sentence
    assert (granted.orders, granted.customers) == ({}, {})


def test_tax_comes_on_what_is_left(ask, granted, oud, till):
    granted.tax_rate = 1_000
    made(ask, reward(customerGets=gets(ALL, percentage=0.5)))
    quote = till((oud, 1), codes=["LOY-7Q2M"], email="g@x.test", place=True)
    assert (quote["tax"], quote["total"]) == ("1.500", "18.000")
    [order] = granted.orders.values()
    assert order.total == 18_000


def test_the_page_sells(ask, ann, granted, oud, web):
    made(ask, reward(ann))
    path = "/store/demo/checkout"
    assert f'value="{ann.id}" selected' in web.get(f"{path}?customer_id={ann.id}").text
    form = {f"pieces-{oud.id}": "1", "codes": "loy-7q2m nothing", "email": "bea@x.test"}
    looked = web.post(path, data=form)
    assert looked.status_code == 200
    assert "loy-7q2m is not for this customer." in looked.text
    assert "There is no code nothing." in looked.text
    assert f'name="pieces-{oud.id}"' in looked.text
    refused = web.post(path, data={**form, "act": "place"})
    assert (refused.status_code, len(granted.orders)) == (422, 0)
    bought = web.post(path, data={**form, "customer_id": ann.id, "codes": "loy-7q2m", "act": "place"})
    [order] = granted.orders.values()
    assert (bought.status_code, bought.headers["Location"]) == (303, f"/store/demo/orders/{order.id}")
    assert "loy-7q2m" in web.get(bought.headers["Location"]).text
    assert web.post(path, data={"act": "place"}).status_code == 422


def test_discounts_have_pages(ask, ann, granted, oud, till, web):
    assert "No codes yet." in web.get("/store/demo/discounts").text
    node = made(ask, reward(ann, title="500 <points>", endsAt="2026-12-01T00:00:00Z"))
    made(ask, reward(code="ALL", combinesWith={"orderDiscounts": True}))
    till((oud, 1), customer_id=ann.id, codes=["LOY-7Q2M"], place=True)
    listed = web.get("/store/demo/discounts").text
    assert listed.index("ALL") < listed.index("LOY-7Q2M")
    assert "1 of 1" in listed
    shown = web.get(f"/store/demo/discounts/{node['id'].rpartition('/')[2]}").text
    assert "For <bdi>Ann</bdi>, until 2026-12-01 03:00." in shown
    assert "500 &lt;points&gt;" in shown
    assert web.get("/store/demo/discounts/1").status_code == 404
