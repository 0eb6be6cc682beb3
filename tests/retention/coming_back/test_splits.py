"""Which first order brings people back: groups of people, against a slow count, and of orders that say something."""

import re
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from devstore.records import Labels
from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.retention.coming_back.queries import grouped
from shopify_app.retention.coming_back.splits import (
    MOST,
    WITHIN,
    Back,
    Group,
    Person,
    Split,
    band_of,
    bands,
    groups_of,
    in_turn,
    leader_of,
)
from shopify_app.retention.what_changed.queries import first_orders
from shopify_app.retention.window import Basis, Unit
from shopify_app.shops.model import Shop
from tests.small_shop import add_shop, address, page, said

PATH = "/reports/coming-back"
FIRST = date(2024, 1, 1)
days = st.integers(0, 700).map(lambda n: FIRST + timedelta(days=n))
gaps = st.none() | st.integers(0, 500)
people = st.lists(
    st.builds(
        lambda name, first, gap: Person(name, first, None if gap is None else first + timedelta(days=gap)),
        st.integers(0, MOST + 5).map(str),
        days,
        gaps,
    ),
    max_size=120,
)


def by_hand(people, as_of, months):
    """Who could have come back by the end of that month, and who did."""
    could = [one for one in people if end_of(one.first, months) <= as_of]
    did = [one for one in could if one.second is not None and one.second <= end_of(one.first, months)]
    return len(could), len(did)


def end_of(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months + 1, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


@given(people, days)
def test_groups_are_what_a_slow_count_gives(people, as_of):
    as_of = LocalDay(as_of)
    found = groups_of(people, as_of)
    sizes = {name: sum(one.group == name for one in people) for name in {one.group for one in people}}
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:MOST]
    assert [one.name for one in found] == largest + ([None] if len(sizes) > MOST else [])
    for group in found:
        mine = [one for one in people if (one.group == group.name if group.name else one.group not in largest)]
        assert group.size == len(mine)
        for months in WITHIN:
            could, did = by_hand(mine, as_of, months)
            assert (group.within[months].people, group.within[months].back) == (could, did)
            assert group.within[months].share == (Fraction(did, could) if could else None)


@given(people, days, st.sampled_from([None, *WITHIN]))
def test_groups_are_sorted_by_share_and_all_others_stay_last(people, as_of, months):
    found = groups_of(people, LocalDay(as_of))
    turned = in_turn(found, months)
    assert sorted(map(id, turned)) == sorted(map(id, found))
    assert not any(one.name is None for one in turned[:-1])
    told = [one for one in turned if one.name is not None]
    keys = [one.size if months is None else one.within[months].share for one in told]
    known = [key for key in keys if key is not None]
    assert keys[: len(known)] == sorted(known, reverse=True)


def a_group(name, people, back):
    return Group(name, people, {months: Back(people, back) for months in WITHIN})


@pytest.mark.parametrize(
    ("groups", "best", "stands_out"),
    [
        ([a_group("a", 400, 160), a_group("b", 300, 180), a_group("c", 29, 29)], "b", True),
        ([a_group("a", 400, 160), a_group("b", 300, 121), a_group(None, 900, 360)], "b", False),
        # Chance alone puts one of fifty as far ahead as this one; of two it would be news.
        ([a_group("z", 100, 54), *(a_group(str(n), 100, 40) for n in range(50))], "z", False),
        ([a_group("z", 100, 56), a_group("a", 5000, 2000)], "z", True),
        ([a_group("a", 30, 15), a_group("b", 29, 29)], None, None),
        ([a_group("a", 30, 15), a_group("?", 300, 290), a_group(None, 300, 299)], None, None),
        ([], None, None),
    ],
)
def test_the_best_group_is_large_enough_and_stands_out_or_not(groups, best, stands_out):
    found = leader_of(groups, 3)
    assert (found and found.group.name, found and found.stands_out) == (best, stands_out)


@given(st.lists(st.integers(0, 10**7), max_size=50))
def test_bands_are_round_and_everybody_is_in_one(amounts):
    cuts = bands(amounts)
    assert cuts == sorted(set(cuts))
    assert len(cuts) <= 4
    assert all(re.fullmatch(r"[1-9]\d?0*", str(cut)) for cut in cuts)
    places = [band_of(amount, cuts) for amount in amounts]
    assert all(0 <= place <= len(cuts) for place in places)
    if cuts:
        assert {0, len(cuts)} <= set(places), "nothing is cut off of which everybody is on one side"


# ---- through the page ----


@pytest.fixture
def shop(small_world):
    return stocked(small_world)


def stocked(world):
    """Four first orders, of January to October; the first came back in March, the second in August."""
    shop = add_shop(world)
    dates, coffee = (shop.add_product(title, "10.000").id for title in ("Dates", "Coffee"))
    with shop.history():
        buy(shop, "noura", "2026-01-05", [dates, dates, coffee], discount="2.000", labels=Labels("KW", None, ("eid",)))
        buy(shop, "noura", "2026-03-01", [coffee])
        buy(shop, "sara", "2026-01-20", [dates], source="pos", labels=Labels("SA"))
        buy(shop, "sara", "2026-08-01", [coffee], discount="1.000")
        buy(shop, "layla", "2026-02-02", [coffee], source="7654321")
        buy(shop, "ali", "2026-10-10", [dates] * 5, labels=Labels("KW"))
        buy(shop, None, "2026-01-01", [dates])
    world.install(shop)
    world.work()
    return shop


def buy(shop, name, day, products, **order):
    at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    email = f"{name}@example.com"
    known = next((one for one in shop.customers.values() if one.email == email), None)
    person = known or (name and shop.create_customer(name, "A", email, "ar", at))
    lines = [
        {"price": "10.000", "quantity": 1, "product_id": product, "title": shop.products[product].title}
        for product in products
    ]
    shop.place_order(person and person.id, lines, at=at, **order)


def groups(world, shop, split, query=""):
    """Of each group on the page its people and what is said of 3 and of 12 months."""
    answer = world.open(shop, address(f"{PATH}?split={split}{query}"))
    assert answer.status_code == 200
    body = answer.text.split('class="wf-table wf-groups"')[1].split("<tbody>")[1].split("</tbody>")[0]
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL):
        title, *cells = (said(f"<main>{cell}</main>").strip("> ") for cell in CELL.findall(row))
        found[title] = [re.sub(r"^.*?(People|months) ", "", cell) for cell in cells]
    return {title: (people, three, twelve) for title, (people, three, _, twelve) in found.items()}


CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
NOBODY_YET = "– Nobody can have been gone for so long yet."


def by_product(session, shop, as_of):
    return list(grouped(session, shop, Split.PRODUCT, Basis.KEPT, Unit.ORDER, as_of).people)


def shop_id(session):
    return ShopId(session.scalars(select(Shop.id)).one())


def plans_of(session, read):
    """How SQLite goes about every statement of a reading, step by step."""
    connection, found = session.connection(), []

    def explain(_connection, cursor, statement, parameters, *_):
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        found.extend(step for *_, step in cursor.fetchall())

    event.listen(connection, "before_cursor_execute", explain)
    read()
    event.remove(connection, "before_cursor_execute", explain)
    return found


@pytest.mark.parametrize(
    ("split", "wanted"),
    [
        ("product", {"Dates": ("3", "50.0 % of 2 people"), "Coffee": ("2", "50.0 % of 2 people")}),
        (
            "discount",
            {"Without a discount": ("3", "0.0 % of 2 people"), "With a discount": ("1", "100.0 % of 1 person")},
        ),
        ("code", {"Without a discount": ("3", "0.0 % of 2 people"), "EID": ("1", "100.0 % of 1 person")}),
        (
            "channel",
            {
                "Online store": ("2", "100.0 % of 1 person"),
                "7654321": ("1", "0.0 % of 1 person"),
                "Point of sale": ("1", "0.0 % of 1 person"),
            },
        ),
        (
            "country",
            {
                "Kuwait": ("2", "100.0 % of 1 person"),
                "Without an address": ("1", "0.0 % of 1 person"),
                "Saudi Arabia": ("1", "0.0 % of 1 person"),
            },
        ),
        ("value", {"Less than KWD 30.000": ("3", "33.3 % of 3 people"), "KWD 50.000 or more": ("1", NOBODY_YET)}),
    ],
)
def test_people_are_put_together_by_their_first_order(small_world, shop, split, wanted):
    found = groups(small_world, shop, split)
    assert {title: (people, three) for title, (people, three, _) in found.items()} == wanted
    assert {twelve for _, _, twelve in found.values()} == {NOBODY_YET}
    told = small_world.json(shop, f"{PATH}?split={split}")["groups"]
    assert [one["people"] for one in told] == [int(people) for people, _ in wanted.values()]
    assert "Worked out from all orders in 0.0 s." in page(small_world, shop, f"{PATH}?split={split}")


@pytest.mark.parametrize("read", [by_product, first_orders], ids=["coming_back", "what_changed"])
def test_products_are_found_by_their_orders(small_world, shop, read):
    """SQLite, which knows nothing of how many lines there are, must not go through them all for each order."""
    with small_world.wafa.database.reading() as session:
        plans = plans_of(session, lambda: read(session, shop_id(session), LocalDay(date(2027, 12, 1))))
    lines = [step for step in plans if "order_line" in step]
    assert lines
    assert all("order_id=?" in step for step in lines), plans


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("basis", list(Basis))
def test_either_database_has_the_days_of_first_and_second_purchases(world, basis, unit):
    stocked(world)
    march, august = date(2026, 3, 1), date(2026, 8, 1)
    with world.wafa.database.reading() as session:
        shop = shop_id(session)
        found = [
            {(first, second) for _, first, second in grouped(session, shop, split, basis, unit, day).people}
            for split in (Split.VALUE, Split.CHANNEL)
            for day in (LocalDay(date(2026, 7, 31)), LocalDay(date(2026, 11, 1)))
        ]
        products = sorted(grouped(session, shop, Split.PRODUCT, basis, unit, LocalDay(august)).people)
    noura, sara, layla = date(2026, 1, 5), date(2026, 1, 20), date(2026, 2, 2)
    july = {(noura, march), (sara, None), (layla, None)}
    november = {(noura, march), (sara, august), (layla, None), (date(2026, 10, 10), None)}
    assert found == [july, november, july, november]
    assert [(first, second) for _, first, second in products] == [
        (noura, march),
        (sara, august),
        (noura, march),
        (layla, None),
    ]


def test_groups_are_sorted_by_what_the_address_asks_for(small_world, shop):
    assert list(groups(small_world, shop, "channel")) == ["Online store", "7654321", "Point of sale"]
    assert list(groups(small_world, shop, "discount", "&sort=3")) == ["With a discount", "Without a discount"]
    document = small_world.open(shop, address(f"{PATH}?split=discount&sort=3")).text
    heads = document.split('class="wf-table wf-groups"')[1].split("</thead>")[0]
    assert re.findall(r'aria-sort="descending">Back within ([^<]*) <', heads) == ["3 months"]
    ways = re.findall(r'href="([^"]*)">(?:People|Back within 6 months)<', heads)
    picker = re.search(r'<s-select[^>]*name="sort".*?</s-select>', document, re.DOTALL)[0]
    assert re.findall(r'<s-option value="(\w+)"', picker) == ["people", "3", "6", "12"]
    assert ["sort=" in way for way in ways] == [False, True]
    assert all("split=discount" in way for way in ways)
    assert "Choose by what to sort: people, or the months 3, 6 or 12. The largest group comes first." in page(
        small_world, shop, f"{PATH}?split=discount&sort=7", status=400
    )


def test_the_page_says_which_first_order_brings_most_people_back(small_world):
    shop = add_shop(small_world)
    dates, coffee = (shop.add_product(title, "10.000").id for title in ("Dates", "Coffee"))
    with shop.history():
        for number in range(40):
            buy(shop, f"d{number}", "2026-01-05", [dates])
            buy(shop, f"c{number}", "2026-01-05", [coffee])
            if number < 30:
                buy(shop, f"d{number}", "2026-03-05", [coffee])
    small_world.install(shop)
    small_world.work()
    best = "Dates: 75.0 % came back within 3 months, the most of all groups with 30 people or more."
    assert best in page(small_world, shop, f"{PATH}?split=product")
    assert "No group stands out. Dates has the highest" not in page(small_world, shop, f"{PATH}?split=product&sort=6")
    assert "came back within 3 months, the most" not in page(small_world, shop, f"{PATH}?split=channel")


def test_an_order_that_is_cancelled_was_nobodys_first(small_world, shop):
    first = next(order for order in shop.orders.values() if order.customer and order.labels.codes)
    shop.cancel(first.id)
    small_world.work()
    assert groups(small_world, shop, "product")["Coffee"] == ("2", "0.0 % of 2 people", NOBODY_YET)
    assert groups(small_world, shop, "product", "&basis=shopify")["Dates"][0] == "3"


def test_an_earlier_day_has_the_groups_of_that_day(small_world, shop):
    assert groups(small_world, shop, "product", "&as_of=2026-02-15&seen=now") == {
        "Coffee": ("2", NOBODY_YET, NOBODY_YET),
        "Dates": ("2", NOBODY_YET, NOBODY_YET),
    }
