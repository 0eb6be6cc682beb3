"""The list of customers and the pages about one of them, from Shopify's orders to the screen."""

import csv
import io
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.pages.customer import queries
from shopify_app.privacy.redact import redact_customer
from shopify_app.retention.people.views.model import SavedView
from shopify_app.shops.queries import find_shop
from tests.small_shop import add_shop, address, page, post, said
from tests.world import World

LINES: list[Any] = [{"price": "10.000", "quantity": 1}]


@pytest.fixture
def shop(world: World) -> Any:
    """Two people who bought twice, three who bought once, and a guest."""
    made = add_shop(world, repeaters=2, once=3)
    made.place_order(None, LINES, at=world.clock() - timedelta(days=3))
    world.install(made)
    world.work()
    return made


def listed(world: World, shop: Any, query: str = "") -> Any:
    return world.json(shop, address(f"/customers{query}"))


def numbers(told: Any) -> list[int]:
    return [int(one["customer_id"]) for one in told["customers"]]


def by_orders(shop: Any, orders: int) -> list[int]:
    return sorted(one.id for one in shop.customers.values() if len(one.orders) == orders)


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


# ---- one customer ----


def test_a_customer_who_bought_twice_is_told_in_sentences(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    text = page(world, shop, f"/customers/{person}")
    assert "Ordered 2 times since August 2026: KWD 30.000. The last order was 10 days ago." in text
    first, second = shop.customers[person].orders
    names = [shop.orders[order].name for order in (first, second)]
    assert f"13 August 2026 First order: {names[0]}, KWD 10.000" in text
    assert f"11 November 2026 Order number 2: {names[1]}, KWD 20.000" in text
    told = world.json(shop, address(f"/customers/{person}"))
    assert told["gaps"] == [
        {"start": "2026-08-13", "end": "2026-11-11", "days": 90},
        {"start": "2026-11-11", "end": None, "days": 10},
    ]
    assert told["counted"]["net"] == "30.000"


def test_the_newest_are_the_newest_however_shopify_has_numbered_them(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "RECENT", 3)
    person = shop.create_customer("Maha", "C", "maha@example.com", "ar").id
    for ago in (5, 15, 25, 35, 45):
        shop.place_order(person, LINES, at=world.clock() - timedelta(days=ago))
    world.work()
    told = world.json(shop, address(f"/customers/{person}"))
    assert [gap["days"] for gap in told["gaps"]] == [10, 10, 5]
    assert "Days between orders: usually 10 days, and 5 days since the last one." in page(
        world, shop, f"/customers/{person}"
    )


def test_a_regular_who_is_late_is_told_so(world: World, shop: Any) -> None:
    person = shop.create_customer("Maha", "C", "maha@example.com", "ar").id
    for ago in (250, 240, 230, 220, 209, 199):
        shop.place_order(person, LINES, at=world.clock() - timedelta(days=ago))
    world.work()
    text = page(world, shop, f"/customers/{person}")
    assert "Usually every 10 days; the last was 199 days ago: later than usual." in text
    assert numbers(listed(world, shop, "?late=1")) == [person]
    assert "يطلب عادة كل 10 أيام، وآخر طلب قبل 199 يومًا: متأخر عن عادته." in page(
        world, shop, f"/customers/{person}", "ar"
    )


def test_what_happened_leaves_no_order_out_unsaid(world: World, shop: Any) -> None:
    person = shop.create_customer("Lulu", "F", "lulu@example.com", "ar").id
    for ago in range(31, 0, -1):
        shop.place_order(person, LINES, at=world.clock() - timedelta(days=ago))
    world.work()
    text = page(world, shop, f"/customers/{person}").split("What happened")[1]
    said_of = [int(n) for n in re.findall(r"Order number (\d+)", text)]
    assert said_of == [31, 30, 29, 28, 27, 25, 10, 5, 2]
    more = [int(n) for n in re.findall(r"and (\d+) more order", text)]
    assert more == [1, 14, 4, 2], "between 27 and 25, 25 and 10, 10 and 5, 5 and 2"
    assert sum(more) + len(said_of) + text.count("First order:") == 31
    found = world.open(shop, address(f"/customers/{person}")).text
    assert re.search(rf'href="/customers/{person}/orders[^"]*">and 14 more orders<', found)
    assert "و14 طلبًا آخر" in page(world, shop, f"/customers/{person}", "ar")
    once = by_orders(shop, 2)[0]
    assert "more order" not in page(world, shop, f"/customers/{once}")


def test_orders_too_old_to_be_looked_at_are_in_the_last_line(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "RECENT", 4)
    person = shop.create_customer("Lulu", "F", "lulu@example.com", "ar").id
    for ago in range(20, 0, -1):
        shop.place_order(person, LINES, at=world.clock() - timedelta(days=ago))
    world.work()
    text = page(world, shop, f"/customers/{person}").split("What happened")[1]
    assert re.findall(r"Order number (\d+)", text) == ["20", "19", "18", "17"]
    assert re.search(r"… and 15 more orders \d+ November 2026 First order:", text)


def test_somebody_who_bought_once_is_never_told_to_be_sure_to_come_back(world: World) -> None:
    shop = add_shop(world, repeaters=30, once=20)
    world.install(shop)
    world.work()
    person = by_orders(shop, 1)[0]
    text = page(world, shop, f"/customers/{person}")
    assert "Ordered once, on " in text
    assert "Bought once. 60 % of those who bought once came back within 90 days." in text
    assert "of such people came back" not in text
    assert "100" not in text.replace("100 days", "")


def test_the_orders_of_a_customer_come_to_their_totals(world: World, shop: Any) -> None:
    person = shop.create_customer("Sara", "D", "sara@example.com", "ar").id
    for number in range(40):
        order = shop.place_order(person, [{"price": f"{number % 7}.250" if number % 5 else "0.000", "quantity": 1}])
        if number % 6 == 1:
            shop.cancel(order.id, world.clock())
        elif number % 4 == 2 and number % 5:
            shop.refund(order.id, amount="0.100")
    world.work()
    rows, after = [], ""
    for _ in range(2):
        told = world.json(shop, address(f"/customers/{person}/orders?x=1{after}"))
        rows += told["orders"]
        after = f"&after={told['after']}"
    assert (len(rows), told["orders_in_all"], told["after"]) == (40, 40, None)
    counted = [row for row in rows if row["counts"]]
    assert all((row["net"] is None) == (not row["counts"]) == bool(row["left_out_because"]) for row in rows)
    mine = world.json(shop, address(f"/customers/{person}"))["counted"]
    assert mine["orders"] == told["counted"] == len(counted)
    assert sum(int(row["net"].replace(".", "")) for row in counted) == int(mine["net"].replace(".", ""))
    assert sorted(row["nth_order"] for row in counted) == list(range(1, len(counted) + 1))
    file = world.open(shop, address(f"/customers/{person}/orders?format=csv")).text.splitlines()
    assert [line.split(",")[0] for line in file[1:]] == [row["order_id"] for row in rows]
    text = page(world, shop, f"/customers/{person}/orders")
    assert f"40 orders; {len(counted)} of them count, with net sales of KWD {mine['net']}." in text
    assert "Does not count It was cancelled." in text


def test_a_number_from_before_a_merge_leads_to_whom_it_is_now(world: World, shop: Any) -> None:
    kept, gone = by_orders(shop, 2)
    shop.merge_customers(kept, gone)
    world.work()
    for tab in ("", "/orders", "/data"):
        answer = world.open(shop, address(f"/customers/{gone}{tab}"))
        assert answer.status_code == 302
        text = page(world, shop, answer.headers["Location"].split("?")[0] + f"?merged={gone}")
        assert f"Customer {gone} was merged into this one in Shopify." in text
    assert "was merged into this one in Shopify" not in page(world, shop, f"/customers/{kept}?merged={kept}")
    assert f"Customer {gone} was merged into this one" in page(world, shop, f"/customers/{kept}")


def test_who_was_erased_is_told_as_nobody(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    with world.wafa.database.transaction() as session:
        mine = find_shop(session, shop.domain).id
        redact_customer(session, mine, person, world.wafa.config.lookup_key, world.clock())
    text = page(world, shop, f"/customers/{person}")
    assert "Erased on request" in text
    assert "Nothing here tells who it was." in text
    assert "KWD" not in text, "which orders were theirs is told to nobody who knows the number"
    assert f"shopify://admin/customers/{person}" not in world.open(shop, address(f"/customers/{person}")).text
    told = listed(world, shop)
    assert person not in numbers(told)
    (opaque,) = [number for number in numbers(told) if number >= 1 << 62]
    assert "Ordered 2 times since August 2026" in page(world, shop, f"/customers/{opaque}")
    assert "Erased on request" in page(world, shop, "/customers")


@pytest.mark.parametrize("number", ["1", "999999999999", str(2**63), "9" * 60])
def test_a_number_of_nobody_is_not_found(world: World, shop: Any, number: str) -> None:
    for tab in ("", "/orders", "/data"):
        answer = world.open(shop, address(f"/customers/{number}{tab}"))
        assert answer.status_code == 404
    assert "We could not find this page in your shop." in said(answer.text)


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
    assert kept == {"orders": 2, "lines": 2, "refunds": 0, "edits": 0, "states": 2, "contacts": 1, "numbers": 0}
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


def test_somebodys_group_is_told_beside_what_shopify_calls_them(world: World) -> None:
    shop = add_shop(world, repeaters=30, once=5)
    world.install(shop)
    world.work()
    person = by_orders(shop, 2)[0]
    assert "Group: Promising. Who else is in it?" in page(world, shop, f"/customers/{person}")
    told = world.json(shop, address(f"/customers/{person}/group"))["text"]
    assert told.startswith("Group: Promising. Shopify calls this person “")
    shop.approve("none")
    assert world.json(shop, address(f"/customers/{person}/group"))["text"] == "Group: Promising."


def test_of_too_few_nobody_is_put_into_a_group(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    assert "Group:" not in page(world, shop, f"/customers/{person}")
    assert world.json(shop, address(f"/customers/{person}/group")) == {"text": None}


def test_days_are_the_shops_own(world: World, shop: Any) -> None:
    """Half past eleven at night in London is the next morning in Kuwait."""
    person = shop.create_customer("Huda", "E", "huda@example.com", "ar").id
    order = shop.place_order(person, LINES, at=world.clock().replace(hour=23, minute=30) - timedelta(days=2))
    world.work()
    told = next(one for one in listed(world, shop)["customers"] if int(one["customer_id"]) == person)
    assert (told["first_order"], told["days_since"]) == ("2026-11-20", 1)
    assert f"20 November 2026 First order: {order.name}" in page(world, shop, f"/customers/{person}")
    (row,) = world.json(shop, address(f"/customers/{person}/orders"))["orders"]
    assert row["day"] == "2026-11-20"
