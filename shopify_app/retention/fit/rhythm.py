"""Regular buyers, of whom their own gaps say more than any rate: when the next order comes, and when it is late.

Rates assume that a purchase is as likely the day after one as a month later. Somebody who buys every four weeks is
better told from their own gaps: the median, drawn towards the shop's, with a log-logistic spread around it that puts a
tenth of gaps beyond the customer's own ninth decile.
"""

from dataclasses import dataclass

import numpy as np

from shopify_app.retention.fit.histories import Flags, Floats, Histories

STEADY, STEADIER, ENOUGH = 1.6, 1.3, 6
"""How many times the median gap the ninth decile may be: with fewer than six gaps chance makes a rhythm more easily.

Of people who buy at random, about one in twenty passes for regular with either number.
"""
DRAWN = 2.0
"""The shop's usual gap, and a spread just regular, weigh as much as so many gaps of the customer's own."""
_TENTH = np.log(9.0)
_NARROWEST = 1.15
"""The least ninth decile, as a multiple of the median: a few gaps that were all equal do not promise the next."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The gap that is expected of each regular buyer; all arrays have one place for each of them."""

    gap: Floats
    """Its median in days."""
    shape: Floats
    """The larger, the more regular."""
    quiet: Floats
    """Days since their last purchase."""

    def not_yet(self, days: float = 0.0) -> Floats:
        """The chance that a gap is longer than it is now, and by so many days."""
        found: Floats = 1 / (1 + np.exp(self.shape * np.log(np.maximum(self.quiet + days, 1e-9) / self.gap)))
        return found

    def next_after(self, share: float) -> Floats:
        """Days until the next purchase that this share of such people takes at most, of those who still buy."""
        rest = (1 - share) * self.not_yet()
        found: Floats = self.gap * np.exp(np.log((1 - rest) / rest) / self.shape) - self.quiet
        return np.maximum(found, 0.0)


def regular(histories: Histories) -> Flags:
    """Who has a rhythm, and has not been quiet for longer than nine of ten of their gaps and half as long again."""
    steady = np.where(histories.repeats >= ENOUGH, STEADY, STEADIER)
    known = (histories.late > 0) & (histories.usual > 0)
    found: Flags = known & (histories.late <= steady * histories.usual) & (_quiet(histories) <= 1.5 * histories.late)
    return found


def usual_gap(histories: Histories) -> float:
    """The shop's: the median of the customers' own; 0 where nobody has one."""
    own = histories.usual[histories.usual > 0]
    return float(np.median(own)) if own.size else 0.0


def rhythm(histories: Histories, shop: float) -> Rhythm:
    """Of customers who are all regular; `shop` is the usual gap of the shop's regular buyers."""
    weight = histories.repeats.astype(float)
    gap = (weight * histories.usual + DRAWN * shop) / (weight + DRAWN)
    own = np.log(np.maximum(histories.late / histories.usual, _NARROWEST))
    spread = (weight * own + DRAWN * np.log(STEADY)) / (weight + DRAWN)
    return Rhythm(gap, _TENTH / spread, _quiet(histories))


def _quiet(histories: Histories) -> Floats:
    return (histories.age - histories.last).astype(float)
