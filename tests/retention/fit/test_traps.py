"""Where the formulas of the papers fail in a computer's numbers: each trap springs on the naive code, not on ours."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import special

from benchmarks.buyers import simulate
from shopify_app.retention.fit import purchases, scoring, spend
from shopify_app.retention.fit.forecast import Scorer
from shopify_app.retention.fit.histories import Histories, collapse
from shopify_app.retention.fit.ladder import Level, fit_shop
from shopify_app.retention.fit.newton import FARTHEST
from shopify_app.retention.fit.purchases import Purchases
from shopify_app.retention.fit.spend import Spend
from tests.retention.fit import naive

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
MODEL = Purchases(0.25, 4.0, 0.8, 2.5)


def shop(repeats, last, age, spend=None):
    """Histories of which only what the likelihood reads is told."""
    x, t_x, age = (np.array(each) for each in (repeats, last, age))
    amounts = np.zeros(len(x)) if spend is None else np.array(spend, float)
    return Histories(x, np.minimum(t_x, x > 0), t_x, age, amounts, np.zeros_like(x), np.zeros_like(x))


def by_integral(model, x, age, days):
    """Expected purchases from the integral over the chance to stop, by Gauss and Jacobi: no function that overflows."""
    r, alpha, a, b = model
    places, weights = special.roots_jacobi(200, b + x - 1, a - 1)
    stop = (places + 1) / 2
    return weights @ (-np.expm1(-(r + x) * np.log1p(stop * days / (alpha + age))) / stop) / weights.sum()


def test_1_gamma_functions_of_two_hundred_purchases_overflow():
    x, t_x, age = np.array([200]), np.array([38]), np.array([40])
    assert not np.isfinite(naive.log_likelihood(MODEL, x, t_x, age)).any()
    assert purchases.log_likelihoods(MODEL, x, t_x, age) == pytest.approx([100.7956931], abs=1e-7)


def test_2_without_a_repeat_the_odds_of_having_stopped_have_no_logarithm():
    unlikely, x, t_x, age = MODEL._replace(b=0.7), np.array([0]), np.array([0]), np.array([40])
    assert np.isnan(naive.by_log_gammas(unlikely, x, t_x, age)).all()
    # ln (alpha / (alpha + T))^r is all there is.
    assert purchases.log_likelihoods(unlikely, x, t_x, age) == pytest.approx([0.25 * np.log(4 / 44)])


def test_2_who_bought_once_is_not_a_customer_for_ever():
    everybody = collapse(*simulate(500, 365, 1), 364)[1]
    once = everybody.repeats == 0
    fitted = fit_shop(everybody)
    assert (naive.alive(fitted.purchases, everybody.repeats, everybody.last, everybody.age)[once] == 1).all()
    told = Scorer(fitted, everybody).score(everybody).alive[once]
    assert told.max() < 0.8
    long_ago, lately = everybody.age[once] > 300, everybody.age[once] < 30
    assert told[long_ago].max() < told[lately].min()


def test_3_the_hypergeometric_function_overflows_for_frequent_buyers():
    x, age = np.array([1500.0]), np.array([1600.0])
    assert not np.isfinite(naive.orders(MODEL, x, age, 3650)).all()
    found = scoring.expected_orders(MODEL, x, age, 3650)
    assert found == pytest.approx([2009.91330811], rel=1e-11)  # mpmath, 40 digits


@pytest.mark.parametrize("a", [1.0, 1 + 1e-12, 1 - 1e-13])
def test_4_nothing_is_divided_by_nothing_where_a_is_one(a):
    model, x, age = MODEL._replace(a=a), np.array([2.0]), np.array([100.0])
    true = by_integral(model._replace(a=1.0), 2, 100, 90)
    assert naive.orders(model, x, age, 90) != pytest.approx([true], rel=1e-6)
    assert scoring.expected_orders(model, x, age, 90) == pytest.approx([true], rel=1e-6)


def test_4_the_hypergeometric_function_has_no_logarithm_where_it_is_negative():
    model, x, age = MODEL._replace(r=2.0, a=0.65, b=0.3), np.array([0.0]), np.array([100.0])
    assert np.isnan(naive.orders_by_logs(model, x, age, 90)).all()
    assert scoring.expected_orders(model, x, age, 90) == pytest.approx([by_integral(model, 0, 100, 90)], rel=1e-6)


@pytest.mark.parametrize("b", [0.6, 0.6 + 1e-9])
def test_4_a_and_b_that_are_one_together_are_no_pole(b):
    model, x, age = MODEL._replace(a=0.4, b=b), np.array([0.0]), np.array([100.0])
    if b == 0.6:
        assert not np.isfinite(naive.orders(model, x, age, 90)).all()
    assert scoring.expected_orders(model, x, age, 90) == pytest.approx([by_integral(model, 0, 100, 90)], rel=1e-6)


def test_4_large_a_and_b_are_no_more_than_slower():
    """Drawn in a range: SciPy's function answers nan."""
    model, x, age = Purchases(0.34, 0.62, 4.233, 229.953), np.array([0.0]), np.array([0.0])
    true = by_integral(model, 0, 0, 365)
    assert scoring.expected_orders(model, x, age, 365) == pytest.approx([true], rel=1e-4)


def test_6_who_hardly_ever_buys_is_told_the_latest_day():
    rare = shop([0], [0], [300])
    with np.errstate(all="raise"):
        assert scoring.next_after(MODEL._replace(r=1e-6), rare, 0.75) == [scoring.LATEST]


def test_5_who_always_bought_today_tells_nothing_of_stopping():
    data = purchases.compress(shop([1] * 40, range(1, 41), range(1, 41)))
    places = [purchases.log_likelihood(MODEL._replace(a=a, b=b), data) for a, b in ((0.8, 2.5), (8.0, 2500.0))]
    # The chance to have stayed, b / (a + b), times one plus the odds of having stopped, a / b.
    assert places[0] == pytest.approx(places[1], abs=1e-9)
    assert not purchases.fit(data, None)[1].reached
    model, peak = purchases.fit(data)
    assert peak.reached
    assert (model.a, model.b) == pytest.approx((1.0, 3.0), rel=1e-6)


def test_5_nobody_who_came_back_tells_nothing_of_the_pace():
    nobody = shop([0] * 100, [0] * 100, range(1, 101))
    model, peak = purchases.fit(purchases.compress(nobody), None)
    assert not peak.reached
    assert model.alpha > 1e6
    assert fit_shop(nobody).level is Level.NONE


def test_5_two_orders_of_a_day_are_one_purchase():
    """Counted as two, the second came after no time at all, and the likelihood has no upper bound."""
    model, counted = MODEL, [np.array([each] * 50) for each in (3, 0, 100)]
    heights = [naive.by_log_gammas(model._replace(alpha=alpha), *counted).sum() for alpha in (1e-3, 1e-6, 1e-9)]
    assert heights[2] > heights[1] + 500 > heights[0] + 1000
    orders = np.repeat(np.arange(50), 4), np.zeros(200, int), np.full(200, 1000)
    _, histories = collapse(*orders, 100)
    assert (histories.repeats == 0).all()


def test_6_people_who_all_buy_at_one_pace_and_never_stop_have_no_peak():
    """Ten purchases each in all of a hundred days: r and alpha grow together, b grows without end."""
    alike = shop([10] * 60, [90 + n % 10 for n in range(60)], [100] * 60)
    climbed = purchases.fit(purchases.compress(alike), None)[1]
    assert not climbed.reached
    assert np.abs(climbed.place).max() > FARTHEST / 3
    model, peak = purchases.fit(purchases.compress(alike))
    assert peak.reached
    assert np.max(np.abs(np.log(model))) < 12


def test_6_who_first_bought_today_is_allowed_and_says_nothing():
    some = collapse(*simulate(300, 365, 2), 364)[1]
    with_today = shop(*(np.append(each, [0] * 20) for each in (some.repeats, some.last, some.age)))
    without, found = (purchases.fit(purchases.compress(each), None)[0] for each in (some, with_today))
    assert found == pytest.approx(without, rel=1e-6)


def test_7_no_digits_are_lost_where_hardly_anybody_stops():
    """ln of b / (a + b) for one purchase, with b of a trillion: subtracted log-gammas keep no digit of it."""
    model, x, t_x, age = Purchases(1.0, 1.0, 1.0, 1e12), np.array([1]), np.array([0]), np.array([0])
    true = float(-1 / Fraction(10**12))
    ours = purchases.log_likelihoods(model, x, t_x, age)[0] - np.log1p(np.exp(-np.log(1e12)))
    theirs = naive.by_log_gammas(model, x, t_x, age)[0] - np.log1p(np.exp(-np.log(1e12)))
    assert abs(theirs - true) > 1e-6
    assert abs(ours - true) < 1e-15


def test_8_amounts_of_nothing_and_less_are_left_out_and_counted():
    means = [1000.0, 2500.0, 0.0, -300.0, 1800.0] * 6
    mixed = shop([1, 2, 1, 2, 3] * 6, [50] * 30, [200] * 30, means)
    assert not np.isfinite(naive.spend_log_likelihood((3, 3, 1000), mixed.repeats, mixed.spend)).all()
    fitted = fit_shop(mixed)
    assert fitted.without_spend == 12
    assert 1000 < fitted.spend.mean < 3000
    assert spend.expected(fitted.spend, np.array([2]), np.array([-300.0]))[0] > 0


def test_8_the_mean_over_all_customers_is_finite_whatever_the_amounts():
    """Amounts over six powers of ten draw q below 1 where it may go there: naively, a mean below zero."""
    heavy = Spend(1.0, 0.6, 2000.0)
    assert naive.expected_spend(heavy, 0, 0.0) < 0
    chance = np.random.default_rng(8)
    wild = shop([1] * 200, [50] * 200, [200] * 200, 10 ** chance.uniform(1, 7, 200))
    fitted = fit_shop(wild)
    assert fitted.spend.q > 1
    assert 0 < fitted.spend.mean < 1e9


def test_small_shops_have_no_likeliest_parameters_but_always_a_fit():
    found = [collapse(*simulate(20, 365, seed), 364)[1] for seed in range(30)]
    shops = [each for each in found if each.repeaters]
    alone = [sound(purchases.fit(purchases.compress(each), None)[1]) for each in shops]
    held = [sound(purchases.fit(purchases.compress(each))[1]) for each in shops]
    assert sum(alone) < len(shops) / 2
    assert all(held)


def sound(peak):
    """A peak at parameters that a shop may have: each within a factor of four hundred of what shops are like."""
    return peak.reached and np.abs(peak.place - purchases.CENTRE).max() < 6
