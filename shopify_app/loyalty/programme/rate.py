"""Earning more, less or nothing on some products, always or in some season. Pure.

Days are the shop's own, in the time zone that it had when the rate was added: an order keeps what it has earned when
the shop moves.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.moon import moon_day, moon_year, sun_day

ALL, PRODUCTS, COLLECTIONS = "all", "products", "collections"
KINDS = (ALL, PRODUCTS, COLLECTIONS)
USUAL = 100
"""Percent that whatever has no rate earns."""


class Days(Struct, frozen=True, tag="days"):
    """From one day until another, both included, once."""

    first: date
    last: date


class MoonDays(Struct, frozen=True, tag="moon"):
    """Month and day of the Hijri year, from one until the other, both included, every year; it may go over its end.

    A month of 29 days ends with its last, also where the thirtieth is named.
    """

    first: tuple[int, int]
    last: tuple[int, int]


RAMADAN, TEN_DAYS = MoonDays((9, 1), (9, 30)), MoonDays((12, 1), (12, 10))
"""The month of fasting; the first ten days of Dhu al-Hijja."""


class Rate(Struct, frozen=True):
    """How much of the usual points some products earn in some season."""

    id: str
    percent: int
    """Of the usual points, bonuses and what each order gives besides apart; 0 for products that earn nothing."""
    what: str = ALL
    """One of KINDS."""
    of: tuple[tuple[int, str], ...] = ()
    """Number, and title when it was chosen, of each product or collection."""
    when: Days | MoonDays | None = None
    """None for always."""
    zone: str = "UTC"

    def holds(self, at: Instant) -> bool:
        """Whether it is its season."""
        return self.when is None or _is_within(self.when, local_day(at, ZoneInfo(self.zone)))

    def is_for(self, product: int | None, collections: Collection[int]) -> bool:
        """Whether it is about a product that stands in these collections."""
        if self.what == PRODUCTS:
            return any(number == product for number, _ in self.of)
        return self.what == ALL or any(number in collections for number, _ in self.of)


def percent_of(rates: Sequence[Rate], product: int | None, collections: Collection[int]) -> int:
    """What a product earns where these rates hold: the most that any says, but nothing if one says nothing."""
    said = [rate.percent for rate in rates if rate.is_for(product, collections)]
    return 0 if 0 in said else max(said, default=USUAL)


def is_over(rate: Rate, today: LocalDay) -> bool:
    """Whether its season has gone by and does not come again; `today` in the shop's calendar."""
    return isinstance(rate.when, Days) and rate.when.last < today


class Stretch(NamedTuple):
    """One time that a season comes, both days included."""

    first: LocalDay
    last: LocalDay


def stretches(when: Days | MoonDays, around: LocalDay) -> Iterator[Stretch]:
    """The times that a season comes around a day, from the year before until the one after; the one time of days."""
    if isinstance(when, Days):
        yield Stretch(LocalDay(when.first), LocalDay(when.last))
        return
    year = moon_year(around)
    for number in range(year - 2, year + 2):
        over = when.last < when.first
        first, after = _moon(number, *when.first), _moon(number + over, *_following(when.last))
        if first is not None and after is not None and first < after:
            yield Stretch(first, LocalDay(after - timedelta(days=1)))


def _following(last: tuple[int, int]) -> tuple[int, int]:
    return last[0], last[1] + 1


def _moon(year: int, month: int, day: int) -> LocalDay | None:
    """The day; where a month has no such day, the first of the next month."""
    try:
        first = sun_day(year, month, 1)
    except (OverflowError, ValueError):
        return None
    found = LocalDay(first + timedelta(days=day - 1))
    of = moon_day(found)
    if of is None or of.month == month:
        return found
    return LocalDay(found - timedelta(days=of.day - 1))


@lru_cache(4096)
def _is_within(when: Days | MoonDays, day: LocalDay) -> bool:
    if isinstance(when, Days):
        return when.first <= day <= when.last
    of = moon_day(day)
    if of is None:
        return False
    both = of[1:]
    if when.first <= when.last:
        return when.first <= both <= when.last
    return both >= when.first or both <= when.last
