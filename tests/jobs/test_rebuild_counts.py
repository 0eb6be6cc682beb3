"""Counting anew when the zone moves, also when it moves once more meanwhile."""

from datetime import UTC, datetime

from shopify_app.changes.rebuild import drift
from shopify_app.db.base import ShopId
from shopify_app.shops.queries import find_shop


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
