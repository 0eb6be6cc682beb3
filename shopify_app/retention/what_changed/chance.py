"""Whether two groups of people differ by more than chance. Pure, and exact where groups are small."""

from fractions import Fraction
from math import exp, lgamma
from typing import NamedTuple


class Group(NamedTuple):
    """Some people, and how many of them did what is asked about."""

    people: int
    did: int

    @property
    def share(self) -> Fraction:
        """How many of them did, as a part of all; 0 of nobody."""
        return Fraction(self.did, self.people) if self.people else Fraction(0)


def chance(one: Group, other: Group) -> float:
    """How likely two groups are to differ as much as these, either way, where everybody does it as often: 0 to 1.

    Fisher's exact test (R. A. Fisher, The Design of Experiments, 1935), the probability of the observed direction
    doubled: never less than the two-sided probability by any other rule, so never too sure.
    """
    if not one.people or not other.people:
        return 1.0
    did = one.did + other.did
    low, high = max(0, did - other.people), min(one.people, did)
    above = one.did * other.people >= other.did * one.people
    tail = range(one.did, high + 1) if above else range(one.did, low - 1, -1)
    return min(1.0, 2.0 * _sum(tail, one.people, other.people, did))


def _sum(tail: range, people: int, others: int, did: int) -> float:
    """The hypergeometric probability of all these counts, summed from the greatest on."""
    total = 0.0
    for count in tail:
        part = exp(_log_of(count, people, others, did))
        total += part
        # Away from the middle each is smaller than the one before, ever faster.
        if part < total * 1e-12:
            break
    return total


def _log_of(count: int, people: int, others: int, did: int) -> float:
    return _choose(people, count) + _choose(others, did - count) - _choose(people + others, did)


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
