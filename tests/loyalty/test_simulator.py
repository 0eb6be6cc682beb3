"""What a programme would have cost: a history gives what the ledger gave, and the sums are those of a slow look."""

import itertools
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import func, select

from shopify_app.changes.numbers.queries import numbers_of
from shopify_app.changes.parts.queries import with_parts
from shopify_app.changes.points import earned_orders
from shopify_app.clock import Instant
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.jobs import simulate_programme
from shopify_app.jobs.simulate_programme import SimulateProgramme
from shopify_app.loyalty.earning.bonus import bonus
from shopify_app.loyalty.earning.order import Earned, earned
from shopify_app.loyalty.ledger.causes import Causes, End
from shopify_app.loyalty.ledger.endings import Ending, endings
from shopify_app.loyalty.ledger.model import PointsEntry, PointsMember
from shopify_app.loyalty.ledger.standing import standing
from shopify_app.loyalty.programme.rule import Version
from shopify_app.loyalty.simulator.found import costs
from shopify_app.loyalty.simulator.model import SIMULATE
from shopify_app.loyalty.simulator.queries import ask, found_of
from shopify_app.loyalty.simulator.replay import SOON, Replay, Span
from shopify_app.loyalty.simulator.thresholds import advised, around, place_of, thresholds
from shopify_app.loyalty.simulator.trial import Trial, beside
from shopify_app.orders.queries import orders_since
from shopify_app.tasks.queries import get
from shopify_app.tasks.step import run_step
from tests.changes.test_incremental_is_rebuild import facts_strategy
from tests.examples import examples
from tests.loyalty.test_settled import NOW, START, TEN_A_DOLLAR, WELCOME, open_shop, order, pass_time, run, sent, told

FIVE = replace(TEN_A_DOLLAR, points=5)
YEAR = Span(START, NOW)
BOTH = [Trial("holds", TEN_A_DOLLAR), Trial("draft", FIVE)]


def simulated(database, shop, trials=BOTH, now=NOW, wrapped=lambda step: step):
    """What the task finds, from its request to its end."""
    with database.transaction() as session:
        task = ask(session, shop, trials, "test", now)
    steps = {SIMULATE: wrapped(SimulateProgramme(database, lambda: now).step)}
    for _ in range(500):
        run_step(database, steps, shop, task, "test", now)
        with database.reading() as session:
            view = get(session, shop, task)
            assert view.error is None
            if view.state == "done":
                return found_of(session, shop)
    raise AssertionError("it does not end")


def ledger(database, shop):
    """By customer, what the entries add up to."""
    with database.reading() as session:
        entries = (
            select(PointsMember.customer_id, func.sum(PointsEntry.points))
            .join(PointsEntry, PointsEntry.account_id == PointsMember.account_id)
            .where(PointsMember.shop_id == shop, PointsEntry.shop_id == shop)
            .group_by(PointsMember.customer_id)
        )
        return {customer: int(points) for customer, points in session.execute(entries) if points}


def by_customer(database, shop, rule):
    """By customer, what going through their orders alone leaves."""
    with database.reading() as session:
        known = earned_orders(session, shop, orders_since(session, shop, START))
        orders = with_parts(session, shop, known, [rule]).values()
        customers = {one.customer_id for one in orders} - {None}
        numbers = numbers_of(session, shop, customers, [Version(1, START, rule)])
    found = {}
    for customer in customers:
        replay = Replay([Trial("holds", rule)], YEAR)
        for one in orders:
            if one.customer_id == customer:
                replay.add(one, numbers.get(one.order_id))
        replay.close()
        found[customer] = replay.sums.given[0].points - replay.sums.given[0].ended
    return {customer: points for customer, points in found.items() if points}


ENDING = replace(TEN_A_DOLLAR, ends_after=90, per_order=3, most=200)


# What is heard first may decide who has a bonus for good: there, all is told at once.
@pytest.mark.parametrize(("rule", "at_once"), [(TEN_A_DOLLAR, False), (ENDING, False), (WELCOME, True)])
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_the_rule_that_holds_gives_on_its_history_what_the_ledger_gave(request, name, rule, at_once):
    database = request.getfixturevalue(name)

    @examples(name, 60, 25)
    @given(facts=facts_strategy, cut=st.integers(1, 9), rows=st.integers(1, 5))
    def check(facts, cut, rows):
        shop = open_shop(database, rule)
        facts = [sent(fact) if number % 2 else fact for number, fact in enumerate(facts)]
        run(database, shop, facts, len(facts) + 1 if at_once else cut)
        pass_time(database, shop)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(simulate_programme, "ROWS", rows)
            found = simulated(database, shop, [Trial("holds", rule), Trial("draft", FIVE)])
        live, first = told(database, shop), found.sums.given[0]
        assert by_customer(database, shop, rule) == ledger(database, shop) == {one: live[one].balance for one in live}
        assert first.points - first.ended == sum(each.balance for each in live.values())
        assert first.available == sum(each.to_spend for each in live.values())

    check()


def test_a_customer_of_more_orders_than_are_read_at_once_is_one_customer(database, monkeypatch):
    monkeypatch.setattr(simulate_programme, "ROWS", 3)
    shop = open_shop(database)
    mine = [order(number, 7, f"2025-03-{number:02}", "6") for number in range(1, 12)]
    others = [order(20, 8, "2025-03-01", "3"), order(21, 6, "2025-03-01", "3"), order(22, None, "2025-03-01", "9")]
    run(database, shop, mine + others)
    sums = simulated(database, shop).sums
    assert (sums.sold.orders, sums.sold.people, sums.sold.awaited) == (14, 3, 3)
    assert sums.sold.net == 100 * (11 * 6 + 3 + 3 + 9)
    assert [(one.points, one.people, one.reached) for one in sums.given] == [(720, 3, 1), (360, 3, 0)]


def test_a_step_that_was_killed_is_taken_once_more_and_counts_once(database, monkeypatch):
    monkeypatch.setattr(simulate_programme, "ROWS", 2)
    shop = open_shop(database)
    run(database, shop, [order(number, number % 13, "2025-03-01", "6") for number in range(1, 40)])

    def killed_once(step):
        return lambda task, now: step(task, now) and step(task, now)

    once, again = simulated(database, shop), simulated(database, shop, wrapped=killed_once)
    assert again.sums == once.sums
    assert again.sums.sold.orders == 39


def test_whoever_was_erased_counts_among_the_sales_and_has_no_points(database):
    shop = open_shop(database)
    run(database, shop, [order(1, OPAQUE_FROM + 5, "2025-03-01", "6"), order(2, 7, "2025-03-01", "4")])
    sums = simulated(database, shop).sums
    assert (sums.sold.orders, sums.sold.net, sums.sold.people, sums.given[0].points) == (2, 1000, 1, 40)


def test_what_is_under_way_is_not_begun_twice_and_another_rule_is_gone_through_next(database):
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "6")])
    steps = {SIMULATE: SimulateProgramme(database, lambda: NOW).step}
    with database.transaction() as session:
        task = ask(session, shop, BOTH, "test", NOW)
    run_step(database, steps, shop, task, "test", NOW)
    with database.transaction() as session:
        assert ask(session, shop, BOTH, "test", NOW) == task
    with database.reading() as session:
        assert get(session, shop, task).cursor, "it goes on where it was"
    assert [one.points for one in simulated(database, shop, BOTH[1:]).sums.given] == [30]


STEP = timedelta(days=10)
"""Everything happens on such days: often at the very moment at which something else ends."""
END = Instant(START + 15 * STEP)


def days(least, most):
    return st.integers(least, most).map(lambda number: Instant(START + number * STEP))


bought = st.builds(
    lambda *about: Earned(0, *about[:2], "USD", *about[2:]),
    st.sampled_from((1, 1, 1, 1, 1, 2, None, OPAQUE_FROM)),
    days(0, 14),
    st.integers(0, 9000),
    st.integers(0, 4000),
    st.sampled_from(["paid"] * 5 + ["pending"]),
    st.none() | days(0, 3) | days(0, 8) | days(0, 20),
    st.sampled_from([False] * 5 + [True]),
)


def spendable_each_day(grants, rule):
    """What an account could spend each day, as if somebody had looked each night what has ended; then what ended."""
    causes, rules, daily = Causes(tuple(grants)), endings([Ending(START, rule.ends_after, rule.extended)]), {}
    for number in range((END - START) // STEP + 1):
        now = Instant(START + number * STEP)
        known = Causes(tuple(grant for grant in grants if grant.earned_at <= now), (), causes.ends)
        here = standing(known, now, rules)
        over = {piece.lot for piece, ends in zip(here.available, here.ends, strict=True) if ends and ends <= now}
        causes = Causes(causes.grants, (), (*causes.ends, *(End(f"{lot}/{number}", lot, now) for lot in over)))
        daily[now] = standing(Causes(known.grants, (), causes.ends), now, rules)
    return {now: each.to_spend for now, each in daily.items()}, sum(daily[END].ended.values())


def looked_at_slowly(orders, rule, numbers):
    """Day after day, what each customer could spend."""
    versions, found = [Version(1, START, rule)], dict.fromkeys(("points", "available", "ended", "people", "reached"), 0)
    for customer in (1, 2):
        mine = [one for one in orders if one.customer_id == customer and not one.nothing and one.value > 0]
        gives = [earned(one, versions) for one in mine] + [
            bonus(one, numbers[one.order_id], versions) for one in mine if one.order_id in numbers
        ]
        grants = [one[0] for one in gives if one]
        found["points"] += sum(grant.points for grant in grants)
        found["people"] += any(grant.points for grant in grants)
        spendable, ended = spendable_each_day(grants, rule)
        found["ended"] += ended
        found["available"] += spendable[END]
        first = min((one.placed_at for one in mine), default=END)
        if first + SOON <= END:
            soon = (points for now, points in spendable.items() if first <= now <= first + SOON)
            found["reached"] += max(soon) >= rule.reward_points
    return found


@examples("sqlite", 400, 400)
@given(
    orders=st.lists(bought, min_size=4, max_size=14),
    needs=st.integers(1, 900),
    wait=st.sampled_from((0, 0, 10, 40)),
    lasts=st.sampled_from((None, 10, 20, 20, 50)),
    extended=st.booleans(),
)
def test_the_sums_are_those_of_a_slow_look(orders, needs, wait, lasts, extended):
    rule = replace(TEN_A_DOLLAR, reward_points=needs, wait_days=wait, ends_after=lasts, extended=extended)
    rule = replace(rule, per_order=needs % 7, most=needs, first_order=25, nth=3, nth_points=40)
    orders = [replace(one, order_id=number) for number, one in enumerate(orders, 1)]
    numbers = {one.order_id: (1, 3)[one.order_id % 2] for one in orders if one.order_id % 4 < 2}
    replay = Replay([Trial("draft", rule)], Span(START, END))
    for one in sorted(orders, key=lambda one: str(one.customer_id)):
        replay.add(one, numbers.get(one.order_id))
    replay.close()
    given_by_it = replay.sums.given[0]
    told_of = {name: getattr(given_by_it, name) for name in given_by_it.__struct_fields__}
    assert told_of == looked_at_slowly(orders, rule, numbers)
    counted = [one for one in orders if not one.nothing and one.value > 0]
    assert replay.sums.sold.orders == len(counted) == sum(replay.sums.sold.values.values())
    assert replay.sums.sold.net == sum(max(one.value - one.back, 0) for one in counted)


@given(values=st.lists(st.integers(1, 10**7), max_size=60))
def test_orders_are_counted_on_either_side_of_each_amount(values):
    kept: dict[int, int] = defaultdict(int)
    for value in values:
        kept[place_of(value)] += 1
    for one in thresholds(kept):
        assert one.reach == sum(value >= one.amount for value in values)
        assert one.near == sum(one.amount * 8 <= value * 10 and value < one.amount for value in values)


def test_free_shipping_is_advised_where_most_are_just_short():
    values = {place_of(1000): 60, place_of(1900): 90, place_of(2600): 49}
    assert advised(thresholds(values), 199) is None
    values[place_of(2600)] += 1
    best = advised(thresholds(values), 200)
    assert best == (2000, 50, 90)
    assert [one.amount for one in around(thresholds(values), best)] == [1000, 1200, 1500, 2000, 2500, 3000, 4000]


def test_two_rules_are_looked_at_and_never_the_same_twice():
    ready = {"simple": TEN_A_DOLLAR, "generous": FIVE}
    paused, dinars = replace(FIVE, earning=False), replace(FIVE, currency="KWD")
    cases = itertools.product((None, TEN_A_DOLLAR, paused, dinars), (None, FIVE, dinars))
    named = [[one.name for one in beside({"holds": holds, "draft": draft}, ready, "USD")] for holds, draft in cases]
    assert named == [
        *(["simple", "generous"], ["draft", "simple"], ["simple", "generous"]),
        *(["holds", "generous"], ["holds", "draft"], ["holds", "generous"]),
        *(["holds", "simple"], ["holds", "simple"], ["holds", "simple"]),
        *(["simple", "generous"], ["draft", "simple"], ["simple", "generous"]),
    ]


def test_the_cost_of_what_is_used(database):
    shop = open_shop(database)
    run(database, shop, [order(number, 7, f"2025-03-{number:02}", "100") for number in (1, 2)])
    found = simulated(database, shop)
    # 2000 points, worth 6.00 of sales of 200; and half of it.
    told_of = [
        (one.trial.name, one.used, one.amount, one.of_sales, one.needed, one.left)
        for one in costs(found, Fraction(2, 5))
    ]
    assert told_of[2] == ("holds", Fraction(3, 5), 360, Fraction(18, 1000), Fraction(45, 1000), 240)
    assert told_of[1] == ("draft", Fraction(3, 10), 90, Fraction(45, 10000), Fraction(1125, 100000), 210)


def test_a_shop_without_orders_has_no_share_to_tell(database):
    found = simulated(database, open_shop(database))
    assert {(one.amount, one.of_sales, one.needed) for one in costs(found, Fraction(2, 5))} == {(0, None, None)}
    assert found.span == Span(Instant(datetime(2024, 12, 1, tzinfo=UTC)), NOW)
