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
from shopify_app.loyalty.ledger.queries import causes_in
from shopify_app.loyalty.ledger.standing import standing
from shopify_app.loyalty.programme.queries import add_version
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.settling import release_points
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
        columns = PointsMember.customer_id, PointsMember.account_id
        members = dict(session.execute(select(*columns).where(PointsMember.shop_id == shop)).all())
        causes = causes_in(session, shop, members.values())
        heads = {
            row.account_id: row for row in session.scalars(select(PointsAccount).where(PointsAccount.shop_id == shop))
        }
        assert {account for account in heads if account not in members.values() and heads[account].balance} == set()
    found = {}
    for customer, account in members.items():
        now_is, head = standing(causes_of(causes[account].values()), now), heads[account]
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
        assert not release_points(session, shop, key, Instant(later - timedelta(seconds=1)))
        assert release_points(session, shop, key, later)
        assert not release_points(session, shop, key, later)
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
        assert release_points(session, shop, ledger_key(LOOKUP, shop), Instant(NOW + timedelta(days=1)))
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
