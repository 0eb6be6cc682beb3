"""What a person is told is everything that was theirs, and nothing that is another's."""

import pytest
from msgspec.structs import replace

from shopify_app.changes.facts import CustomersMerged, OrderSeen
from shopify_app.customers.access.kinds import READ
from shopify_app.orders.facts import Version
from shopify_app.privacy.access.opening import Opening, open_answer
from shopify_app.privacy.data_request import answer_data_request
from shopify_app.privacy.numbers import Person
from shopify_app.privacy.redact import apply_and_forget
from shopify_app.privacy.requests.queries import answered
from tests.factories import KEYS, LOOKUP, instant, make_shop, order

NOW = instant("2026-01-01")


@pytest.fixture
def shop(database):
    return make_shop(database)


def applied(database, shop, *facts):
    with database.transaction() as session:
        apply_and_forget(session, shop, facts, NOW, LOOKUP)


def moved_to(seen, customer):
    at = instant("2025-06-01")
    return OrderSeen(replace(seen.order, customer_id=customer), Version(at, at, "moved"))


def held(database, shop, customer, orders=()):
    with database.transaction() as session:
        answer_data_request(session, shop, Person(customer, orders=orders), KEYS, LOOKUP, NOW)
        newest = answered(session, shop)[0]
        return open_answer(session, newest, KEYS, Opening("test", READ), NOW)


def test_an_order_that_was_theirs_is_told_as_it_was_then(database, shop):
    """And to whom it belongs now, only since then: neither learns of the other."""
    first = order(1, 5, "2025-01-01", "10")
    applied(database, shop, first, order(2, 7, "2025-01-02", "10"))
    applied(database, shop, moved_to(first, 7))
    theirs, others = held(database, shop, 5), held(database, shop, 7)
    assert theirs["orders"] == []
    assert [(one["order_id"], one["number"], one["customer_id"]) for one in theirs["versions"]] == [(1, 1, 5)]
    assert {(one["order_id"], one["number"]) for one in others["versions"]} == {(1, 2), (2, 1)}
    assert {one["customer_id"] for one in others["versions"]} == {7}


def test_an_order_that_was_nobodys_at_first_is_told_whole(database, shop):
    first = order(1, None, "2025-01-01", "10")
    applied(database, shop, first)
    applied(database, shop, moved_to(first, 5))
    assert [one["customer_id"] for one in held(database, shop, 5)["versions"]] == [None, 5]


def test_who_was_merged_into_them_is_told(database, shop):
    applied(database, shop, order(1, 5, "2025-01-01", "10"), order(2, 7, "2025-01-02", "10"))
    applied(database, shop, CustomersMerged(7, 5, NOW))
    for asked in (5, 7):
        told = held(database, shop, asked)
        assert [(one["customer_id"], one["kept_id"]) for one in told["aliases"]] == [(5, 7)]
        assert {one["order_id"] for one in told["orders"]} == {1, 2}
        assert set(told["customer_numbers"]) == {5, 7}


def test_who_is_named_by_address_alone_is_known_by_their_orders(database, shop):
    applied(database, shop, order(1, 5, "2025-01-01", "10"), order(2, 5, "2025-01-02", "10"))
    told = held(database, shop, None, [1])
    assert ({one["order_id"] for one in told["orders"]}, told["customer_numbers"]) == ({1, 2}, [5])


def test_an_order_as_a_guest_is_told_where_shopify_names_it(database, shop):
    guests = [order(n, None, "2025-01-02", "10") for n in (2, 3)]
    applied(database, shop, order(1, 5, "2025-01-01", "10"), *guests)
    told = held(database, shop, 5, [1, 2])
    assert {one["order_id"] for one in told["orders"]} == {1, 2}
    assert {one["order_id"] for one in told["lines"]} == {1, 2}
