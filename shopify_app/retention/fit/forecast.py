"""What to expect of each customer of a shop."""

from dataclasses import dataclass

import numpy as np

from shopify_app.retention.fit import scoring
from shopify_app.retention.fit.histories import Flags, Floats, Histories
from shopify_app.retention.fit.ladder import Fitted
from shopify_app.retention.fit.once import AFTER
from shopify_app.retention.fit.purchases import Purchases
from shopify_app.retention.fit.ranges import HIGH, LOW, Ranges, ranges
from shopify_app.retention.fit.rhythm import regular, rhythm
from shopify_app.retention.fit.spend import expected

SOON, LATER, YEAR = 30, 90, AFTER
SOONER, NOT_AFTER = 0.25, 0.75
"""Half of the next orders come between these."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """One place in each array is one customer; days are ahead of the as-of day, amounts minor units, none NaN."""

    alive: Floats
    """The chance that somebody is still a customer. Of those who bought once, the share of such people who, having
    been quiet for as long, came back in the year after."""
    chance_30: Floats
    chance_90: Floats
    """That an order comes within so many days."""
    next_from: Floats
    next_to: Floats
    """Between what and what half of the next orders come, of those who are still customers; at most ten years."""
    orders: Floats
    """Purchase days in the next 12 months, on average."""
    value: Floats
    low: Floats
    high: Floats
    """Net sales in the next 12 months: their mean, and what they exceed in nine and in one of ten cases."""
    once: Flags
    """Who bought once."""
    regular: Flags
    """Whose own gaps tell when, and whether they still buy."""


class Scorer:
    """A shop's parameters, ready for any number of its customers, all together or a portion at a time."""

    def __init__(self, fitted: Fitted, oldest: Histories) -> None:
        """`oldest` has nobody with fewer repeats or a smaller age than whoever is scored: all customers will do.

        Raises ValueError where nobody has come back, as then nothing is known.
        """
        if fitted.purchases is None:
            raise ValueError("nobody has come back yet")
        self._fitted = fitted
        self._model: Purchases = fitted.purchases
        self._ranges: Ranges | None = ranges(self._model, fitted.spend, oldest, YEAR) if fitted.spend else None

    def score(self, histories: Histories) -> Forecast:
        """The forecast of each customer."""
        model, steady, once = self._model, regular(histories), histories.repeats == 0
        alive = scoring.alive(model, histories)
        still = {days: scoring.back_within(model, histories, days) for days in (SOON, LATER)}
        first = scoring.next_after(model, histories, SOONER)
        last = scoring.next_after(model, histories, NOT_AFTER)
        self._keep_rhythm(histories, steady, (alive, still[SOON], still[LATER], first, last))
        orders: Floats = alive * scoring.orders_within(model, histories, YEAR)
        value, low, high = self._worth(histories, alive, orders)
        soon, later = alive * still[SOON], alive * still[LATER]
        told = np.where(once, np.maximum(self._fitted.once.back_later(histories.age), later), alive)
        return Forecast(told, soon, later, first, last, orders, value, low, high, once, steady)

    def _keep_rhythm(self, histories: Histories, steady: Flags, found: tuple[Floats, ...]) -> None:
        """Put in what a regular buyer's own gaps say."""
        theirs = histories.among(steady)
        own = rhythm(theirs, self._fitted.gap)
        waiting = own.not_yet()
        alive, soon, later, first, last = found
        # The odds of the purchase model, with the rhythm's chance of being this late in place of the rate's.
        stopped = self._model.a / (self._model.b + theirs.repeats - 1)
        alive[steady] = waiting / (waiting + stopped)
        for chances, days in ((soon, SOON), (later, LATER)):
            chances[steady] = 1 - own.not_yet(days) / waiting
        first[steady] = np.minimum(own.next_after(SOONER), scoring.LATEST)
        last[steady] = np.minimum(own.next_after(NOT_AFTER), scoring.LATEST)

    def _worth(self, histories: Histories, alive: Floats, orders: Floats) -> tuple[Floats, Floats, Floats]:
        spend = self._fitted.spend
        if spend is None or self._ranges is None:
            return np.zeros_like(orders), np.zeros_like(orders), np.zeros_like(orders)
        value = orders * expected(spend, histories.repeats, histories.spend)
        low, high = (self._ranges.within(histories, alive, value, share) for share in (LOW, HIGH))
        # A tenth that happens moves the mean but not the ninth decile: the mean is shown beside its range.
        return value, np.minimum(low, value), np.maximum(high, value)
