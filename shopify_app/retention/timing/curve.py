"""The share of people who have come back after so many days, those who still may among them. Pure.

The estimate of Kaplan and Meier (1958), with the variance of Greenwood (1926): who has not come back is counted as
long as he was watched, and says nothing about the days after.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from operator import attrgetter

ENOUGH_AT_RISK = 30
"""From the day on at which fewer could still come back, nothing is said."""
LIKELY = 1.959963984540054
"""Standard errors on either side that hold 95 of 100 truths."""
_UNLIKELY = 0.025


@dataclass(frozen=True, slots=True)
class Waits:
    """How long people waited for their next purchase, by days."""

    came: Mapping[int, int]
    """How many came after so many days."""
    waited: Mapping[int, int]
    """How many have been watched for so many days and have not come."""
    joined: Mapping[int, int] | None = None
    """How many are watched only from the so-manieth day of their wait on; None: all of them from the first day on."""

    @property
    def people(self) -> int:
        """How many waits these are."""
        return sum(self.came.values()) + sum(self.waited.values())


@dataclass(frozen=True, slots=True)
class Share:
    """The share who had come back by a day, and between what it is likely to be."""

    day: int
    share: float
    low: float
    high: float
    at_risk: int
    """How many could have come on that day."""


@dataclass(frozen=True, slots=True)
class Step:
    """A day on which somebody came."""

    day: int
    rest: float
    """The share who had not come by then."""
    spread: float
    """Greenwood's sum: the variance of `rest` is this times its square."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Shares by day, from the first on which somebody came until `known_to`."""

    people: int
    came: int
    steps: tuple[Step, ...]
    at_risk: tuple[int, ...]
    """How many could have come on each day from the first on, as long as they were enough."""

    @property
    def known_to(self) -> int:
        """The last day at which enough could still come back; 0 where there is none."""
        return len(self.at_risk)

    def by(self, day: int) -> Share | None:
        """The share by a day; None where too few were watched for so long."""
        if not 1 <= day <= self.known_to:
            return None
        step, at_risk = self._step(day), self.at_risk[day - 1]
        if step is None:
            return Share(day, 0.0, 0.0, float(1 - _UNLIKELY ** (1 / at_risk)), at_risk)
        return Share(day, 1 - step.rest, *_likely(step, at_risk), at_risk)

    def share(self, day: int) -> float:
        """The bare share by a day, the last that is known where fewer were watched for so long."""
        step = self._step(day)
        return 0.0 if step is None else 1 - step.rest

    def median(self) -> int | None:
        """The day by which half of all people have come back; None where that is not known, or not yet."""
        return self._reaching(0.5)

    def half_within(self, horizon: int) -> int | None:
        """The day by which half of those have come back who do so within `horizon` days."""
        whole = self.by(horizon)
        return self._reaching(whole.share / 2) if whole is not None and whole.share > 0 else None

    def _step(self, day: int) -> Step | None:
        place = bisect_right(self.steps, day, key=attrgetter("day"))
        return self.steps[place - 1] if place else None

    def _reaching(self, share: float) -> int | None:
        return next((step.day for step in self.steps if 1 - step.rest >= share), None)


def curve(waits: Waits) -> Curve:
    """The curve of some waits; a wait of no days is one of nobody who could have come."""
    rest, spread = 1.0, 0.0
    steps, watched = list[Step](), list[int]()
    for day, at_risk, came in _days(waits):
        if at_risk < ENOUGH_AT_RISK:
            break
        watched.append(at_risk)
        if came:
            rest *= 1 - came / at_risk
            spread += came / (at_risk * (at_risk - came)) if came < at_risk else 0.0
            steps.append(Step(day, rest, spread))
    return Curve(waits.people, sum(waits.came.values()), tuple(steps), tuple(watched))


def _days(waits: Waits) -> Iterator[tuple[int, int, int]]:
    """Each day of a wait: how many were at risk of coming on it, and how many came."""
    joined = waits.joined if waits.joined is not None else {1: waits.people}
    at_risk = joined.get(0, 0) - waits.waited.get(0, 0)
    for day in range(1, max((*waits.came, *waits.waited), default=0) + 1):
        at_risk += joined.get(day, 0)
        yield day, at_risk, waits.came.get(day, 0)
        at_risk -= waits.came.get(day, 0) + waits.waited.get(day, 0)


def _likely(step: Step, at_risk: int) -> tuple[float, float]:
    """Between what a share lies: on the scale log(-log rest), which never leaves 0 to 1."""
    if step.rest <= 0:
        return float(_UNLIKELY ** (1 / at_risk)), 1.0
    error = sqrt(step.spread) / abs(log(step.rest))
    return 1 - step.rest ** exp(-LIKELY * error), 1 - step.rest ** exp(LIKELY * error)
