"""On which day a birthday is kept, by the calendar that it is kept by. Pure.

Hijri days are those of shopify_app/moon.py.
"""

from calendar import isleap
from datetime import date
from typing import NamedTuple

from shopify_app.clock import LocalDay
from shopify_app.moon import month_length, moon_day

GREGORIAN, HIJRI = "gregorian", "hijri"
CALENDARS = (GREGORIAN, HIJRI)
_SHORT_MONTH = 29


class Kept(NamedTuple):
    """What is kept on a day."""

    year: int
    """The year of the calendar: 2026, or 1448."""
    days: tuple[str, ...]
    """Month and day of those whose day it is; more than one where a day is missing from this year."""


def day_of(born: date, calendar: str) -> str | None:
    """Month and day of a birth date, 02-29; None for one that the calendar's table does not reach (before 1924)."""
    if calendar == GREGORIAN:
        return _written(born.month, born.day)
    moon = moon_day(born)
    return moon and _written(moon.month, moon.day)


def kept_on(today: LocalDay, calendar: str) -> Kept:
    """Whose birthday is kept today: what has no day of its own in this year is kept on the last day of its month."""
    if calendar == GREGORIAN:
        short = (today.month, today.day) == (2, 28) and not isleap(today.year)
        return Kept(today.year, _days(today.month, today.day, short=short))
    moon = moon_day(today)
    if moon is None:
        return Kept(today.year, ())
    short = moon.day == _SHORT_MONTH == month_length(moon.year, moon.month)
    return Kept(moon.year, _days(moon.month, moon.day, short=short))


def _days(month: int, day: int, *, short: bool) -> tuple[str, ...]:
    return (_written(month, day), *([_written(month, day + 1)] if short else []))


def _written(month: int, day: int) -> str:
    return f"{month:02}-{day:02}"
