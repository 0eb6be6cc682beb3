"""The repeat curve against hand-worked examples, a slow reference in fractions, and what is planted."""

from fractions import Fraction
from math import isclose
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.retention.timing import curve as curves
from shopify_app.retention.timing.curve import ENOUGH_AT_RISK, Waits, curve
from shopify_app.retention.timing.gaps import quantiles, usual

counts = st.dictionaries(st.integers(1, 40), st.integers(1, 60), max_size=8)


def slow(came, waited):
    """Day by day, person by person: of those still waiting, who came; in fractions."""
    lives = [(day, True) for day, n in came.items() for _ in range(n)]
    lives += [(day, False) for day, n in waited.items() for _ in range(n)]
    rest, shares = Fraction(1), {}
    for day in range(1, max((day for day, _ in lives), default=0) + 1):
        at_risk = sum(last >= day for last, _ in lives)
        if at_risk < ENOUGH_AT_RISK:
            break
        rest *= 1 - Fraction(sum(last == day and done for last, done in lives), at_risk)
        shares[day] = 1 - rest
    return shares


def test_a_curve_worked_out_by_hand(monkeypatch):
    # The leukaemia patients of Freireich (1963) on 6-MP, the textbooks' example: 21 lives, 9 events.
    monkeypatch.setattr(curves, "ENOUGH_AT_RISK", 1)
    came = {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}
    waited = {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}
    found = curve(Waits(came, waited))
    rest = {step.day: round(step.rest, 3) for step in found.steps}
    assert rest == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    errors = [round(step.rest * step.spread**0.5, 4) for step in found.steps]
    assert errors == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert found.median() == 23
    # The band on the scale log(-log), as R's survfit(conf.type = "log-log") prints it for day 6.
    assert (round(1 - found.by(6).high, 3), round(1 - found.by(6).low, 3)) == (0.620, 0.952)


@given(counts, counts, st.integers(0, 20))
def test_a_curve_is_what_counting_every_day_gives(came, waited, since_today):
    found = curve(Waits(came, {**waited, 0: since_today}))
    slowly = slow(came, waited)
    assert found.known_to == max(slowly, default=0)
    for day in range(1, 42):
        share = found.by(day)
        if day not in slowly:
            assert share is None
        else:
            assert isclose(share.share, slowly[day], abs_tol=1e-12)
            assert -1e-12 <= share.low <= share.share + 1e-9
            assert share.share <= share.high + 1e-9 <= 1 + 2e-9
    assert [step.rest for step in found.steps] == sorted((step.rest for step in found.steps), reverse=True)


def test_where_everybody_was_watched_the_curve_is_the_plain_share():
    found = curve(Waits({10: 20, 30: 30}, {100: 50}))
    assert (found.by(29).share, found.by(30).share) == (pytest.approx(0.2), pytest.approx(0.5))
    assert (found.median(), found.by(101)) == (30, None)


def test_of_few_people_nothing_is_said():
    assert curve(Waits({5: 29}, {})).by(5) is None
    assert curve(Waits({}, {})).known_to == 0
    assert curve(Waits({}, {40: 30})).by(40).share == 0


def test_the_band_holds_what_it_is_about():
    """Of 200 shops of 150 customers of whom 40 of 100 come back within 60 days, at least 180 have it in the band."""
    rng, held = Random(5), 0
    for _ in range(200):
        came, waited = {}, {}
        for _ in range(150):
            gap = rng.randint(1, 60) if rng.random() < 0.4 else 10**6
            seen = rng.randint(1, 300)
            into, days = (came, gap) if gap <= seen else (waited, seen)
            into[days] = into.get(days, 0) + 1
        share = curve(Waits(came, waited)).by(60)
        held += share.low <= 0.4 <= share.high
    assert held >= 180


def test_the_gap_of_those_who_came_back_so_far_is_too_short_and_the_curve_is_not():
    """People arrive evenly over a year and half of them come back after 1 to 200 days, 100 on the average."""
    rng = Random(7)
    came, waited = {}, {}
    for _ in range(20_000):
        seen, gap = rng.randint(0, 365), rng.randint(1, 200)
        comes = rng.random() < 0.5 and gap <= seen
        into, days = (came, gap) if comes else (waited, seen)
        into[days] = into.get(days, 0) + 1
    naive = quantiles(came, ((1, 2),))[0]
    found = curve(Waits(came, waited))
    assert naive < 88
    assert 96 <= found.half_within(180 + 20) <= 104
    assert isclose(found.by(200).share, 0.5, abs_tol=0.02)


def test_who_is_watched_from_later_on_counts_from_then():
    # 40 from the first day, of whom 10 come on day 2; 30 join on day 3, of all 60 then there 20 come on day 4.
    found = curve(Waits({2: 10, 4: 20}, {5: 40}, {1: 40, 3: 30}))
    assert found.by(4).share == pytest.approx(1 - 30 / 40 * 40 / 60)


# ---- usual gaps ----


def test_what_is_usual_is_a_gap_that_occurred():
    found = usual({7: 10, 30: 20, 60: 9, 90: 1})
    assert (found.count, found.half, found.most, found.nearly_all) == (40, 30, 30, 60)
    assert usual({7: 29}) is None


def test_the_gaps_of_the_golden_shop():
    assert quantiles({26: 1, 37: 1, 45: 1}, ((1, 2),)) == [37]


@given(st.dictionaries(st.integers(1, 400), st.integers(1, 9), min_size=1), st.integers(1, 9))
def test_a_quantile_is_the_least_gap_that_enough_are_no_longer_than(gaps, tenths):
    every = sorted(gap for gap, times in gaps.items() for _ in range(times))
    (found,) = quantiles(gaps, ((tenths, 10),))
    assert found in gaps
    assert sum(gap <= found for gap in every) * 10 >= tenths * len(every)
    assert sum(gap < found for gap in every) * 10 < tenths * len(every)
