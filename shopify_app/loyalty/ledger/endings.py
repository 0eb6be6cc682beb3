"""When points end: what the programme said of it, and since when. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from shopify_app.clock import Instant

LONG_AGO = Instant(datetime.min.replace(tzinfo=UTC))
WARNINGS = (30, 7)
"""So many days before points end, people ought to be told."""
ACTIVE = frozenset({"order", "reward"})
"""The sorts of causes by which a customer shows that they are there: they bought, or redeemed."""


class Ending(NamedTuple):
    """What holds of the end of points from a moment on."""

    since: Instant
    days: int | None
    """After so many days points end; None while they never do."""
    extended: bool = False
    """Whether whatever a customer does gives all of their points the full time again."""

    def is_stricter(self, before: "Ending | None") -> bool:
        """Whether points may end earlier by this than by what held before: everybody gets the full time again."""
        if self.days is None:
            return False
        return (
            before is None or before.days is None or self.days < before.days or (before.extended and not self.extended)
        )


Endings = tuple[Ending, ...]
"""Oldest first; empty where points never end."""


def endings(said: Sequence[Ending]) -> Endings:
    """Of what each version of a programme says, those that say something else than the one before."""
    kept: list[Ending] = []
    for ending in sorted(said, key=itemgetter(0)):
        before = kept[-1][1:] if kept else (None, False)
        if ending[1:] != before:
            kept.append(ending)
    return tuple(kept)


def in_force(every: Endings, now: Instant) -> Endings:
    """Those that hold by now, or did."""
    return tuple(ending for ending in every if ending.since <= now)


def rules_by(every: Endings, now: Instant) -> int:
    """How many there have been by now."""
    return len(in_force(every, now))


class Deadline:
    """While an account's causes are gone through: by which moment which of its points end."""

    __slots__ = ("days", "extended", "floor")

    def __init__(self) -> None:
        self.days: timedelta | None = None
        self.extended = False
        self.floor = LONG_AGO
        """From here at the earliest the time of all points counts."""

    def hold(self, before: Ending | None, ending: Ending) -> None:
        """From now on this holds."""
        if ending.is_stricter(before):
            self.floor = max(self.floor, ending.since)
        self.days = None if ending.days is None else timedelta(days=ending.days)
        self.extended = ending.extended

    def active(self, at: Instant) -> None:
        """The customer did something."""
        if self.extended:
            self.floor = max(self.floor, at)

    def of(self, base: Instant) -> Instant | None:
        """When points end whose time counts from then; None for never."""
        return None if self.days is None else Instant(max(base, self.floor) + self.days)

    def counted_so(self, base: Instant, until: Instant) -> Instant:
        """From when the time must count so that points do not end before a moment."""
        return base if self.days is None else max(base, Instant(until - self.days))
