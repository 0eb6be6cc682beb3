"""On PostgreSQL, where two are at work at once: what somebody decides is decided by what holds at their turn."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from shopify_app.changes import apply
from shopify_app.changes.facts import CustomersMerged
from shopify_app.jobs.return_codes import ReturnCodes
from shopify_app.loyalty.by_hand.model import PointsByHand
from shopify_app.loyalty.ledger.model import PointsMember
from shopify_app.loyalty.rewards.asking import Uses
from shopify_app.loyalty.rewards.model import Reward
from shopify_app.loyalty.rewards.queries import reward_of
from shopify_app.orders.queries import REWARDED, plan_refetch
from shopify_app.privacy.redact import redact_customer
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import find_shop
from tests.factories import LOOKUP
from tests.loyalty.test_at_once import FIRST, both
from tests.loyalty.test_codes import holding
from tests.loyalty.test_settled import NOW, order, run
from tests.small_shop import address, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_by_hand import by_hand
from tests.walks.test_points import SIMPLE, points, switch_on
from tests.world import World

PANELS = "shopify_app.pages"


@pytest.fixture
def beside(config, postgresql, clock, tmp_path):
    world = World(config, postgresql, clock, tmp_path)
    shop = bought(world)
    world.work()
    switch_on(world, shop)
    return world, shop


def just_before(monkeypatch, place, then):
    """Once, before somebody holds the shop's row there, something else happens and is committed."""
    module, _, name = place.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)
    left = [then]

    def both_of_them(*arguments):
        if left:
            left.pop()()
        return real(*arguments)

    monkeypatch.setattr(place, both_of_them)


def number_of(world):
    with world.wafa.database.reading() as session:
        return find_shop(session, "alice.myshopify.com").id


def test_whoever_is_forgotten_meanwhile_gets_no_points(beside, monkeypatch):
    world, shop = beside
    customer, number = by_orders(shop, 2)[0], number_of(world)

    def forget():
        with world.wafa.database.transaction() as session:
            redact_customer(session, number, customer, world.wafa.config.lookup_key, world.clock())

    just_before(monkeypatch, f"{PANELS}.customer.points.by_hand.lock_shop", forget)
    assert by_hand(world, shop, customer, 100, reason="Noura from Salmiya").status_code == 404
    with world.wafa.database.reading() as session:
        assert session.scalars(select(PointsMember).where(PointsMember.customer_id == customer)).all() == []
        assert session.scalars(select(PointsByHand.reason)).all() == []


def test_points_go_to_nobody_who_is_somebody_else_by_now(beside, monkeypatch):
    world, shop = beside
    one, other = by_orders(shop, 2)[:2]

    def merge():
        facts = [CustomersMerged(other, one, world.clock())]
        run(world.wafa.database, number_of(world), facts, now=world.clock())

    just_before(monkeypatch, f"{PANELS}.customer.points.by_hand.lock_shop", merge)
    assert by_hand(world, shop, one, 100).status_code == 404
    assert points(world, shop, other) is None


def test_a_reward_that_was_added_meanwhile_stays(beside, monkeypatch):
    world, shop = beside
    added = {"kind": "shipping", "points": "100"}
    place = f"{PANELS}.loyalty.panel.lock_shop"
    just_before(monkeypatch, place, lambda: post(world, shop, "/loyalty/rewards/add", added))
    assert post(world, shop, "/loyalty/switch-on", SIMPLE | {"points": "12"}).status_code == 200
    assert len(world.json(shop, address("/loyalty/rewards"))["rewards"]) == 2


def test_a_pause_keeps_what_was_changed_meanwhile(beside, monkeypatch):
    world, shop = beside
    changed = SIMPLE | {"points": "12"}
    place = f"{PANELS}.loyalty.panel.lock_shop"
    just_before(monkeypatch, place, lambda: post(world, shop, "/loyalty/switch-on", changed))
    assert post(world, shop, "/loyalty/pause", {}).status_code == 200
    rule = world.json(shop, address("/loyalty"))["version"]["rule"]
    assert (rule["points"], rule["earning"]) == (12, False)


def test_a_reward_that_was_taken_out_meanwhile_is_not_redeemed(beside, monkeypatch):
    world, shop = beside
    customer = by_orders(shop, 2)[0]
    by_hand(world, shop, customer, 500, deed="c" * 32)
    post(world, shop, "/loyalty/rewards/add", {"kind": "shipping", "points": "100"})
    prize = world.json(shop, address("/loyalty/rewards"))["rewards"][-1]["id"]
    place = f"{PANELS}.customer.points.panel.lock_shop"
    just_before(monkeypatch, place, lambda: post(world, shop, "/loyalty/rewards/take-out", {"prize": prize}))
    sent = {"reward": FIRST, "prize": prize}
    assert post(world, shop, f"/customers/{customer}/points/redeem", sent).status_code == 409


def test_an_order_is_stored_while_shopify_is_asked_for_the_order_of_a_code(postgresql, monkeypatch):
    """The drain plans a refetch and then holds the shop's row; so does whoever settles a code."""
    shop = holding(postgresql)
    with postgresql.transaction() as session:
        session.execute(update(Shop).where(Shop.id == shop).values(scopes="read_orders"))
        session.execute(update(Reward).values(state="returning", stopped_at=NOW, due_at=NOW))
        plan_refetch(session, shop, [77], REWARDED, NOW)
    monkeypatch.setattr("shopify_app.jobs.return_codes.uses_of", lambda *_: Uses(False, 1, 3))
    task = ReturnCodes(postgresql, None, {}, LOOKUP, lambda: NOW)

    def settled():
        with postgresql.reading() as session:
            reward = reward_of(session, shop, FIRST)
        task._ask(SimpleNamespace(shop=shop, owner="test"), reward)

    def stored():
        run(postgresql, shop, [order(9, 70, "2025-11-30", "10")])

    assert both(monkeypatch, apply, "_plan_refetches", stored, settled) == []
