"""Choosing, from many comparisons, the few that hold beyond chance. Pure.

Whoever compares thirty things each week finds one in twenty of them by chance each time. Here all that is said in a
year is right with a probability of 95 %: the 5 % are shared among the 52 weeks of a year, and those of a week among
what is compared in it (Bonferroni's inequality, which holds however the comparisons hang together).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shopify_app.retention.what_changed.chance import Group, chance

Subject = Literal["product", "discount", "channel", "country", "quarter"]
"""What tells the people of a comparison apart: what they bought first, with a discount code or without, where, from
which country, or when: the three months before against the same a year ago."""

DAYS = 90
"""Who has come back is asked of people who have had so many days to do so."""
MOST = 3
LEAST_PEOPLE = 50
"""On either side: a finding about fewer would help nobody."""
LEAST_POINTS = Fraction(3, 100)
"""A difference of less is beyond chance in a very big shop, and not worth a sentence."""
WRONG_IN_A_YEAR, WEEKS = 0.05, 52


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many came back within `DAYS`, among some people and among the others they are compared with."""

    subject: Subject
    key: str
    """Which product, channel, country; empty where the subject says all."""
    title: str
    """What that is called on screen, as the shop calls it."""
    some: Group
    others: Group


@dataclass(frozen=True, slots=True)
class Finding:
    """A comparison that holds beyond chance, and how likely it would be by chance."""

    comparison: Comparison
    chance: float
    compared: int
    """Among how many comparisons it was found."""


def found(comparisons: Iterable[Comparison]) -> list[Finding]:
    """At most `MOST`, the surest first: each shares in what a week may be wrong."""
    asked = [one for one in comparisons if _is_askable(one)]
    limit = WRONG_IN_A_YEAR / WEEKS / max(len(asked), 1)
    beyond = [
        Finding(one, probability, len(asked))
        for one in asked
        if (probability := chance(one.some, one.others)) <= limit
        and abs(one.some.share - one.others.share) >= LEAST_POINTS
    ]
    return _different(sorted(beyond, key=lambda one: (one.chance, one.comparison.subject, one.comparison.key)))[:MOST]


def _is_askable(one: Comparison) -> bool:
    # Whether enough people are on both sides may be asked before looking at what they did; anything else may not.
    return min(one.some.people, one.others.people) >= LEAST_PEOPLE


def _different(findings: Sequence[Finding]) -> list[Finding]:
    """Of two groups of which one is the rest of the other, only the first is said: it is the same sentence."""
    seen, kept = set[frozenset[Group]](), []
    for one in findings:
        pair = frozenset((one.comparison.some, one.comparison.others))
        if pair not in seen:
            kept.append(one)
        seen.add(pair)
    return kept
