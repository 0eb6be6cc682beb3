"""Earning more, less or nothing on some products and in some seasons: what each line earns, and until when."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from itertools import permutations
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from shopify_app.changes.facts import OrderSeen, RefundSeen
from shopify_app.changes.points_anew import differences
from shopify_app.clock import Instant, LocalDay
from shopify_app.language import Words
from shopify_app.loyalty.earning.order import Earned, Part, earned
from shopify_app.loyalty.programme.rate import (
    COLLECTIONS,
    PRODUCTS,
    RAMADAN,
    TEN_DAYS,
    Days,
    MoonDays,
    Rate,
    percent_of,
    stretches,
)
from shopify_app.loyalty.programme.rule import Rule, Version
from shopify_app.loyalty.programme.telling import terms
from shopify_app.loyalty.simulator.trial import Trial
from shopify_app.orders.facts import LineFacts, OrderFacts, RefundFacts
from shopify_app.orders.facts import Version as Seen
from shopify_app.orders.model import Order
from shopify_app.products.queries import store_collection
from tests.examples import examples
from tests.factories import instant
from tests.loyalty.test_settled import START, TEN_A_DOLLAR, open_shop, run, told
from tests.loyalty.test_simulator import by_customer, ledger, simulated

OUD, MUSK, BOX = 1, 2, 3
SALE = 9
DOUBLE = Rate("a", 200)
BY_LINE = (
    Rate("a", 300, PRODUCTS, ((OUD, "Oud"),)),
    Rate("b", 0, COLLECTIONS, ((SALE, "Sale"),)),
    Rate("c", 150, when=Days(date(2025, 3, 10), date(2025, 3, 20))),
)


def gives(order, rule):
    found = earned(order, [Version(1, START, rule)])
    return 0 if found is None else found[0].points


def slowly(order, rule):
    """Part after part, in fractions: what is left of each, and what it would have earned."""
    rates = [rate for rate in rule.rates if rate.holds(order.placed_at)]
    gone, named = max(order.back, 0), sum(part.back for part in order.parts)
    if order.nothing or order.value <= 0 or gone >= order.value:
        return 0
    whole, stands, left = Fraction(), Fraction(), Fraction()
    for part in order.parts:
        rate = Fraction(percent_of(rates, part.product_id, part.collections), 100)
        rest = Fraction(part.value - part.back)
        if gone > named:
            rest *= Fraction(order.value - gone, order.value - named)
        elif named:
            rest = part.value - part.back * Fraction(gone, named)
        whole += part.value * rate * rule.points / rule.per
        each = rate * rule.points / rule.per
        stands += part.value * each
        left += rest * each
    besides = Fraction(rule.per_order, order.value)
    points = min(floor(whole) + rule.per_order, rule.most or 10**12)
    stands, left = stands + besides * order.value, left + besides * (order.value - gone)
    return points - floor(points * (1 - left / stands)) if stands else 0


parts = st.builds(
    lambda value, share, product, inside: Part(value, value * share // 4, product, inside),
    st.integers(0, 4000),
    st.sampled_from((0, 0, 1, 4)),
    st.sampled_from((None, OUD, MUSK, BOX)),
    st.sampled_from(((), (SALE,))),
)
rates = st.builds(
    Rate,
    st.just("a"),
    st.sampled_from((0, 1, 50, 150, 200, 1000)),
    st.sampled_from(("all", PRODUCTS, COLLECTIONS)),
    st.sampled_from((((OUD, ""),), ((OUD, ""), (MUSK, "")), ((SALE, ""),))),
    st.sampled_from((None, RAMADAN, Days(date(2025, 3, 1), date(2025, 3, 9)))),
)


@st.composite
def bought(draw):
    found = tuple(draw(st.lists(parts, min_size=1, max_size=5)))
    value = sum(part.value for part in found)
    back = draw(st.sampled_from((0, sum(part.back for part in found), value)) | st.integers(-10, value + 5))
    placed = instant("2025-02-27") + timedelta(days=draw(st.integers(0, 40)))
    return Earned(1, 1, Instant(placed), "USD", value, back, "paid", None, False, parts=found)


programmes = st.builds(
    lambda *about: Rule("USD", about[0], 100, 14, 500, 150, per_order=about[1], most=about[2], rates=tuple(about[3])),
    st.integers(1, 30),
    st.sampled_from((0, 0, 7)),
    st.sampled_from((None, None, 90)),
    st.lists(rates, max_size=4),
)


@examples("sqlite", 600, 600)
@given(order=bought(), rule=programmes)
def test_an_order_gives_what_its_lines_give_looked_at_one_by_one(order, rule):
    points, whole = gives(order, rule), gives(replace(order, back=0), rule)
    assert points == slowly(order, rule)
    assert 0 <= points <= whole
    assert gives(replace(order, back=order.value), rule) == 0
    assert gives(replace(order, parts=(), back=order.back), replace(rule, rates=())) == gives(
        order, replace(rule, rates=(Rate("a", 100),))
    )


@examples("sqlite", 300, 300)
@given(order=bought(), rule=programmes, more=st.integers(0, 3000))
def test_whoever_gives_back_more_never_keeps_more(order, rule, more):
    back = max(order.back, sum(part.back for part in order.parts))
    assert gives(replace(order, back=back + more), rule) <= gives(replace(order, back=back), rule)


def test_the_rate_that_gives_most_counts_but_what_earns_nothing_earns_nothing():
    assert percent_of((), OUD, ()) == 100
    assert percent_of(BY_LINE[:1], OUD, ()) == 300
    assert percent_of(BY_LINE[2:], OUD, ()) == 150
    assert percent_of(BY_LINE, OUD, ()) == 300
    assert percent_of(BY_LINE, MUSK, ()) == 150
    assert percent_of(BY_LINE, OUD, (SALE,)) == 0
    assert percent_of((Rate("a", 50),), OUD, ()) == 50


def test_what_was_given_back_takes_the_points_that_it_gave():
    both = (Part(1000, 0, OUD), Part(1000, 0, MUSK))
    order = Earned(1, 1, instant("2025-06-01"), "USD", 2000, 0, "paid", None, False, parts=both)
    rule = replace(TEN_A_DOLLAR, rates=BY_LINE[:1])
    assert gives(order, rule) == 300 + 100
    musk = replace(order, back=1000, parts=(both[0], replace(both[1], back=1000)))
    assert gives(musk, rule) == 300
    assert gives(replace(order, back=1000), rule) == 200, "nobody said which line: it is shared over both"
    assert gives(replace(musk, back=1500), rule) == 150, "what is left is the oud alone"
    withheld = replace(musk, back=500)
    assert gives(withheld, rule) == 350


def test_rates_are_stored_with_the_rule_and_older_rules_have_none():
    rule = replace(TEN_A_DOLLAR, rates=(*BY_LINE, Rate("d", 200, when=TEN_DAYS, zone="Asia/Kuwait")))
    assert json.decode(json.encode(rule), type=Rule) == rule
    stored = b'{"currency":"USD","points":10,"per":100,"wait_days":14,"reward_points":500,"reward":150}'
    assert json.decode(stored, type=Rule).rates == ()


# ---- seasons ----


@pytest.mark.parametrize(
    ("when", "first", "after"),
    [
        (RAMADAN, "2025-03-01", "2025-03-30"),
        (RAMADAN, "2026-02-18", "2026-03-20"),
        (TEN_DAYS, "2025-05-28", "2025-06-07"),
        (Days(date(2025, 3, 9), date(2025, 3, 9)), "2025-03-09", "2025-03-10"),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Kuwait", "America/New_York"])
def test_a_season_begins_and_ends_at_midnight_in_the_shop(when, first, after, zone):
    """Umm al-Qura: 1 Ramadan 1446 is 1 March 2025, of 29 days; 1447, of 30, begins on 18 February 2026."""
    rate, second = Rate("a", 200, when=when, zone=zone), timedelta(seconds=1)
    begins, ends = instant(first, zone), instant(after, zone)
    held = [rate.holds(Instant(at)) for at in (begins - second, begins, ends - second, ends)]
    assert held == [False, True, True, False]
    order = Earned(1, 1, begins, "USD", 1000, 0, "paid", None, False)
    rule = replace(TEN_A_DOLLAR, rates=(rate,))
    assert (gives(order, rule), gives(replace(order, placed_at=ends), rule)) == (200, 100)


days_of_moon = st.tuples(st.integers(1, 12), st.integers(1, 30))


@examples("sqlite", 200, 200)
@given(first=days_of_moon, last=days_of_moon, number=st.integers(0, 700))
def test_a_season_holds_on_the_days_of_its_stretches_and_no_others(first, last, number):
    rate = Rate("a", 200, when=MoonDays(first, last))
    around = date(2025, 1, 1) + timedelta(days=number)
    found = list(stretches(rate.when, around))
    assert found == sorted(found)
    for day in (around + timedelta(days=step) for step in range(-30, 31, 3)):
        at = Instant(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        assert rate.holds(at) == any(one.first <= day <= one.last for one in found)


# ---- with a shop ----

PLACED = st.integers(0, 30).map(lambda number: Instant(START + timedelta(days=60 + number)))


def lines_of(order_id, values, card):
    return tuple(
        LineFacts(order_id * 10 + place, "Oud", 1, value + 20, 20, card and place == 2, place or None)
        for place, value in enumerate(values)
    )


@st.composite
def order_seen(draw):
    order_id, placed = draw(st.integers(1, 5)), draw(PLACED)
    values = draw(st.lists(st.integers(0, 3000), min_size=4, max_size=4))
    status = draw(st.sampled_from(("paid", "paid", "pending")))
    second = draw(st.integers(0, 9))
    facts = OrderFacts(
        order_id,
        f"#{order_id}",
        placed,
        "USD",
        draw(st.sampled_from((1, 2))),
        financial_status=status,
        lines=lines_of(order_id, values, draw(st.booleans())),
        fulfilled_at=placed,
    )
    seen = Instant(START + timedelta(days=200, seconds=second))
    return OrderSeen(facts, Seen(seen, seen, sha256(repr(facts).encode()).hexdigest()))


ONE_OF = st.integers(1, 5), st.sampled_from((1, 2, 3, 4))


def refunded(order_id, number, back, named):
    lines = tuple((order_id * 10 + place, amount) for place, amount in enumerate(back) if amount)
    net = sum(back) + named
    at = Instant(START + timedelta(days=150))
    return RefundSeen(RefundFacts(order_id * 100 + number, order_id, at, net, lines=lines))


TAKEN = {1: ((700, 300), 50), 2: ((0, 0, 900), 0), 3: ((), 400), 4: ((0, 500), -100)}
"""By number what a refund took of each line, and beyond; it never changes."""
refund_seen = st.builds(lambda order_id, number: refunded(order_id, number, *TAKEN[number]), *ONE_OF)
facts = st.lists(order_seen() | order_seen() | refund_seen, max_size=12)
stands = st.sets(st.sampled_from((1, 2, 3)))


def shelve(database, shop, products, at):
    with database.transaction() as session:
        store_collection(session, shop, SALE, "Sale", products, at)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_any_order_of_news_and_of_readings_gives_the_same_and_so_does_the_simulator(request, name):
    database = request.getfixturevalue(name)
    rule, between = replace(TEN_A_DOLLAR, rates=BY_LINE, per_order=3), Instant(START + timedelta(days=75))

    @examples(name, 50, 25)
    @given(news=facts, read=st.tuples(stands, stands), seed=st.randoms(use_true_random=False))
    def check(news, read, seed):
        one, other = open_shop(database, rule), open_shop(database, rule)
        for shop in (one, other):
            shelve(database, shop, read[0], START)
        shelve(database, one, read[1], between)
        run(database, one, news)
        # Elsewhere some is told before the second reading; nobody hears of an order before it is placed.
        again = seed.sample(news, len(news))
        early = [fact for fact in again if isinstance(fact, RefundSeen) or fact.order.placed_at < between]
        run(database, other, early[: seed.randint(0, len(early))], 2)
        shelve(database, other, read[1], between)
        run(database, other, again, 3)
        live = told(database, one)
        assert live == told(database, other)
        found = simulated(database, other, [Trial("holds", rule), Trial("draft", TEN_A_DOLLAR)])
        assert by_customer(database, other, rule) == ledger(database, other)
        assert found.sums.given[0].points == sum(each.balance for each in live.values())

    check()


def test_terms_tell_of_a_season_until_its_last_day_and_of_what_comes_again_for_ever():
    days = Rate("a", 150, when=Days(date(2026, 11, 15), date(2026, 11, 30)))
    rule = replace(TEN_A_DOLLAR, rates=(days, Rate("b", 200, when=RAMADAN)))
    several = "Where several of these apply"
    for day, heard in ((1, True), (15, True), (30, True), (31, False), (400, False)):
        said = " ".join(terms(rule, Words("en"), LocalDay(date(2026, 10, 31) + timedelta(days=day))))
        assert ("From 15 November 2026" in said) is heard
        assert (several in said) is heard, "one alone needs no such sentence"
        assert "In Ramadan: twice the points." in said
        alone = " ".join(terms(replace(rule, rates=(days,)), Words("en"), LocalDay(date(2028, 1, day % 28 + 1))))
        assert "November" not in alone
        assert "Hijri" not in alone


@pytest.mark.parametrize("cut", [1, 2, 3], ids=["one by one", "in two batches", "together"])
@pytest.mark.parametrize("words", list(permutations(range(3))), ids=str)
def test_a_product_that_is_deleted_later_is_known_however_the_news_come(database, words, cut):
    shop = open_shop(database, replace(TEN_A_DOLLAR, rates=BY_LINE[:1]))
    placed = instant("2025-06-01")
    line, other = (LineFacts(number, "Oud", 1, 1000, 0, product_id=OUD) for number in (10, 11))
    bought = OrderFacts(1, "#1", placed, "USD", 1, lines=(line, other), financial_status="paid", fulfilled_at=placed)
    gone = tuple(replace(one, product_id=None) for one in (line, other))
    news = (bought, replace(bought, lines=gone, source_name="web"), replace(bought, lines=gone, source_name="pos"))
    facts = []
    for number in words:
        at = Instant(placed + timedelta(days=number))
        facts.append(OrderSeen(news[number], Seen(at, at)))
    run(database, shop, facts, cut)
    assert told(database, shop)[1].balance == 600
    with database.reading() as session:
        assert list(differences(session, shop)) == []
        assert session.get(Order, (shop, 1)).source_name == "pos"
    run(database, shop, facts, cut)
    assert told(database, shop)[1].balance == 600
