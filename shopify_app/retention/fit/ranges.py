"""Between what and what one customer's sales will lie, from the models' own distribution; no simulation.

Given that somebody has not stopped, the number of purchases in some days reaches k with the chance
``I(z; k, r + x) B(a, b + x + k - 1) / B(a, b + x)``, z = t / (alpha + T + t); given n of them, their sum divided by
gamma + x m is beta-prime with p n and q + p x, m being the mean so far. But for that scale only the repeats x and the
age T matter, so quantiles are worked out for some x and T, as multiples of what is expected, and read off there.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from shopify_app.retention.fit.histories import Floats, Histories, Ints
from shopify_app.retention.fit.purchases import Purchases
from shopify_app.retention.fit.scoring import expected_orders
from shopify_app.retention.fit.spend import Spend

LOW, HIGH = 0.1, 0.9
_EXACT, _APART = 20, 1.15
"""Up to so many repeats each number has a row of its own; beyond, the nearest of numbers 15 % apart."""
_ALONE, _TOGETHER = 32, 1.1
"""Up to so many purchases each number is told apart; beyond, those 10 % apart are one."""
_AGES, _AMOUNTS = 16, 64
_SHARES = np.linspace(0.0, HIGH, 46)


@dataclass(frozen=True, slots=True)
class Ranges:
    """Quantiles of the sales to somebody who has not stopped, as multiples of what is expected of them."""

    alpha: float
    span: int
    repeats: Floats
    multiples: Floats
    """By repeats, age and share."""

    def within(self, histories: Histories, alive: Floats, value: Floats, share: float) -> Floats:
        """What the sales to each customer do not exceed with this chance, at most 0.9; `value` is their mean.

        With the chance 1 - `alive` they are nothing.
        """
        some = np.maximum(alive, 1e-300)
        place = np.clip((share - 1 + alive) / some, 0.0, HIGH) * ((len(_SHARES) - 1) / HIGH)
        below = np.minimum(place.astype(int), len(_SHARES) - 2)
        row = _nearest(self.repeats, histories.repeats)
        column = self._column(self.repeats[row], histories.age)
        lower, upper = self.multiples[row, column, below], self.multiples[row, column, below + 1]
        multiple = lower + (place - below) * (upper - lower)
        found: Floats = np.where(share > 1 - alive, multiple * value / some, 0.0)
        return found

    def _column(self, repeats: Floats, age: Ints) -> Ints:
        """The nearest of the ages that `ages` gives for these repeats."""
        begin = np.log(self.alpha + np.minimum(repeats, self.span))
        far = np.maximum(np.log(self.alpha + self.span) - begin, 1e-12)
        place = (np.log(self.alpha + age) - begin) / far * (_AGES - 1)
        found: Ints = np.clip(np.round(place), 0, _AGES - 1).astype(int)
        return found


def ranges(model: Purchases, spend: Spend, histories: Histories, days: int) -> Ranges:
    """For customers with up to as many repeats, and as old, as these."""
    span = histories.span
    repeats = _repeats(int(histories.repeats.max(initial=0)))
    multiples = [_multiples(model, spend, x, _ages(model.alpha, x, span), days) for x in repeats]
    return Ranges(model.alpha, span, repeats, np.stack(multiples))


def _ages(alpha: float, x: float, span: int) -> Floats:
    """From as many days as there are repeats to the age of the oldest."""
    found: Floats = np.geomspace(alpha + min(x, span), alpha + span, _AGES) - alpha
    return np.maximum(found, 0.0)


def _repeats(most: int) -> Floats:
    return _some(0, most, _EXACT, _APART)


def _some(first: int, last: int, alone: int, apart: float) -> Floats:
    """Whole numbers from one to another, all of the small ones and fewer and fewer of the large."""
    if last <= alone:
        return np.arange(first, last + 1.0)
    steps = int(np.ceil(np.log(last / alone) / np.log(apart)))
    large = np.unique(np.round(alone * (last / alone) ** (np.arange(1, steps + 1) / steps)))
    return np.append(np.arange(first, alone + 1.0), large)


def _nearest(known: Floats, values: Ints) -> Ints:
    found: Ints = np.searchsorted((known[1:] + known[:-1]) / 2, values)
    return found


def _multiples(model: Purchases, spend: Spend, x: float, ages: Floats, days: int) -> Floats:
    """By age and share."""
    number = _some(1, days, _ALONE, _TOGETHER)
    reached = at_least(model, x, ages, days, number)
    exactly = reached - np.append(reached[:, 1:], np.zeros((len(ages), 1)), axis=1)
    middle = np.append((number[:-1] + number[1:] - 1) / 2, number[-1])[:, None]
    each = spend.p / (spend.p * x + spend.q - 1)
    amounts = each * np.geomspace(0.02, 4.0 * days, _AMOUNTS)
    up_to = special.betainc(spend.p * middle, spend.q + spend.p * x, amounts / (1 + amounts))
    # Before the chances of at most each amount, that of nothing at all.
    shares = 1 - reached[:, :1] + np.append(np.zeros((len(ages), 1)), exactly @ up_to, axis=1)
    found = np.stack([np.interp(_SHARES, row, np.append(0.0, amounts)) for row in shares])
    expected = each * expected_orders(model, np.full_like(ages, x), ages, days)
    multiples: Floats = found / expected[:, None]
    return multiples


def at_least(model: Purchases, x: float, ages: Floats, days: float, number: Floats) -> Floats:
    """The chance of so many purchases in some days, of somebody who has not stopped; by age and number."""
    r, alpha, a, b = model
    passed = days / (alpha + ages + days)
    after = np.arange(1, int(number.max()))
    stay = np.append(0.0, np.cumsum(-np.log1p(a / (b + x + after - 1))))
    found: Floats = special.betainc(number, r + x, passed[:, None]) * np.exp(stay[number.astype(int) - 1])
    return found
