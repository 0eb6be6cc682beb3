"""Sums that are kept for the next page: brought up to date, they are what the rows sum to, whatever became known."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.changes import queries
from shopify_app.changes.apply import apply_facts
from shopify_app.clock import Instant
from shopify_app.jobs.nightly import request_work
from shopify_app.privacy.redact import redact_customer
from shopify_app.retention.past import since
from shopify_app.retention.queries import totals
from shopify_app.retention.window import Basis, Unit
from shopify_app.retention.window_sums import queries as window_sums
from shopify_app.retention.window_sums.queries import WindowSums, keep, kept_sums
from tests.changes.test_incremental_is_rebuild import START, facts_strategy, shops
from tests.examples import examples
from tests.factories import LOOKUP, make_shop, rebuilt
from tests.retention.keeping import adds_up_only_what_is_not_kept, bought
from tests.retention.test_past import AS_OF, WINDOWS
from tests.small_shop import add_shop, address

ASKED = [(window, basis, unit) for window in WINDOWS for basis in Basis for unit in Unit]


def look(database, shop, asked=ASKED):
    """What a page does: it reads, and keeps what it added up; the number of windows that it had to add up."""
    added = []
    with database.reading() as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(window_sums, "totals", lambda *what: added.append(what) or totals(*what))
        sums = WindowSums(session, shop)
        for each in asked:
            assert sums(*each) == totals(session, shop, *each)
        rows = sums.to_keep(AS_OF)
    if rows:
        with database.transaction() as session:
            keep(session, shop, rows, AS_OF)
    return len(added)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_kept_sums_follow_whatever_becomes_known(request, name, monkeypatch):
    database = request.getfixturevalue(name)
    monkeypatch.setattr(since, "STALE", 2)

    @examples(name, 60, 25)
    @given(
        facts=facts_strategy,
        cut=st.integers(1, 9),
        looks=st.lists(st.booleans(), min_size=25, max_size=25),
        forgotten=st.sets(st.integers(1, 4), max_size=1),
        recount=st.booleans(),
    )
    def check(facts, cut, looks, forgotten, recount):
        shop = make_shop(database, f"w{next(shops)}.myshopify.com")
        for start, looked in zip(range(0, len(facts), cut), looks, strict=False):
            with database.transaction() as session:
                apply_facts(session, shop, facts[start : start + cut], Instant(START), LOOKUP)
            if looked:
                look(database, shop)
        for customer in forgotten:
            with database.transaction() as session:
                redact_customer(session, shop, customer, LOOKUP, Instant(START))
        look(database, shop)
        if recount:
            rebuilt(database, shop)
            look(database, shop)

    check()


def test_a_page_adds_up_only_what_is_not_kept(database, monkeypatch):
    adds_up_only_what_is_not_kept(database, monkeypatch, look, ASKED)


def test_what_was_brought_up_to_date_often_enough_is_kept_again(database, monkeypatch):
    monkeypatch.setattr(since, "STALE", 3)
    shop = make_shop(database)
    bought(database, shop, 1, 2)
    look(database, shop)
    with database.reading() as session:
        (first,) = {row.known_at for row in kept_sums(session, shop)}
    bought(database, shop, 100, 2)
    look(database, shop)
    with database.reading() as session:
        assert {row.known_at for row in kept_sums(session, shop)} == {first}
    bought(database, shop, 200, 9)
    look(database, shop)
    with database.reading() as session:
        assert {row.known_at for row in kept_sums(session, shop)} != {first}


def test_what_nobody_looks_at_any_more_is_dropped(database):
    shop = make_shop(database)
    bought(database, shop, 1, 2)
    look(database, shop)
    with database.reading() as session:
        sums = WindowSums(session, shop)
        sums(*ASKED[0])
    later = AS_OF + timedelta(days=9)
    row = {"shop_id": shop, "basis": "kept", "unit": "order", "first_day": later, "last_day": later, "generation": 1}
    zeros = dict.fromkeys(window_sums._NAMES, 0)
    with database.transaction() as session:
        keep(session, shop, [row | {"known_at": Instant(START), "kept_on": later} | zeros], later)
    with database.reading() as session:
        assert [kept.first_day for kept in kept_sums(session, shop)] == [later]


def test_what_the_morning_asks_for_is_kept_already(small_world, monkeypatch):
    shop = add_shop(small_world, repeaters=3, once=4)
    small_world.install(shop)
    small_world.work()
    small_world.clock.forward(24 * 3600)
    request_work(small_world.wafa.database, small_world.clock())
    small_world.work()
    added = []
    monkeypatch.setattr(window_sums, "totals", lambda *what: added.append(what) or totals(*what))
    for path in ("/", "/reports/numbers"):
        assert small_world.open(shop, address(path)).status_code == 200
    assert added == []


def test_two_pages_keep_their_sums_in_one_order(database):
    """Each in the order in which it asked, they would wait for each other's rows for ever."""
    shop = make_shop(database)
    bought(database, shop, 1, 2)
    kept = []
    for asked in (ASKED, ASKED[::-1]):
        with database.reading() as session:
            sums = WindowSums(session, shop)
            for each in asked:
                sums(*each)
            kept.append(sums.to_keep(AS_OF))
    assert kept[0] == kept[1]


def test_nothing_is_kept_of_orders_that_are_not_counted_yet(database):
    """What is known is ahead of the rows then: sums of them would be kept as if they were of all that is known."""
    shop = make_shop(database)
    bought(database, shop, 1, 2)
    look(database, shop)
    with database.transaction() as session:
        queries.fall_behind(session, shop)
    bought(database, shop, 100, 40)
    with database.reading() as session:
        sums = WindowSums(session, shop)
        for each in ASKED:
            assert sums(*each) == totals(session, shop, *each)
        assert sums.to_keep(AS_OF) == []
