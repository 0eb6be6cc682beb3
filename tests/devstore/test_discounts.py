"""Discount codes through the Admin API: what is kept of them, what is refused, how they are found and ended."""

import pytest

NODE = """codeDiscountNode { id codeDiscount { __typename
  ... on DiscountCodeBasic { title status usageLimit appliesOncePerCustomer asyncUsageCount startsAt endsAt tags
    discountClasses codes(first: 1) { nodes { code asyncUsageCount } } codesCount { count }
    combinesWith { orderDiscounts productDiscounts shippingDiscounts }
    context { ... on DiscountCustomers { customers { id } } ... on DiscountBuyerSelectionAll { all }
      ... on DiscountCustomerSegments { segments { name } } }
    minimumRequirement { ... on DiscountMinimumSubtotal { greaterThanOrEqualToSubtotal { amount currencyCode } }
      ... on DiscountMinimumQuantity { greaterThanOrEqualToQuantity } }
    customerGets { items { __typename ... on AllDiscountItems { allItems }
        ... on DiscountProducts { products(first: 5) { nodes { title } } }
        ... on DiscountCollections { collections(first: 5) { nodes { title } } } }
      value { ... on DiscountAmount { amount { amount } appliesOnEachItem } ... on DiscountPercentage { percentage } } }
  }
  ... on DiscountCodeFreeShipping { title discountClasses maximumShippingPrice { amount }
    destinationSelection { ... on DiscountCountryAll { allCountries } ... on DiscountCountries { countries } } }
  ... on DiscountCodeBxgy { title discountClasses usesPerOrderLimit
    customerBuys { items { ... on DiscountProducts { products(first: 5) { nodes { title } } } }
      value { ... on DiscountPurchaseAmount { amount } ... on DiscountQuantity { quantity } } }
    customerGets { items { ... on DiscountProducts { products(first: 5) { nodes { title } } } }
      value { ... on DiscountOnQuantity { quantity { quantity }
        effect { ... on DiscountPercentage { percentage } } } } } }
} }"""
ERRORS = "userErrors { field code message }"
BASIC = f"""mutation($in: DiscountCodeBasicInput!) {{
  discountCodeBasicCreate(basicCodeDiscount: $in) {{ {NODE} {ERRORS} }} }}"""
SHIPPING = f"""mutation($in: DiscountCodeFreeShippingInput!) {{
  discountCodeFreeShippingCreate(freeShippingCodeDiscount: $in) {{ {NODE} {ERRORS} }} }}"""
BXGY = f"""mutation($in: DiscountCodeBxgyInput!) {{
  discountCodeBxgyCreate(bxgyCodeDiscount: $in) {{ {NODE} {ERRORS} }} }}"""
END = f"mutation($id: ID!) {{ discountCodeDeactivate(id: $id) {{ {NODE} {ERRORS} }} }}"
DELETE = f"mutation($id: ID!) {{ discountCodeDelete(id: $id) {{ deletedCodeDiscountId {ERRORS} }} }}"
BY_CODE = "query($code: String!) { codeDiscountNodeByCode(code: $code) { id } }"
BY_ID = "query($id: ID!) { codeDiscountNode(id: $id) { id } }"
SEARCH = """query($q: String) { discountNodes(first: 9, query: $q) { nodes { id discount { __typename
  ... on DiscountCodeBasic { title } ... on DiscountCodeFreeShipping { title } } } }
  discountNodesCount(query: $q) { count } }"""


@pytest.fixture
def granted(shop, token, store):
    shop.set_scopes([*store.scopes, "write_discounts"])
    return shop


@pytest.fixture
def ann(granted):
    return granted.create_customer("Ann", email="ann@x.test", phone="+96550000001")


def gid(customer):
    return f"gid://shopify/Customer/{customer.id}"


def reward(*customers, **changes):
    """The input for a code of one customer, single use, as the app's rewards are."""
    context = {"customers": {"add": [gid(one) for one in customers]}} if customers else {"all": "ALL"}
    given = {
        "title": "500 points",
        "code": "LOY-7Q2M",
        "startsAt": "2026-11-01T00:00:00Z",
        "context": context,
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "customerGets": {"items": {"all": True}, "value": {"discountAmount": {"amount": "2.500"}}},
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def create(ask, given, mutation=BASIC):
    answer = ask(mutation, **{"in": given})
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


def made(ask, given, mutation=BASIC):
    payload = create(ask, given, mutation)
    assert payload["userErrors"] == []
    return payload["codeDiscountNode"]


def refused(ask, given, mutation=BASIC):
    payload = create(ask, given, mutation)
    assert payload["codeDiscountNode"] is None
    return [(one["code"], one["field"][1:]) for one in payload["userErrors"]]


def titles(ask, query):
    found = ask(SEARCH, q=query)["data"]
    assert found["discountNodesCount"]["count"] == len(found["discountNodes"]["nodes"])
    return [node["discount"]["title"] for node in found["discountNodes"]["nodes"]]


def test_a_reward_is_kept_as_it_was_given(ask, ann):
    least = {"subtotal": {"greaterThanOrEqualToSubtotal": "10"}}
    end = "2027-02-19T23:59:59Z"
    given = reward(ann, minimumRequirement=least, endsAt=end, tags=["loyalty"], combinesWith={"productDiscounts": True})
    kept = made(ask, given)["codeDiscount"]
    assert kept["__typename"] == "DiscountCodeBasic"
    assert (kept["title"], kept["status"], kept["startsAt"], kept["endsAt"]) == (
        "500 points",
        "ACTIVE",
        "2026-11-01T00:00:00Z",
        end,
    )
    assert (kept["usageLimit"], kept["appliesOncePerCustomer"], kept["asyncUsageCount"]) == (1, True, 0)
    assert kept["codes"]["nodes"] == [{"code": "LOY-7Q2M", "asyncUsageCount": 0}]
    assert kept["context"] == {"customers": [{"id": gid(ann)}]}
    assert kept["combinesWith"] == {"orderDiscounts": False, "productDiscounts": True, "shippingDiscounts": False}
    assert kept["customerGets"]["value"] == {"amount": {"amount": "2.5"}, "appliesOnEachItem": False}
    assert kept["minimumRequirement"] == {
        "greaterThanOrEqualToSubtotal": {"amount": "10.0", "currencyCode": "KWD"},
    }
    assert (kept["tags"], kept["discountClasses"]) == (["loyalty"], ["ORDER"])


def test_free_shipping_is_kept(ask, granted):
    countries = {"countries": {"add": ["KW", "SA"]}}
    given = reward(customerGets=None, destination=countries, maximumShippingPrice="5")
    kept = made(ask, given, SHIPPING)["codeDiscount"]
    assert kept["destinationSelection"] == {"countries": ["KW", "SA"]}
    assert (kept["maximumShippingPrice"], kept["discountClasses"]) == ({"amount": "5.0"}, ["SHIPPING"])


def test_a_free_product_is_kept(ask, granted):
    oud, mug = granted.add_product("Oud", "30"), granted.add_product("Mug", "4")
    given = free_product(granted, [oud], mug, {"amount": "20"})
    kept = made(ask, given, BXGY)["codeDiscount"]
    assert kept["customerBuys"]["items"]["products"]["nodes"] == [{"title": "Oud"}]
    assert kept["customerBuys"]["value"] == {"amount": "20.0"}
    assert kept["customerGets"]["items"]["products"]["nodes"] == [{"title": "Mug"}]
    assert kept["customerGets"]["value"] == {"quantity": {"quantity": "1"}, "effect": {"percentage": 1.0}}
    assert (kept["usesPerOrderLimit"], kept["discountClasses"]) == (1, ["PRODUCT"])


def free_product(shop, bought, got, value, **changes):
    def goods(*products):
        return {"products": {"productsToAdd": [f"gid://shopify/Product/{one.id}" for one in products]}}

    effect = {"discountOnQuantity": {"quantity": "1", "effect": {"percentage": 1.0}}}
    buys = {"items": goods(*bought), "value": value}
    return reward(
        customerBuys=buys, customerGets={"items": goods(got), "value": effect}, usesPerOrderLimit=1, **changes
    )


def test_a_code_is_there_once_whatever_its_case(ask, granted):
    first = made(ask, reward())
    assert refused(ask, reward(code="loy-7q2m")) == [("TAKEN", ["code"])]
    assert ask(BY_CODE, code="Loy-7Q2m")["data"]["codeDiscountNodeByCode"] == {"id": first["id"]}
    ask(DELETE, id=first["id"])
    made(ask, reward(code="loy-7q2m"))


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"title": " "}, [("BLANK", ["title"])]),
        ({"code": None}, [("BLANK", ["code"])]),
        ({"code": ""}, [("TOO_SHORT", ["code"])]),
        ({"code": "X" * 256}, [("TOO_LONG", ["code"])]),
        ({"startsAt": None}, [("BLANK", ["startsAt"])]),
        ({"context": None}, [("BLANK", ["context"])]),
        ({"context": {"customers": {"add": []}}}, [("INVALID", ["context"])]),
        (
            {"context": {"customers": {"add": ["gid://shopify/Customer/1"]}}},
            [("INVALID", ["context", "customers", "add"])],
        ),
        ({"endsAt": "2026-11-01T00:00:00Z"}, [("INVALID", ["endsAt"])]),
        ({"usageLimit": 0}, [("GREATER_THAN", ["usageLimit"])]),
        ({"tags": list("abcdef")}, [("TOO_MANY_TAGS", ["tags"])]),
        ({"tags": ["x" * 256]}, [("INVALID_TAG_LENGTH", ["tags"])]),
        (
            {
                "minimumRequirement": {
                    "subtotal": {"greaterThanOrEqualToSubtotal": "1"},
                    "quantity": {"greaterThanOrEqualToQuantity": "1"},
                }
            },
            [
                ("CONFLICT", ["minimumRequirement", "subtotal", "greaterThanOrEqualToSubtotal"]),
                ("CONFLICT", ["minimumRequirement", "quantity", "greaterThanOrEqualToQuantity"]),
            ],
        ),
    ],
)
def test_what_cannot_be_is_refused(ask, granted, changes, errors):
    assert refused(ask, reward(**changes)) == errors
    assert granted.discounts.all == {}


@pytest.mark.parametrize(
    ("gets", "errors"),
    [
        ({"value": {"percentage": 1.01}}, [("VALUE_OUTSIDE_RANGE", ["customerGets", "value", "percentage"])]),
        ({"value": {"percentage": -0.01}}, [("VALUE_OUTSIDE_RANGE", ["customerGets", "value", "percentage"])]),
        (
            {"value": {"discountAmount": {"amount": "-1"}}},
            [("LESS_THAN_OR_EQUAL_TO", ["customerGets", "value", "discountAmount", "amount"])],
        ),
        (
            {"items": {"products": {"productsToAdd": ["gid://shopify/Product/1"]}}},
            [("INVALID", ["customerGets", "items", "products", "productsToAdd"])],
        ),
        (
            {"items": {"collections": {"add": ["gid://shopify/Collection/1"]}}},
            [("INVALID", ["customerGets", "items", "collections", "add"])],
        ),
        ({"items": {}}, [("BLANK", ["customerGets", "items"])]),
    ],
)
def test_what_a_code_cannot_give_is_refused(ask, granted, gets, errors):
    whole = {"items": {"all": True}, "value": {"percentage": 0.1}}
    assert refused(ask, reward(customerGets={**whole, **gets})) == errors


def test_both_ends_of_a_share_are_allowed(ask, granted):
    for at, share in enumerate((0.0, 1.0)):
        gets = {"items": {"all": True}, "value": {"percentage": share}}
        kept = made(ask, reward(code=f"SHARE{at}", customerGets=gets))["codeDiscount"]
        assert kept["customerGets"]["value"] == {"percentage": share}


def test_free_shipping_does_not_go_with_free_shipping(ask, granted):
    given = reward(customerGets=None, destination={"all": True}, combinesWith={"shippingDiscounts": True})
    assert refused(ask, given, SHIPPING) == [("INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS", ["combinesWith"])]


def test_a_free_product_takes_pieces_and_products(ask, granted):
    gets = {"items": {"all": True}, "value": {"percentage": 1.0}}
    assert refused(ask, reward(customerGets=gets), BXGY) == [
        ("INVALID", ["customerGets"]),
        ("INVALID", ["customerGets", "value"]),
        ("BLANK", ["customerBuys", "items"]),
        ("BLANK", ["customerBuys", "value"]),
    ]


def test_a_code_that_is_switched_off_has_expired(ask, granted, watch):
    node = made(ask, reward())
    watch.forward(minutes=5)
    ended = ask(END, id=node["id"])["data"]["discountCodeDeactivate"]
    assert ended["userErrors"] == []
    kept = ended["codeDiscountNode"]["codeDiscount"]
    assert (kept["status"], kept["endsAt"]) == ("EXPIRED", "2026-11-21T09:05:00Z")
    watch.forward(minutes=5)
    again = ask(END, id=node["id"])["data"]["discountCodeDeactivate"]
    assert again["codeDiscountNode"]["codeDiscount"]["endsAt"] == "2026-11-21T09:05:00Z"


def test_time_makes_a_code_active_and_ends_it(ask, granted, watch):
    made(ask, reward(startsAt="2026-11-21T12:10:00+03:00", endsAt="2026-11-21T09:20:00Z"))
    seen = []
    for _ in range(3):
        seen += [state for state in ("scheduled", "active", "expired") if titles(ask, f"status:{state}")]
        watch.forward(minutes=10)
    assert seen == ["scheduled", "active", "expired"]


def test_what_is_not_there_cannot_be_ended(ask, granted):
    missing = "gid://shopify/DiscountCodeNode/1"
    for mutation in (END, DELETE):
        payload = next(iter(ask(mutation, id=missing)["data"].values()))
        assert payload["userErrors"] == [
            {"field": ["id"], "code": "INVALID", "message": "Code discount does not exist."}
        ]
    assert ask(BY_ID, id=missing)["data"]["codeDiscountNode"] is None
    assert ask(BY_CODE, code="NOTHING")["data"]["codeDiscountNodeByCode"] is None


def test_discounts_are_found(ask, ann, granted):
    bea = granted.create_customer("Bea", email="bea@x.test")
    made(ask, reward(ann, title="Anns", code="A-1", tags=["loyalty", "gold"]))
    made(ask, reward(bea, title="Beas", code="B-1", endsAt="2026-11-20T00:00:00Z"))
    made(ask, reward(title="Ship", code="C-1", customerGets=None, tags=["loyalty"]), SHIPPING)
    assert titles(ask, f"customer_ids:{ann.id}") == ["Anns"]
    assert titles(ask, f"customer_ids:{ann.id},{bea.id}") == ["Anns", "Beas"]
    assert titles(ask, "code:b-1") == ["Beas"]
    assert titles(ask, "tag:Loyalty") == ["Anns", "Ship"]
    assert titles(ask, "status:active") == ["Anns", "Ship"]
    assert titles(ask, "times_used:>0") == []
    assert titles(ask, "") == ["Anns", "Beas", "Ship"]


def test_a_merge_leaves_the_code_to_who_is_kept(ask, ann, granted):
    node = made(ask, reward(ann))
    kept = granted.create_customer("Ann", "Again", "ann2@x.test")
    granted.merge_customers(kept.id, ann.id)
    after = ask(END, id=node["id"])["data"]["discountCodeDeactivate"]["codeDiscountNode"]["codeDiscount"]
    assert after["context"] == {"customers": [{"id": gid(kept)}]}


def test_a_segment_may_have_a_code(ask, granted):
    found = granted.outward.segments.create("Regulars", "number_of_orders >= 2")["segment"]
    gone = "gid://shopify/Segment/1"
    context = {"customerSegments": {"add": [f"gid://shopify/Segment/{found.id}"]}}
    kept = made(ask, reward(context=context))["codeDiscount"]
    assert kept["context"] == {"segments": [{"name": "Regulars"}]}
    context = {"customerSegments": {"add": [gone]}}
    assert refused(ask, reward(code="X", context=context)) == [("INVALID", ["context", "customerSegments", "add"])]


@pytest.mark.parametrize("scopes", [[], ["read_discounts"]])
def test_an_app_without_the_permission_is_refused(shop, token, store, ask, scopes):
    shop.set_scopes([*store.scopes, *scopes])
    answer = ask(BASIC, **{"in": reward()})
    assert answer["data"] == {"discountCodeBasicCreate": None}
    assert answer["errors"][0]["extensions"]["requiredAccess"] == "`write_discounts` access scope."
    assert shop.discounts.all == {}
    found = ask(SEARCH, q="")
    assert [one["path"] for one in found.get("errors", ())] == ([] if scopes else [["discountNodes"]])
