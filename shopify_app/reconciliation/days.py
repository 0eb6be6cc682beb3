"""Which nights and which days: pure arithmetic of the nightly comparison."""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, LocalDay, day_start, local_day, next_day

NEWEST = 60
"""Days that are compared every night: as far back as Shopify shows orders to everybody."""
ROTATION = 28
"""Nights after which every older day has been compared."""
_HOUR = time(3)
_SPREAD = 5400
"""Seconds over which the shops of one zone are spread, so that they do not all ask at once."""


def night_begins(domain: str, night: LocalDay, zone: ZoneInfo) -> Instant:
    """When a shop's comparison of this night may begin: about three o'clock, always the same for one shop."""
    later = int.from_bytes(sha256(domain.encode()).digest()[:4], "big") % _SPREAD
    three = datetime.combine(night, _HOUR, zone).astimezone(UTC)
    return Instant(three + timedelta(seconds=later))


def days_to_compare(first: LocalDay, night: LocalDay) -> list[LocalDay]:
    """The newest days and tonight's share of the older ones, newest first; none lies before `first`."""
    found = []
    for back in range(max(0, (night - first).days) + 1):
        day = LocalDay(night - timedelta(days=back))
        if back <= NEWEST or day.toordinal() % ROTATION == night.toordinal() % ROTATION:
            found.append(day)
    return found


def first_visible(now: Instant, zone: ZoneInfo, days: int = NEWEST) -> LocalDay:
    """The oldest day that Shopify shows whole to an app that sees so many days back."""
    return next_day(local_day(Instant(now - timedelta(days=days)), zone))


def span(day: date, zone: ZoneInfo, until: Instant) -> tuple[Instant, Instant]:
    """The first moment of a local day and the first after it, or `until` where that comes before."""
    start = day_start(LocalDay(day), zone)
    return start, max(start, min(until, day_start(next_day(LocalDay(day)), zone)))
