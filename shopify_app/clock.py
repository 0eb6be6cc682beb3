"""The one place that reads the clock, and the types that time has everywhere else."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NewType
from zoneinfo import ZoneInfo

Instant = NewType("Instant", datetime)
"""A moment: always timezone-aware, always UTC."""

LocalDay = NewType("LocalDay", date)
"""A calendar day in the shop's own IANA time zone."""

Clock = Callable[[], Instant]

SKEW = timedelta(seconds=5)
"""Our clock and Shopify's may differ by so much: of two moments, one of each, that lie closer the order is open."""
AHEAD = timedelta(minutes=10)
"""What lies further in the future than this was written by a clock that was wrong."""


def system_clock() -> Instant:
    """The real time, in UTC."""
    return Instant(datetime.now(UTC))


def parse_instant(text: str) -> Instant:
    """Read an ISO 8601 moment with an offset; ValueError when the offset is missing."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no UTC offset in {text!r}")
    return Instant(moment.astimezone(UTC))


def not_ahead(moment: Instant | None, now: Instant) -> Instant | None:
    """The moment, unless it is yet to come: then the clock that it was read from was wrong, and it says nothing."""
    return None if moment is None or moment - now >= AHEAD else moment


def local_day(moment: Instant, zone: ZoneInfo) -> LocalDay:
    """The shop's calendar day at that moment, daylight saving included."""
    return LocalDay(moment.astimezone(zone).date())


def day_start(day: LocalDay, zone: ZoneInfo) -> Instant:
    """The first moment of a local day.

    The zone decides how long the day is (23 to 25 hours); where midnight itself is skipped,
    this is the first moment that exists.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return Instant(midnight.astimezone(UTC))


def next_day(day: LocalDay) -> LocalDay:
    """The calendar day after."""
    return LocalDay(day + timedelta(days=1))
