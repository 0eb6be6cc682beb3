"""Dividing whole points without losing or making any. Pure."""

from collections.abc import Sequence


def shared(points: int, weights: Sequence[int]) -> list[int]:
    """The points in proportion to the weights, by largest remainder; of equal remainders the earlier gets more.

    Weights are at least 0; where all of them are 0, there is nothing to share and the result is zeros.
    (Hamilton's method: Balinski & Young, Fair Representation, 1982.)
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [points * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(points * weights[place] % whole))
    for place in by_remainder[: points - sum(parts)]:
        parts[place] += 1
    return parts
