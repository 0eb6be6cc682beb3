"""Two small shops whose every figure was worked out by hand: imported, and told by webhooks as it happened."""

from fractions import Fraction

import pytest

from devstore import worlds
from devstore.worlds.diary import Diary
from devstore.worlds.newyork_history import open_newyork, tell_newyork
from devstore.worlds.souq_history import open_souq, tell_souq
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs.nightly import request_work
from shopify_app.shops.queries import find_shop
from tests.walks import newyork_on_paper, souq_on_paper
from tests.walks.paper import differences

WORLDS = {
    "souq": ("SAR", "Asia/Riyadh", open_souq, tell_souq, souq_on_paper),
    "newyork": ("USD", "America/New_York", open_newyork, tell_newyork, newyork_on_paper),
}


def add_shop(world, name):
    currency, zone, *_ = WORLDS[name]
    return world.store.add_shop("alice.myshopify.com", currency=currency, timezone=zone)


def check(world, shop, name):
    """Every metric of every month and of all time, in both bases and both units."""
    paper = WORLDS[name][-1]
    wrong = []
    for unit, expected in (("order", paper.BY_ORDER), ("day", paper.BY_DAY)):
        for (window, basis), sums in expected.items():
            as_of = getattr(paper, "LATER", {}).get(window, paper.AS_OF)
            asked = f"window={window}&basis={basis}&unit={unit}&as_of={as_of}&seen=now"
            told = world.json(shop, f"/reports/numbers?{asked}")["metrics"]
            wrong += [f"{asked}: {difference}" for difference in differences(told, sums)]
    assert not wrong, "\n".join(wrong)
    for window, (gross, discounts, returns) in paper.MATCH.items():
        rows = {row["number"]: row["ours"] for row in world.json(shop, f"/reports/match?window={window}")["rows"]}
        told = [Fraction(rows[name]) for name in ("gross_sales", "discounts", "returns", "net_revenue")]
        assert told == [gross, discounts, returns, gross - discounts - returns], window
        assert told[3] == paper.BY_ORDER[window, "shopify"].net
    with world.wafa.database.reading() as session:
        number = ShopId(find_shop(session, shop.domain).id)
        assert broken(session, number, world.clock(), world.wafa.config.lookup_key, dear=True) == []


@pytest.mark.parametrize("name", WORLDS)
def test_imported_it_has_the_figures_of_the_paper(world, name):
    shop = add_shop(world, name)
    worlds.load(shop, name)
    world.install(shop)
    world.work()
    check(world, shop, name)


@pytest.mark.parametrize("name", WORLDS)
def test_told_as_it_happened_it_has_the_same_figures(small_world, name):
    """Webhooks alone: the app is there from the first day, and the merchant looks in before everything that happens."""
    world, clock = small_world, small_world.clock
    _, _, opened, told, _ = WORLDS[name]
    shop = add_shop(world, name)
    opened(shop)
    today, clock.now = clock.now, clock.now.replace(year=2025, month=1, day=1)
    world.install(shop)

    def reach(moment):
        world.work()
        clock.now = max(clock.now, moment)
        world.open(shop)

    told(Diary(shop, reach))
    world.work()
    clock.now = today
    request_work(world.wafa.database, clock())
    world.work()
    check(world, shop, name)
