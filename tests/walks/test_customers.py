"""The list of customers, lists that are kept, and who looked at them, from Shopify's orders to the screen."""

import csv
import io
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.retention.people.views.model import SavedView
from shopify_app.shops.queries import find_shop
from tests.small_shop import add_shop, address, page, post, said
from tests.walks.bought import LINES, bought, by_orders, listed, numbers
from tests.world import World


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


def test_everybody_who_has_bought_is_listed(world: World, shop: Any) -> None:
    told = listed(world, shop)
    assert sorted(numbers(told)) == sorted(shop.customers)
    assert (told["total"], told["orders_without_customer"], told["after"]) == (5, 1, None)
    assert told["customers"][0] | {"customer_id": ""} == {
        "customer_id": "",
        "orders": 2,
        "net": "30.000",
        "first_order": "2026-08-13",
        "last_order": "2026-11-11",
        "usual_gap": None,
        "days_since": 10,
        "late": False,
    }
    text = page(world, shop, "/customers")
    assert "5 customers in all" in text
    assert "1 order names no customer, and is in no list of customers." in text


def test_ready_lists_narrow_and_sort(world: World, shop: Any) -> None:
    assert sorted(numbers(listed(world, shop, "?bought=again"))) == by_orders(shop, 2)
    assert sorted(numbers(listed(world, shop, "?bought=once"))) == by_orders(shop, 1)
    assert numbers(listed(world, shop, "?late=1")) == []
    best = listed(world, shop, "?sort=-net&columns=net")
    assert [one["net"] for one in best["customers"]] == ["30.000"] * 2 + ["5.000"] * 3
    assert set(best["customers"][0]) == {"customer_id", "net"}
    text = page(world, shop, "/customers?late=1")
    assert "Nobody is like that. Ask for less, or show everybody." in text


def test_the_pages_of_a_list_make_its_file(world: World, shop: Any) -> None:
    for number in range(30):
        person = shop.create_customer("Dana", "B", f"d{number}@example.com", "ar")
        shop.place_order(person.id, LINES)
    world.work()
    seen, after = [], ""
    for _ in range(2):
        told = listed(world, shop, f"?sort=orders{after}")
        seen += numbers(told)
        after = f"&after={told['after']}"
    assert (len(seen), len(set(seen)), told["after"]) == (35, 35, None)
    file = world.open(shop, address("/customers?sort=orders&format=csv&columns=net,late"))
    assert file.headers["Content-Disposition"] == 'attachment; filename="customers.csv"'
    header, *rows = csv.reader(io.StringIO(file.text))
    assert header == ["customer_id", "net", "late", "currency"]
    assert [int(row[0]) for row in rows] == seen


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_what_cannot_be_met_is_said_and_nobody_is_shown(world: World, shop: Any, locale: str) -> None:
    path = "/customers?orders_min=5&orders_max=2"
    text = page(world, shop, path, locale, status=400)
    sentence = "The least is more than the most." if locale == "en" else "الحد الأدنى أكبر من الحد الأعلى."
    assert sentence in text
    assert not [number for number in shop.customers if str(number) in text]
    for end in ("", "&format=csv"):
        answer = world.open(shop, address(f"{path}{end}"), Accept="application/json")
        assert answer.status_code == 400
        assert sentence == answer.get_json()["error"] or locale == "ar"


def test_a_page_of_a_list_that_never_was(world: World, shop: Any) -> None:
    answer = world.open(shop, address("/customers?after=nowhere"))
    assert answer.status_code == 400
    assert "This page of the list does not exist. Start again from the first page." in said(answer.text)


def test_columns_ticked_in_a_form_come_to_one_address(world: World, shop: Any) -> None:
    answer = world.open(shop, address("/customers?bought=again&columns=net&columns=orders"))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/customers?bought=again&columns=orders%2Cnet&shop=")
    assert world.open(shop, answer.headers["Location"]).status_code == 200


def test_one_field_finds_a_customer_by_number_order_and_name(world: World, shop: Any) -> None:
    person = shop.create_customer("Zaynab", "Sabah", "zaynab@example.com", "ar", phone="+96551112222").id
    order = shop.place_order(person, LINES)
    world.work()
    for text in (person, order.name, order.name.lstrip("#"), "Zaynab", "zaynab@example.com", "+96551112222"):
        answer = world.client.get(
            "/customers",
            query_string={"q": text, "shop": shop.domain},
            headers={"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json"},
        )
        assert numbers(answer.get_json()) == [person], text
    assert numbers(listed(world, shop, "?q=Nobody")) == []


def test_names_come_from_shopify_and_are_kept_nowhere(world: World, shop: Any) -> None:
    first, *_ = sorted(shop.customers)
    told = world.json(shop, address(f"/customers/names?ids={first},999"))
    assert told == {"names": {str(first): "Noura A"}, "problem": None}
    assert "Noura" not in world.open(shop, address("/customers")).text
    shop.approve("level1")
    told = world.json(shop, address(f"/customers/names?ids={first}"))
    assert told["names"] == {}
    assert told["problem"] == "Shopify has not approved Wafa to see names: customers appear by number."
    for bad in ("x", "1,x", ",".join(map(str, range(26))), "9" * 40):
        assert world.open(shop, address(f"/customers/names?ids={bad}")).status_code == 400


def test_nobody_yet(small_world: World) -> None:
    shop = add_shop(small_world)
    small_world.install(shop)
    small_world.work()
    assert "No customers yet They appear here with the first order." in page(small_world, shop, "/customers")


# ---- who looked ----


def log(world: World, shop: Any) -> Counter[tuple[str, str, int | None]]:
    told = world.json(shop, address("/settings/privacy/access"))["access"]
    return Counter((one["what"], one["why"], one["number"]) for one in told)


def test_whoever_looks_at_people_is_noted_once_an_hour(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    for _ in range(2):
        page(world, shop, "/customers")
        page(world, shop, f"/customers/{person}")
        page(world, shop, f"/customers/{person}/orders")
    seen = Counter({("customers", "shown", None): 1, ("customer", "shown", None): 1})
    assert log(world, shop) == seen
    world.clock.forward(3601)
    page(world, shop, "/customers")
    listed(world, shop)
    assert log(world, shop) - seen == Counter({("customers", "shown", None): 1, ("customers", "read", None): 1})


def test_every_file_and_every_look_at_what_is_kept_is_noted(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    for _ in range(2):
        world.open(shop, address("/customers?format=csv"))
    world.open(shop, address(f"/customers/{person}/orders?format=csv"))
    for _ in range(2):
        page(world, shop, f"/customers/{person}/data")
    held = world.open(shop, address(f"/customers/{person}/data?format=json")).get_json()
    world.open(shop, address("/reports/numbers/customers?format=csv"))
    assert {one["order_id"] for one in held["orders"]} == set(shop.customers[person].orders)
    files = [("customers", "file", 5)] * 2 + [("customer_orders", "file", 2)]
    looks = [("customer_data", "shown", None)] * 2 + [("customer_data", "file", None)]
    assert log(world, shop) == Counter([*files, *looks, ("orders", "file", None)])
    text = page(world, shop, "/settings/privacy/access")
    assert "Lists of customers, 5 lines Downloaded as a file" in text
    assert str(person) not in text
    assert "قوائم العملاء، 5 أسطر" in page(world, shop, "/settings/privacy/access", "ar")


def test_what_is_kept_is_counted(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    kept = world.json(shop, address(f"/customers/{person}/data"))["kept"]
    some = {"orders": 2, "lines": 2, "states": 2, "contacts": 1}
    none = dict.fromkeys(("refunds", "edits", "points", "rewards", "numbers"), 0)
    assert kept == some | none
    assert "What Wafa keeps of this customer" in page(world, shop, f"/customers/{person}/data")


# ---- lists that are kept ----


def views(world: World, shop: Any) -> list[tuple[str, str]]:
    return [(view["name"], view["query"]) for view in listed(world, shop)["views"]]


def test_a_list_is_kept_named_anew_and_dropped(world: World, shop: Any) -> None:
    kept = post(world, shop, "/customers/views", {"name": "  Big   ones ", "query": "spent_min=20&sort=-net&q=Noura"})
    assert kept.status_code == 200, kept.text
    assert views(world, shop) == [("Big ones", "spent_min=20.000&sort=-net")], "whom one searched for is not kept"
    go = kept.get_json()["go"]
    text = page(world, shop, go.partition("&shop=")[0])
    assert "Big ones" in text
    assert "Rename or delete this list" in text
    assert sorted(numbers(world.json(shop, go))) == by_orders(shop, 2)
    view = listed(world, shop)["views"][0]["id"]
    assert post(world, shop, f"/customers/views/{view}/rename", {"name": "أفضل العملاء"}).status_code == 200
    assert views(world, shop) == [("أفضل العملاء", "spent_min=20.000&sort=-net")]
    with world.wafa.database.reading() as session:
        (row,) = session.scalars(select(SavedView)).all()
        assert row.created_by == row.changed_by == "1"
        mine = ShopId(find_shop(session, shop.domain).id)
        assert broken(session, mine, world.clock(), world.wafa.config.lookup_key) == []
    assert post(world, shop, f"/customers/views/{view}/delete", {}).status_code == 200
    assert views(world, shop) == []
    assert post(world, shop, f"/customers/views/{view}/delete", {}).status_code == 404


def test_a_list_is_saved_beside_the_ready_ones_above_who_is_in_it(world: World, shop: Any) -> None:
    text = page(world, shop, "/customers?spent_min=20")
    assert text.index("Best by spend") < text.index("Save this list") < text.index("Which customers")
    assert text.count("Save this list") == 1
    assert "Save this list" not in page(world, shop, "/customers?bought=once"), "it has a name already"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Give the list a name."),
        ("   ", "Give the list a name."),
        ("x" * 61, "Choose a shorter name."),
        ("noura@example.com", "A name has no e-mail address in it."),
        ("Mine", "Another list has this name."),
    ],
)
def test_a_name_that_will_not_do_is_said_beside_its_field(small_world: World, name: str, sentence: str) -> None:
    shop = add_shop(small_world)
    small_world.install(shop)
    assert post(small_world, shop, "/customers/views", {"name": "Mine", "query": ""}).status_code == 200
    answer = post(small_world, shop, "/customers/views", {"name": name, "query": "late=1"})
    assert (answer.status_code, answer.get_json()) == (422, {"errors": {"name": sentence}})
    assert views(small_world, shop) == [("Mine", "")]


def test_only_a_list_that_can_be_shown_is_kept(small_world: World) -> None:
    shop = add_shop(small_world)
    small_world.install(shop)
    for body in ({"name": "A"}, {"name": "A", "query": 7}, {"name": 7, "query": ""}, {"name": "A", "query": "sort=x"}):
        assert post(small_world, shop, "/customers/views", body).status_code == 400
    for number in range(50):
        post(small_world, shop, "/customers/views", {"name": f"List {number}", "query": ""})
    answer = post(small_world, shop, "/customers/views", {"name": "One more", "query": ""})
    assert answer.get_json()["errors"] == {"name": "There are 50 saved lists. Delete one that nobody needs."}


def test_an_open_page_asks_shopify_for_a_search_once(world: World, shop: Any) -> None:
    path = address("/customers?q=Noura")
    first = world.open(shop, path)
    asked = len(world.adapter.calls)
    assert world.open(shop, path, **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert len(world.adapter.calls) == asked
