"""One period against another: which days, what differs, and whether that is more than chance."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.errors import Malformed
from shopify_app.retention.seasons import Span
from shopify_app.retention.timing.changes import Part, Period, changes, figures, is_young, soon_of
from shopify_app.retention.timing.comparing import Against, choices, compared_span, read_against
from shopify_app.retention.timing.gaps import quantiles
from shopify_app.retention.timing.pace import half_way, known_to, usual_pace
from shopify_app.retention.timing.sums import BY_DAY, EDGES, GAPS, RISK, Risk, first_days, gaps_after, risks
from shopify_app.retention.window import Unit
from tests.retention.timing.shops import FIRST, columns_from, simulated


def span(first, last):
    return Span(date.fromisoformat(first), date.fromisoformat(last))


def days_of(first, last):
    return Span(date.fromordinal(FIRST + first), date.fromordinal(FIRST + last))


def period(shop, asked, as_of):
    """What a page would make of a shop, without its pages."""
    rows = columns_from(shop)
    by_day, risk = first_days(BY_DAY.share(rows, Unit.DAY)), RISK.share(rows, Unit.DAY)
    bought = {buyer for buyer, days in shop.items() for day in days if asked.start <= on(day) <= asked.end}
    back = {buyer for buyer in bought if any(on(day) <= asked.end for day in sorted(set(shop[buyer]))[1:])}
    returning = {
        buyer for buyer in back if any(asked.start <= on(day) <= asked.end for day in sorted(set(shop[buyer]))[1:])
    }
    new = [by_day.new.get(day, 0) for day in range(asked.start.toordinal(), asked.end.toordinal() + 1)]
    soon = soon_of(by_day, asked, as_of)
    return Period(asked, tuple(new), soon, Part(len(returning), len(bought)), tuple(risks(risk, *ends(asked))))


def on(day):
    return date.fromordinal(FIRST + day)


def ends(asked):
    return asked.start, asked.end


def compared(shop, now, before, as_of):
    found = changes(period(shop, now, as_of), period(shop, before, as_of), gaps_of_one(shop))
    return {change.name: change for change in found}


def gaps_of_one(shop):
    gaps = gaps_after(GAPS.share(columns_from(shop), Unit.DAY))
    return Fraction(sum(sum(each.values()) for each in gaps.values()), max(sum(gaps[1].values()), 1))


# ---- which days ----


@pytest.mark.parametrize(
    ("asked", "against", "other"),
    [
        (("2026-11-01", "2026-11-30"), Against.BEFORE, ("2026-10-02", "2026-10-31")),
        (("2026-11-01", "2026-11-30"), Against.LAST_YEAR, ("2025-11-01", "2025-11-30")),
        (("2024-02-29", "2024-02-29"), Against.LAST_YEAR, ("2023-02-28", "2023-02-28")),
        (("2024-02-10", "2024-02-29"), Against.LAST_YEAR, ("2023-02-10", "2023-02-28")),
        (("2024-02-29", "2024-03-31"), Against.LAST_YEAR, ("2023-02-28", "2023-03-31")),
        # Whole months against whole months, one day longer where the year before was a leap year.
        (("2025-02-01", "2025-02-28"), Against.LAST_YEAR, ("2024-02-01", "2024-02-29")),
        (("2025-02-10", "2025-02-28"), Against.LAST_YEAR, ("2024-02-10", "2024-02-28")),
        (("2026-02-18", "2026-03-19"), Against.SEASON, ("2025-03-01", "2025-03-29")),
    ],
)
def test_the_days_that_a_period_is_held_against(asked, against, other):
    assert compared_span(span(*asked), against, "KWD") == span(*other)


def test_more_than_a_year_has_no_same_days_a_year_before():
    assert compared_span(span("2025-01-01", "2026-01-01"), Against.LAST_YEAR, "KWD") is None


def test_only_what_our_orders_reach_back_to_can_be_chosen():
    ramadan = span("2026-02-18", "2026-03-19")
    assert set(choices(ramadan, "KWD", date(2025, 2, 18))) == set(Against)
    assert set(choices(ramadan, "KWD", date(2025, 3, 1))) == {Against.BEFORE, Against.SEASON}
    assert choices(ramadan, "KWD", date(2026, 2, 1)) == {}


@given(st.dates(date(1950, 1, 1), date(2070, 1, 1)), st.integers(0, 500), st.sampled_from(Against))
def test_no_period_is_held_against_itself(start, length, against):
    asked = Span(start, start + timedelta(days=length))
    other = compared_span(asked, against, "SAR")
    assert other is None or other.end < asked.start


def test_what_cannot_be_compared_with_is_said():
    with pytest.raises(Malformed):
        read_against("yesterday")


# ---- the pace of a period ----


def test_the_pace_of_a_period_worked_out_by_hand():
    # On every tenth day spent waiting somebody came, in the first 20 days; nobody after.
    there = [Risk(above, up_to, 1000, 100 if up_to <= 21 else 0) for above, up_to in pairwise(EDGES)]
    share = 1 - 0.9**21
    assert known_to(there) == 365
    assert half_way(there, 21, 365)[0] == pytest.approx(1)
    assert usual_pace(there, 365) == 6
    assert 1 - 0.9**5 < share / 2 < 1 - 0.9**6


def test_the_pace_is_told_as_far_as_it_was_lived_through():
    def lived(until):
        return [Risk(above, up_to, 30 * (up_to <= until), 10) for above, up_to in pairwise(EDGES)]

    assert [known_to(lived(until)) for until in (365, 300, 180, 90, 70)] == [365, 180, 180, 90, 0]
    assert known_to([Risk(0, 365, 10_000, 29)]) == 0


def test_a_planted_rhythm_is_found_by_the_pace_of_any_period_and_by_the_usual_gap():
    shop = simulated(3, days=900, a_day=4, rhythm=lambda _day: 40)
    gaps = gaps_after(GAPS.share(columns_from(shop), Unit.DAY))
    together = {}
    for each in gaps.values():
        for gap, times in each.items():
            together[gap] = together.get(gap, 0) + times
    # The median of these gaps, 4 parts of 10 days each, is 36.7.
    assert abs(quantiles(together, ((1, 2),))[0] - 37) <= 2
    risk = RISK.share(columns_from(shop), Unit.DAY)
    for start in (200, 400, 700):
        lived = risks(risk, on(start), on(start + 90))
        assert abs(usual_pace(lived, known_to(lived)) - 37) <= 3


def test_a_slower_rhythm_is_seen_beyond_chance():
    shop = simulated(4, days=730, a_day=3, rhythm=lambda day: 25 if day < 365 else 40)
    slower = compared(shop, days_of(500, 729), days_of(100, 329), on(729))["usual_gap"]
    assert slower.beyond_chance
    assert abs(slower.before - 23) <= 3
    assert abs(slower.now - 37) <= 4


def test_that_three_busy_customers_slow_down_is_no_change_of_the_shop():
    """Their gaps are many, and tell of three people."""
    once = {who: [who % 700] for who in range(10, 2500)}
    busy = {who: [*range(0, 350, 5), *range(350, 700, 8)] for who in range(3)}
    shop = {**once, **busy}
    periods = [period(shop, days_of(first, first + 299), on(699)) for first in (400, 50)]
    told = {many: changes(*periods, many)[3] for many in (Fraction(1), gaps_of_one(shop))}
    assert [change.beyond_chance for change in told.values()] == [True, False]
    assert (told[Fraction(1)].now, told[Fraction(1)].before) == (8, 5)


def test_in_a_young_growing_shop_gaps_that_end_get_longer_and_its_pace_does_not():
    shop = simulated(5, days=400, a_day=4, rhythm=lambda _day: 90, comes_back=0.8)
    ended = {True: [], False: []}
    for days in shop.values():
        for one, next_one in pairwise(days):
            ended[next_one > 200].append(next_one - one)
    naive = [sorted(gaps)[len(gaps) // 2] for gaps in (ended[False], ended[True])]
    assert naive[1] - naive[0] >= 8
    gap = compared(shop, days_of(200, 399), days_of(0, 199), on(399))["usual_gap"]
    assert not gap.beyond_chance
    assert abs(gap.now - gap.before) <= 6


# ---- more than chance ----


def test_in_flat_shops_hardly_anything_is_called_a_change():
    """Of 60 comparisons of shops in which nothing ever changes, at most 6 call something changed."""
    called = 0
    for seed in range(60):
        shop = simulated(100 + seed, days=500, a_day=1.5, rhythm=lambda _day: 30, comes_back=0.6)
        found = compared(shop, days_of(320, 409), days_of(230, 319), on(499))
        called += any(change.beyond_chance for change in found.values())
    assert called <= 6


def test_a_planted_lift_is_called_one():
    shop = simulated(6, days=700, a_day=4, comes_back=0.35)
    better = {buyer + 10_000: days for buyer, days in simulated(7, days=700, a_day=4, comes_back=0.55).items()}
    mixed = {**{b: d for b, d in shop.items() if d[0] < 350}, **{b: d for b, d in better.items() if d[0] >= 350}}
    soon = compared(mixed, days_of(400, 580), days_of(150, 330), on(699))["soon"]
    assert soon.beyond_chance
    assert soon.now > soon.before


def test_that_a_young_shop_has_more_and_more_returning_customers_is_no_change():
    shop = simulated(8, days=400, a_day=4, comes_back=0.8, rhythm=lambda _day: 60)
    periods = [period(shop, days_of(first, first + 199), on(399)) for first in (200, 0)]
    told = {young: changes(*periods, Fraction(3), young=young)[2] for young in (True, False)}
    assert (told[True].beyond_chance, told[False].beyond_chance) == (False, True)
    assert is_young(days_of(364, 400), on(0))
    assert not is_young(days_of(365, 400), on(0))


def test_a_month_with_a_day_more_has_more_new_customers_and_no_change():
    flat = [Period(days_of(0, days - 1), (10,) * days, Part(0, 0), Part(0, 0), ()) for days in (31, 30)]
    found = changes(*flat, Fraction(1))[0]
    assert (found.now, found.before, found.beyond_chance) == (310, 300, False)


def test_days_of_sales_make_other_days_vary_more_than_lot_would():
    quiet, wild = (10,) * 56, (*(5, 5, 5, 5, 5, 5, 10) * 6, *(10, 10, 10, 10, 20, 50, 50) * 2)
    assert sum(quiet) == sum(wild)
    more = (13,) * 56
    one = [Period(days_of(0, 55), new, Part(0, 0), Part(0, 0), ()) for new in (more, quiet)]
    two = [Period(days_of(0, 55), new, Part(0, 0), Part(0, 0), ()) for new in (more, wild)]
    assert changes(*one, Fraction(1))[0].beyond_chance
    assert not changes(*two, Fraction(1))[0].beyond_chance


def test_of_fewer_than_thirty_people_no_share_is_told_and_nothing_is_a_change():
    few = Period(days_of(0, 29), (1,) * 30, Part(20, 29), Part(29, 29), ())
    many = Period(days_of(0, 29), (1,) * 30, Part(0, 300), Part(0, 300), ())
    assert [(change.now, change.beyond_chance) for change in changes(few, many, Fraction(1))[1:]] == [(None, False)] * 3
    assert [change.now for change in figures(few)] == [30, None, None, None]


def test_only_who_has_had_ninety_days_is_asked_whether_he_came_back_within_them():
    shop = {buyer: [buyer] for buyer in range(100)}
    shop[5] = [5, 95]
    shop[6] = [6, 97]
    rows = first_days(BY_DAY.share(columns_from(shop), Unit.DAY))
    assert soon_of(rows, days_of(0, 99), on(100)) == Part(1, 11)
    assert soon_of(rows, days_of(20, 99), on(100)) == Part(0, 0)
