"""How much of all sales the best customers bring: a sum over customers, kept as others are. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from shopify_app.retention.history.columns import Columns, Numbers
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.history.tally import Tally
from shopify_app.retention.window import Unit

DIGITS = 3
"""Amounts that agree in so many leading digits are kept together: at most one in a hundred apart."""
_POWERS = 10 ** np.arange(19, dtype=np.int64)
_PEOPLE, _NET = 0, 1


def _share(columns: Columns, _unit: Unit) -> Sums:
    """For each step of spending, how many customers and what they spent; whoever bought counts."""
    begins = np.flatnonzero(columns.first_rows()) if len(columns) else np.empty(0, dtype=np.int64)
    if not len(begins):
        return Sums.none()
    spent = np.add.reduceat(columns.net, begins)
    bought = np.add.reduceat(columns.orders, begins) > 0
    spent = spent[bought]
    steps = _steps(spent) * 2
    keys = np.concatenate((steps + _PEOPLE, steps + _NET))
    return Sums.of(keys, np.concatenate((np.ones(len(spent), dtype=np.int64), spent)))


def _steps(spent: Numbers) -> Numbers:
    """The amount with all but its leading digits taken away; 0 for nothing and less."""
    positive = np.maximum(spent, 0)
    digits = np.searchsorted(_POWERS, positive, side="right")
    rest = _POWERS[np.maximum(digits - DIGITS, 0)]
    return positive // rest * rest


SPENDING = Tally("spending", _share)


@dataclass(frozen=True, slots=True)
class Best:
    """The customers who spent most: which part of all customers, how many, and what they spent in minor units."""

    part: Fraction
    people: int
    net: Fraction
    """Exact but for those at the edge, who count with what people who spent like them spent on average."""

    def share(self, total: int) -> Fraction | None:
        """Which part of what everybody spent; None where that is nothing."""
        return self.net / total if total > 0 else None


PARTS = tuple(Fraction(percent, 100) for percent in (1, 5, 10, 20, 50))


@dataclass(frozen=True, slots=True)
class Spending:
    """Everybody who ever bought, and the best of them."""

    people: int
    net: int
    best: tuple[Best, ...]
    """One for each of PARTS."""


def spending(sums: Sums) -> Spending:
    """Who brings the sales, of all that customers ever bought and kept."""
    steps = list(_downwards(sums))
    people, net = sum(count for count, _ in steps), sum(spent for _, spent in steps)
    wanted = [(part, ceil(part * people)) for part in PARTS]
    return Spending(people, net, tuple(Best(part, count, _of_the_first(count, steps)) for part, count in wanted))


def _downwards(sums: Sums) -> Iterator[tuple[int, int]]:
    """People and what they spent, from the highest step on."""
    found: dict[int, list[int]] = {}
    for key, value in sums.items():
        found.setdefault(key // 2, [0, 0])[key % 2] = value
    for step in sorted(found, reverse=True):
        people, net = found[step]
        yield people, net


def _of_the_first(count: int, steps: list[tuple[int, int]]) -> Fraction:
    total = Fraction(0)
    for people, net in steps:
        if count <= 0:
            break
        total += Fraction(net * min(count, people), people)
        count -= people
    return total
