"""Days of the Hijri year. Pure.

They are those of the Umm al-Qura calendar, which is computed beforehand. A country whose moon is sighted may begin a
month a day earlier or later; pages say so.
"""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from hijridate import Gregorian, Hijri

from shopify_app.clock import LocalDay

FIRST_YEAR, LAST_YEAR = 1343, 1500
"""The Hijri years of the calendar's table, 1924 to 2077."""
_A_FEW_YEARS = 2_000


class MoonDay(NamedTuple):
    """A day of the Hijri year."""

    year: int
    month: int
    day: int


@lru_cache(_A_FEW_YEARS)
def moon_day(day: date) -> MoonDay | None:
    """The Hijri day of a day; None beyond the calendar's table."""
    try:
        found = Gregorian.fromdate(day).to_hijri()
    except OverflowError:
        return None
    return MoonDay(found.year, found.month, found.day)


def moon_year(day: date) -> int:
    """The Hijri year of a day, the nearest one of the table where it is in none of them."""
    found = moon_day(day)
    if found is not None:
        return found.year
    return FIRST_YEAR if day.year < 2000 else LAST_YEAR


def month_length(year: int, month: int) -> int:
    """How many days a Hijri month has: 29 or 30."""
    return Hijri(year, month, 1).month_length()


def sun_day(year: int, month: int, day: int) -> LocalDay:
    """The day that a Hijri day is; OverflowError beyond the table, ValueError where there is none."""
    found = Hijri(year, month, day).to_gregorian()
    return LocalDay(date(found.year, found.month, found.day))
