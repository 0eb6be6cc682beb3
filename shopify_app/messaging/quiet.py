"""Hours in which nobody is written to, in the zone of whoever would read it. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant
from shopify_app.moon import moon_day

FRIDAY = 4
"""By date.weekday."""
_RAMADAN = 9


class Quiet(NamedTuple):
    """A stretch of each day that it holds on: from a time until another one, which may be on the next day."""

    begins: time
    ends: time
    weekday: int | None = None
    """On this day of the week alone, as it begins; None for each day."""
    ramadan: bool | None = None
    """In Ramadan alone, or outside of it alone; None for all the year."""

    def holds_on(self, day: date) -> bool:
        """Whether it begins on that day."""
        if self.weekday is not None and day.weekday() != self.weekday:
            return False
        moon = moon_day(day)
        return self.ramadan is None or self.ramadan == (moon is not None and moon.month == _RAMADAN)

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its two ends, where it begins on that day; a time that the clocks skip is when they go on."""
        until = day if self.ends > self.begins else day + timedelta(days=1)
        return datetime.combine(day, self.begins, zone), datetime.combine(until, self.ends, zone)


_MIDNIGHT = time(0)
NIGHTS = (Quiet(time(22), _MIDNIGHT, ramadan=False), Quiet(_MIDNIGHT, time(9), ramadan=False))
"""Late evening until morning, but for the days of Ramadan, which have their own; each day has both its ends."""
FRIDAYS = (Quiet(time(11, 30), time(13, 30), FRIDAY),)
"""The time of the Friday prayer."""
RAMADAN = (Quiet(_MIDNIGHT, time(11), ramadan=True), Quiet(time(16, 30), time(20), ramadan=True))
"""In Ramadan people are up until late and sleep long; before sunset and until after the meal nobody is written to."""
PRESETS = {"nights": NIGHTS, "fridays": FRIDAYS, "ramadan": RAMADAN}
"""What a merchant can switch on, by name; without Ramadan's own the nights are quiet all the year."""
ALL_NIGHTS = (Quiet(time(22), time(9)),)
"""Where Ramadan has none of its own."""
_LONGEST = 8


def hours_of(presets: Iterable[str]) -> tuple[Quiet, ...]:
    """The hours of these presets together."""
    chosen = set(presets)
    nights = NIGHTS if "ramadan" in chosen else ALL_NIGHTS
    found = {**PRESETS, "nights": nights}
    return tuple(one for name, stretch in found.items() if name in chosen for one in stretch)


def quiet_until(moment: Instant, hours: Iterable[Quiet], zone: ZoneInfo) -> Instant | None:
    """When the quiet is over in which a moment lies, one stretch after another; None where it lies in none."""
    hours, at = tuple(hours), moment
    for _ in range(_LONGEST):
        end = max(_ends_after(at, hours, zone), default=None)
        if end is None:
            return at if at > moment else None
        at = end
    return at


def _ends_after(moment: Instant, hours: Iterable[Quiet], zone: ZoneInfo) -> Iterator[Instant]:
    local = moment.astimezone(zone)
    today = local.date()
    for one in hours:
        for day in (today - timedelta(days=1), today):
            if one.holds_on(day):
                begins, ends = one.on(day, zone)
                # Compared as moments: two wall clocks of one zone say nothing of an hour that comes twice.
                begin, end = (Instant(each.astimezone(ZoneInfo("UTC"))) for each in (begins, ends))
                if begin <= moment < end:
                    yield end
