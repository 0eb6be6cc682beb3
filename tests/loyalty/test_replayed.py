"""Entries follow from what was told and from the rules, one by one; points of orders from all that is known now."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shopify_app.changes.facts import CustomersMerged
from shopify_app.changes.points_anew import GIVEN_ONCE, differences
from shopify_app.clock import Instant
from shopify_app.loyalty import settling
from shopify_app.loyalty.ledger import accounts
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.told.replaying import replay_points
from tests.changes.test_incremental_is_rebuild import facts_strategy
from tests.examples import examples
from tests.factories import LOOKUP
from tests.loyalty.test_proof import unguarded
from tests.loyalty.test_settled import NOW, START, WELCOME, open_shop, order, pass_time, run, sent
from tests.walks.bought import bought, by_orders
from tests.walks.test_by_hand import by_hand
from tests.walks.test_points import switch_on
from tests.world import World


def replayed(database, shop):
    with database.reading() as session:
        return [fault for _, fault in replay_points(session, shop, ledger_key(LOOKUP, shop))]


def anew(database, shop):
    with database.reading() as session:
        return list(differences(session, shop))


def lived(database):
    """A shop in which points were earned, taken back, moved, joined and released."""
    shop = open_shop(database, WELCOME)
    early = Instant(datetime(2025, 3, 2, tzinfo=UTC))
    run(database, shop, [order(1, 7, "2025-03-01", "10"), order(2, 8, "2025-03-01", "20")], now=early)
    run(database, shop, [order(1, 7, "2025-03-01", "10", refunded="4", version=1)], now=early)
    run(database, shop, [order(2, 9, "2025-03-01", "20", version=1)], now=Instant(early + timedelta(days=1)))
    pass_time(database, shop, Instant(early + timedelta(days=20)))
    run(database, shop, [CustomersMerged(7, 9, START)], now=NOW)
    return shop


def test_entries_are_made_again(database):
    shop = lived(database)
    assert replayed(database, shop) == []
    # The second order was the first of its customer until somebody else became one with them.
    assert anew(database, shop) == [("nth/1/2", 25, 0, GIVEN_ONCE)]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_whatever_arrives_entries_and_points_follow_from_it(request, name):
    """In any order and batches; what differs from all that is known in the end is a bonus that was given once."""
    database = request.getfixturevalue(name)

    @examples(name, 60, 40)
    @given(facts=facts_strategy, seed=st.randoms(use_true_random=False), cut=st.integers(1, 9))
    def check(facts, seed, cut):
        shop = open_shop(database, replace(WELCOME, ends_after=90))
        facts = seed.sample([sent(fact) for fact in facts], len(facts))
        for start in range(0, len(facts), cut):
            run(database, shop, facts[start : start + cut])
            if seed.random() < 0.3:
                pass_time(database, shop)
        assert replayed(database, shop) == []
        assert {one.reason for one in anew(database, shop)} <= {GIVEN_ONCE}

    check()


def test_a_bonus_of_what_was_the_first_order_is_listed_with_its_reason(database):
    shop = open_shop(database, WELCOME)
    run(database, shop, [order(2, 7, "2025-03-05", "10")])
    run(database, shop, [order(1, 7, "2025-03-01", "10")])
    assert anew(database, shop) == [("nth/1/2", 25, 0, GIVEN_ONCE)]
    assert replayed(database, shop) == []


def test_a_rule_that_gave_more_than_it_says_is_found(database, monkeypatch):
    real = settling.earned

    def generous(order, versions):
        gives = real(order, versions)
        return gives and (replace(gives[0], points=gives[0].points + 1), gives[1])

    monkeypatch.setattr(settling, "earned", generous)
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "10")])
    assert replayed(database, shop) == ["order/1 gave 101 points by rule 1, and is due 100"]
    assert anew(database, shop) == [("order/1", 101, 100, "")]


def test_entries_that_a_fault_wrote_are_found(database, monkeypatch):
    real = accounts.book

    def doubled(key, head, causes, now, endings):
        causes = [replace(each, entries=each.entries + 1) for each in causes]
        return real(key, head, causes, now, endings)

    monkeypatch.setattr(accounts, "book", doubled)
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "10")])
    (fault,) = replayed(database, shop)
    assert fault.startswith("after entry 0 stands earn +100 for order/1")


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE points_told SET points = 99 WHERE cause = 'order/1' AND number = 1", "order/1 gave 99 points"),
        ("UPDATE points_told SET facts = '' WHERE cause = 'order/1'", ""),
        ("DELETE FROM points_told WHERE cause = 'order/1' AND number = 2", "after entry"),
        ("DELETE FROM points_told WHERE cause = 'order/2'", "after entry"),
        ("UPDATE points_told SET after = after + 1 WHERE cause = 'order/1' AND number = 2", "after entry"),
        ("UPDATE points_cause SET points = 5 WHERE cause = 'order/2'", "order/2 is not what was told last"),
    ],
)
def test_what_was_told_cannot_be_changed_unseen(database, statement, fault):
    shop = lived(database)
    unguarded(database, text(statement))
    found = replayed(database, shop)
    assert any(one.startswith(fault) for one in found) if fault else found == []


def test_what_was_told_is_never_changed_by_the_app(database):
    lived(database)
    for statement in ("UPDATE points_told SET points = 1", "DELETE FROM points_told"):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(text(statement))


def test_an_operator_has_all_of_it_made_again(config, database, clock, tmp_path):
    world = World(config, database, clock, tmp_path)
    shop = bought(world)
    world.work()
    switch_on(world, shop)
    by_hand(world, shop, by_orders(shop, 2)[0], 100, reason="Late parcel")
    runner = world.app.test_cli_runner()
    printed = runner.invoke(args=["replay-points"])
    assert (printed.exit_code, printed.output.splitlines()) == (0, [shop.domain, "different 0"])
    unguarded(database, text("UPDATE points_told SET points = 101 WHERE cause LIKE 'hand/%'"))
    printed = runner.invoke(args=["replay-points", "--shop", shop.domain])
    assert printed.exit_code == 1
    assert "after entry 0 stands adjust +100 for hand/" in printed.output
    assert printed.output.splitlines()[-1] == "different 2"
