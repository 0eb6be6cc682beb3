"""Seasons: the Hijri year against a known table, sales days by the calendar, one season against the one before."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.retention.seasons import MOON_YEAR, Band, Season, Span, bands, same_season, seasons_since

# The first days of Ramadan by the Umm al-Qura calendar, as printed, 1440 to 1460.
RAMADAN = [
    "2019-05-06",
    "2020-04-24",
    "2021-04-13",
    "2022-04-02",
    "2023-03-23",
    "2024-03-11",
    "2025-03-01",
    "2026-02-18",
    "2027-02-08",
    "2028-01-28",
    "2029-01-16",
    "2030-01-05",
    "2030-12-26",
    "2031-12-15",
    "2032-12-04",
    "2033-11-23",
    "2034-11-12",
    "2035-11-01",
    "2036-10-20",
    "2037-10-10",
    "2038-09-30",
]
SINCE_THE_RULE = Span(date(2002, 3, 15), date(2077, 1, 1))
"""From 1423 on, when the rule of today was adopted; the months before are those that were announced."""


def day(text):
    return date.fromisoformat(text)


def span(first, last):
    return Span(day(first), day(last))


def of(season, found):
    return [band for band in found if band.season is season]


def test_ramadan_begins_as_the_calendar_says():
    found = of(Season.RAMADAN, bands(Span(day("2019-01-01"), day("2038-12-31")), "USD"))
    assert [(band.year, band.span.start.isoformat()) for band in found] == list(
        zip(range(1440, 1461), RAMADAN, strict=True)
    )


def test_every_ramadan_has_29_or_30_days_and_the_eid_is_the_day_after():
    found = bands(SINCE_THE_RULE, "USD")
    ramadans = of(Season.RAMADAN, found)
    assert [band.year for band in ramadans] == list(range(1423, 1500))
    assert {band.span.days for band in ramadans} == {29, 30}
    eids = {band.year: band.span.start for band in of(Season.EID_AL_FITR, found)}
    assert all(eids[band.year] == band.span.end + timedelta(days=1) for band in ramadans)


def test_the_other_eid_of_1447_and_its_days():
    assert of(Season.EID_AL_ADHA, bands(span("2026-01-01", "2026-12-31"), "KWD")) == [
        Band(Season.EID_AL_ADHA, 1447, span("2026-05-27", "2026-05-30"))
    ]


@pytest.mark.parametrize(
    ("year", "friday"),
    [(2018, "2018-11-23"), (2024, "2024-11-29"), (2025, "2025-11-28"), (2026, "2026-11-27"), (2029, "2029-11-23")],
)
def test_white_friday_follows_the_fourth_thursday_also_where_november_has_five_fridays(year, friday):
    (band,) = of(Season.WHITE_FRIDAY, bands(span(f"{year}-11-01", f"{year}-12-31"), "USD"))
    assert band.span.start + timedelta(days=4) == day(friday) == band.span.end - timedelta(days=3)


def test_national_days_are_those_of_the_shops_country_from_the_year_on_that_made_them_so():
    four_years = span("2021-01-01", "2024-12-31")
    named = {currency: {band.season for band in bands(four_years, currency)} for currency in ("SAR", "KWD", "USD")}
    assert named["SAR"] - named["USD"] == {Season.SAUDI_NATIONAL_DAY, Season.SAUDI_FOUNDING_DAY}
    assert named["KWD"] - named["USD"] == {Season.KUWAITI_NATIONAL_DAYS}
    assert [band.year for band in of(Season.SAUDI_FOUNDING_DAY, bands(four_years, "SAR"))] == [2022, 2023, 2024]


def test_a_season_that_only_touches_the_days_is_there_whole():
    found = bands(span("2026-03-19", "2026-03-20"), "USD")
    assert [(band.season, band.span.days) for band in found] == [(Season.RAMADAN, 30), (Season.EID_AL_FITR, 3)]


def test_ramadan_is_held_against_ramadan_also_where_one_has_a_day_more():
    assert same_season(span("2026-02-18", "2026-03-19"), "KWD") == span("2025-03-01", "2025-03-29")


def test_some_days_of_ramadan_are_held_against_the_same_days_of_it():
    assert same_season(span("2026-02-22", "2026-03-03"), "KWD") == span("2025-03-05", "2025-03-14")


def test_ramadan_with_the_days_around_it_keeps_them_around():
    before = same_season(span("2026-02-11", "2026-03-26"), "KWD")
    (ramadan,) = of(Season.RAMADAN, bands(before, "KWD"))
    assert (before.start, before.end) == (ramadan.span.start - timedelta(days=7), ramadan.span.end + timedelta(days=7))


def test_the_week_of_white_friday_is_held_against_that_week_and_not_the_same_dates():
    assert same_season(span("2025-11-24", "2025-12-01"), "USD") == span("2024-11-25", "2024-12-02")
    assert same_season(span("2025-11-24", "2025-11-26"), "USD") == span("2024-11-25", "2024-11-27")


def test_other_days_have_no_season_before_nor_has_a_period_as_long_as_a_year():
    assert same_season(span("2026-07-01", "2026-07-31"), "KWD") is None
    assert same_season(span("2025-11-22", "2026-11-21"), "KWD") is None


def test_only_seasons_that_are_wholly_known_can_be_chosen():
    found = seasons_since(day("2025-03-02"), day("2026-02-20"), "USD")
    assert [(band.season, band.year) for band in found] == [
        (Season.RAMADAN, 1447),
        (Season.WHITE_FRIDAY, 2025),
        (Season.EID_AL_ADHA, 1446),
        (Season.EID_AL_FITR, 1446),
    ]


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.integers(0, 800), st.sampled_from(["KWD", "SAR", "USD"]))
def test_any_days_at_all_have_seasons_in_turn_and_earlier_ones_that_do_not_overlap(start, length, currency):
    asked = Span(start, start + timedelta(days=length))
    found = bands(asked, currency)
    assert all(band.span.overlaps(asked) and band.span.start <= band.span.end for band in found)
    assert [band.span.start for band in found] == sorted(band.span.start for band in found)
    before = same_season(asked, currency)
    if before is not None:
        assert before.end < asked.start
        assert abs(before.days - asked.days) <= 3
        assert 353 <= (asked.start - before.start).days <= 385
        assert asked.days <= MOON_YEAR + 1
