"""Points follow orders and people, whatever arrives, however often and in whatever order and batches."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomersMerged, OrderSeen
from shopify_app.clock import Instant
from shopify_app.loyalty.ledger.booking import causes_of
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.model import PointsAccount, PointsEntry, PointsMember
from shopify_app.loyalty.ledger.proving import prove_points
from shopify_app.loyalty.ledger.queries import causes_in, head_of
from shopify_app.loyalty.ledger.standing import standing
from shopify_app.loyalty.programme.queries import add_version, endings_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.settling import let_time_pass
from shopify_app.loyalty.told.replaying import replay_points
from tests import factories
from tests.changes.test_incremental_is_rebuild import facts_strategy, shops
from tests.examples import examples
from tests.factories import LOOKUP, make_shop

START = Instant(datetime(2025, 1, 1, tzinfo=UTC))
NOW = Instant(datetime(2025, 12, 1, tzinfo=UTC))
TEN_A_DOLLAR = Rule("USD", 10, 100, 14, 500, 150)


def order(*about, **more):
    """An order that was sent at once."""
    return sent(factories.order(*about, **more))


def sent(fact):
    """A fact; of an order, also that it was sent when it was placed."""
    if not isinstance(fact, OrderSeen):
        return fact
    return OrderSeen(replace(fact.order, fulfilled_at=fact.order.placed_at), fact.version)


def open_shop(database, rule=TEN_A_DOLLAR):
    shop = make_shop(database, f"p{next(shops)}.myshopify.com")
    with database.transaction() as session:
        add_version(session, shop, rule, "staff", START)
    return shop


def run(database, shop, facts, cut=100, now=NOW):
    for start in range(0, len(facts), cut):
        with database.transaction() as session:
            apply_facts(session, shop, facts[start : start + cut], now, LOOKUP)


def told(database, shop, now=NOW):
    """By customer: lots, what is owed, and what the head says; proven on the way."""
    with database.reading() as session:
        key = ledger_key(LOOKUP, shop)
        assert list(prove_points(session, shop, key, now)) == []
        assert list(replay_points(session, shop, key)) == []
        columns = PointsMember.customer_id, PointsMember.account_id
        members = dict(session.execute(select(*columns).where(PointsMember.shop_id == shop)).all())
        causes, ends = causes_in(session, shop, members.values()), endings_of(session, shop)
        heads = {
            row.account_id: row for row in session.scalars(select(PointsAccount).where(PointsAccount.shop_id == shop))
        }
        assert {account for account in heads if account not in members.values() and heads[account].balance} == set()
    found = {}
    for customer, account in members.items():
        now_is, head = standing(causes_of(causes[account].values()), now, ends), heads[account]
        assert (head.available, head.pending, head.debt) == (now_is.to_spend, now_is.waiting, now_is.debt)
        # Who was given nothing has no account, or an empty one, by what was known meanwhile.
        if now_is.available or now_is.pending or now_is.debt:
            found[customer] = now_is
    return found


def entries(database, shop):
    with database.reading() as session:
        statement = (
            select(PointsEntry).where(PointsEntry.shop_id == shop).order_by(PointsEntry.known_at, PointsEntry.seq)
        )
        return [(row.kind, row.cause, row.points, row.balance) for row in session.scalars(statement)]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_any_order_any_repetition_any_batches(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 100, 60)
    @given(facts=facts_strategy, seed=st.randoms(use_true_random=False), cut=st.integers(1, 9))
    def check(facts, seed, cut):
        facts = [sent(fact) if number % 2 else fact for number, fact in enumerate(facts)]
        one, other = open_shop(database), open_shop(database)
        run(database, one, facts)
        again = facts + [fact for fact in facts if seed.random() < 0.3]
        seed.shuffle(again)
        run(database, other, again, cut)
        assert told(database, one) == told(database, other)

    check()


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_many_at_once_are_written_as_a_few_are(request, monkeypatch, name):
    """On PostgreSQL many rows go by another road than few, as when a queue is worked off."""
    monkeypatch.setattr("shopify_app.db.dialect._MANY", 1)
    database = request.getfixturevalue(name)
    shop = open_shop(database, replace(TEN_A_DOLLAR, first_order=25, ends_after=90))
    run(database, shop, [order(n, n, "2025-03-01", "10") for n in range(1, 41)])
    run(database, shop, [order(n, n + 1, "2025-03-01", "10", refunded="4", version=1) for n in range(1, 41)])
    pass_time(database, shop)
    assert set(lots(told(database, shop)).values()) == set()
    assert len(entries(database, shop)) > 40 * 6


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_points_that_end_are_the_same_whatever_was_known_when_somebody_looked(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 60, 30)
    @given(
        facts=facts_strategy,
        seed=st.randoms(use_true_random=False),
        cut=st.integers(1, 9),
        days=st.sampled_from((90, 250)),
        extended=st.booleans(),
    )
    def check(facts, seed, cut, days, extended):
        rule = replace(TEN_A_DOLLAR, ends_after=days, extended=extended)
        facts = [sent(fact) for fact in facts]
        one, other = open_shop(database, rule), open_shop(database, rule)
        run(database, one, facts)
        pass_time(database, one)
        shuffled = seed.sample(facts, len(facts))
        for start in range(0, len(shuffled), cut):
            run(database, other, shuffled[start : start + cut])
            if seed.random() < 0.5:
                pass_time(database, other)
        pass_time(database, other)
        assert left(told(database, one)) == left(told(database, other))

    check()


WELCOME = replace(TEN_A_DOLLAR, first_order=25, nth=3, nth_points=40)


def lots(accounts):
    """By customer and lot, its points."""
    return {
        (customer, piece.lot): piece.points
        for customer, now_is in accounts.items()
        for piece in (*now_is.available, *now_is.pending)
    }


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_bonus_belongs_to_its_order_and_once_given_it_stays_its_own(request, name):
    """The one thing that may depend on what we hear first: a bonus is not taken away because of an earlier order."""
    database = request.getfixturevalue(name)

    @examples(name, 100, 60)
    @given(facts=facts_strategy, seed=st.randoms(use_true_random=False), cut=st.integers(1, 9))
    def check(facts, seed, cut):
        facts = [sent(fact) for fact in facts]
        rule = replace(WELCOME, per_order=1)
        one, other = open_shop(database, rule), open_shop(database, rule)
        run(database, one, facts)
        again = seed.sample(facts, len(facts))
        run(database, other, again, cut)
        at_once, bit_by_bit = lots(told(database, one)), lots(told(database, other))
        more = {key: points for key, points in bit_by_bit.items() if key not in at_once}
        assert at_once == {key: points for key, points in bit_by_bit.items() if key not in more}
        assert all(lot.startswith("nth/") for _, lot in more)
        # Of an order of which nothing is left, no bonus is either.
        assert {lot.rpartition("/")[2] for _, lot in bit_by_bit} == {
            lot.rpartition("/")[2] for _, lot in bit_by_bit if lot.startswith("order/")
        }

    check()


def test_the_first_and_the_third_order_give_a_bonus_that_goes_with_them(database):
    shop = open_shop(database, WELCOME)
    run(database, shop, [order(n, 7, f"2025-03-0{n}", "10") for n in (1, 2, 3, 4)])
    assert lots(told(database, shop))[7, "nth/1/1"] == 25
    assert lots(told(database, shop))[7, "nth/3/3"] == 40
    run(database, shop, [order(1, 7, "2025-03-01", "10", cancelled_at="2025-03-02", version=1)])
    after = lots(told(database, shop))
    assert (7, "nth/1/1") not in after
    # The second order is the first that stands now, and the fourth the third; the third keeps what it was given.
    assert (after[7, "nth/1/2"], after[7, "nth/3/3"], after[7, "nth/3/4"]) == (25, 40, 40)


def test_a_bonus_of_before_the_programme_is_none(database):
    shop = open_shop(database, WELCOME)
    run(database, shop, [order(1, 7, "2024-03-01", "10"), order(2, 7, "2025-03-01", "10")])
    assert lots(told(database, shop)) == {(7, "order/2"): 100}


def test_each_order_gives_points_and_no_more_than_the_limit(database):
    shop = open_shop(database, replace(TEN_A_DOLLAR, per_order=7, most=150))
    run(database, shop, [order(1, 7, "2025-03-01", "10"), order(2, 7, "2025-03-02", "20")])
    assert lots(told(database, shop)) == {(7, "order/1"): 107, (7, "order/2"): 150}
    run(database, shop, [order(2, 7, "2025-03-02", "20", refunded="10", version=1)])
    assert lots(told(database, shop)) == {(7, "order/1"): 107, (7, "order/2"): 75}


def pass_time(database, shop, now=NOW):
    with database.transaction() as session:
        while let_time_pass(session, shop, ledger_key(LOOKUP, shop), now):
            pass


def left(accounts):
    """What can be spent and what waits, lot by lot; how it came there is another question."""
    return {
        customer: (now_is.available, now_is.ends, now_is.pending, now_is.debt)
        for customer, now_is in accounts.items()
        if now_is.available or now_is.pending or now_is.debt
    }


def test_points_end_and_come_back_with_an_order_that_was_told_late(database):
    shop = open_shop(database, replace(TEN_A_DOLLAR, ends_after=90, extended=True))
    run(database, shop, [order(1, 7, "2025-03-01", "10")], now=Instant(datetime(2025, 3, 20, tzinfo=UTC)))
    end = Instant(datetime(2025, 6, 13, tzinfo=UTC))
    pass_time(database, shop, Instant(end - timedelta(seconds=1)))
    assert [row[0] for row in entries(database, shop)] == ["earn", "release"]
    pass_time(database, shop, end)
    pass_time(database, shop, end)
    assert entries(database, shop)[2:] == [("expire", f"end/order/1/{int(end.timestamp())}", -100, 0)]
    run(database, shop, [order(2, 7, "2025-06-01", "1")], now=end)
    assert told(database, shop, end)[7].balance == 110
    assert sorted(entries(database, shop)[3:])[:2] == [
        ("earn", "order/2", 10, 10),
        ("restore", f"end/order/1/{int(end.timestamp())}", 100, 110),
    ]


def test_whoever_makes_points_end_gives_notice_to_accounts_that_nobody_touches(database):
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "10")])
    since = Instant(datetime(2025, 7, 1, tzinfo=UTC))
    with database.transaction() as session:
        add_version(session, shop, replace(TEN_A_DOLLAR, ends_after=90), "staff", since)
    pass_time(database, shop, since)
    with database.reading() as session:
        head = head_of(session, shop, 7)
    assert (head.ends_at, head.ending) == (Instant(since + timedelta(days=90)), 100)
    pass_time(database, shop, Instant(since + timedelta(days=90)))
    assert told(database, shop) == {}


def test_an_order_earns_once_and_a_refund_takes_back_its_share(database):
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "10.05")])
    run(database, shop, [order(1, 7, "2025-03-01", "10.05")])
    run(database, shop, [order(1, 7, "2025-03-01", "10.05", refunded="5", version=1)])
    run(database, shop, [order(1, 7, "2025-03-01", "10.05", refunded="10.05", version=2)])
    assert entries(database, shop) == [
        ("earn", "order/1", 100, 100),
        ("release", "order/1", 0, 100),
        ("reverse", "order/1", -49, 51),
        ("reverse", "order/1", -51, 0),
    ]


def test_points_wait_until_the_order_can_no_longer_be_given_back(database):
    shop = open_shop(database)
    placed, later = Instant(datetime(2025, 3, 1, tzinfo=UTC)), Instant(datetime(2025, 3, 15, tzinfo=UTC))
    run(database, shop, [order(1, 7, "2025-03-01", "10")], now=placed)
    assert told(database, shop, placed)[7].waiting == 100
    key = ledger_key(LOOKUP, shop)
    with database.transaction() as session:
        assert not let_time_pass(session, shop, key, Instant(later - timedelta(seconds=1)))
        assert let_time_pass(session, shop, key, later)
        assert not let_time_pass(session, shop, key, later)
    assert told(database, shop, later)[7].to_spend == 100


def test_points_wait_until_all_of_the_order_was_sent(database):
    shop = open_shop(database)
    run(database, shop, [factories.order(1, 7, "2025-03-01", "10")])
    assert told(database, shop)[7].waiting == 100
    late = order(1, 7, "2025-03-01", "10", version=1)
    on_the_road = OrderSeen(replace(late.order, fulfilled_at=Instant(NOW - timedelta(days=13))), late.version)
    run(database, shop, [on_the_road])
    assert told(database, shop)[7].waiting == 100
    with database.transaction() as session:
        assert let_time_pass(session, shop, ledger_key(LOOKUP, shop), Instant(NOW + timedelta(days=1)))
    assert told(database, shop, Instant(NOW + timedelta(days=1)))[7].to_spend == 100


def test_cash_on_delivery_waits_for_the_money(database):
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "10", status="pending")])
    assert told(database, shop)[7].waiting == 100
    run(database, shop, [order(1, 7, "2025-03-01", "10", version=1)])
    assert told(database, shop)[7].to_spend == 100


def test_orders_from_before_the_programme_and_in_another_currency_earn_nothing(database):
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2024-12-31", "10"), order(2, 7, "2025-03-01", "10", currency="EUR")])
    assert entries(database, shop) == []


def test_the_rule_of_an_order_is_the_one_it_was_placed_under(database):
    shop = open_shop(database)
    with database.transaction() as session:
        add_version(
            session, shop, Rule("USD", 20, 100, 14, 500, 150), "staff", Instant(datetime(2025, 6, 1, tzinfo=UTC))
        )
    run(database, shop, [order(1, 7, "2025-05-31", "10"), order(2, 7, "2025-06-01", "10")])
    run(database, shop, [order(1, 7, "2025-05-31", "10", refunded="5", version=1)])
    assert entries(database, shop)[-1] == ("reverse", "order/1", -50, 250)


def test_two_customers_who_become_one_have_one_account(database):
    shop = open_shop(database)
    run(database, shop, [order(1, 1, "2025-03-01", "10"), order(2, 2, "2025-03-02", "20")])
    run(database, shop, [CustomersMerged(2, 1, START)])
    assert {customer: each.balance for customer, each in told(database, shop).items()} == {2: 300}
    run(database, shop, [order(1, 1, "2025-03-01", "10", refunded="10", version=1)])
    assert told(database, shop)[2].balance == 200


def test_an_order_that_goes_to_another_customer_takes_its_points_along(database):
    shop = open_shop(database)
    run(database, shop, [order(1, 1, "2025-03-01", "10"), order(2, 2, "2025-03-02", "20")])
    run(database, shop, [order(1, 2, "2025-03-01", "10", version=1)])
    assert {customer: each.balance for customer, each in told(database, shop).items()} == {2: 300}
