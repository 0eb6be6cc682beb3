"""Whatever arrives, however often and in whatever order and batches: the aggregates are what the facts say."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import (
    CustomerSeen,
    CustomersMerged,
    OrderAwaited,
    OrderDeleted,
    OrderEdited,
    OrderGivenUp,
    OrderSeen,
    RefundSeen,
)
from shopify_app.changes.rebuild import computed, drift
from shopify_app.clock import Instant
from shopify_app.orders.facts import EditFacts, LineFacts, OrderFacts, RefundFacts, Version
from shopify_app.shops.queries import get_shop
from tests.examples import examples
from tests.factories import LOOKUP, make_shop, order, rebuilt
from tests.retention.test_golden import golden

START = datetime(2025, 3, 1, tzinfo=UTC)
CUSTOMERS = st.sampled_from([None, 1, 2, 3, 4])
ORDERS = st.integers(1, 8)
MOMENTS = st.integers(0, 40 * 24).map(lambda hours: Instant(START + timedelta(hours=hours)))


@st.composite
def order_seen(draw):
    order_id, moment = draw(ORDERS), draw(MOMENTS)
    seconds = draw(st.integers(0, 5))
    facts = OrderFacts(
        order_id=order_id,
        name=f"#{order_id}",
        placed_at=moment,
        currency=draw(st.sampled_from(["USD"] * 9 + ["EUR"])),
        customer_id=draw(CUSTOMERS),
        cancelled_at=draw(st.none() | MOMENTS),
        test=draw(st.sampled_from([False] * 5 + [True])),
        financial_status=draw(st.sampled_from(["paid"] * 4 + ["pending"] * 3 + ["voided"])),
        lines=(
            LineFacts(
                order_id * 10, "Oud", 1, draw(st.integers(0, 9000)), 0, draw(st.sampled_from([False, False, True]))
            ),
        ),
        edits=draw(st.none() | st.lists(st.integers(1, 3), unique=True).map(lambda found: edits(found, order_id))),
        unaccounted=draw(st.none() | st.integers(0, 2)),
    )
    seen = Instant(START + timedelta(days=60, seconds=seconds))
    # Two states of one order never share a whole version: the source tells them apart, as a delivery's id does.
    return OrderSeen(facts, Version(seen, seen, sha256(repr(facts).encode()).hexdigest()))


def edits(numbers, order_id):
    at = Instant(START + timedelta(days=30))
    return tuple(
        EditFacts(order_id * 100 + n, order_id, at + timedelta(days=n), 70 * n, 10, 25 * n, n) for n in numbers
    )


def refund(number, order_id):
    back = RefundFacts(order_id * 100 + number, order_id, Instant(START + timedelta(days=20)), 100 * order_id)
    return RefundSeen(back)


refund_seen = st.builds(refund, st.integers(1, 3), ORDERS)
merged = st.sampled_from([(1, 2), (2, 3), (4, 3)]).map(lambda pair: CustomersMerged(pair[1], pair[0], Instant(START)))
fact_strategy = st.one_of(
    order_seen(),
    order_seen(),
    refund_seen,
    st.builds(OrderDeleted, ORDERS, st.just(Instant(START))),
    st.builds(OrderEdited, ORDERS),
    st.builds(CustomerSeen, st.integers(1, 4), st.just(Instant(START)), MOMENTS),
    merged,
)
facts_strategy = st.lists(fact_strategy, max_size=25)
waited = st.builds(OrderGivenUp, ORDERS, st.just(Instant(START + timedelta(days=90)))) | st.builds(OrderAwaited, ORDERS)
# What is told, and what we say ourselves of it: that depends on what is known just then.
facts_and_waiting = st.lists(fact_strategy | waited, max_size=25)


def run(database, shop, facts, cut):
    for start in range(0, len(facts), cut):
        with database.transaction() as session:
            apply_facts(session, shop, facts[start : start + cut], Instant(START), LOOKUP)


def rows(database, shop):
    with database.reading() as session:
        assert drift(session, shop) == 0
        found = computed(session, shop)
    return {row for each in found.values() for row in each}


shops = iter(range(10**9))


@pytest.fixture(params=["few", "many"])
def many(request, monkeypatch):
    """As few rows as these are written by one road, as many as an import has by another."""
    if request.param == "many":
        monkeypatch.setattr("shopify_app.db.dialect._MANY", 1)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_any_order_any_repetition_any_batches(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 150, 60)
    @given(facts=facts_strategy, seed=st.randoms(use_true_random=False), cut=st.integers(1, 9))
    def check(facts, seed, cut):
        one = make_shop(database, f"s{next(shops)}.myshopify.com")
        run(database, one, facts, 100)
        again = facts + [fact for fact in facts if seed.random() < 0.3]
        seed.shuffle(again)
        other = make_shop(database, f"s{next(shops)}.myshopify.com")
        run(database, other, again, cut)
        assert rows(database, one) == rows(database, other)

    check()


def test_a_merge_moves_the_orders_that_came_before_it(database):
    """Two people with an order each become one person with two, in whichever order the news comes."""
    orders = [order(1, 1, "2025-03-01", "10"), order(2, 2, "2025-03-02", "10")]
    merge = CustomersMerged(2, 1, Instant(START))
    told = []
    for number, facts in enumerate(([*orders, merge], [merge, *orders])):
        shop = make_shop(database, f"merge{number}.myshopify.com")
        run(database, shop, facts, 1)
        told.append({(row.order_id, row.buyer_id, row.nth) for row in rows(database, shop)})
    assert told == [{(1, 2, 1), (2, 2, 2)}] * 2


def test_a_rebuild_shows_the_same_in_a_new_generation(database):
    shop = make_shop(database)
    other = make_shop(database, "bob.myshopify.com")
    for each in (shop, other):
        run(database, each, golden(), 100)
    before = rows(database, shop)
    rebuilt(database, shop)
    assert rows(database, shop) == before
    assert rows(database, other)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_rebuild_beside_live_facts_loses_none(request, name, monkeypatch):
    """Facts arrive between any two steps of the rebuild; pieces are small, so that there are many."""
    monkeypatch.setattr("shopify_app.jobs.rebuild_counts.PIECE", (2, 2))
    monkeypatch.setattr("shopify_app.jobs.rebuild_counts.CATCH_UP", (2, 2))
    monkeypatch.setattr("shopify_app.jobs.rebuild_counts._PIECES", 1)
    database = request.getfixturevalue(name)

    @examples(name, 40, 40)
    @given(before=facts_and_waiting, meanwhile=facts_and_waiting, cut=st.integers(1, 4))
    def check(before, meanwhile, cut):
        shop = make_shop(database, f"s{next(shops)}.myshopify.com")
        run(database, shop, before, 100)
        batches = iter([meanwhile[start : start + cut] for start in range(0, len(meanwhile), cut)])
        rebuilt(database, shop, lambda: run(database, shop, next(batches, []), 100))
        with database.reading() as session:
            assert drift(session, shop) == 0
            assert get_shop(session, shop).generation == 2

    check()
