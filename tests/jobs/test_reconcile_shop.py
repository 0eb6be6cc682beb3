"""Whatever webhook is lost, the night puts it right."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from devstore import answers, search
from shopify_app.clock import LocalDay, local_day
from shopify_app.jobs import reconcile_shop
from shopify_app.jobs.nightly import request_work
from shopify_app.jobs.reconcile_shop import RECONCILE
from shopify_app.orders.model import Order
from shopify_app.reconciliation.days import days_to_compare, night_begins
from shopify_app.retention.model import CountedOrder
from shopify_app.shops.queries import find_shop
from tests.jobs.nights import DEAF, TWIN, add_shop, facts, figures, live_a_day, lose, night, number, report, task
from webhooks.topics import HANDLERS

CANNOT = {"customers/data_request", "customers/redact", "shop/redact"}
"""Shopify alone knows of these, and tries for days; nothing can be asked."""
ENDS = {"app/uninstalled"}
NEEDLESS = {"bulk_operations/finish"}
"""Only hastens a task that would look by itself."""
CARTS = {"checkouts/create", "checkouts/update", "checkouts/delete"}
"""No figure is of these: tests/walks/test_left_carts.py has what heals. What is deleted Shopify lists no more."""
LOST = sorted(HANDLERS.keys() - CANNOT - ENDS - NEEDLESS - CARTS)


NOTHING = (0, 0, 0, 0, 0)


def differences(told):
    return told.missing, told.stale, told.deleted, told.merged, told.unsolved


def live_twice(world, topics=HANDLERS):
    """Both shops live the same day; the deaf one hears nothing of these topics."""
    deaf, twin = twins(world)
    lost, start = lose(world, topics), world.clock()
    for shop in (deaf, twin):
        world.clock.now = start
        live_a_day(world, shop)
    world.work()
    return deaf, twin, lost


def held(world, shop, order_id):
    with world.wafa.database.reading() as session:
        return session.scalar(select(Order).where(Order.shop_id == number(world, shop), Order.order_id == order_id))


def twins(world):
    return [add_shop(world, domain) for domain in (DEAF, TWIN)]


@pytest.mark.parametrize("topic", LOST)
def test_a_loss_of_any_topic_is_healed_within_one_night(world, topic):
    deaf, twin, lost = live_twice(world, {topic})
    assert topic in lost
    night(world)
    assert facts(world, deaf) == facts(world, twin)
    assert figures(world, deaf) == figures(world, twin)
    for shop in (deaf, twin):
        assert report(world, shop).finished_at is not None
        assert (report(world, shop).unsolved, report(world, shop).drift) == (0, 0)


def test_a_loss_of_everything_is_healed_within_one_night(world):
    deaf, twin, _ = live_twice(world)
    assert facts(world, deaf) != facts(world, twin)
    night(world)
    assert facts(world, deaf) == facts(world, twin)
    assert figures(world, deaf) == figures(world, twin)
    assert differences(report(world, deaf)) == (3, 3, 1, 1, 0)
    for _ in range(2):
        assert differences(report(world, twin)) == NOTHING
        assert report(world, twin).drift == 0
        night(world)
    assert differences(report(world, deaf)) == NOTHING


def test_nothing_is_passed_over_between_pages(small_world, monkeypatch):
    """Pages so small that one second of changes fills several."""
    for size, value in {"READ_AT_ONCE": 2, "CUSTOMERS_AT_ONCE": 2, "FOUND_AT_ONCE": 2, "DAYS_AT_ONCE": 7}.items():
        monkeypatch.setattr(reconcile_shop, size, value)
    world = small_world
    deaf, twin = twins(world)
    lose(world, HANDLERS)
    start = world.clock()
    for shop in (deaf, twin):
        world.clock.now = start
        for who in [*shop.customers][:5]:
            shop.place_order(who, [{"price": "1.000", "quantity": 1}])
        for order_id in [*shop.orders][:3]:
            shop.refund(order_id, amount="0.500")
        for order_id in [*shop.orders][5:9]:
            shop.delete_order(order_id)
        live_a_day(world, shop)
    world.work()
    night(world)
    assert facts(world, deaf) == facts(world, twin)


def test_a_night_that_is_killed_at_every_second_step_counts_nothing_twice(world):
    deaf, twin, _ = live_twice(world)
    real, calls = world.wafa.steps[RECONCILE], []

    def step(view, now):
        outcome = real(view, now)
        calls.append(view.phase)
        if len(calls) % 2:
            raise RuntimeError("killed after its effects and before its end")
        return outcome

    world.wafa.steps[RECONCILE] = step
    night(world)
    assert len(calls) > 20
    assert facts(world, deaf) == facts(world, twin)
    assert differences(report(world, deaf)) == (3, 3, 1, 1, 0)
    assert differences(report(world, twin)) == NOTHING


def test_a_night_under_a_small_allowance_takes_longer_and_ends_as_well(small_world):
    world = small_world
    deaf, twin, _ = live_twice(world)
    world.store.points, world.store.restore = 600, 5
    for shop in (deaf, twin):
        shop.bucket = None
    began = world.clock()
    night(world)
    assert world.clock() > began
    assert facts(world, deaf) == facts(world, twin)
    assert task(world, deaf).state == "done"


def test_a_merge_that_moved_no_order_visibly_is_found_by_the_customer_who_was_kept(world):
    """Orders are given to another customer without being changed themselves."""
    deaf, twin = twins(world)
    lose(world, HANDLERS)
    start = world.clock()
    for shop in (deaf, twin):
        world.clock.now = start
        changed = {order.id: order.updated_at for order in shop.orders.values()}
        kept, gone = [*shop.customers][:2]
        shop.merge_customers(kept, gone)
        for order in shop.orders.values():
            order.updated_at = changed[order.id]
    world.work()
    night(world)
    assert facts(world, deaf) == facts(world, twin)
    assert report(world, deaf).merged == 1


def test_a_customer_whose_order_was_given_away_is_no_merge(small_world):
    world = small_world
    deaf = add_shop(world)
    lose(world, HANDLERS)
    giver, taker = [*deaf.customers.values()][:2]
    order = deaf.orders[giver.orders[0]]
    giver.orders.remove(order.id)
    taker.orders.append(order.id)
    order.customer, order.updated_at = taker, world.clock()
    night(world)
    assert report(world, deaf).merged == 0
    assert held(world, deaf, order.id).customer_id == taker.id
    assert facts(world, deaf)["aliases"] == []


def test_what_is_out_of_sight_is_not_deleted(world):
    shop = add_shop(world, days=75)
    shop.set_scopes([one for one in shop.installation.scopes if one != "read_all_orders"])
    world.work()
    lose(world, HANDLERS)
    old, young = min(shop.orders), max(shop.orders)
    shop.delete_order(old)
    shop.delete_order(young)
    night(world)
    assert held(world, shop, old).deleted_at is None
    assert held(world, shop, young).deleted_at is not None
    assert differences(report(world, shop)) == (0, 0, 1, 0, 0)


def test_a_search_that_lags_deletes_nothing(small_world, monkeypatch):
    world = small_world
    shop = add_shop(world)
    real, hidden = search._found_orders, max(shop.orders)
    monkeypatch.setattr(search, "_found_orders", lambda *asked: [one for one in real(*asked) if one.id != hidden])
    night(world)
    assert held(world, shop, hidden).deleted_at is None
    assert differences(report(world, shop)) == NOTHING


def test_an_order_that_cannot_be_read_but_is_found_is_not_deleted(small_world, monkeypatch):
    world = small_world
    shop = add_shop(world)
    hidden, real = max(shop.orders), answers.visible_order
    shop.orders[hidden].updated_at = world.clock()
    monkeypatch.setattr(answers, "visible_order", lambda ask, one: None if one and one.id == hidden else real(ask, one))
    night(world)
    assert held(world, shop, hidden).deleted_at is None
    assert task(world, shop).state == "done"


def test_a_lost_uninstall_is_said_and_ends_nothing(small_world):
    world = small_world
    shop = add_shop(world)
    lose(world, {"app/uninstalled"})
    shop.uninstall()
    before = facts(world, shop)
    night(world)
    told = report(world, shop)
    assert told.finished_at is None
    assert "Open Wafa" in told.trouble
    assert task(world, shop).state == "failed"
    assert facts(world, shop) == before
    assert before["shop"][-1] == "installed"


def test_the_next_night_looks_back_to_the_last_that_came_to_its_end(small_world):
    world = small_world
    deaf, twin, _ = live_twice(world)
    real = world.wafa.steps[RECONCILE]

    def fail(_view, _now):
        raise reconcile_shop.AppError("It is not to be.")

    world.wafa.steps[RECONCILE] = fail
    night(world)
    assert facts(world, deaf) != facts(world, twin)
    world.wafa.steps[RECONCILE] = real
    world.clock.forward(3 * 86400)
    night(world)
    assert facts(world, deaf) == facts(world, twin)


def test_drift_is_said_and_counted_anew(small_world):
    world = small_world
    shop = add_shop(world)
    with world.wafa.database.transaction() as session:
        row = session.scalars(select(CountedOrder).where(CountedOrder.shop_id == number(world, shop))).first()
        row.net += 7
    night(world)
    assert report(world, shop).drift == 2
    facts(world, shop)
    night(world)
    assert report(world, shop).drift == 0


def test_each_shop_has_one_night_a_day_at_its_own_hour(small_world):
    world = small_world
    shops = [add_shop(world, f"s{at}.myshopify.com") for at in range(3)]
    request_work(world.wafa.database, world.clock())
    assert [task(world, shop) for shop in shops] == [None] * 3
    with world.wafa.database.reading() as session:
        zone = find_shop(session, shops[0].domain).timezone
    world.clock.now = (world.clock() + timedelta(days=1)).replace(hour=21, minute=30)
    begins = []
    for shop in shops:
        tonight = local_day(world.clock(), shop.zone)
        begins.append(night_begins(shop.domain, tonight, shop.zone))
        local = begins[-1].astimezone(shop.zone)
        assert (local.date(), 3 <= local.hour + local.minute / 60 <= 4.5) == (tonight, True), zone
    assert len(set(begins)) == 3
    for _ in range(3):
        request_work(world.wafa.database, world.clock())
    world.step_tasks()
    assert [task(world, shop).due_at for shop in shops] == begins
    world.work()
    world.clock.now = max(begins)
    world.work()
    done = [task(world, shop) for shop in shops]
    assert [one.state for one in done] == ["done"] * 3
    request_work(world.wafa.database, world.clock())
    assert [task(world, shop).id for shop in shops] == [one.id for one in done]


def test_all_days_are_compared_within_a_month():
    first, night = LocalDay(date(2019, 1, 1)), LocalDay(date(2026, 11, 21))
    compared = [days_to_compare(first, LocalDay(night + timedelta(days=one))) for one in range(28)]
    every = {day for days in compared for day in days}
    assert every == {LocalDay(first + timedelta(days=one)) for one in range((night - first).days + 28)}
    assert max(map(len, compared)) < 61 + 2900 // 28 + 5
    assert all(set(days[:61]) == {days[0] - timedelta(days=one) for one in range(61)} for days in compared)
