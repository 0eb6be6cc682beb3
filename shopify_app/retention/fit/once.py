"""Who bought once: how many of such people came back, as the shop has seen it. Kaplan and Meier (1958).

The purchase model calls everybody who bought once a customer for ever, which no shop would believe. What is told
of them is therefore what others did: of those who had bought once and been quiet for as long, how many came back in
the year after. Beyond the ages at which enough people were watched, the purchase model's own curve goes on.
"""

from dataclasses import dataclass

import numpy as np

from shopify_app.retention.fit.histories import Floats, Histories, Ints
from shopify_app.retention.fit.purchases import Purchases

WATCHED = 30
"""People still watched at an age, below whom the share that comes back then is chance."""
AFTER = 365
SUREST = 0.99
"""Of some dozens of people all may have come back; that the next one will is not sure."""


@dataclass(frozen=True, slots=True)
class OnceBought:
    """The share of a shop's customers who have not bought a second time, by days since the first purchase."""

    waiting: Floats
    """One place a day, from day 0; it never rises."""
    reach: int
    """The last day that was seen; from there on the model tells."""

    def back_by(self, age: Ints) -> Floats:
        """The share who had come back by then, of all."""
        found: Floats = 1 - self._at(age)
        return found

    def back_later(self, age: Ints, days: int = AFTER) -> Floats:
        """The share who came back in so many days after, of those who had not by then; at most 0.99."""
        still = self._at(age)
        found: Floats = 1 - np.divide(self._at(age + days), still, out=np.ones_like(still), where=still > 0)
        return np.minimum(found, SUREST)

    def _at(self, age: Ints) -> Floats:
        return self.waiting[np.minimum(age, len(self.waiting) - 1)]


def watch(histories: Histories, model: Purchases | None) -> OnceBought:
    """From all customers of a shop: those who came back, and those who have not yet, up to their age."""
    back = histories.repeats > 0
    days = histories.span + AFTER + 1
    returned = np.bincount(histories.second[back], minlength=days)
    unseen = np.bincount(histories.age[~back], minlength=days)
    watched = len(histories) - np.cumsum(returned + unseen) + returned + unseen
    reach = int(np.count_nonzero(watched >= WATCHED)) - 1
    hazard = np.divide(returned, watched, out=np.zeros(days), where=watched > 0)
    waiting = np.cumprod(1 - hazard)
    if model is not None:
        later = np.arange(max(reach, 0), days)
        passed = np.log1p((later - later[0]) / (model.alpha + later[0]))
        waiting[later] = waiting[later[0]] * np.exp(-model.r * passed)
    return OnceBought(waiting, reach)
