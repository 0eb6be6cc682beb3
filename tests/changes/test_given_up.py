"""Orders that stay unpaid: whatever comes in between, they count for as long as their shop waits, and no longer."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import OrderAwaited, OrderDeleted, OrderGivenUp
from shopify_app.changes.rebuild import drift
from shopify_app.changes.unpaid.patience import overdue
from shopify_app.changes.unpaid.queries import judged, would_change
from shopify_app.clock import Instant
from shopify_app.invariants.promises import broken
from shopify_app.orders.model import Order, OrderVersion
from shopify_app.retention.queries import rows_of
from shopify_app.shops.model import Shop
from tests.changes.test_incremental_is_rebuild import START, facts_strategy, rows, run, shops
from tests.examples import examples
from tests.factories import LOOKUP, instant, make_shop, order

PLACED = "2025-03-01T12:00"
NOW = instant("2025-04-01T12:00")
EARLY = instant("2025-03-31T11:59")


def pending(order_id=1, customer=1, at=PLACED, gross="10", **values):
    return order(order_id, customer, at, gross, status="pending", **values)


def told(database, shop, *facts, now=NOW):
    with database.transaction() as session:
        apply_facts(session, shop, facts, now, LOOKUP)


def night(database, shop, now=NOW, limit=1000):
    """What the night's step says, and how much of it there was."""
    with database.transaction() as session:
        said = judged(session, shop, now, limit)
        apply_facts(session, shop, said, now, LOOKUP)
    return said


def choose(database, shop, days):
    with database.transaction() as session:
        session.get(Shop, shop).unpaid_days = days


def counted(database, shop, customers=(1, 2)):
    """Orders that count, by basis."""
    with database.reading() as session:
        assert drift(session, shop) == 0
        assert broken(session, shop, NOW, LOOKUP) == []
        found = rows_of(session, shop, 1, set(customers))
    by_basis = {"kept": set(), "shopify": set()}
    for (basis, _), mine in found.items():
        by_basis[basis] |= {row.order_id for row in mine}
    return by_basis["kept"], by_basis["shopify"]


def test_an_unpaid_order_counts_for_thirty_days(database):
    shop = make_shop(database)
    told(database, shop, pending())
    assert night(database, shop, EARLY) == []
    assert counted(database, shop) == ({1}, {1})
    assert night(database, shop) == [OrderGivenUp(1, NOW)]
    assert counted(database, shop) == (set(), {1})
    assert night(database, shop) == []


def test_paid_after_all_it_counts_again(database):
    shop = make_shop(database)
    told(database, shop, pending(), order(2, 1, "2025-03-05", "20"))
    night(database, shop)
    assert places(database, shop) == {2: 1}
    told(database, shop, order(1, 1, PLACED, "10", version=99))
    assert counted(database, shop) == ({1, 2}, {1, 2})
    assert places(database, shop) == {1: 1, 2: 2}
    assert night(database, shop) == []


def places(database, shop):
    with database.reading() as session:
        return {row.order_id: row.nth for row in rows_of(session, shop, 1, {1})["kept", 1]}


def test_other_news_of_an_order_that_was_given_up_changes_nothing_of_that(database):
    shop = make_shop(database)
    told(database, shop, pending())
    night(database, shop)
    told(database, shop, pending(gross="12", version=5), pending(gross="12", version=9))
    assert counted(database, shop) == (set(), {1})
    # And news of the time when it was paid, if it comes after newer news, neither.
    told(database, shop, order(1, 1, PLACED, "10", version=2))
    assert counted(database, shop) == (set(), {1})
    with database.reading() as session:
        versions = select(OrderVersion.given_up_at).where(OrderVersion.shop_id == shop).order_by(OrderVersion.number)
        assert session.scalars(versions).all() == [None, NOW, NOW]


def test_only_what_is_pending_can_be_given_up(database):
    shop = make_shop(database)
    others = ["paid", "authorized", "partially_paid", "voided", "refunded"]
    told(database, shop, *(order(n, 1, PLACED, "10", status=status) for n, status in enumerate(others, start=1)))
    assert night(database, shop) == []
    told(database, shop, *(OrderGivenUp(n, NOW) for n in range(1, 9)))
    with database.reading() as session:
        assert session.scalars(select(Order.given_up_at).where(Order.shop_id == shop)).all() == [None] * 5


def test_a_deleted_order_is_not_looked_at_again(database):
    shop = make_shop(database)
    told(database, shop, pending(), OrderDeleted(1, NOW))
    assert night(database, shop) == []


def test_a_shop_chooses_how_long_it_waits(database):
    shop = make_shop(database)
    told(database, shop, pending(1), pending(2, 2, "2025-03-20"))
    assert counted(database, shop)[0] == {1, 2}
    for days, said, kept in [
        (14, [OrderGivenUp(1, NOW)], {2}),
        (10, [OrderGivenUp(2, NOW)], set()),
        (30, [OrderAwaited(2)], {2}),
        (0, [OrderAwaited(1)], {1, 2}),
        (30, [OrderGivenUp(1, NOW)], {2}),
    ]:
        choose(database, shop, days)
        assert night(database, shop) == said
        assert counted(database, shop)[0] == kept


def test_what_another_choice_would_change_is_known_before(database):
    shop = make_shop(database)
    never = [pending(3, 1, gross="0"), pending(4, 1, test=True), pending(5, 1, cancelled_at="2025-03-02")]
    told(database, shop, pending(1), pending(2, 2, "2025-03-20"), *never, order(6, 1, PLACED, "10"))
    other = make_shop(database, "bob.myshopify.com")
    told(database, other, pending(1))
    assert asked(database, shop, 30) == (1, 0)
    assert asked(database, shop, 7) == (2, 0)
    assert asked(database, shop, 0) == (0, 0)
    night(database, shop)
    assert asked(database, shop, 30) == (0, 0)
    assert asked(database, shop, 7) == (1, 0)
    assert asked(database, shop, 60) == asked(database, shop, 0) == (0, 1)


def asked(database, shop, days):
    with database.reading() as session:
        return would_change(session, shop, days, NOW)


def test_many_are_given_up_piece_by_piece(database):
    shop = make_shop(database)
    told(database, shop, *(pending(number, number) for number in range(1, 8)))
    pieces = [len(night(database, shop, limit=3)) for _ in range(4)]
    assert pieces == [3, 3, 1, 0]
    assert counted(database, shop, range(1, 8))[0] == set()


def test_an_import_knows_at_once_what_has_been_unpaid_for_too_long():
    facts = [pending(1).order, pending(2, at="2025-03-20").order, order(3, 1, PLACED, "10").order]
    assert overdue(facts, 30, NOW) == [OrderGivenUp(1, NOW)]
    assert overdue(facts, 0, NOW) == []


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_whatever_comes_between_which_nights_the_last_one_decides(request, name):
    """Any order, any batches, nights anywhere: in the end what is unpaid and old is given up, and no other."""
    database = request.getfixturevalue(name)

    @examples(name, 80, 30)
    @given(
        facts=facts_strategy,
        seed=st.randoms(use_true_random=False),
        cut=st.integers(1, 9),
        days=st.sampled_from([0, 10, 30]),
    )
    def check(facts, seed, cut, days):
        last = Instant(START + timedelta(days=45))
        ends = []
        for turn in range(2):
            shop = make_shop(database, f"u{next(shops)}.myshopify.com", unpaid_days=30)
            for start in range(0, len(facts), cut):
                run(database, shop, facts[start : start + cut], cut)
                if turn and seed.random() < 0.5:
                    night(database, shop, Instant(last - timedelta(days=seed.randrange(40))))
            choose(database, shop, days)
            night(database, shop, last)
            ends.append(rows(database, shop))
            assert given_up(database, shop) == {
                one.order_id
                for one in unpaid(database, shop)
                if days and one.placed_at <= last - timedelta(days=days) and one.deleted_at is None
            }
            seed.shuffle(facts)
        assert ends[0] == ends[1]

    check()


def unpaid(database, shop):
    with database.reading() as session:
        return session.scalars(select(Order).where(Order.shop_id == shop, Order.financial_status == "pending")).all()


def given_up(database, shop):
    living = [one for one in unpaid(database, shop) if one.deleted_at is None]
    return {one.order_id for one in living if one.given_up_at is not None}
