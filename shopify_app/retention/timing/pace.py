"""The usual gap at the pace of one period, so that it can be held against another's. Pure.

The gaps that end in a period say as much about how long the shop has been open and how it grew as about its customers:
in a young shop no long gap has had the time to end. So each stretch of waiting is taken by itself: of the days that
people spent in it during the period, whenever they had bought before, on how many did they come? The gap follows.
Hazards by piece, as in a life table of a period; within a stretch, every day counts alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from shopify_app.retention.timing.curve import ENOUGH_AT_RISK
from shopify_app.retention.timing.gaps import ENOUGH_GAPS
from shopify_app.retention.timing.sums import Risk

HORIZONS = (365, 180, 90)
"""Within how many days people are to have come back: the most for which both periods know enough."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The share who come back within so many days, and Greenwood's sum for it."""

    share: float
    spread: float


def known_to(risks: Sequence[Risk]) -> int:
    """The longest horizon for which every stretch was lived through long enough; 0 where none was."""
    if sum(risk.came for risk in risks) < ENOUGH_GAPS:
        return 0
    reached = 0
    for risk in risks:
        if risk.days < ENOUGH_AT_RISK:
            break
        reached = risk.up_to
    return next((horizon for horizon in HORIZONS if horizon <= reached), 0)


def usual_pace(risks: Sequence[Risk], horizon: int) -> int | None:
    """The day by which half of those come back who do so within `horizon` days; None where nobody does."""
    half = _reached(risks, horizon).share / 2
    if half <= 0:
        return None
    return next(day for day in range(1, horizon + 1) if _reached(risks, day).share >= half)


def half_way(risks: Sequence[Risk], day: int, horizon: int) -> tuple[float, float]:
    """The share of those who come back within `horizon` days that have done so by `day`, and its standard error."""
    near, far = _reached(risks, day), _reached(risks, horizon)
    if far.share <= 0:
        return 0.0, 0.0
    rest, rest_far = 1 - near.share, 1 - far.share
    # By the delta method: what happens up to `day` is in both shares.
    slope, slope_far = -1 / far.share, near.share / far.share**2
    variance = (
        (slope * rest) ** 2 * near.spread
        + (slope_far * rest_far) ** 2 * far.spread
        + 2 * slope * slope_far * rest * rest_far * near.spread
    )
    return near.share / far.share, sqrt(max(variance, 0.0))


def _reached(risks: Sequence[Risk], day: int) -> Reached:
    rest, spread = 1.0, 0.0
    for risk in risks:
        through = min(day, risk.up_to) - risk.above
        if through <= 0:
            break
        if risk.days:
            daily = min(risk.came / risk.days, 1.0)
            rest *= (1 - daily) ** through
            spread += through**2 * daily / (risk.days * (1 - daily)) if daily < 1 else 0.0
    return Reached(1 - rest, spread)
