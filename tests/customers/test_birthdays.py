"""On which day a birthday is kept: once in each year of its calendar, whatever that year lacks."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopify_app.customers.birthdays.calendar import CALENDARS, GREGORIAN, HIJRI, day_of, kept_on

BORN = st.dates(date(1930, 1, 1), date(2024, 12, 31))


@settings(max_examples=60, deadline=None)
@given(BORN, st.sampled_from(CALENDARS), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_everybody_has_one_birthday_in_each_year_of_the_calendar(born, calendar, begin):
    days = [begin + timedelta(days=number) for number in range(5 * 366)]
    mine = [kept_on(day, calendar).year for day in days if day_of(born, calendar) in kept_on(day, calendar).days]
    every = {kept_on(day, calendar).year for day in days}
    assert len(mine) == len(set(mine))
    # The first and the last year are in it in part.
    assert every - {min(every), max(every)} <= set(mine)


@pytest.mark.parametrize(
    ("born", "today", "kept"),
    [
        ("1992-02-29", "2026-02-28", True),
        ("1992-02-29", "2028-02-28", False),
        ("1992-02-29", "2028-02-29", True),
        ("1990-02-28", "2026-02-28", True),
        ("1990-03-01", "2026-03-01", True),
    ],
)
def test_the_29th_of_february_is_kept_on_the_28th_where_there_is_none(born, today, kept):
    days = kept_on(date.fromisoformat(today), GREGORIAN).days
    assert (day_of(date.fromisoformat(born), GREGORIAN) in days) is kept


def test_a_hijri_birthday_moves_through_the_seasons():
    # 1 Ramadan of 1410 was 27 March 1990; of 1447 it was 18 February 2026, of 1448 8 February 2027.
    born = day_of(date(1990, 3, 27), HIJRI)
    assert born == "09-01"
    assert kept_on(date(2026, 2, 18), HIJRI) == (1447, ("09-01",))
    assert kept_on(date(2027, 2, 8), HIJRI) == (1448, ("09-01",))


def test_the_30th_of_a_hijri_month_is_kept_on_the_29th_where_there_is_none():
    short = [day for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(354)) if len(_kept(day)) == 2]
    assert 4 <= len(short) <= 8
    for day in short:
        tomorrow = _kept(day + timedelta(days=1))
        assert _kept(day)[1].endswith("-30")
        assert tomorrow[0].endswith("-01")


def _kept(day):
    return kept_on(day, HIJRI).days


def test_who_was_born_before_the_table_begins_has_no_hijri_birthday():
    assert day_of(date(1900, 1, 1), HIJRI) is None
    assert day_of(date(1900, 1, 1), GREGORIAN) == "01-01"
