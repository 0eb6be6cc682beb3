"""Days on which people buy otherwise than usual: the seasons of the Hijri year, sales days, national days. Pure.

Hijri days are those of shopify_app/moon.py.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shopify_app.clock import LocalDay
from shopify_app.moon import FIRST_YEAR, LAST_YEAR, MoonDay, month_length, moon_day, moon_year, sun_day

MOON_YEAR = 354
"""The fewest days of a Hijri year: the same days a year before a longer window would overlap it."""


class Season(StrEnum):
    """What a stretch of days is known for."""

    RAMADAN = "ramadan"
    EID_AL_FITR = "eid_al_fitr"
    EID_AL_ADHA = "eid_al_adha"
    WHITE_FRIDAY = "white_friday"
    SAUDI_NATIONAL_DAY = "saudi_national_day"
    SAUDI_FOUNDING_DAY = "saudi_founding_day"
    KUWAITI_NATIONAL_DAYS = "kuwaiti_national_days"


@dataclass(frozen=True, slots=True)
class MoonDays:
    """A season of the Hijri year; `last` is None where the month's own last day ends it."""

    month: int
    first: int
    last: int | None


MOON = {
    Season.RAMADAN: MoonDays(9, 1, None),
    Season.EID_AL_FITR: MoonDays(10, 1, 3),
    Season.EID_AL_ADHA: MoonDays(12, 10, 13),
}


@dataclass(frozen=True, slots=True)
class NationalDay:
    """A holiday of one country, known by its currency; `since` is the first year in which it was one."""

    currency: str
    since: int
    first: tuple[int, int]
    last: tuple[int, int]
    """Month and day."""


# As of November 2026. Saudi Arabia: royal decrees of 2005 (National Day) and 2022 (Founding Day). Kuwait: National Day
# and Liberation Day, one after the other, since 1992.
NATIONAL = {
    Season.SAUDI_NATIONAL_DAY: NationalDay("SAR", 2005, (9, 23), (9, 23)),
    Season.SAUDI_FOUNDING_DAY: NationalDay("SAR", 2022, (2, 22), (2, 22)),
    Season.KUWAITI_NATIONAL_DAYS: NationalDay("KWD", 1992, (2, 25), (2, 26)),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Local days, both ends included."""

    start: LocalDay
    end: LocalDay

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def overlaps(self, other: "Span") -> bool:
        """Whether they have a day in common."""
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True)
class Band:
    """One year's season; `year` is that of its own calendar, 1447 or 2026."""

    season: Season
    year: int
    span: Span

    @property
    def hijri(self) -> bool:
        """Whether it moves through the seasons of the sun."""
        return self.season in MOON


def bands(span: Span, currency: str) -> list[Band]:
    """Every season with a day in `span`, whole, by its first day; national days of the currency's country."""
    found = [*_moon_bands(span), *_sun_bands(span, currency)]
    return sorted((band for band in found if band.span.overlaps(span)), key=lambda band: (band.span.start, band.season))


def same_season(span: Span, currency: str) -> Span | None:
    """The days that answer to `span` a year before.

    A whole season has that season a year before, and some days of a sale those of it; what else touches a Hijri
    season, the same Hijri days of the year before. None for other days, and where the two would overlap or the
    calendar's table ends.
    """
    touching = bands(span, currency)
    for band in touching:
        if band.span == span:
            return _of_year(band.season, band.year - 1)
        if not band.hijri and band.span.start <= span.start and span.end <= band.span.end:
            return _part_before(band, span)
    moves = span.days <= MOON_YEAR and any(band.hijri for band in touching)
    return _moon_year_before(span) if moves else None


def seasons_since(first: LocalDay, today: LocalDay, currency: str) -> list[Band]:
    """The seasons that have begun by today and of which every day up to now is known, newest first."""
    return [band for band in reversed(bands(Span(first, today), currency)) if first <= band.span.start <= today]


def _moon_bands(span: Span) -> Iterator[Band]:
    for year in range(moon_year(span.start) - 1, moon_year(span.end) + 2):
        for season in MOON:
            of_year = _of_year(season, year)
            if of_year:
                yield Band(season, year, of_year)


def _sun_bands(span: Span, currency: str) -> Iterator[Band]:
    local = [season for season, day in NATIONAL.items() if day.currency == currency]
    for year in range(span.start.year, span.end.year + 1):
        for season in (Season.WHITE_FRIDAY, *local):
            of_year = _of_year(season, year)
            if of_year:
                yield Band(season, year, of_year)


def _of_year(season: Season, year: int) -> Span | None:
    if season in MOON:
        return _moon_span(MOON[season], year)
    if season in NATIONAL:
        return _national_span(NATIONAL[season], year)
    return _white_friday(year)


def _moon_span(days: MoonDays, year: int) -> Span | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    last = days.last or month_length(year, days.month)
    return Span(sun_day(year, days.month, days.first), sun_day(year, days.month, last))


def _national_span(day: NationalDay, year: int) -> Span | None:
    if year < day.since:
        return None
    return Span(LocalDay(date(year, *day.first)), LocalDay(date(year, *day.last)))


def _white_friday(year: int) -> Span:
    """From the Monday before until the Monday after; the Friday follows the fourth Thursday of November."""
    weekday = calendar.weekday(year, 11, 1)
    friday = date(year, 11, 1) + timedelta(days=(calendar.THURSDAY - weekday) % 7 + 22)
    return Span(LocalDay(friday - timedelta(days=4)), LocalDay(friday + timedelta(days=3)))


def _part_before(band: Band, span: Span) -> Span | None:
    whole = _of_year(band.season, band.year - 1)
    if whole is None:
        return None
    moved = band.span.start - whole.start
    return Span(LocalDay(span.start - moved), LocalDay(span.end - moved))


def _moon_year_before(span: Span) -> Span | None:
    start, end = moon_day(span.start), moon_day(span.end)
    if start is None or end is None:
        return None
    whole = end.day == month_length(end.year, end.month)
    try:
        before = Span(_year_before(start, last=False), _year_before(end, last=whole))
    except OverflowError:
        return None
    return before if before.end < span.start else None


def _year_before(day: MoonDay, *, last: bool) -> LocalDay:
    length = month_length(day.year - 1, day.month)
    return sun_day(day.year - 1, day.month, length if last else min(day.day, length))
