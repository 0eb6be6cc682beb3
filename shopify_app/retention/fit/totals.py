"""What a whole shop will sell to the customers it has, and between what and what.

Two things make it uncertain: the parameters are known from a limited number of customers, and people do as they
please. Both are played through with parameters drawn around the fitted ones; that the models themselves may be wrong
shows in a back-test alone, and is not in this range.
"""

from dataclasses import dataclass

import numpy as np

from shopify_app.retention.fit import purchases, scoring, spend
from shopify_app.retention.fit.histories import Floats, Histories
from shopify_app.retention.fit.ladder import Fitted
from shopify_app.retention.fit.purchases import Purchases, odds_of_gone
from shopify_app.retention.fit.ranges import HIGH, LOW
from shopify_app.retention.fit.spend import Spend

_DRAWS = 200
_SAMPLE = 500
"""Customers who stand for all others where there are more."""
_SEED = 20050301
"""Of the month in which the model was published: the same shop gets the same range."""


@dataclass(frozen=True, slots=True)
class Total:
    """A mean, and what is exceeded in nine and in one of ten cases."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Totals:
    """Purchase days and net sales in minor units of all customers together; nothing of people yet to come."""

    orders: Total
    value: Total


def totals(fitted: Fitted, histories: Histories, days: int) -> Totals:
    """Of the days ahead; all 0 where nobody has come back."""
    model, amounts = fitted.purchases, fitted.spend
    if model is None or not len(histories):
        return Totals(Total(0.0, 0.0, 0.0), Total(0.0, 0.0, 0.0))
    orders = scoring.alive(model, histories) * scoring.orders_within(model, histories, days)
    value = orders * _each(amounts, histories)
    every = -(-len(histories) // _SAMPLE)
    sample = histories.among(slice(None, None, every))
    played = _played(fitted, model, sample, days, len(histories) / len(sample))
    return Totals(*(_spread(float(all_.sum()), *ways) for all_, ways in zip((orders, value), played, strict=True)))


def _each(amounts: Spend | None, histories: Histories) -> Floats:
    if amounts is None:
        return np.zeros(len(histories))
    return spend.expected(amounts, histories.repeats, histories.spend)


def _spread(expected: float, centre: float, found: Floats) -> Total:
    if not centre > 0:
        return Total(expected, expected, expected)
    low, high = np.quantile(found, [LOW, HIGH]) * (expected / centre)
    return Total(expected, float(min(low, expected)), float(max(high, expected)))


def _played(
    fitted: Fitted, model: Purchases, sample: Histories, days: int, scale: float
) -> tuple[tuple[float, Floats], tuple[float, Floats]]:
    """Purchases and sales of all, from those of a sample: their mean as fitted, and what came of each draw.

    The mean of a draw grows with the number of customers, chance around it with the root of that number.
    """
    chance = np.random.default_rng(_SEED)
    found = np.empty((2, _DRAWS))
    for draw in range(_DRAWS):
        other, amounts = _drawn(fitted, model, chance)
        mean, came = _mean(other, amounts, sample, days), _came(other, amounts, sample, days, chance)
        found[:, draw] = scale * mean + np.sqrt(scale) * (came - mean)
    centre = scale * _mean(model, fitted.spend, sample, days)
    return (float(centre[0]), found[0]), (float(centre[1]), found[1])


def _drawn(fitted: Fitted, model: Purchases, chance: np.random.Generator) -> tuple[Purchases, Spend | None]:
    place = chance.multivariate_normal(np.log(model), fitted.doubt)
    other = purchases.unscaled(place, 1.0)
    if fitted.spend is None:
        return other, None
    p, q, gamma = fitted.spend
    return other, spend.unscaled(chance.multivariate_normal(np.log([p, q - 1, gamma]), fitted.spend_doubt), 1.0)


def _mean(model: Purchases, amounts: Spend | None, sample: Histories, days: int) -> Floats:
    orders = scoring.alive(model, sample) * scoring.orders_within(model, sample, days)
    return np.array([orders.sum(), (orders * _each(amounts, sample)).sum()])


def _came(model: Purchases, amounts: Spend | None, sample: Histories, days: int, chance: np.random.Generator) -> Floats:
    """One way in which it may turn out: who has stopped, how often the others buy until they stop, for how much."""
    x = sample.repeats
    odds = np.where(x > 0, odds_of_gone(model, x, sample.last, sample.age), -np.inf)
    here = chance.random(len(sample)) >= 1 / (1 + np.exp(-np.clip(odds, -700.0, 700.0)))
    rate = chance.gamma(model.r + x, 1 / (model.alpha + sample.age))
    until = chance.geometric(np.clip(chance.beta(model.a, model.b + x), 1e-9, 1.0))
    orders = np.where(here, np.minimum(np.minimum(chance.poisson(rate * days), until), days), 0)
    if amounts is None:
        return np.array([orders.sum(), 0.0])
    p, q, gamma = amounts
    paid = x * np.maximum(sample.spend, 0.0)
    level = np.maximum(chance.gamma(q + p * x, 1 / (gamma + paid)), 1e-300)
    sales = chance.gamma(p * np.maximum(orders, 1)) / level
    return np.array([orders.sum(), sales[orders > 0].sum()])
