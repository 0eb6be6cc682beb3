"""In which collections a product stood when an order was placed: what is read later changes no answer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.clock import Instant
from shopify_app.products.queries import keep_only, shelves_of, store_collection
from tests.examples import examples
from tests.factories import make_shop

START = Instant(datetime(2025, 3, 1, tzinfo=UTC))
PRODUCTS, COLLECTIONS = (1, 2, 3), (7, 8)
shops = iter(range(10**9))
stands = st.none() | st.sets(st.sampled_from(PRODUCTS))
readings = st.lists(st.tuples(st.sampled_from((0, 1, 1)), stands, stands), min_size=1, max_size=7)
"""Hours since the one before, and what stands in either collection; None where there is no such collection."""


def hours(number):
    return Instant(START + timedelta(hours=number))


def read(database, shop, found, at):
    there = {one: products for one, products in zip(COLLECTIONS, found, strict=True) if products is not None}
    with database.transaction() as session:
        for one, products in there.items():
            store_collection(session, shop, one, "Oud", products, at)
        keep_only(session, shop, there, at)


def stood(history, place, product, at):
    """By the last reading until then; before the first that knew the collection, as that one found it."""
    known = [(when, found[place]) for when, found in history]
    while known and known[0][1] is None:
        known.pop(0)
    seen = [found for when, found in known if when <= at] or [found for _, found in known[:1]]
    return bool(seen) and seen[-1] is not None and product in seen[-1]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_product_stood_where_the_last_reading_until_then_found_it(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 80, 40)
    @given(told=readings)
    def check(told):
        shop, at, history = make_shop(database, f"c{next(shops)}.myshopify.com"), 0, []
        for later, *found in told:
            at += later
            read(database, shop, found, hours(at))
            history.append((hours(at), found))
        with database.reading() as session:
            shelves = shelves_of(session, shop, COLLECTIONS, PRODUCTS)
        # Between the hours: readings of one moment follow one another by a millionth of a second.
        for moment in (hours(number + 0.5) for number in range(-1, at + 1)):
            for product in PRODUCTS:
                both = zip(range(2), COLLECTIONS, strict=True)
                expected = {one for place, one in both if stood(history, place, product, moment)}
                assert set(shelves.of(product, moment)) == expected

    check()


def test_what_is_of_no_interest_is_not_asked(database):
    with database.reading() as session:
        shelves = shelves_of(session, make_shop(database), (), PRODUCTS)
    assert shelves.of(1, START) == ()
