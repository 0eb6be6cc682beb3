"""Counting anew when the zone moves, also when it moves once more meanwhile."""

from datetime import UTC, datetime

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomersMerged, OrderDeleted
from shopify_app.changes.generations.queries import other_generations
from shopify_app.changes.rebuild import drift
from shopify_app.db.base import ShopId
from shopify_app.jobs.rebuild_counts import REBUILD, rebuild_counts
from shopify_app.shops.queries import find_shop, get_shop
from shopify_app.tasks.queries import cancel, request
from shopify_app.tasks.step import run_step
from tests.factories import EPOCH, LOOKUP, make_shop, order, rebuilt


def test_a_change_between_a_rebuild_and_its_end_is_not_lost(world):
    shop = world.store.add_shop("alice.myshopify.com", currency="USD", timezone="UTC")
    world.install(shop)
    world.work()
    shop.place_order(None, [{"price": "10.00", "quantity": 1}], at=datetime(2026, 11, 20, 22, 0, tzinfo=UTC))
    world.work()
    once, real = [], world.wafa.steps["rebuild_counts"]

    def step(task, now):
        outcome = real(task, now)
        if not once:
            once.append(True)
            world.clock.forward(2)
            shop.change(timezone="America/New_York")
            world.store.deliver_due()
            world.wafa.drain.sweep()
        return outcome

    world.wafa.steps["rebuild_counts"] = step
    world.clock.forward(2)
    shop.change(timezone="Asia/Dubai")
    world.work()
    with world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        assert row.timezone == "America/New_York"
        assert drift(session, ShopId(row.id)) == 0


def test_a_rebuild_that_was_cancelled_half_way_leaves_nothing_to_the_next(database):
    """Its rows may be old: an order that was deleted since must not come back with them."""
    shop = make_shop(database)
    facts = [order(number, number, "2025-01-01", "10") for number in range(1, 6)]
    with database.transaction() as session:
        apply_facts(session, shop, facts, EPOCH, LOOKUP)
    half = rebuild_counts(database, lambda: EPOCH, lambda _seconds: None)
    with database.transaction() as session:
        task = request(session, shop, REBUILD, None, "test", EPOCH)
    for _ in range(2):
        run_step(database, {REBUILD: half}, shop, task, "test", EPOCH)
    with database.transaction() as session:
        cancel(session, shop, task, EPOCH)
        apply_facts(session, shop, [OrderDeleted(5, EPOCH)], EPOCH, LOOKUP)
    rebuilt(database, shop)
    with database.reading() as session:
        assert drift(session, shop) == 0
        assert not other_generations(session, shop, [get_shop(session, shop).generation])


def test_an_order_that_moves_to_a_buyer_who_is_counted_later_is_counted_once(database, monkeypatch):
    """By the road of many rows, which expects to find none of them there."""
    monkeypatch.setattr("shopify_app.db.dialect._MANY", 1)
    monkeypatch.setattr("shopify_app.jobs.rebuild_counts.PIECE", (2, 2))
    monkeypatch.setattr("shopify_app.jobs.rebuild_counts._PIECES", 1)
    shop, merges = make_shop(database), iter([None, CustomersMerged(6, 1, EPOCH)])
    facts = [order(number, number, "2025-01-01", "10") for number in range(1, 7)]
    with database.transaction() as session:
        apply_facts(session, shop, facts, EPOCH, LOOKUP)

    def merge_after_the_first_piece():
        if (merge := next(merges, None)) is not None:
            with database.transaction() as session:
                apply_facts(session, shop, [merge], EPOCH, LOOKUP)

    rebuilt(database, shop, merge_after_the_first_piece)
    with database.reading() as session:
        assert get_shop(session, shop).generation == 2
        assert drift(session, shop) == 0
