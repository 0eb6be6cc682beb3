"""The figures of one period, how they differ from another's, and whether that is more than chance. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from math import sqrt
from typing import Literal

from shopify_app.clock import LocalDay
from shopify_app.retention.seasons import Span
from shopify_app.retention.timing.pace import half_way, known_to, usual_pace
from shopify_app.retention.timing.sums import SOON, Days, Risk

BEYOND_CHANCE = 2.5
"""Standard errors that a change must be away from none: of four figures in which nothing has changed, at most 5 in 100
comparisons call one of them changed."""
ENOUGH_PEOPLE = 30
"""A share of fewer people is not told."""

GROWN_UP = 365
"""Days until a shop has had most of those who come back as customers before."""

Name = Literal["new_customers", "soon", "returning", "usual_gap"]


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many."""

    some: int
    every: int

    @property
    def share(self) -> Fraction | None:
        """None where they are too few to say."""
        return Fraction(self.some, self.every) if self.every >= ENOUGH_PEOPLE else None


@dataclass(frozen=True, slots=True)
class Period:
    """What one period came to."""

    span: Span
    new: tuple[int, ...]
    """New customers on each of its days."""
    soon: Part
    """Of the new customers who have had SOON days since, those who came back within them."""
    returning: Part
    """Of the customers of the period, those who had bought before."""
    risks: tuple[Risk, ...]

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.span.days


@dataclass(frozen=True, slots=True)
class Change:
    """One figure in a period and in the one that it is held against; None where it is not known."""

    name: Name
    now: Fraction | None
    before: Fraction | None
    beyond_chance: bool
    """Whether they differ by more than such figures do by themselves."""


def soon_of(days: Days, span: Span, as_of: LocalDay) -> Part:
    """See Period.soon."""
    last = min(span.end, as_of - timedelta(days=SOON))
    watched = range(span.start.toordinal(), last.toordinal() + 1)
    return Part(*(sum(found.get(day, 0) for day in watched) for found in (days.back, days.new)))


def changes(now: Period, before: Period, gaps_of_one: Fraction, *, young: bool = False) -> list[Change]:
    """Each figure in both; `gaps_of_one` is how many gaps one customer has who has any.

    In a `young` shop the share of returning customers rises whatever they do: of that, nothing is a change.
    """
    returning = _share("returning", now.returning, before.returning)
    return [
        _count("new_customers", now, before),
        _share("soon", now.soon, before.soon),
        replace(returning, beyond_chance=False) if young else returning,
        _pace("usual_gap", now.risks, before.risks, gaps_of_one),
    ]


def is_young(before: Span, first: LocalDay) -> bool:
    """Whether the shop had been open for less than a year when the earlier period began."""
    return (before.start - first).days < GROWN_UP


def figures(period: Period) -> list[Change]:
    """The same where there is nothing to hold it against."""
    horizon = known_to(period.risks)
    return [
        Change("new_customers", Fraction(sum(period.new)), None, False),
        Change("soon", period.soon.share, None, False),
        Change("returning", period.returning.share, None, False),
        Change("usual_gap", _days(period.risks, horizon), None, False),
    ]


def _share(name: Name, now: Part, before: Part) -> Change:
    if now.share is None or before.share is None:
        return Change(name, now.share, before.share, False)
    together = Fraction(now.some + before.some, now.every + before.every)
    variance = float(together * (1 - together)) * (1 / now.every + 1 / before.every)
    return Change(name, now.share, before.share, _is_far(float(now.share - before.share), variance))


def _count(name: Name, now: Period, before: Period) -> Change:
    """Per day, as periods may have a day more or less; days that vary more than by lot alone widen what is usual."""
    count, other = sum(now.new), sum(before.new)
    rate = (count + other) / (now.days + before.days)
    variance = _dispersion(now.new, before.new) * rate * (1 / now.days + 1 / before.days)
    moved = count / now.days - other / before.days
    return Change(name, Fraction(count), Fraction(other), _is_far(moved, variance))


def _dispersion(*periods: Sequence[int]) -> float:
    """How much more counts vary than independent arrivals would, by weeks or, in short periods, by days; at least 1."""
    for length in (7, 1):
        squares, freedom = 0.0, 0
        for period in periods:
            blocks = [sum(period[at : at + length]) for at in range(0, len(period) - length + 1, length)]
            mean = sum(blocks) / len(blocks) if blocks else 0
            if mean:
                squares += sum((block - mean) ** 2 for block in blocks) / mean
                freedom += len(blocks) - 1
        if freedom >= 6:
            return max(squares / freedom, 1.0)
    return 1.0


def _pace(name: Name, now: Sequence[Risk], before: Sequence[Risk], gaps_of_one: Fraction) -> Change:
    horizon = min(known_to(now), known_to(before))
    if not horizon:
        return Change(name, _days(now, known_to(now)), _days(before, known_to(before)), False)
    together = _together(now, before)
    middle = usual_pace(together, horizon)
    if middle is None:
        return Change(name, None, None, False)
    moved = half_way(now, middle, horizon)[0] - half_way(before, middle, horizon)[0]
    # Errors as if nothing had changed: what never happened in one period alone would seem to be known for certain.
    errors = [half_way(_expected(risks, together), middle, horizon)[1] for risks in (now, before)]
    # The gaps of one customer resemble one another: no more is known than so many customers tell.
    variance = sum(error**2 for error in errors) * float(gaps_of_one)
    return Change(name, _days(now, horizon), _days(before, horizon), _is_far(moved, variance))


def _together(some: Iterable[Risk], others: Iterable[Risk]) -> list[Risk]:
    pairs = zip(some, others, strict=True)
    return [Risk(one.above, one.up_to, one.days + two.days, one.came + two.came) for one, two in pairs]


def _expected(risks: Sequence[Risk], together: Sequence[Risk]) -> list[Risk]:
    """What would have happened in a period if people had come as they did in both together."""
    pairs = zip(risks, together, strict=True)
    return [replace(one, came=all_.came * one.days / all_.days if all_.days else 0) for one, all_ in pairs]


def _days(risks: Sequence[Risk], horizon: int) -> Fraction | None:
    days = usual_pace(risks, horizon) if horizon else None
    return None if days is None else Fraction(days)


def _is_far(moved: float, variance: float) -> bool:
    return variance > 0 and abs(moved) > BEYOND_CHANCE * sqrt(variance)
