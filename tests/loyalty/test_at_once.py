"""Two at once, on PostgreSQL: nobody waits for somebody who waits for them, and nothing falls between two."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from shopify_app.changes import points as changes_points
from shopify_app.changes.apply import prepare, store
from shopify_app.changes.facts import CustomersMerged, OrderSeen
from shopify_app.changes.points import decide
from shopify_app.changes.queries import fall_behind
from shopify_app.clock import Instant
from shopify_app.jobs.make_codes import _settled
from shopify_app.jobs.release_points import release_and_anchor
from shopify_app.loyalty.ledger.accounts import OpenAccounts
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.rewards.model import Reward
from shopify_app.loyalty.rewards.queries import reward_of
from shopify_app.loyalty.rewards.redeeming import redeem
from shopify_app.tasks.intents.model import DONE, REFUSED
from tests.factories import LOOKUP, make_shop
from tests.loyalty.test_settled import NOW, START, TEN_A_DOLLAR, open_shop, order, run, told

FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def shop(postgresql):
    """Customers 7 and 8 have 1000 points each that can be spent; 7 has redeemed 500 of them."""
    shop = open_shop(postgresql)
    run(postgresql, shop, [order(1, 7, "2025-03-01", "100"), order(2, 8, "2025-03-01", "100")])
    redeemed(postgresql, shop, 7, FIRST)
    return shop


def redeemed(database, shop, customer, reward_id, now=NOW):
    with database.transaction() as session:
        version = versions_of(session, shop)[-1]
        return redeem(session, shop, ledger_key(LOOKUP, shop), customer, reward_id, version, "staff", now)


def reward(database, shop, reward_id=FIRST):
    with database.reading() as session:
        return reward_of(session, shop, reward_id)


def paid_with(code, *about, **more):
    seen = order(*about, **more)
    return OrderSeen(replace(seen.order, discount_code=code), seen.version)


def settled(database, shop, state):
    """What the task does once Shopify has answered."""
    intent = SimpleNamespace(state=state, outcome={"id": "gid"}, error=None)
    with database.transaction() as session:
        _settled(session, shop, ledger_key(LOOKUP, shop), reward_of(session, shop, FIRST), intent, NOW)


def both(monkeypatch, module, name, first, second):
    """Run `first` until it has come out of something, then `second` beside it; what each of them raised."""
    held, failed, real = threading.Event(), [], getattr(module, name)

    def paused(*arguments):
        result = real(*arguments)
        if threading.current_thread() is threads[0] and not held.is_set():
            held.set()
            threads[1].join(1)
        return result

    def guarded(work):
        try:
            work()
        except Exception as problem:
            failed.append(type(problem).__name__)
        finally:
            held.set()

    def after():
        held.wait(30)
        guarded(second)

    monkeypatch.setattr(module, name, paused)
    threads = [threading.Thread(target=guarded, args=(first,)), threading.Thread(target=after)]
    # The one that waits first: of a thread that was not started yet nobody can await the end.
    for thread in reversed(threads):
        thread.start()
    for thread in threads:
        thread.join(30)
    monkeypatch.undo()
    return failed


def test_points_are_released_while_an_order_is_given_back(postgresql, shop, monkeypatch):
    late = Instant(NOW + timedelta(days=30))
    run(postgresql, shop, [order(3, 7, "2025-11-30", "10")])
    step = release_and_anchor(postgresql, LOOKUP)
    refund = [order(3, 7, "2025-11-30", "10", refunded="5", version=1)]
    failed = both(
        monkeypatch,
        OpenAccounts,
        "store",
        lambda: step(SimpleNamespace(shop=shop, done=0), late),
        lambda: run(postgresql, shop, refund, now=late),
    )
    assert failed == []
    assert told(postgresql, shop, late)[7].to_spend == 550


@pytest.mark.parametrize("state", [DONE, REFUSED])
def test_an_order_comes_with_a_code_while_its_making_is_settled(postgresql, shop, monkeypatch, state):
    paid = [paid_with(reward(postgresql, shop).code, 3, 7, "2025-11-30", "10")]
    failed = both(
        monkeypatch,
        OpenAccounts,
        "store",
        lambda: run(postgresql, shop, paid),
        lambda: settled(postgresql, shop, state),
    )
    assert failed == []
    assert reward(postgresql, shop).state == "used"
    assert told(postgresql, shop)[7].balance == 600


def test_somebody_redeems_while_another_pays_with_their_code(postgresql, shop, monkeypatch):
    paid = [paid_with(reward(postgresql, shop).code, 3, 8, "2025-11-30", "10")]
    failed = both(
        monkeypatch,
        OpenAccounts,
        "store",
        lambda: run(postgresql, shop, paid),
        lambda: redeemed(postgresql, shop, 7, SECOND),
    )
    assert failed == []
    assert 7 not in told(postgresql, shop), "all of it is spent"


def test_two_become_one_while_points_are_given_back(postgresql, shop, monkeypatch):
    failed = both(
        monkeypatch,
        OpenAccounts,
        "store",
        lambda: run(postgresql, shop, [CustomersMerged(8, 7, START)]),
        lambda: settled(postgresql, shop, REFUSED),
    )
    assert failed == []
    assert told(postgresql, shop)[8].balance == 2000


def test_an_order_is_stored_while_the_programme_is_switched_on(postgresql, monkeypatch):
    """While a shop is behind, as during an import, a batch has nothing to show and does not touch the shop's row."""
    shop = make_shop(postgresql, "behind.myshopify.com")
    with postgresql.transaction() as session:
        fall_behind(session, shop)
    facts = [order(1, 7, "2025-12-01T00:00:01+00:00", "10")]

    def drained():
        with postgresql.reading() as session:
            prepared = prepare(session, shop, facts, LOOKUP, counting=False)
        with postgresql.transaction() as session:
            store(session, shop, prepared, NOW)

    def switched_on():
        with postgresql.transaction() as session:
            decide(session, shop, TEN_A_DOLLAR, "staff", LOOKUP, NOW)

    assert both(monkeypatch, changes_points, "versions_of", drained, switched_on) == []
    assert told(postgresql, shop)[7].balance == 100


@pytest.mark.parametrize("merged_first", [True, False])
def test_two_become_one_while_one_redeems(postgresql, shop, monkeypatch, merged_first):
    def merge():
        run(postgresql, shop, [CustomersMerged(7, 8, START)])

    def ask():
        redeemed(postgresql, shop, 8, SECOND)

    failed = both(monkeypatch, OpenAccounts, "store", *((merge, ask) if merged_first else (ask, merge)))
    assert failed == (["NotEnough"] if merged_first else [])
    assert told(postgresql, shop)[7].balance == (1500 if merged_first else 1000)
    with postgresql.reading() as session:
        assert len(session.scalars(select(Reward)).all()) == (1 if merged_first else 2)
