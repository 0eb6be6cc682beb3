"""Orders asked for again: told exactly as their webhooks tell them, applied and ticked off at once."""

import json
import random
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shopify_app.admin_api.errors import Unavailable
from shopify_app.db.base import ShopId
from shopify_app.jobs.read_orders import read_orders_now
from shopify_app.jobs.refetch_orders import REFETCH
from shopify_app.orders.model import Order, OrderRefetch, Refund
from shopify_app.orders.payload import read_order
from shopify_app.orders.queries import plan_refetch
from shopify_app.tasks.queries import latest, request
from tests.jobs.nights import add_shop, lose, number
from tests.simulation.truth import true_order
from webhooks.topics import HANDLERS


def live(shop, seed, orders):
    """Orders of every kind, some with more lines and refunds than one answer holds."""
    choose = random.Random(seed)
    people = [shop.create_customer(f"B{at}", "C", f"b{at}@x.test").id for at in range(3)]
    oud = shop.add_product("Oud", "10.000").id
    for _ in range(orders):
        count = choose.choice([1, 2, 3, 12, 45, 130])
        lines = [{"price": "9.990", "quantity": choose.randint(1, 3), "product_id": oud} for _ in range(count)]
        lines += [{"price": "25.000", "quantity": 2, "gift_card": True}] * choose.randint(0, 1)
        order = shop.place_order(
            choose.choice([None, *people]),
            lines,
            discount=choose.choice(["0", "1.001"]),
            shipping=choose.choice(["0", "2.000"]),
            test=choose.random() < 0.1,
            source=choose.choice(["web", "pos"]),
            financial_status=choose.choice(["paid", "paid", "paid", "pending"]),
        )
        for _ in range(choose.randint(0, 3) if order.status == "paid" else 0):
            kind = choose.random()
            if kind < 0.4:
                with suppress(ValueError):  # less than that is left
                    shop.refund(order.id, amount="0.750")
            elif all(line.current_quantity for line in order.lines):
                shop.refund(order.id, lines={line.id: 1 for line in order.lines})
        for _ in range(choose.choice([0, 0, 1, 2, 13])):
            edit(shop, order, choose)
        if choose.random() < 0.15:
            shop.cancel(order.id)


def edit(shop, order, choose):
    """Some have more sales than one answer holds, and some orders more edits."""
    left = [line.id for line in order.lines if line.current_quantity]
    added = [{"price": "3.125"}] * choose.choice([0, 1, 30])
    taken_off = dict.fromkeys(choose.sample(left, min(len(left), choose.choice([0, 1, 25]))), 1)
    if added or taken_off:
        shop.edit(order.id, added, taken_off)


def told_by_webhook(shop, order):
    return read_order(json.dumps(shop.payload("orders/updated", order)).encode())


def whole(facts):
    """Every figure of an order, in an order that does not matter."""
    refunds = sorted((one.refund_id, one.order_id, one.refunded_at, one.net, one.exact) for one in facts.refunds)
    lines = sorted(
        (one.line_id, one.quantity, one.gross, one.discount, one.gift_card, one.product_id) for one in facts.lines
    )
    head = (facts.order_id, facts.name, facts.placed_at, facts.created_at, facts.currency, facts.customer_id)
    return head, (facts.cancelled_at, facts.test, facts.financial_status, facts.source_name), lines, refunds


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), currency=st.sampled_from(["KWD", "USD", "JPY"]))
def test_an_order_asked_for_is_told_as_its_webhook_tells_it(small_world, seed, currency):
    world = small_world
    domain = f"s{seed}-{currency.lower()}.myshopify.com"
    if domain in world.store.shops:
        return
    shop = world.store.add_shop(domain, currency=currency, timezone="Asia/Kuwait")
    world.install(shop)
    if currency == "JPY":
        shop.place_order(None, [{"price": "1200", "quantity": 3}], discount="100")
    else:
        live(shop, seed, 8) if currency == "KWD" else shop.place_order(None, [{"price": "12.99", "quantity": 3}])
    asked = read_orders_now(world.wafa.admin, number(world, shop), shop.orders, world.clock)
    assert not asked.absent
    assert not asked.unreadable
    assert [one.order.order_id for one in asked.seen] == [*shop.orders]
    for seen in asked.seen:
        facts, updated_at = told_by_webhook(shop, shop.orders[seen.order.order_id])
        assert whole(seen.order) == whole(facts)
        truth = true_order(shop.orders[facts.order_id])
        assert [(one.edited_at, one.added, one.removed) for one in seen.order.edits or ()] == [*truth.edits]
        assert sum(one.pieces for one in seen.order.edits or ()) == facts.unaccounted
        assert seen.version.updated_at == updated_at
        assert (seen.version.source, seen.version.known_at) == ("asked", asked.asked_at)


def rows(world, shop):
    with world.wafa.database.reading() as session:
        mine = select(OrderRefetch.order_id).where(OrderRefetch.shop_id == number(world, shop))
        return sorted(session.scalars(mine))


def plan(world, shop, ids):
    with world.wafa.database.transaction() as session:
        mine, now = number(world, shop), world.clock()
        plan_refetch(session, mine, ids, "test", now)
        request(session, mine, REFETCH, None, "system:test", now)


def state(world, shop, order_id):
    with world.wafa.database.reading() as session:
        order = session.get(Order, (number(world, shop), order_id))
        net = sum(session.scalars(select(Refund.net).where(Refund.order_id == order_id)))
        return order and (order.financial_status, order.deleted_at is not None, net)


@pytest.fixture
def shop(world):
    made = add_shop(world)
    lose(world, HANDLERS)
    return made


def test_what_was_planned_is_asked_for_and_ticked_off(world, shop):
    changed, gone, same = [*shop.orders][:3]
    shop.refund(changed, amount="2.500")
    shop.delete_order(gone)
    plan(world, shop, [changed, gone, same, 12345])
    world.work()
    assert rows(world, shop) == []
    assert state(world, shop, changed) == ("partially_refunded", False, 2500)
    assert state(world, shop, gone)[1]
    assert state(world, shop, same) == ("paid", False, 0)
    assert state(world, shop, 12345) is None


def test_one_that_is_planned_again_while_it_is_read_is_read_again(world, shop):
    order = next(iter(shop.orders))
    real, once = world.wafa.admin.run, []

    def run(mine, name, **variables):
        answer = real(mine, name, **variables)
        if name == "order_nodes" and not once:
            once.append(name)
            world.clock.forward(1)
            shop.refund(order, amount="2.500")
            with world.wafa.database.transaction() as session:
                plan_refetch(session, ShopId(mine), [order], "test", world.clock())
        return answer

    world.wafa.admin.run = run
    plan(world, shop, [order])
    world.work()
    assert rows(world, shop) == []
    assert state(world, shop, order) == ("partially_refunded", False, 2500)


@pytest.mark.parametrize(("lines", "edits", "change_after"), [(130, 0, "order_nodes"), (1, 13, "order_agreements")])
def test_one_that_changes_between_two_pages_of_it_is_not_pieced_together(small_world, lines, edits, change_after):
    """More lines, or more sales agreements, than one answer holds: half of it from before would be a lie."""
    world, shop = small_world, small_world.store.add_shop("pages.myshopify.com", currency="KWD")
    world.install(shop)
    order = shop.place_order(None, [{"price": "9.000", "quantity": 2}] * lines)
    for _ in range(edits):
        shop.edit(order.id, [{"price": "1.000"}])
    real, once = world.wafa.admin.run, []

    def run(mine, name, **variables):
        answer = real(mine, name, **variables)
        if name == change_after and not once:
            once.append(name)
            world.clock.forward(1)
            shop.refund(order.id, amount="2.500")
        return answer

    world.wafa.admin.run = run
    with pytest.raises(Unavailable):
        read_orders_now(world.wafa.admin, number(world, shop), [order.id], world.clock)
    (seen,) = read_orders_now(world.wafa.admin, number(world, shop), [order.id], world.clock).seen
    found = (len(seen.order.edits or ()), len(seen.order.lines), len(seen.order.refunds))
    assert found == (edits, lines + edits, 1)


def test_many_take_several_steps_and_survive_kills(world, shop, monkeypatch):
    monkeypatch.setattr("shopify_app.jobs.refetch_orders.AT_ONCE", 2)
    ids = [*shop.orders][:7]
    for order in ids:
        shop.refund(order, amount="2.500")
    real, calls = world.wafa.steps[REFETCH], []

    def step(view, now):
        outcome = real(view, now)
        calls.append(now)
        if len(calls) % 2:
            raise RuntimeError("killed")
        return outcome

    world.wafa.steps[REFETCH] = step
    plan(world, shop, ids)
    world.work()
    assert rows(world, shop) == []
    assert {state(world, shop, order) for order in ids} == {("partially_refunded", False, 2500)}
    with world.wafa.database.reading() as session:
        assert latest(session, number(world, shop), REFETCH).state == "done"


def test_one_that_the_database_refuses_keeps_nobody_waiting(world, shop):
    bad, good = [*shop.orders][:2]
    shop.orders[bad].lines[0].price = 10**20
    shop.orders[bad].updated_at = shop.orders[bad].updated_at + timedelta(seconds=5)
    shop.refund(good, amount="2.500")
    plan(world, shop, [bad, good])
    world.work()
    assert rows(world, shop) == []
    assert state(world, shop, good) == ("partially_refunded", False, 2500)
    assert state(world, shop, bad) == ("paid", False, 0)


def test_one_that_is_out_of_sight_is_not_deleted(small_world):
    world = small_world
    shop = add_shop(world, days=75)
    shop.set_scopes([one for one in shop.installation.scopes if one != "read_all_orders"])
    world.work()
    old = min(shop.orders)
    plan(world, shop, [old])
    world.work()
    assert rows(world, shop) == []
    assert state(world, shop, old) == ("paid", False, 0)
