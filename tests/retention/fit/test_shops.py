"""Any shop at all has a fit or a sentence on what is missing, and numbers that can be shown."""

from dataclasses import fields
from itertools import pairwise
from statistics import median_low

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.buyers import simulate
from shopify_app.retention.fit import newton
from shopify_app.retention.fit.forecast import YEAR, Scorer
from shopify_app.retention.fit.histories import collapse
from shopify_app.retention.fit.ladder import Level, Missing, Start, fit_shop
from shopify_app.retention.fit.once import watch
from shopify_app.retention.fit.totals import totals

nets = st.sampled_from([0, -500, 1, 1000, 2500, 2500, 10**12])
lives = st.one_of(
    st.lists(st.integers(0, 400), min_size=1, max_size=5),
    st.builds(lambda first, gap: list(range(first, 401, gap)), st.integers(0, 400), st.integers(1, 90)),
    st.sampled_from([[0, 400], [400], [400, 400, 400], list(range(401))]),
)


@st.composite
def shops(draw):
    """Up to 200 customers, most of them alike in one of a few ways, as in a shop that is new, dying or odd."""
    kinds = draw(st.lists(st.tuples(lives, nets), max_size=8))
    many = draw(st.lists(st.integers(1, 25), min_size=len(kinds), max_size=len(kinds)))
    orders = [
        (100 * kind + who, max(day - who % 3, 0), net)
        for kind, ((days, net), count) in enumerate(zip(kinds, many, strict=True))
        for who in range(count)
        for day in days
    ]
    columns = np.array(orders, np.int64).reshape(-1, 3).T
    return tuple(columns), draw(st.sampled_from([400, 401, 3000, 200, 60]))


@settings(max_examples=60, deadline=None)
@given(shops())
def test_every_random_shop_has_numbers_that_can_be_shown(shop):
    orders, as_of = shop
    _, histories = collapse(*orders, as_of)
    fitted = fit_shop(histories)
    together = totals(fitted, histories, YEAR)
    for each in (together.orders, together.value):
        assert 0 <= each.low <= each.expected <= each.high < np.inf
    assert (fitted.level is Level.NONE) == (histories.repeaters == 0)
    if fitted.level is Level.NONE:
        assert fitted.purchases is None
        return
    assert np.isfinite([*fitted.purchases, *fitted.errors, *fitted.doubt.flat, *fitted.spend_doubt.flat]).all()
    assert (fitted.level is Level.FULL) == (fitted.missing == Missing(0, 0))
    check(Scorer(fitted, histories).score(histories))


def check(found):
    for field in fields(found):
        values = getattr(found, field.name)
        assert np.isfinite(values).all(), field.name
        assert (values >= 0).all(), field.name
    nearly = 1 + 1e-9
    assert (found.chance_30 <= found.chance_90 * nearly).all()
    assert (found.chance_90 <= found.alive * nearly).all()
    assert (found.alive <= 1).all()
    assert (found.next_from <= found.next_to).all()
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()
    assert (found.alive[found.once] < 1).all()


def test_a_shop_without_customers_has_nothing_but_what_is_missing():
    empty = np.zeros(0, np.int64)
    customers, histories = collapse(empty, empty, empty, 100)
    fitted = fit_shop(histories)
    assert (len(customers), len(histories), fitted.level) == (0, 0, Level.NONE)
    assert fitted.missing == Missing(10, 90)
    with pytest.raises(ValueError, match="nobody"):
        Scorer(fitted, histories)


@pytest.mark.parametrize(
    ("repeaters", "span", "level"),
    [(9, 365, Level.LOW), (10, 365, Level.FULL), (50, 89, Level.LOW), (10, 90, Level.FULL), (1, 1, Level.LOW)],
)
def test_the_level_follows_repeat_customers_and_days(repeaters, span, level):
    """The first customer came on day 0; everybody bought once, some again the day after."""
    customers = np.append(np.arange(60), np.arange(repeaters))
    days = np.append(np.zeros(60, int), np.ones(repeaters, int))
    fitted = fit_shop(collapse(customers, days, np.full(len(days), 100), span)[1])
    assert fitted.level is level
    assert fitted.missing == Missing(max(10 - repeaters, 0), max(90 - span, 0))


def test_a_small_shop_has_the_pace_that_it_is_seen_to_have():
    """Of parameters held alike, alpha alone moves: with twice as many repeat purchases it is much shorter."""
    customers = np.repeat(np.arange(40), 2)
    rare, often = (
        fit_shop(collapse(customers[: 40 + many], np.arange(40 + many) % 83, np.full(40 + many, 100), 85)[1])
        for many in (4, 36)
    )
    assert rare.level is often.level is Level.LOW
    assert often.purchases.alpha < rare.purchases.alpha
    for fitted in (rare, often):
        assert (fitted.purchases.r, fitted.purchases.a, fitted.purchases.b) == pytest.approx((0.4, 1, 3), rel=1e-3)


def test_a_shop_without_a_peak_in_sight_has_what_shops_are_like(monkeypatch):
    """None is known; should one come, it has sums and no more."""
    histories = collapse(*simulate(500, 365, 1), 364)[1]
    monkeypatch.setattr(newton, "STEPS", 1)
    fitted = fit_shop(histories)
    assert fitted.level is Level.LOW
    assert fitted.spend.p == pytest.approx(3)
    found = totals(fitted, histories, YEAR).value
    assert 0 < found.low < found.expected < found.high


def test_yesterdays_parameters_lead_to_the_same_place_as_none():
    histories = collapse(*simulate(500, 365, 1), 364)[1]
    fitted = fit_shop(histories)
    far = fitted.purchases._replace(r=1e-9, b=1e9)
    for start in (Start(fitted.purchases, fitted.spend), Start(far, fitted.spend._replace(q=1.0))):
        again = fit_shop(histories, start)
        assert again.purchases == pytest.approx(fitted.purchases, rel=1e-6)
        assert again.spend == pytest.approx(fitted.spend, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(shops())
def test_histories_are_those_of_a_slow_look_at_each_customer(shop):
    (customers, days, nets), as_of = shop
    numbers, found = collapse(customers, days, nets, as_of)
    known = [
        (int(who), int(day), int(net)) for who, day, net in zip(customers, days, nets, strict=True) if day <= as_of
    ]
    assert numbers.tolist() == sorted({who for who, _, _ in known})
    for place, who in enumerate(numbers):
        own = sorted({day for each, day, _ in known if each == who})
        gaps = sorted(later - sooner for sooner, later in pairwise(own))
        later = sum(net for each, day, net in known if each == who and day != own[0])
        true = (
            len(own) - 1,
            own[1] - own[0] if gaps else 0,
            own[-1] - own[0],
            as_of - own[0],
            later / len(gaps) if gaps else 0,
            median_low(gaps) if len(gaps) >= 2 else 0,
            next(gap for n, gap in enumerate(gaps, 1) if 10 * n >= 9 * len(gaps)) if len(gaps) >= 4 else 0,
        )
        assert tuple(getattr(found, field.name)[place] for field in fields(found)) == true


@settings(max_examples=60, deadline=None)
@given(shops())
def test_those_who_bought_once_are_followed_as_kaplan_and_meier_do(shop):
    (customers, days, nets), as_of = shop
    histories = collapse(customers, days, nets, as_of)[1]
    curve = watch(histories, None)
    waiting = 1.0
    for day in range(curve.reach + 1):
        watched = sum(max(second or age, 0) >= day for second, age in zip(histories.second, histories.age, strict=True))
        assert watched >= 30
        waiting *= 1 - np.count_nonzero((histories.second == day) & (histories.repeats > 0)) / watched
        assert curve.back_by(np.array([day])) == pytest.approx([1 - waiting])
    later = histories.age[histories.repeats == 0]
    assert ((curve.back_later(later) >= 0) & (curve.back_later(later) <= 1)).all()
