"""Breaks that were found in points that end, by hand, rewards and codes that are taken back."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from devstore.checkout.cart import Buyer, Cart, Goods
from shopify_app.changes.facts import CustomersMerged
from shopify_app.clock import Instant
from shopify_app.jobs.intents import build_intents
from shopify_app.jobs.nightly import request_work
from shopify_app.jobs.release_points import release_and_anchor
from shopify_app.loyalty.by_hand.giving import Deed, do_by_hand
from shopify_app.loyalty.by_hand.model import PointsByHand
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.model import PointsMember
from shopify_app.loyalty.ledger.queries import ending_accounts, ending_sum
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.rewards.model import DELETE_CODE, MAKE_CODE, Reward
from shopify_app.privacy.redact import redact_customer
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.intents.model import Intent
from shopify_app.tasks.intents.run import run_intent
from tests.factories import LOOKUP
from tests.loyalty.test_at_once import FIRST, SECOND, both
from tests.loyalty.test_settled import NOW, START, TEN_A_DOLLAR, entries, open_shop, order, run, told
from tests.small_shop import address, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_by_hand import by_hand, undo
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import buy, person, redeem, rewards, shop
from tests.world import World

__all__ = ["person", "shop"]


PANEL = "shopify_app.pages.customer.points.by_hand"


@pytest.fixture
def beside(config, postgresql, clock, tmp_path):
    """A world on PostgreSQL, where two are at work at once."""
    world = World(config, postgresql, clock, tmp_path)
    made = bought(world)
    world.work()
    switch_on(world, made)
    return world, made


def meanwhile(monkeypatch, place, then):
    """Once, when what stands there has come out, something else happens and is committed."""
    module, _, name = place.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)
    left = [then]

    def both_of_them(*arguments):
        result = real(*arguments)
        if left:
            left.pop()()
        return result

    monkeypatch.setattr(place, both_of_them)


def number_of(world):
    with world.wafa.database.reading() as session:
        return find_shop(session, "alice.myshopify.com").id


@pytest.mark.parametrize("reason", ["a\0b", "\ud800", "x" * 201, "\N{RIGHT-TO-LEFT OVERRIDE}x", "<b>{n}%s"])
def test_a_reason_of_nonsense(world: World, reason):
    shop = bought(world)
    world.work()
    switch_on(world, shop)
    customer = by_orders(shop, 2)[0]
    assert by_hand(world, shop, customer, 1, reason=reason).status_code in (200, 400, 422)
    assert world.open(shop, address(f"/customers/{customer}/points")).status_code == 200


@pytest.mark.parametrize("deed", ["%00", "x" * 5000, "%ED%A0%80", "%F0%9F%98%80"])
def test_a_deed_of_nonsense_is_not_undone(world: World, deed):
    shop = bought(world)
    world.work()
    switch_on(world, shop)
    customer = by_orders(shop, 2)[0]
    by_hand(world, shop, customer, 1)
    assert undo(world, shop, customer, deed).status_code in (400, 404)


def test_a_deed_of_somebody_who_was_forgotten_is_asked_for_somebody_else(world: World):
    shop = bought(world)
    world.work()
    switch_on(world, shop)
    one, other = by_orders(shop, 2)[:2]
    by_hand(world, shop, one, 100)
    shop.redact_customer(one)
    world.work()
    assert by_hand(world, shop, other, 100).status_code in (200, 404, 409)


YEAR = timedelta(days=366)


def anchored(database, shop, now):
    step = release_and_anchor(database, LOOKUP)
    while not step(SimpleNamespace(shop=shop, done=0), now).finished:
        pass


def test_whoever_was_forgotten_has_no_points_that_end(database):
    shop = open_shop(database, replace(TEN_A_DOLLAR, ends_after=90))
    run(database, shop, [order(1, 7, "2025-09-01", "10"), order(3, 8, "2025-09-01", "10")])
    with database.transaction() as session:
        redact_customer(session, shop, 8, LOOKUP, NOW)
    before = Instant(NOW + timedelta(days=30))
    with database.reading() as session:
        listed = ending_accounts(session, shop, before, None, 10)
        assert ending_sum(session, shop, before)[0] == len(listed)


def test_undoing_what_was_spent_leaves_no_more_to_give(world: World, shop, person):
    """Given, made a code, undone, given to the next: the limit of a month would be as many codes as one likes."""
    others = [one for one in shop.customers if one != person][:3]
    statuses = []
    for number, one in enumerate(others):
        statuses.append(by_hand(world, shop, one, 5000, deed=f"{number:032x}").status_code)
        for each in range(10):
            redeem(world, shop, one, f"{number:016x}{each:016x}")
        undo(world, shop, one, f"{number:032x}")
    world.work()
    assert len(shop.discounts.all) <= 10, statuses


def test_a_cost_is_asked_for_while_the_last_is_done(postgresql, monkeypatch):
    from shopify_app.jobs import simulate_programme
    from shopify_app.jobs.simulate_programme import SimulateProgramme
    from shopify_app.loyalty.simulator.queries import ask
    from shopify_app.loyalty.simulator.trial import Trial

    shop = open_shop(postgresql)

    def asked(points):
        rules = [Trial("typed", replace(TEN_A_DOLLAR, points=points)), Trial("holds", TEN_A_DOLLAR)]
        with postgresql.transaction() as session:
            return ask(session, shop, rules, "staff", NOW)

    task_id = asked(11)
    from shopify_app.tasks.step import run_step

    work = SimulateProgramme(postgresql, lambda: NOW)
    steps = {"simulate_programme": work.step}
    failed = both(
        monkeypatch,
        simulate_programme,
        "save",
        lambda: [run_step(postgresql, steps, shop, task_id, "test", NOW) for _ in range(8)],
        lambda: asked(12),
    )
    assert failed == []


@pytest.mark.parametrize("then", ["before the programme", "in another currency", "by a rule without a bonus"])
def test_a_bonus_goes_with_what_its_order_gives(database, then):
    rule = replace(TEN_A_DOLLAR, first_order=25)
    shop = open_shop(database, rule)
    run(database, shop, [order(1, 7, "2025-03-01", "10")])
    placed, more = "2025-03-01", {}
    if then == "before the programme":
        placed = "2024-03-01"
    elif then == "in another currency":
        more = {"currency": "EUR"}
    else:
        with database.transaction() as session:
            from shopify_app.loyalty.programme.queries import add_version

            add_version(session, shop, TEN_A_DOLLAR, "staff", Instant(datetime(2025, 6, 1, tzinfo=UTC)))
        placed = "2025-06-02"
    run(database, shop, [order(1, 7, placed, "10", version=50_000_000, **more)])
    run(database, shop, [order(1, 7, placed, "10", version=50_000_001, cancelled_at="2025-07-01", **more)])
    assert told(database, shop) == {}, "nothing of it is left, and nothing that it gave"


def test_whoever_has_points_is_known_when_a_backup_was_put_back(database):
    from shopify_app.privacy.queries import known_customers

    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "10")])
    with database.transaction() as session:
        rule = versions_of(session, shop)[-1].rule
        do_by_hand(session, shop, ledger_key(LOOKUP, shop), 7, Deed("a" * 32, 5, "why"), rule, "staff", NOW)
    run(database, shop, [order(1, 8, "2025-03-01", "10", version=1)])
    with database.reading() as session:
        assert 7 in known_customers(session, shop)


def test_who_gives_back_what_they_paid_for_and_keeps_what_was_free_keeps_no_points(world: World, shop, person):
    oud, musk = shop.add_product("Oud", "20.000"), shop.add_product("Musk", "1.000")
    shop.checkout.place(Cart((Goods(oud, 1),), ()), Buyer(shop.customers[person], signed_in=True))
    world.work()
    sent = {"kind": "product", "points": "400", "product": str(oud.id), "value": "20"}
    assert post(world, shop, "/loyalty/rewards/add", sent).status_code == 200
    prize = world.json(shop, address("/loyalty/rewards"))["rewards"][-1]["id"]
    post(world, shop, f"/customers/{person}/points/redeem", {"reward": FIRST, "prize": prize})
    world.work()
    code = rewards(world, shop, person)[0]["code"]
    order = shop.checkout.place(
        Cart((Goods(oud, 1), Goods(musk, 1)), (code,)), Buyer(shop.customers[person], signed_in=True)
    )
    assert [line.discount for line in order.lines] == [20_000, 0]
    world.work()
    assert points(world, shop, person)["available"] == 200
    shop.refund(order.id, lines={order.lines[1].id: 1})
    world.work()
    assert points(world, shop, person)["available"] == 200, "they have the oud, and its points"


def test_two_give_at_once_and_the_limit_holds(postgresql, monkeypatch):
    from shopify_app.loyalty.ledger.accounts import OpenAccounts

    shop = open_shop(postgresql)

    def give(customer, deed):
        def work():
            with postgresql.transaction() as session:
                do_by_hand(
                    session, shop, ledger_key(LOOKUP, shop), customer, Deed(deed, 3000, "x"), TEN_A_DOLLAR, "s", NOW
                )

        return work

    assert both(monkeypatch, OpenAccounts, "store", give(7, "a" * 32), give(8, "b" * 32)) == ["TooMany"]


def test_two_undo_at_once_and_it_is_undone_once(postgresql, monkeypatch):
    from shopify_app.loyalty.by_hand.giving import undo as undone
    from shopify_app.loyalty.ledger.accounts import OpenAccounts

    shop, key = open_shop(postgresql), None
    key = ledger_key(LOOKUP, shop)
    with postgresql.transaction() as session:
        do_by_hand(session, shop, key, 7, Deed("a" * 32, 3000, "x"), TEN_A_DOLLAR, "s", NOW)

    def work():
        with postgresql.transaction() as session:
            undone(session, shop, key, 7, "a" * 32, "s", NOW)

    assert both(monkeypatch, OpenAccounts, "store", work, work) == []
    assert told(postgresql, shop) == {}
    assert [row[0] for row in entries(postgresql, shop)] == ["adjust", "release", "reverse"]


def test_another_reward_is_not_worth_more_than_its_points_cost(world: World, shop, person):
    sent = {"kind": "amount", "points": "1", "value": "1000"}
    assert post(world, shop, "/loyalty/rewards/add", sent).status_code == 400


def test_who_bought_before_what_shopify_shows_gets_no_bonus_for_a_first_order(world: World):
    from tests.small_shop import add_shop

    world.store.scopes = tuple(one for one in world.store.scopes if one != "read_all_orders")
    made = add_shop(world, repeaters=2, once=3)
    world.install(made)
    world.work()
    switch_on(world, made, first_order="25")
    customer = by_orders(made, 1)[0]
    made.place_order(customer, [{"price": "10.000"}], at=world.clock())
    world.clock.forward(60)
    world.work()
    assert points(world, made, customer)["pending"] == 100, "it is told a moment later that it is their second"


@pytest.mark.parametrize("customer", [2**63 - 1, 2**63, 10**30, 0])
def test_a_customer_of_nonsense_gets_no_points(config, postgresql, clock, tmp_path, customer):
    world = World(config, postgresql, clock, tmp_path)
    shop = bought(world)
    world.work()
    switch_on(world, shop)
    assert by_hand(world, shop, customer, 1).status_code in (400, 404)
    assert undo(world, shop, customer).status_code in (400, 404)
    for path in ("redeem", "take-back"):
        assert post(world, shop, f"/customers/{customer}/points/{path}", {"reward": FIRST}).status_code in (400, 404)
    one = by_orders(shop, 2)[0]
    for number in (10**30, -(10**30), 5.0, True, "--5", "+5", "5 ", "\u0665", [], {}):
        sent = {"deed": FIRST, "points": number, "reason": "x"}
        assert post(world, shop, f"/customers/{one}/points/by-hand", sent).status_code in (200, 400, 409, 422)
    by_hand(world, shop, one, 1, SECOND, "<img src=x>{n}")
    assert "<img src=x>" not in world.open(shop, address(f"/customers/{one}/points")).text


def test_a_merge_after_points_were_taken_by_hand_and_undone(database):
    """And a redaction after it leaves no reason."""
    from shopify_app.loyalty.by_hand.giving import undo as undone

    shop = open_shop(database)
    key = ledger_key(LOOKUP, shop)
    run(database, shop, [order(1, 7, "2025-03-01", "10"), order(2, 8, "2025-03-01", "10")])
    with database.transaction() as session:
        do_by_hand(session, shop, key, 7, Deed("a" * 32, 50, "x"), TEN_A_DOLLAR, "s", NOW)
        do_by_hand(session, shop, key, 7, Deed("b" * 32, -30, "y"), TEN_A_DOLLAR, "s", NOW)
    run(database, shop, [CustomersMerged(8, 7, START)])
    with database.transaction() as session:
        for deed in ("a" * 32, "b" * 32):
            undone(session, shop, key, 8, deed, "s", NOW)
            undone(session, shop, key, 8, deed, "s", NOW)
    assert told(database, shop)[8].balance == 200
    with database.transaction() as session:
        redact_customer(session, shop, 7, LOOKUP, NOW)
    with database.reading() as session:
        assert set(session.scalars(select(PointsByHand.reason))) == {""}
        assert session.scalars(select(PointsMember.customer_id)).all() == []


def test_a_code_used_before_we_knew_of_it_is_deleted_in_the_end(world: World, shop, person):
    redeem(world, shop, person)
    # The code is made, and the worker is gone before it says so; the customer has it from Shopify's admin.
    wafa, number = world.wafa, number_of(world)
    kinds = build_intents(wafa.database, wafa.admin)
    assert run_intent(wafa.database, kinds, number, MAKE_CODE, FIRST, world.clock(), "gone").state == "done"
    with wafa.database.reading() as session:
        code = session.scalars(select(Reward.code)).one()
    buy(shop, person, code)
    world.store.deliver_due()
    wafa.drain.sweep()
    world.work()
    for _ in range(4):
        world.clock.forward(11 * 86_400)
        request_work(wafa.database, world.clock())
        world.work()
    with wafa.database.reading() as session:
        found = session.execute(select(Intent.key, Intent.state).where(Intent.kind == DELETE_CODE)).all()
    assert not shop.discounts.by_code(code), found
