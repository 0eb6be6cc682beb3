"""Sums of timing against counting on fingers, and what must hold of anything that is kept."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shopify_app.retention.history.sums import Sums
from shopify_app.retention.timing.sums import (
    BY_DAY,
    EDGES,
    GAPS,
    LATER,
    RISK,
    SOON,
    first_days,
    gaps_after,
    monthly,
    risks,
    waits_after,
    weekly,
)
from shopify_app.retention.window import Unit
from tests.retention.timing.shops import FIRST, columns_from, histories, purchase_days

TALLIES = (GAPS, RISK, BY_DAY)
END = 500


def sums(tally, shop, until=None):
    return tally.share(columns_from(shop, until), Unit.DAY)


def on(day):
    return date.fromordinal(FIRST + day)


def counted(found):
    times = {}
    for each in found:
        times[each] = times.get(each, 0) + 1
    return times


@given(histories, st.integers(0, END))
def test_gaps_and_waits_are_those_of_each_customer(shop, as_of):
    gaps = {place: [] for place in range(1, LATER + 1)}
    waits = {place: [] for place in range(1, LATER + 1)}
    for days in purchase_days(shop, as_of).values():
        for place in range(1, len(days)):
            gaps[min(place, LATER)].append(days[place] - days[place - 1])
        waits[min(len(days), LATER)].append(as_of - days[-1])
    found = sums(GAPS, shop, as_of)
    assert gaps_after(found) == {place: counted(each) for place, each in gaps.items()}
    assert waits_after(found, on(as_of)) == {place: counted(each) for place, each in waits.items()}


@given(histories, st.integers(0, END), st.integers(0, END))
def test_risk_is_every_day_that_every_customer_waited(shop, start, end):
    start, end = sorted((start, end))
    lived, came = [0] * len(EDGES), [0] * len(EDGES)
    for days in purchase_days(shop).values():
        for day in range(start, end + 1):
            before = [each for each in days if each < day]
            waited = day - before[-1] if before else 0
            place = next((at for at, above in enumerate(EDGES[:-1]) if above < waited <= EDGES[at + 1]), None)
            if place is not None:
                lived[place] += 1
                came[place] += day in days
    found = risks(sums(RISK, shop), on(start), on(end))
    assert [(risk.days, risk.came) for risk in found] == list(zip(lived, came, strict=True))[:-1]


@given(histories, st.sampled_from(Unit))
def test_first_days_weeks_and_months_are_those_of_each_customer(shop, unit):
    new, back, weeks, weeks_back, months, months_back = ([] for _ in range(6))
    for days in purchase_days(shop).values():
        new.append(FIRST + days[0])
        if len(days) > 1 and days[1] - days[0] <= SOON:
            back.append(FIRST + days[0])
    for days in (
        purchase_days(shop) if unit is Unit.DAY else {buyer: sorted(mine) for buyer, mine in shop.items()}
    ).values():
        for named, returning, period in ((weeks, weeks_back, week), (months, months_back, month)):
            named += {period(day) for day in days}
            returning += {period(day) for day in days[1:]}
    found = BY_DAY.share(columns_from(shop), unit)
    assert (first_days(found).new, first_days(found).back) == (counted(new), counted(back))
    assert (weekly(found).customers, weekly(found).returning) == (counted(weeks), counted(weeks_back))
    assert (monthly(found).customers, monthly(found).returning) == (counted(months), counted(months_back))


def week(day):
    monday = on(day) - timedelta(days=on(day).weekday())
    return (monday.toordinal() - 1) // 7


def month(day):
    return on(day).year * 12 + on(day).month - 1


@given(histories, histories)
def test_what_is_kept_is_a_sum_over_customers(shop, others):
    others = {buyer + 100: days for buyer, days in others.items()}
    for tally in TALLIES:
        assert sums(tally, {**shop, **others}) == sums(tally, shop) + sums(tally, others)
        assert sums(tally, {}) == Sums.none()
        assert all(key >= 0 for key, _ in sums(tally, shop).items())


@given(histories, st.integers(0, 400))
def test_when_the_shop_opened_makes_no_difference_to_gaps(shop, later):
    moved = {buyer: [day + later for day in days] for buyer, days in shop.items()}
    as_of = on(END)
    for told in (gaps_after, lambda found: waits_after(found, as_of + timedelta(days=later))):
        here = gaps_after(sums(GAPS, shop)) if told is gaps_after else waits_after(sums(GAPS, shop), as_of)
        assert told(sums(GAPS, moved)) == here


def test_several_orders_of_one_day_are_one_purchase():
    assert gaps_after(sums(GAPS, {1: [0, 0, 10, 10, 10]}))[1] == {10: 1}


def test_a_first_purchase_that_others_came_before_is_nobodys_first():
    """Where Shopify shows 60 days, a customer's first order that we know may be their fifth."""
    from shopify_app.retention.history.columns import columns

    found = GAPS.share(columns([(1, on(0), 1, 500, 5, 5), (1, on(9), 1, 500, 6, 6)]), Unit.DAY)
    assert (gaps_after(found)[1], gaps_after(found)[LATER]) == ({}, {9: 1})
