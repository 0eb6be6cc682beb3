"""Cohorts: those of the golden shop and of published figures, and on random shops what a slow count gives."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.clock import Instant, LocalDay
from shopify_app.retention.coming_back.cohorts import Show, average, cohorts_of
from shopify_app.retention.coming_back.grid import What, cells, key
from shopify_app.retention.coming_back.periods import Period
from shopify_app.retention.counting import Booking, numbered
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.window import Basis, Unit
from tests.retention.coming_back.shops import AS_OF, by_hand, kept, orders, rows_of, told

ZONES = [ZoneInfo(name) for name in ("UTC", "Asia/Kuwait", "America/New_York", "Pacific/Apia")]
zones, bases, units, periods = (st.sampled_from(each) for each in (ZONES, list(Basis), list(Unit), list(Period)))


@given(orders, bases, units, periods, zones, st.dictionaries(st.integers(1, 5), st.integers(0, 2)))
def test_a_grid_is_what_a_slow_count_gives(orders, basis, unit, period, zone, hidden):
    rows = rows_of(orders, basis, zone, hidden)
    assert told(rows, basis, unit, period) == by_hand(rows, unit, period)


@given(orders, bases, units, periods, zones)
def test_property_4_a_grid_adds_up(orders, basis, unit, period, zone):
    """Net of all cells is that of all known customers; each of them is in one cohort; nobody counts twice in a cell."""
    rows = rows_of(orders, basis, zone)
    known = [row for (_, who), mine in rows.items() if who > 0 for row in mine]
    totals = Counter()
    sums = kept(rows, basis, unit, period)
    places = zip(*(each.tolist() for each in cells(sums.keys)), strict=True)
    for (cohort, age, what), value in zip(places, sums.values.tolist(), strict=True):
        totals[what] += value
        totals[what, cohort] += value
        totals[what, cohort, age] += value
    assert totals[What.NET] == sum(row.net for row in known)
    sizes = {
        cohort: totals[What.BOUGHT, cohort, 0]
        for _, cohort in (one for one in totals if type(one) is tuple and len(one) == 2)
    }
    assert sum(sizes.values()) == len({row.buyer_id for row in known})
    for one in [one for one in totals if isinstance(one, tuple) and len(one) == 3 and one[0] is What.BOUGHT]:
        assert 0 < totals[one] <= sizes[one[1]]
    for cohort, size in sizes.items():
        assert totals[What.BOUGHT, cohort] <= totals[What.ORDERS, cohort]
        assert totals[What.BACK, cohort] <= size
    for start, (size, shown) in told(rows, basis, unit, period).items():
        assert shown[0][1] == size, f"all of them bought in the period of {start}"
        assert all(sooner[2] <= later[2] <= size for sooner, later in pairwise(shown)), "who came back has come back"


@given(orders, st.integers(0, 29), bases, units, periods)
def test_property_7_a_first_order_that_goes_moves_its_customer_to_a_later_cohort(orders, gone, basis, unit, period):
    """And one that comes, to an earlier one; back again, nothing has changed."""
    utc = ZONES[0]
    fewer = orders[:gone] + orders[gone + 1 :]
    before, after = cohort_of_each(fewer, period), cohort_of_each(orders, period)
    assert all(after[who] <= start for who, start in before.items())
    rows = rows_of(orders, basis, utc)
    assert told(rows_of(fewer + orders[gone : gone + 1], basis, utc), basis, unit, period) == told(
        rows, basis, unit, period
    )


def cohort_of_each(orders, period):
    found = {}
    for who, at, *_ in orders:
        if who:
            number = period.of(at.date())
            found[who] = min(found.get(who, number), number)
    return found


@given(orders, st.permutations(range(1, 6)), st.permutations(range(1, 31)), st.integers(1, 1000), units, periods)
def test_property_9_names_and_the_size_of_money_make_no_difference(orders, people, numbers, scale, unit, period):
    # Two orders of one moment stand in order of their numbers: of those, names do make a difference.
    moments = Counter((who, at) for who, at, *_ in orders)
    orders = [one for one in orders if moments[one[:2]] == 1]
    names = {**{-one: other for one, other in enumerate(people, start=1)}, **dict(enumerate(numbers, start=1))}
    plain, other = (
        told(rows_of(orders, Basis.KEPT, ZONES[0], **how), Basis.KEPT, unit, period)
        for how in ({}, {"numbers": names, "scale": scale})
    )
    grown = {
        start: (size, [(*one[:4], one[4] * scale, one[5] * scale) for one in cells])
        for start, (size, cells) in plain.items()
    }
    assert other == grown


@given(orders, st.integers(1, 60), units)
def test_property_9_whole_weeks_later_everything_is_the_same(orders, weeks, unit):
    """In a zone without daylight saving; months have different lengths, so people may move between those."""
    utc, by = ZONES[0], timedelta(weeks=weeks)
    later = [(who, Instant(at + by), net, back) for who, at, net, back in orders]
    here, there = (
        told(rows_of(each, Basis.KEPT, utc), Basis.KEPT, unit, Period.WEEK, LocalDay(AS_OF + shift))
        for each, shift in ((orders, timedelta()), (later, by))
    )
    assert there == {start + by: cells for start, cells in here.items()}


@given(orders, bases, units, periods, zones)
def test_property_10_in_every_zone_nobody_and_nothing_is_lost(orders, basis, unit, period, zone):
    """Months of a zone sum to what all days do, and are those of the same moments as its clocks show them."""
    there = rows_of(orders, basis, zone)
    local = [(who, Instant(at.astimezone(zone).replace(tzinfo=UTC)), net, back) for who, at, net, back in orders]
    naive = rows_of(local, basis, ZONES[0])
    twice = {at for who, at, *_ in orders if at.astimezone(zone).fold}
    if not twice:
        assert told(there, basis, unit, period) == told(naive, basis, unit, period)
    far = LocalDay(date(2027, 1, 1))
    whole = told(there, basis, unit, period, far)
    assert sum(size for size, _ in whole.values()) == len({who for who, *_ in orders if who})
    if period is not Period.WEEK:
        net = sum(row.net for (_, who), mine in there.items() if who > 0 for row in mine)
        assert sum(cells[-1][5] for _, cells in whole.values()) == net


# ---- by hand ----

MARCH = LocalDay(date(2025, 3, 31))


def test_periods_follow_one_another_without_a_gap():
    day = date(2023, 12, 25)
    for period in Period:
        for number in range(period.of(day), period.of(day) + 80):
            start, end = period.start(number), period.end(number)
            assert period.of(start) == period.of(end) == number
            assert period.start(number + 1) == end + timedelta(days=1)
            both = np.array([start.toordinal(), end.toordinal()])
            assert period.of_days(both).tolist() == [number, number]
    assert Period.WEEK.start(Period.WEEK.of(day)) == day, "weeks begin on a Monday"
    assert Period.QUARTER.start(Period.QUARTER.of(day)) == date(2023, 10, 1)


def test_a_period_that_is_not_over_is_in_no_average():
    """Three cohorts of two, each with one person back in the month after: of the last nobody can know yet."""
    sums = {}
    months = [Period.MONTH.of(date(2025, month, 1)) for month in (1, 2, 3)]
    for month in months:
        sums |= {key(month, 0, What.BOUGHT): 2, key(month, 1, What.BACK): 1}
    found = cohorts_of(of(sums), Period.MONTH, LocalDay(date(2025, 4, 20)))
    assert [one.size for one in found] == [2, 2, 2, 0]
    assert [one.ages for one in found] == [4, 3, 2, 1]
    assert [one.is_final(1) for one in found] == [True, True, False, False]
    assert average(found, 1, Show.BACK).figure(Show.BACK) == Fraction(2, 4)
    assert average(found, 1, Show.BACK).people == 4
    assert [one.start.month for one in average(found, 1, Show.BACK).cohorts] == [1, 2]
    assert average(found, 3, Show.BACK).figure(Show.BACK) is None
    on_the_last_day = cohorts_of(of(sums), Period.MONTH, LocalDay(date(2025, 4, 30)))
    assert average(on_the_last_day, 1, Show.BACK).people == 6


def test_people_who_are_not_all_known_are_in_no_average():
    """Shopify shows orders from the 10th of January on: who else first bought in January nobody tells."""
    sums = of({key(Period.MONTH.of(date(2025, month, 1)), 0, What.BOUGHT): 5 for month in (1, 2)})
    found = cohorts_of(sums, Period.MONTH, MARCH, known_from=LocalDay(date(2025, 1, 10)))
    assert [one.whole for one in found] == [False, True, True]
    assert average(found, 0, Show.BOUGHT).people == 5


def test_whose_first_order_is_not_shown_to_us_is_in_no_cohort():
    orders = [
        (1, Instant(datetime(2025, 1, 5, tzinfo=UTC)), 100, None),
        (2, Instant(datetime(2025, 1, 6, tzinfo=UTC)), 100, None),
    ]
    rows = rows_of(orders, Basis.KEPT, ZONES[0], hidden={2: 3})
    assert {start: size for start, (size, _) in told(rows, Basis.KEPT, Unit.ORDER, Period.MONTH).items()} == {
        date(2025, 1, 1): 1
    }


def test_a_flat_shop_shows_no_decline():
    """Every month 40 people come, of whom 10 come back in each later month: so say all final cells and the averages."""
    rows = {}
    for month in range(24):
        for person in range(40):
            who, mine = month * 40 + person + 1, []
            for later in range(month, 24):
                if later == month or (person + later) % 4 == 0:
                    year, number = divmod(later, 12)
                    at = Instant(datetime(2023 + year, number + 1, 5, tzinfo=UTC))
                    mine.append(Booking(Basis.KEPT, who * 100 + later, LocalDay(at.date()), who, at, 1, 1000, 1000))
            rows["kept", who] = numbered(mine)
    as_of = LocalDay(date(2024, 12, 10))
    found = cohorts_of(kept(rows, Basis.KEPT, Unit.ORDER, Period.MONTH), Period.MONTH, as_of)
    for age in range(1, 20):
        final = [one for one in found if one.is_final(age)]
        assert {one.figure(age, Show.BOUGHT) for one in final} == {Fraction(1, 4)}
        assert average(found, age, Show.BOUGHT).figure(Show.BOUGHT) == Fraction(1, 4)
        assert {one.figure(age, Show.NET) for one in final} == {Fraction(250)}
    rising = [average(found, age, Show.BACK).figure(Show.BACK) for age in range(23)]
    assert all(sooner <= later for sooner, later in pairwise(rising))
    assert not [one for one in found if one.is_final(0) and one.span.end > as_of]


def of(sums):
    keys, values = (np.array(list(each), dtype=np.int64) for each in (sums.keys(), sums.values()))
    return Sums.of(keys, values)
