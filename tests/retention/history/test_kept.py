"""What is summed over all customers and kept: brought up to date, it is what the rows give, whatever became known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from shopify_app.changes import queries as changes
from shopify_app.changes.apply import apply_facts
from shopify_app.clock import Instant
from shopify_app.jobs.keep_sums import keep_sums
from shopify_app.privacy.redact import redact_customer
from shopify_app.retention.history import queries, usual
from shopify_app.retention.history.columns import columns_of
from shopify_app.retention.history.queries import Tallies, added_up, keep
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.history.tally import Tally
from shopify_app.retention.model import CountedOrder
from shopify_app.retention.past import since
from shopify_app.retention.queries import rows_of
from shopify_app.retention.window import Basis, Unit
from shopify_app.shops.queries import get_shop
from tests.changes.test_incremental_is_rebuild import START, facts_strategy, shops
from tests.examples import examples
from tests.factories import LOOKUP, make_shop, rebuilt
from tests.retention.keeping import adds_up_only_what_is_not_kept, bought
from tests.retention.test_past import AS_OF, looked


def net_by_place(columns, unit):
    """Every column in one number: net sales by day and by which purchase it was."""
    return Sums.of(columns.day * 1000 + columns.place(unit), columns.net * 10 + columns.orders)


def customers_by_purchases(columns, unit):
    bought = columns.where(columns.purchases(unit))
    counts = np.diff(np.append(np.flatnonzero(bought.first_rows()), len(bought)))
    return Sums.of(counts, np.ones_like(counts))


TALLIES = (Tally("net_by_place", net_by_place), Tally("customers_by_purchases", customers_by_purchases))
ASKED = [(tally, basis, unit) for tally in TALLIES for basis in Basis for unit in Unit]
OURS = [(tally, basis, unit) for tally in (*usual.USUAL, *usual.CHOSEN) for basis in Basis for unit in Unit]
"""What pages are made of."""


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """So that customers lie across the pieces that are read."""
    monkeypatch.setattr(queries, "AT_ONCE", 1)


def look(database, shop, asked=ASKED):
    """What a page does: it reads, and keeps what it added up; how many it had to add up."""
    added = []
    with database.reading() as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "added_up", lambda *what: added.extend(what[2]) or added_up(*what))
        tallies = Tallies(session, shop)
        assert tallies.several(asked) == by_hand(session, shop, asked)
        rows = tallies.to_keep(AS_OF)
    if rows:
        with database.transaction() as session:
            keep(session, rows)
    return len(added)


def by_hand(session, shop, asked):
    """All rows there are at once, as they stand in memory."""
    buyers = session.scalars(select(CountedOrder.buyer_id).where(CountedOrder.shop_id == shop).distinct()).all()
    rows = rows_of(session, shop, get_shop(session, shop).generation, buyers)
    return [tally.share(columns_of(rows, basis), unit) for tally, basis, unit in asked]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_what_is_kept_follows_whatever_becomes_known(request, name, monkeypatch):
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
        shop = make_shop(database, f"k{next(shops)}.myshopify.com")
        for start, now in zip(range(0, len(facts), cut), looks, strict=False):
            with database.transaction() as session:
                apply_facts(session, shop, facts[start : start + cut], Instant(START), LOOKUP)
            if now:
                look(database, shop, ASKED + OURS)
        for customer in forgotten:
            with database.transaction() as session:
                redact_customer(session, shop, customer, LOOKUP, Instant(START))
        look(database, shop, ASKED + OURS)
        if recount:
            rebuilt(database, shop)
            look(database, shop, ASKED + OURS)

    check()


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_an_earlier_moment_is_added_up_as_it_was(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 40, 15)
    @given(facts=facts_strategy, cut=st.integers(1, 9))
    def check(facts, cut):
        shop = make_shop(database, f"t{next(shops)}.myshopify.com")
        seen = []
        for start in range(0, len(facts), cut):
            with database.transaction() as session:
                apply_facts(session, shop, facts[start : start + cut], Instant(START), LOOKUP)
            moment, epoch, _ = looked(database, shop)
            with database.reading() as session:
                seen.append((moment, epoch, added_up(session, shop, ASKED + OURS)))
        with database.reading() as session:
            for moment, epoch, before in seen:
                if moment is not None:
                    replaced = since.as_it_was(session, shop, moment, epoch)
                    assert added_up(session, shop, ASKED + OURS, AS_OF, replaced) == before

    check()


def test_a_page_adds_up_only_what_is_not_kept(database, monkeypatch):
    adds_up_only_what_is_not_kept(database, monkeypatch, look, ASKED)


def test_another_way_to_add_up_forgets_what_was_kept(database):
    shop = make_shop(database)
    bought(database, shop, 1, 5)
    old = Tally("kept", net_by_place)
    new = Tally("kept", customers_by_purchases, version=2)
    for tally in (old, new):
        assert look(database, shop, [(tally, Basis.KEPT, Unit.ORDER)]) == 1
        assert look(database, shop, [(tally, Basis.KEPT, Unit.ORDER)]) == 0


def test_the_night_keeps_what_is_usual_and_what_somebody_chose(database, monkeypatch):
    monkeypatch.setattr(usual, "USUAL", TALLIES[:1])
    monkeypatch.setattr(usual, "CHOSEN", TALLIES[1:])
    shop = make_shop(database)
    bought(database, shop, 1, 5)
    everyday, chosen = ASKED[0], (TALLIES[1], Basis.SHOPIFY, Unit.DAY)
    keep_sums(database, shop, Instant(START))
    assert look(database, shop, [everyday]) == 0
    assert look(database, shop, [chosen]) == 1
    rebuilt(database, shop)
    keep_sums(database, shop, Instant(START))
    assert look(database, shop, [everyday, chosen]) == 0


def test_nothing_is_kept_of_orders_that_are_not_counted_yet(database):
    """What is known is ahead of the rows then: they would be kept as if they were all that is known."""
    shop = make_shop(database)
    bought(database, shop, 1, 2)
    look(database, shop)
    with database.transaction() as session:
        changes.fall_behind(session, shop)
    bought(database, shop, 100, 40)
    with database.reading() as session:
        tallies = Tallies(session, shop)
        assert tallies.several(ASKED) == by_hand(session, shop, ASKED)
        assert tallies.to_keep(AS_OF) == []


@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(-(2**50), 2**50))))
def test_sums_are_those_of_a_dictionary(pairs):
    slow = {}
    for key, value in pairs:
        slow[key] = slow.get(key, 0) + value
    keys, values = (np.array([pair[n] for pair in pairs], dtype=np.int64) for n in (0, 1))
    sums = Sums.of(keys, values)
    assert dict(sums.items()) == {key: value for key, value in slow.items() if value}
    assert Sums.load(sums.dump()) == sums
    assert sums - sums == Sums.none()
    assert sums + Sums.none() == sums
