"""Climbs on hills of which the top is known, where Newton's own steps lead away from it."""

import numpy as np
import pytest

from shopify_app.retention.fit.newton import FARTHEST, Height, Prior, climb


def roof(place):
    """-ln cosh 20 x: two straight slopes that meet in a round ridge, past which each of Newton's steps shoots."""
    steep = np.tanh(20 * place)
    return Height(-float(np.log(np.cosh(20 * place)).sum()), -20 * steep, np.diag(-400 * (1 - steep**2)))


def bowl(place):
    """-(x^2 - 1)^2: a hollow between two tops, where Newton's own step leads down."""
    return Height(-float(((place**2 - 1) ** 2).sum()), -4 * place * (place**2 - 1), np.diag(-4 * (3 * place**2 - 1)))


def slope(place):
    """Up and up, ever more gently."""
    return Height(-float(np.exp(-place).sum()), np.exp(-place), np.diag(-np.exp(-place)))


@pytest.mark.parametrize("start", [0.2, -1.5, 12.0])
def test_a_step_that_leads_down_is_taken_back_and_shortened(start):
    peak = climb(roof, np.array([start, -start / 2]), 1.0)
    assert peak.reached
    assert peak.place == pytest.approx([0, 0], abs=1e-9)


def test_a_climb_that_begins_in_a_hollow_goes_up():
    peak = climb(bowl, np.array([0.1, -0.2]), 1.0)
    assert peak.reached
    assert peak.place == pytest.approx([1, -1])


def test_a_slope_without_a_top_has_no_peak():
    peak = climb(slope, np.array([0.0]), 1.0)
    assert not peak.reached
    assert 15 < peak.place[0] <= FARTHEST


def test_a_prior_alone_is_its_own_peak():
    prior = Prior.of(np.array([1.0, -2.0]), np.array([0.5, 3.0]))
    peak = climb(prior.height, np.zeros(2), 1.0)
    assert (peak.reached, peak.steps) == (True, 1)
    assert peak.place == pytest.approx(prior.centre)
    assert np.sqrt(np.diag(peak.doubt)) == pytest.approx([0.5, 3.0])
    assert peak.doubt == pytest.approx(prior.covariance)
