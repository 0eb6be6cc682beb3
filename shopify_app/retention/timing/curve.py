"""The share of people who have come back after so many days, those who still may among them. Pure.

The estimate of Kaplan and Meier (1958), with the variance of Greenwood (1926): who has not come back is counted as
long as he was watched, and says nothing about the days after.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

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
    spread: float = 0.0
    """Greenwood's sum: the variance of the share is this times the square of the rest."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Shares by day, from the first on which somebody came until `known_to`."""

    people: int
    came: int
    known_to: int
    """The last day at which enough could still come back; 0 where there is none."""
    steps: tuple[Share, ...]

    def by(self, day: int) -> Share | None:
        """The share by a day; None where too few were watched for so long."""
        if day > self.known_to:
            return None
        reached = [step for step in self.steps if step.day <= day]
        return reached[-1] if reached else Share(day, 0.0, 0.0, _nobody_yet(self.people), self.people)

    def median(self) -> int | None:
        """The day by which half of all people have come back; None where that is not known, or not yet."""
        return next((step.day for step in self.steps if step.share >= 0.5), None)

    def half_within(self, horizon: int) -> int | None:
        """The day by which half of those have come back who do so within `horizon` days."""
        whole = self.by(horizon)
        if whole is None or whole.share <= 0:
            return None
        return next(step.day for step in self.steps if step.share >= whole.share / 2)


def curve(waits: Waits) -> Curve:
    """The curve of some waits; a wait of no days is one of nobody who could have come."""
    rest, spread, known_to = 1.0, 0.0, 0
    steps: list[Share] = []
    for day, at_risk, came in _days(waits):
        if at_risk < ENOUGH_AT_RISK:
            break
        known_to = day
        if came:
            rest *= 1 - came / at_risk
            spread += came / (at_risk * (at_risk - came)) if came < at_risk else 0.0
            low, high = _likely(rest, spread, at_risk)
            steps.append(Share(day, 1 - rest, low, high, at_risk, spread))
    return Curve(waits.people, sum(waits.came.values()), known_to, tuple(steps))


def _days(waits: Waits) -> Iterator[tuple[int, int, int]]:
    """Each day of a wait: how many were at risk of coming on it, and how many came."""
    joined = waits.joined if waits.joined is not None else {1: waits.people}
    at_risk = joined.get(0, 0) - waits.waited.get(0, 0)
    for day in range(1, max((*waits.came, *waits.waited), default=0) + 1):
        at_risk += joined.get(day, 0)
        yield day, at_risk, waits.came.get(day, 0)
        at_risk -= waits.came.get(day, 0) + waits.waited.get(day, 0)


def _likely(rest: float, spread: float, at_risk: int) -> tuple[float, float]:
    """Between what a share lies: on the scale log(-log rest), which never leaves 0 to 1."""
    if rest <= 0:
        return _UNLIKELY ** (1 / at_risk), 1.0
    error = sqrt(spread) / abs(log(rest))
    return 1 - rest ** exp(-LIKELY * error), 1 - rest ** exp(LIKELY * error)


def _nobody_yet(people: int) -> float:
    """What the share may be where none of so many came."""
    return float(1 - _UNLIKELY ** (1 / people))
