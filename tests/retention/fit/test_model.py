"""What must hold of the models whatever the shop: docs/metrics.md; groups 12 and 13 of the properties."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.buyers import simulate
from shopify_app.retention.fit import purchases, scoring, spend
from shopify_app.retention.fit.histories import Histories, collapse
from shopify_app.retention.fit.newton import Height
from shopify_app.retention.fit.purchases import Purchases
from shopify_app.retention.fit.spend import Spend

SPAN = 365
few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 10**6)
models = st.builds(Purchases, st.floats(0.05, 5), st.floats(2, 300), st.floats(0.1, 5), st.floats(0.2, 20))
amounts = st.builds(Spend, st.floats(0.5, 20), st.floats(1.1, 20), st.floats(1, 1e6))
customers = st.tuples(st.integers(0, 60), st.integers(0, 400), st.integers(0, 400)).map(
    lambda own: (own[0], own[0] + own[1] if own[0] else 0, own[0] + own[1] + own[2])
)


def one(x, t_x, age):
    return Histories(*(np.array([each]) for each in (x, 0, t_x, age)), np.zeros(1), np.zeros(1, int), np.zeros(1, int))


def shop(seed, size=400):
    return collapse(*simulate(size, SPAN, seed), SPAN - 1)[1]


def joined(histories, times):
    return histories.among(np.tile(np.arange(len(histories)), times))


def stretched(histories, by):
    same, times = (histories.repeats, histories.spend), (histories.second, histories.last, histories.age)
    second, last, age = (each * by for each in times)
    return Histories(same[0], second, last, age, same[1], histories.usual * by, histories.late * by)


@few
@given(seeds, models)
def test_equal_customers_as_one_row_are_as_likely_as_each_for_itself(seed, model):
    histories = joined(shop(seed), 2)
    data = purchases.compress(histories)
    each = purchases.log_likelihoods(model, histories.repeats, histories.last, histories.age)
    assert 0 < data.bought.shape[1] <= histories.repeaters / 2
    assert purchases.log_likelihood(model, data) == pytest.approx(each.sum(), rel=1e-12)


@few
@given(seeds)
def test_every_customer_three_times_has_the_same_likeliest_parameters(seed):
    histories = shop(seed)
    (model, peak), (thrice, _) = (
        purchases.fit(purchases.compress(each), None) for each in (histories, joined(histories, 3))
    )
    assume(peak.reached)
    assert thrice == pytest.approx(model, rel=1e-5)
    (paid, top), (three, _) = (spend.fit(spend.spenders(each), None) for each in (histories, joined(histories, 3)))
    assume(top.reached)
    assert three == pytest.approx(paid, rel=1e-5)


@few
@given(seeds, st.integers(2, 9))
def test_another_unit_of_time_changes_alpha_alone(seed, by):
    histories = shop(seed)
    slow = stretched(histories, by)
    (model, peak), (other, _) = (purchases.fit(purchases.compress(each), None) for each in (histories, slow))
    assume(peak.reached)
    assert other == pytest.approx(model._replace(alpha=model.alpha * by), rel=1e-5)
    same = model._replace(alpha=model.alpha * by)
    lost = histories.repeats.sum() * np.log(by)
    fast_height, slow_height = (
        purchases.log_likelihood(*pair)
        for pair in ((model, purchases.compress(histories)), (same, purchases.compress(slow)))
    )
    assert slow_height == pytest.approx(fast_height - lost, rel=1e-12)
    assert scoring.alive(same, slow) == pytest.approx(scoring.alive(model, histories), rel=1e-12)
    # With the prior, too: it is about times as parts of the longest history.
    held, held_slow = (purchases.fit(purchases.compress(each))[0] for each in (histories, slow))
    assert held_slow == pytest.approx(held._replace(alpha=held.alpha * by), rel=1e-5)


@given(models, customers, st.integers(1, 200))
def test_the_chance_of_being_a_customer_falls_with_silence(model, own, more):
    x, t_x, age = own
    now, later = (scoring.alive(model, one(*each))[0] for each in ((x, t_x, age), (x, t_x, age + more)))
    assert 0 <= later <= now <= 1
    if x == 0:
        assert now == later == 1
    else:
        lately = scoring.alive(model, one(x, t_x + more, age + more))[0]
        assert lately >= later
        assert now > 0 or (age - t_x) > 100


@given(models, customers, st.floats(1, 400))
def test_expected_purchases_grow_ever_more_slowly_from_nothing(model, own, days):
    x, _, age = own
    found = [scoring.orders_within(model, one(*own), share * days)[0] for share in (1e-6, 0.5, 1.0, 1.5)]
    assert found[0] == pytest.approx(0, abs=1e-3)
    assert found[0] < found[1] < found[2] < found[3]
    assert found[3] - found[2] <= (found[2] - found[1]) * (1 + 1e-6)
    # Each purchase is at least one, and nobody buys faster than before they could stop.
    assert scoring.back_within(model, one(*own), days)[0] <= found[2] * (1 + 1e-9)
    assert found[2] <= (model.r + x) / (model.alpha + age) * days * (1 + 1e-9)


@given(models, customers, st.floats(0.05, 0.9))
def test_the_next_purchase_comes_by_then_with_the_chance_it_is_told_with(model, own, share):
    days = scoring.next_after(model, one(*own), share)[0]
    assert days <= scoring.LATEST
    if days < scoring.LATEST:
        assert scoring.back_within(model, one(*own), days)[0] == pytest.approx(share, rel=1e-6)


@few
@given(seeds)
def test_the_climb_ends_on_level_ground(seed):
    histories = shop(seed)
    data = purchases.compress(histories)
    _, peak = purchases.fit(data)
    assert peak.reached
    assert np.abs(peak.height.gradient).max() <= 1e-8 * len(histories)
    again = purchases.fit(data, start=purchases.unscaled(peak.place + 0.01, data.longest))[1]
    assert again.steps <= 2
    assert again.place == pytest.approx(peak.place, abs=1e-6)


@pytest.mark.parametrize("hill", ["purchases", "spend"])
def test_slopes_and_bends_are_those_of_the_height(hill):
    """Against differences, at some distance from the peak."""
    histories, measured = shop(5), []

    def watched(measure, start, weight):
        measured.append(measure)
        return climb(measure, start, weight)

    module, data = (
        (purchases, purchases.compress(histories)) if hill == "purchases" else (spend, spend.spenders(histories))
    )
    climb = module.climb
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "climb", watched)
        _, peak = module.fit(data)
    measure, place = measured[0], peak.place + np.linspace(0.2, -0.3, len(peak.place))
    here: Height = measure(place)
    for axis, step in enumerate(np.eye(len(place)) * 1e-5):
        ahead, behind = measure(place + step), measure(place - step)
        assert here.gradient[axis] == pytest.approx((ahead.value - behind.value) / 2e-5, rel=1e-5, abs=1e-3)
        assert here.hessian[axis] == pytest.approx((ahead.gradient - behind.gradient) / 2e-5, rel=1e-5, abs=1e-3)


@given(amounts, st.integers(0, 200), st.floats(0.01, 1e6))
def test_expected_spend_lies_between_ones_own_and_that_of_all(model, repeats, mean):
    found = spend.expected(model, np.array([repeats]), np.array([mean]))[0]
    low, high = sorted((mean, model.mean)) if repeats else (model.mean, model.mean)
    assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)


@few
@given(seeds, st.sampled_from([0.001, 7.0, 1000.0]))
def test_another_currency_changes_gamma_alone(seed, by):
    histories = shop(seed)
    dear = Histories(*(getattr(histories, name) * (by if name == "spend" else 1) for name in Histories.__slots__))
    model, other = (spend.fit(spend.spenders(each))[0] for each in (histories, dear))
    assert other == pytest.approx(model._replace(gamma=model.gamma * by), rel=1e-6)
