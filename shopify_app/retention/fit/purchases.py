"""How often people buy, and how soon they stop: the BG/NBD model of Fader, Hardie and Lee (2005).

A customer buys at a rate of their own, Gamma(r, alpha) over a shop's customers, and after each repeat purchase stops
for good with a chance of their own, Beta(a, b). What is fitted are the logarithms of the four, with time in units of
the longest history, so that none of them is far from 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from shopify_app.retention.fit.histories import Floats, Histories, Numbers
from shopify_app.retention.fit.newton import Height, Peak, Prior, climb

CENTRE = np.log([0.4, 0.15, 1.0, 3.0])
SPREAD = np.array([1.0, 1.5, 1.0, 1.0])
PRIOR = Prior.of(CENTRE, SPREAD)
"""Weak: at a few hundred repeat customers the shop's own data decide. It keeps the fit of a small shop finite."""
_AT_ONCE = 1 << 15
"""Rows whose intermediate results fit a processor's cache."""
_BITS = 21


class Purchases(NamedTuple):
    """The parameters; `alpha` is in days, or in whatever unit the times are to be that it is used with."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Compressed:
    """Histories of equal customers as one row: all that the likelihood depends on."""

    more: Floats
    """How many customers have more than 0, 1, 2 ... repeats."""
    age: Floats
    """Each age that occurs, with `customers` and all `repeats` of those customers."""
    customers: Floats
    repeats: Floats
    bought: Floats
    """Repeats, last day, age and number of customers of each different repeat customer, in four rows."""

    @property
    def total(self) -> float:
        """Customers."""
        return float(self.customers.sum())

    @property
    def longest(self) -> float:
        """The longest age, at least a day: the unit of time."""
        return float(max(self.age.max(initial=0.0), 1.0))


def compress(histories: Histories) -> Compressed:
    """Without loss: the likelihood of the rows is that of the customers."""
    x, age = histories.repeats, histories.age
    more = x.size - np.cumsum(np.bincount(x)) if x.size else np.zeros(0)
    some = x > 0
    key = (x[some] << 2 * _BITS) + (histories.last[some] << _BITS) + age[some]
    rows, weights = np.unique(key, return_counts=True)
    mask = (1 << _BITS) - 1
    bought = np.stack([rows >> 2 * _BITS, rows >> _BITS & mask, rows & mask, weights]).astype(float)
    customers = np.bincount(age)
    ages = np.flatnonzero(customers)
    repeats = np.bincount(age, x) if x.size else customers
    return Compressed(
        more[:-1].astype(float), ages.astype(float), customers[ages].astype(float), repeats[ages].astype(float), bought
    )


def log_likelihood(model: Purchases, data: Compressed) -> float:
    """Of all customers together, times in the unit of `model.alpha` being days."""
    return _height(np.asarray(model, float), data, 1.0).value


def log_likelihoods(model: Purchases, x: Numbers, t_x: Numbers, age: Numbers) -> Floats:
    """Of each customer alone."""
    r, alpha, a, b = model
    steps = np.arange(int(np.max(x, initial=0)))
    rising = np.append(0.0, np.cumsum(np.log(r + steps) - np.log1p(a / (b + steps))))
    once: Floats = rising[np.asarray(x, int)] - r * np.log1p(age / alpha) - x * np.log(alpha + age)
    return once + np.where(x > 0, np.logaddexp(0.0, odds_of_gone(model, x, t_x, age)), 0.0)


def odds_of_gone(model: Purchases, x: Numbers, t_x: Numbers, age: Numbers) -> Floats:
    """The logarithm of the odds that somebody has stopped buying; meaningless where x is 0.

    The model lets people stop only after a repeat purchase, and b + x - 1 may be below 0 without one.
    """
    r, alpha, a, b = model
    quiet = np.log1p((age - t_x) / (alpha + t_x))
    odds: Floats = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * quiet
    return odds


def fit(data: Compressed, prior: Prior | None = PRIOR, start: Purchases | None = None) -> tuple[Purchases, Peak]:
    """The most likely parameters, in days, and the peak in logarithms of scaled ones; `start` in days, too.

    Without a prior the likelihood alone decides, as in the literature; a small shop's may have no peak.
    """
    unit = data.longest
    begin = CENTRE if start is None else np.log(np.asarray(start) / [1.0, unit, 1.0, 1.0])

    def measure(place: Floats) -> Height:
        seen = _by_logarithms(np.exp(place), _height(np.exp(place), data, unit))
        return _plus(seen, prior.height(place)) if prior else seen

    peak = climb(measure, begin, data.total)
    return unscaled(peak.place, unit), peak


def unscaled(place: Floats, unit: float) -> Purchases:
    """Parameters in days from logarithms of scaled ones."""
    r, alpha, a, b = (float(each) for each in np.exp(place))
    return Purchases(r, alpha * unit, a, b)


def _plus(one: Height, other: Height) -> Height:
    return Height(one.value + other.value, one.gradient + other.gradient, one.hessian + other.hessian)


def _by_logarithms(at: Floats, seen: Height) -> Height:
    """Derivatives with respect to the logarithms of the parameters."""
    gradient = at * seen.gradient
    return Height(seen.value, gradient, np.outer(at, at) * seen.hessian + np.diag(gradient))


def _height(at: Floats, data: Compressed, unit: float) -> Height:
    parts = [_of_counts(at, data), _of_ages(at, data, unit), *_of_rows(at, data, unit)]
    return Height(
        sum(part.value for part in parts),
        np.sum([part.gradient for part in parts], axis=0),
        np.sum([part.hessian for part in parts], axis=0),
    )


def _of_counts(at: Floats, data: Compressed) -> Height:
    """What depends on the number of repeats alone.

    Ratios of gamma functions of whole distances are products: no digits are lost however large b is.
    """
    r, _, a, b = at
    more, step = data.more, np.arange(len(data.more))
    mine, stay, both = 1 / (r + step), 1 / (b + step), 1 / (a + b + step)
    value = more @ (np.log(r + step) - np.log1p(a * stay))
    hessian = np.zeros((4, 4))
    hessian[0, 0] = -(more @ mine**2)
    hessian[2:, 2:] = more @ both**2
    hessian[3, 3] -= more @ stay**2
    # 1/(b+i) - 1/(a+b+i), without subtracting
    return Height(float(value), np.array([more @ mine, 0.0, -(more @ both), more @ (a * stay * both)]), hessian)


def _of_ages(at: Floats, data: Compressed, unit: float) -> Height:
    """What depends on how long ago a customer first bought."""
    r, alpha, _, _ = at
    age, many, bought = data.age / unit, data.customers, data.repeats
    until = 1 / (alpha + age)
    passed = np.log1p(age / alpha)
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    gradient[:2] = -(many @ passed), (many * r * age / alpha - bought) @ until
    hessian[0, 1] = hessian[1, 0] = many @ (age / alpha * until)
    hessian[1, 1] = (many * r + bought) @ until**2 - data.total * r / alpha**2
    return Height(float(-r * (many @ passed) + bought @ np.log(until)), gradient, hessian)


def _of_rows(at: Floats, data: Compressed, unit: float) -> Iterator[Height]:
    """That a repeat customer may have stopped: ln(1 + odds), some rows at a time."""
    r, alpha, a, b = at
    for begin in range(0, data.bought.shape[1], _AT_ONCE):
        x, last, age, weight = data.bought[:, begin : begin + _AT_ONCE]
        rate, stay = r + x, 1 / (b + x - 1)
        until, since = 1 / (alpha + age / unit), 1 / (alpha + last / unit)
        quiet = np.log1p((age - last) / unit * since)
        odds = np.log(a * stay) + rate * quiet
        small = np.exp(-np.abs(odds))
        gone = np.where(odds > 0, 1.0, small) / (1 + small)
        slopes = np.stack([quiet, rate * (until - since), np.full_like(x, 1 / a), -stay])
        known, unsure = weight * gone, weight * small / (1 + small) ** 2
        # Not by @, for which OpenBLAS would start threads that cost more than they save.
        hessian = np.einsum("in,jn->ij", slopes * unsure, slopes)
        hessian[0, 1] += np.sum(known * (until - since))
        hessian[1, 0] = hessian[0, 1]
        hessian[1, 1] += np.sum(known * rate * (since**2 - until**2))
        hessian[2, 2] -= known.sum() / a**2
        hessian[3, 3] += np.sum(known * stay**2)
        value = np.sum(weight * (np.maximum(odds, 0.0) + np.log1p(small)))
        yield Height(float(value), np.einsum("in,n->i", slopes, known), hessian)
