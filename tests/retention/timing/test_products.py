"""Usual gap by product: against counting on fingers, on both databases, and as a page."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.changes.apply import apply_facts
from shopify_app.clock import Instant
from shopify_app.orders.facts import LineFacts
from shopify_app.retention.timing.products import by_product
from shopify_app.retention.timing.queries import bought_products, product_titles
from shopify_app.retention.window import Basis
from tests.examples import examples
from tests.factories import EPOCH, LOOKUP, make_shop, order
from tests.retention.timing.test_telling import on
from tests.small_shop import add_shop, address, page

purchases = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 300), st.sets(st.sampled_from([7, 8, 9]), max_size=3)), max_size=25
)
"""Customer, day, products."""


def rows_of(bought):
    """As the query gives them, for purchases as above."""
    days = {}
    for who, day, _ in bought:
        days.setdefault(who, set()).add(day)
    return [
        (who, on(day), sorted(days[who]).index(day) + 1, product)
        for who, day, products in sorted(bought, key=lambda one: one[0])
        for product in products or [None]
    ]


def many(times, gap):
    """So many customers who buy product 7 and then, after the gap, products 7 and 8."""
    return [each for who in range(times) for each in ((who, 0, {7}), (who, gap, {7, 8}))]


def test_who_began_with_a_product_and_who_bought_it_again():
    once = [(1000 + who, 0, {7}) for who in range(60)]
    (found,) = by_product(rows_of(many(40, 20) + once), {7: "Oud"}, on(300))
    assert (found.title, found.people, found.soon, found.half) == ("Oud", 100, Fraction(0.4), 20)
    assert (found.again.count, found.again.half, found.again.most) == (40, 20, 20)


def test_of_a_product_that_few_bought_nothing_is_told():
    assert by_product(rows_of(many(29, 20)), {}, on(300)) == []


def test_who_bought_before_we_knew_them_began_with_nothing():
    rows = [
        (who, on(day), nth + 1, 7)
        for who, day, nth, _ in ((w, d, n, 7) for w in range(40) for d, n in ((0, 3), (9, 4)))
    ]
    (found,) = by_product(rows, {}, on(300))
    assert (found.people, found.soon, found.again.half) == (0, None, 9)


def slow(bought, as_of):
    """Gaps of the same product, by product, and waits after a first purchase with it in it."""
    again, first = {}, {}
    for who in {who for who, _, _ in bought}:
        mine = [(day, products) for one, day, products in bought if one == who and day <= as_of]
        days = sorted({day for day, _ in mine})
        for product in {product for _, products in mine for product in products}:
            its_days = sorted({day for day, products in mine if product in products})
            again.setdefault(product, []).extend(b - a for a, b in pairwise(its_days))
            if its_days[0] == days[0]:
                first.setdefault(product, []).append(days[1] - days[0] if len(days) > 1 else None)
    return again, first


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_gaps_by_product_are_those_of_each_customer(request, name, monkeypatch):
    database = request.getfixturevalue(name)
    monkeypatch.setattr("shopify_app.retention.timing.curve.ENOUGH_AT_RISK", 1)
    monkeypatch.setattr("shopify_app.retention.timing.gaps.ENOUGH_GAPS", 1)
    monkeypatch.setattr("shopify_app.retention.timing.queries.AT_ONCE", 2)
    numbers = iter(range(10**6))

    @examples(name, 60, 25)
    @given(bought=purchases, until=st.integers(0, 320))
    def check(bought, until):
        shop = make_shop(database, f"p{next(numbers)}.myshopify.com")
        with database.transaction() as session:
            apply_facts(
                session, shop, [_seen(number, *one) for number, one in enumerate(bought, 1)], Instant(EPOCH), LOOKUP
            )
        with database.reading() as session:
            rows = list(bought_products(session, shop, Basis.KEPT, on(until)))
            titles = product_titles(session, shop)
        again, first = slow(bought, until)
        found = {one.product_id: one for one in by_product(rows, titles, on(until))}
        assert {product: len(gaps) for product, gaps in again.items() if gaps} == {
            product: one.again.count for product, one in found.items() if one.again
        }
        for product, one in found.items():
            assert one.title == f"Product {product}"
            assert one.people == len(first.get(product, []))
            if one.again:
                assert one.again.half == sorted(again[product])[(len(again[product]) - 1) // 2]

    check()


def _seen(number, who, day, products):
    seen = order(number, who, f"{on(day).isoformat()}T12:00", "10")
    lines = tuple(
        LineFacts(number * 10 + place, f"Product {product}", 1, 1000, 0, False, product)
        for place, product in enumerate(sorted(products) or [None])
    )
    return replace(seen, order=msgspec.structs.replace(seen.order, lines=lines))


# ---- the page ----


def _shop_with_dates(world):
    """Sixty people who buy dates; forty of them once more, 90 days later."""
    shop = add_shop(world)
    dates, now = shop.add_product("Dates", "5.000"), world.clock()
    with shop.history():
        for number in range(60):
            first = now - timedelta(days=100, minutes=number)
            customer = shop.create_customer("Noura", "A", f"c{number}@example.com", "ar", first)
            for times in range(2 if number < 40 else 1):
                lines = [{"product_id": dates.id, "title": "Dates", "price": "5.000"}]
                shop.place_order(customer_id=customer.id, lines=lines, at=first + timedelta(days=90 * times))
    world.install(shop)
    world.work()
    return shop


def test_the_page_lists_products_and_says_how_long_it_took(world):
    shop = _shop_with_dates(world)
    told = page(world, shop, "/reports/coming-back/gaps")
    assert "Dates 60 66.7 % 90 days 40 90 days 90 days" in told
    assert "Worked out in 0.0 s from every order." in told
    answer = world.json(shop, "/reports/coming-back/gaps")
    assert answer["basis"] == "kept"
    assert [(one["people"], one["usual_gap"], one["product"]) for one in answer["products"]] == [(60, 90, "Dates")]
    file = world.open(shop, address("/reports/coming-back/gaps?format=csv")).text.splitlines()
    assert file[0].startswith("product_id,product,people,back_within_90_days")
    assert len(file) == len(answer["products"]) + 1


def test_the_page_says_from_when_on_there_is_something(small_world):
    shop = add_shop(small_world, repeaters=2)
    small_world.install(shop)
    small_world.work()
    assert "Too early to say" in page(small_world, shop, "/reports/coming-back/gaps")
    assert "الوقت مبكر" in page(small_world, shop, "/reports/coming-back/gaps", "ar")


def test_while_orders_are_read_nothing_is_told(small_world):
    shop = add_shop(small_world, repeaters=40)
    small_world.install(shop)
    assert "Known once all orders have been read." in page(small_world, shop, "/reports/coming-back/gaps")
    assert small_world.json(shop, "/reports/coming-back/gaps")["products"] == []


def test_an_address_that_cannot_be_read_is_said(small_world):
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    small_world.work()
    assert "This address cannot be read" in page(small_world, shop, "/reports/coming-back/gaps?basis=odd")
