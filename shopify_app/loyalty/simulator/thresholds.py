"""From which amount shipping could be free: how many orders reach each amount, and how many only just do not. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

ENOUGH = 200
"""Orders from which on there is anything to advise."""
SHOWN = 3
"""Amounts on either side of the advised one."""
_NEAR = (4, 5)
_ROUND = (10, 12, 15, 20, 25, 30, 40, 50, 60, 75)
_AMOUNTS = tuple(step * 10**zeros for zeros in range(1, 13) for step in _ROUND)
"""Amounts that a price list would have, in minor units of any currency."""


def _nearly(amount: int) -> int:
    """From where on an order is at most a fifth short of the amount."""
    most, whole = _NEAR
    return amount * most // whole


_EDGES = tuple(sorted({*_AMOUNTS, *map(_nearly, _AMOUNTS)}))


class Threshold(NamedTuple):
    """An amount in minor units, and how many orders there are on either side of it."""

    amount: int
    reach: int
    """Orders that come to at least the amount."""
    near: int
    """Orders that are at most a fifth short of it."""


def place_of(value: int) -> int:
    """Between which of the amounts that matter here a value lies: all that is kept of it."""
    return bisect_right(_EDGES, value)


def thresholds(values: Mapping[int, int]) -> list[Threshold]:
    """Every amount that could matter, smallest first; `values` are numbers of orders by place_of their value."""
    below = [0] * (len(_EDGES) + 1)
    for place, orders in values.items():
        below[place] += orders
    for place in range(1, len(below)):
        below[place] += below[place - 1]
    at = {edge: below[place] for place, edge in enumerate(_EDGES)}
    orders = below[-1]
    return [Threshold(amount, orders - at[amount], at[amount] - at[_nearly(amount)]) for amount in _AMOUNTS]


def advised(found: Sequence[Threshold], orders: int) -> Threshold | None:
    """Of the amounts that at most half of the orders reach, the one that most orders are just short of.

    The smallest of several; None with fewer orders than ENOUGH.
    """
    if orders < ENOUGH:
        return None
    return max((one for one in found if 2 * one.reach <= orders), key=lambda one: (one.near, -one.amount), default=None)


def around(found: Sequence[Threshold], best: Threshold) -> list[Threshold]:
    """The advised amount and a few on either side."""
    place = found.index(best)
    return list(found[max(place - SHOWN, 0) : place + SHOWN + 1])
