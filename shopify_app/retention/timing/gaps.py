"""The usual gap between two purchases, from how often each gap occurred. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

ENOUGH_GAPS = 30
"""Of fewer, no gap is called usual."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Between two purchase days of one customer that follow each other, in days: half, three quarters, nine tenths."""

    count: int
    half: int
    most: int
    nearly_all: int


def usual(gaps: Mapping[int, int]) -> Usual | None:
    """What is usual among some gaps; None where they are too few."""
    count = sum(gaps.values())
    if count < ENOUGH_GAPS:
        return None
    half, most, nearly_all = quantiles(gaps, ((1, 2), (3, 4), (9, 10)))
    return Usual(count, half, most, nearly_all)


def quantiles(gaps: Mapping[int, int], shares: tuple[tuple[int, int], ...]) -> list[int]:
    """For each share (numerator, denominator): the least gap that at least so many are no longer than."""
    count = sum(gaps.values())
    found, so_far = list[int](), 0
    wanted = [-(-count * above // below) for above, below in shares]
    for gap, times in sorted(gaps.items()):
        so_far += times
        while len(found) < len(wanted) and so_far >= wanted[len(found)]:
            found.append(gap)
    return found
