"""Searching customers by words, and what Shopify calls a customer."""

import pytest

FIND = "query($q: String!) { customers(first: 9, query: $q, sortKey: RELEVANCE) { nodes { firstName } } }"
CALLED = """query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Customer { displayName
  statistics { rfmGroup predictedSpendTier } } } }"""


@pytest.fixture
def people(shop):
    with shop.history():
        shop.create_customer("Ann", "Norton", "ann.n@mail.test", phone="+96550001111")
        shop.create_customer("Anna", "Lee", "lee@mail.test")
        return shop.create_customer("عمر", "خالد")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ann", ["Ann"]),
        ("ann*", ["Anna", "Ann"]),
        ("ANN* nort*", ["Ann"]),
        ("ann OR lee", ["Anna", "Ann"]),
        ('"ann n"', ["Ann"]),
        ("mail.test", ["Anna", "Ann"]),
        ("عمر", ["عمر"]),
        ("email:mail.test", ["Anna", "Ann"]),
        ('email:"lee@mail.test"', ["Anna"]),
        ("email:*", ["Anna", "Ann"]),
        ("-email:*", ["عمر"]),
        ("phone:+96550001111", ["Ann"]),
        ("phone:*", ["Ann"]),
        ("last_name:Lee", ["Anna"]),
        ("first_name:an", []),
        ("50001111", []),
    ],
)
def test_words_are_whole_unless_they_end_in_a_star(people, ask, query, found):
    assert [one["firstName"] for one in ask(FIND, q=query)["data"]["customers"]["nodes"]] == found


def test_below_level_2_nobody_has_a_name_and_the_others_of_a_list_are_unharmed(people, shop, ask):
    gid = f"gid://shopify/Customer/{people.id}"
    assert ask(CALLED, ids=[gid])["data"]["nodes"][0]["displayName"] == "عمر خالد"
    shop.approve("level1")
    answer = ask(CALLED, ids=[gid, "gid://shopify/Product/1"])
    assert answer["data"]["nodes"] == [None, None]
    assert "not approved to use the displayName field" in answer["errors"][0]["message"]
    assert ask(FIND, q="عمر")["data"]["customers"]["nodes"] == [{"firstName": None}]


def test_shopify_calls_a_customer_something_once_it_had_a_night_to_think(shop, ask, watch):
    watch.forward(days=-400)
    old = shop.create_customer("Old")
    shop.place_order(old.id, [{"price": "1"}])
    watch.forward(days=399)
    new, none = shop.create_customer("New"), shop.create_customer("None")
    for _ in range(4):
        shop.place_order(new.id, [{"price": "1"}])

    def called(*customers):
        ids = [f"gid://shopify/Customer/{one.id}" for one in customers]
        return [node["statistics"] for node in ask(CALLED, ids=ids)["data"]["nodes"]]

    assert [one["rfmGroup"] for one in called(old, new, none)] == ["DORMANT", None, "PROSPECTS"]
    watch.forward(minutes=55)
    assert called(new) == [{"rfmGroup": None, "predictedSpendTier": None}]
    shop.orders[new.orders[0]].created_at = shop.orders[old.orders[0]].created_at
    assert called(new)[0]["rfmGroup"] == "CHAMPIONS"
    for _ in range(96):
        shop.place_order(new.id, [{"price": "1"}])
    assert [one["predictedSpendTier"] for one in called(old, new, none)] == ["LOW", "HIGH", None]
