"""Stored segments: named once, deleted with a way back, never another shop's."""

from datetime import timedelta

import pytest

from shopify_app.changes.apply import apply_facts
from shopify_app.clock import Instant
from shopify_app.errors import Malformed, NotFound
from shopify_app.products.queries import store_collection
from shopify_app.retention.rfm.queries import Size
from shopify_app.segments import queries
from shopify_app.segments.queries import (
    add_segment,
    bring_back,
    change_segment,
    delete_segment,
    deleted_segments,
    keep_counts,
    kept_counts,
    names_offered,
    newest_products,
    product_titles,
    stored_segment,
    stored_segments,
)
from shopify_app.segments.rules.fields import Condition, How
from shopify_app.segments.rules.rule import Rule
from shopify_app.segments.rules.telling import Names
from tests.factories import LOOKUP, make_shop
from tests.segments.shops import NOW, Bought

REGULARS = Rule("all", (Condition("orders", How.AT_LEAST, 5),))
LATE = Rule("all", (Condition("late", How.IS, True),))


@pytest.fixture
def shops(database):
    return [make_shop(database, f"{name}.myshopify.com", "KWD", "Asia/Kuwait") for name in ("alice", "bob")]


def later(**time):
    return Instant(NOW + timedelta(**time))


def test_a_segment_is_kept_changed_deleted_and_brought_back(database, shops):
    shop = shops[0]
    with database.transaction() as session:
        number = add_segment(session, shop, "Regulars", REGULARS, "42", NOW)
        keep_counts(session, shop, {str(number): Size(3, 500), "best": Size(1, 100)}, NOW)
    with database.transaction() as session:
        change_segment(session, shop, number, "Late ones", LATE, "43", later(hours=1))
        changed = stored_segment(session, shop, number)
        assert (changed.name, changed.rule, changed.changed_at) == ("Late ones", LATE, later(hours=1))
        # Of another rule the old count says nothing.
        assert kept_counts(session, shop).keys() == {"best"}
    with database.transaction() as session:
        delete_segment(session, shop, number, "42", later(hours=2))
    with database.transaction() as session:
        assert stored_segments(session, shop) == []
        assert [one.name for one in deleted_segments(session, shop, later(days=7))] == ["Late ones"]
        with pytest.raises(NotFound):
            stored_segment(session, shop, number)
        with pytest.raises(NotFound):
            delete_segment(session, shop, number, "42", NOW)
        with pytest.raises(NotFound):
            bring_back(session, shop, number, "42", later(days=8))
        bring_back(session, shop, number, "42", later(days=3))
        assert [one.rule for one in stored_segments(session, shop)] == [LATE]


def test_a_name_is_given_once_and_a_number_never_again(database, shops):
    shop = shops[0]
    with database.transaction() as session:
        one = add_segment(session, shop, "Regulars", REGULARS, "42", NOW)
        with pytest.raises(Malformed, match="has this name"):
            add_segment(session, shop, "Regulars", LATE, "42", NOW)
        delete_segment(session, shop, one, "42", NOW)
        two = add_segment(session, shop, "Regulars", LATE, "42", NOW)
        assert two == one + 1
        with pytest.raises(Malformed, match="has this name"):
            bring_back(session, shop, one, "42", NOW)
        change_segment(session, shop, two, "Regulars", REGULARS, "42", NOW)
        three = add_segment(session, shop, "Others", REGULARS, "42", NOW)
        with pytest.raises(Malformed, match="has this name"):
            change_segment(session, shop, three, "Regulars", REGULARS, "42", NOW)


def test_another_shops_segments_are_not_there(database, shops):
    alice, bob = shops
    with database.transaction() as session:
        number = add_segment(session, alice, "Regulars", REGULARS, "42", NOW)
        keep_counts(session, alice, {"1": Size(1, 1)}, NOW)
        assert (stored_segments(session, bob), kept_counts(session, bob)) == ([], {})
        for ask in (stored_segment, lambda *where: change_segment(*where, "x", LATE, "1", NOW)):
            with pytest.raises(NotFound):
                ask(session, bob, number)
        for ask in (delete_segment, bring_back):
            with pytest.raises(NotFound):
                ask(session, bob, number, "1", NOW)
        assert add_segment(session, bob, "Regulars", REGULARS, "1", NOW) == 1


def test_of_two_with_one_number_only_the_shops_own_is_touched(database, shops):
    alice, bob = shops
    with database.transaction() as session:
        number = add_segment(session, alice, "Regulars", REGULARS, "42", NOW)
        assert add_segment(session, bob, "Regulars", REGULARS, "42", NOW) == number
        for shop in shops:
            keep_counts(session, shop, {str(number): Size(1, 1)}, NOW)
        theirs = stored_segment(session, bob, number)
        change_segment(session, alice, number, "Late", LATE, "42", NOW)
        assert (list(kept_counts(session, alice)), list(kept_counts(session, bob))) == ([], [str(number)])
        delete_segment(session, alice, number, "42", NOW)
        assert (stored_segments(session, bob), deleted_segments(session, bob, NOW)) == ([theirs], [])
        delete_segment(session, bob, number, "42", NOW)
        bring_back(session, alice, number, "42", NOW)
        assert [one.name for one in stored_segments(session, alice)] == ["Late"]
        assert stored_segments(session, bob) == []


def test_there_is_an_end_to_how_many(database, shops, monkeypatch):
    monkeypatch.setattr(queries, "MOST", 2)
    with database.transaction() as session:
        numbers = [add_segment(session, shops[0], name, REGULARS, "1", NOW) for name in ("a", "b")]
        with pytest.raises(Malformed, match="100 segments"):
            add_segment(session, shops[0], "c", REGULARS, "1", NOW)
        delete_segment(session, shops[0], numbers[0], "1", NOW)
        assert add_segment(session, shops[0], "c", REGULARS, "1", NOW) == 3


def test_products_are_offered_newest_first_under_their_last_title(database, shops, monkeypatch):
    bought = [
        Bought(1, 1, NOW, ((7, 10, 0), (9, 10, 0))),
        Bought(2, 2, NOW, ((8, 10, 0), (7, 10, 0)), channel="pos", country="KW"),
    ]
    with database.transaction() as session:
        apply_facts(session, shops[0], [order.seen() for order in bought], NOW, LOOKUP)
        assert list(newest_products(session, shops[0])) == [9, 8, 7]
        assert newest_products(session, shops[1]) == {}
        assert product_titles(session, shops[0], [7, 10]) == {7: "Oud"}
        store_collection(session, shops[0], 70, "Perfumes", {7}, NOW)
        store_collection(session, shops[0], 80, "Empty", set(), NOW)
        offered = names_offered(session, shops[0])
        assert (list(offered.products), offered.collections) == ([9, 8, 7], {70: "Perfumes"})
        assert (offered.channels, offered.countries) == (("pos", "web"), ("KW",))
        assert names_offered(session, shops[1]) == Names()
        assert product_titles(session, shops[1], [7]) == {}
        monkeypatch.setattr(queries, "PRODUCTS", 2)
        assert list(newest_products(session, shops[0])) == [9, 8]
