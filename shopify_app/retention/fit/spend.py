"""How much people spend on a repeat purchase: the Gamma-Gamma model of Fader and Hardie (2013).

Somebody's purchases are Gamma(p, v) around a level of their own, v is Gamma(q, gamma) over a shop's customers, and
how much somebody spends says nothing of how often. What is fitted are logarithms of p, q - 1 and gamma, with amounts in
units of their geometric mean: with q above 1 the mean over all customers is finite.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from shopify_app.retention.fit.histories import Floats, Histories, Numbers
from shopify_app.retention.fit.newton import Height, Peak, Prior, climb

_MEAN = np.array([1.0, -1.0, 1.0])
"""The logarithm of the mean over all customers, p gamma / (q - 1), from the fitted logarithms."""
_ABOVE = np.array([0.0, 1.0, 0.0])
_TURNED = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], _MEAN])
_LIKELY = np.log([3.0, 2.5, 1.1])
"""A customer's purchases differ by 58 % around their own level, levels by 82 %."""
PRIOR = Prior(np.linalg.solve(_TURNED, _LIKELY), _TURNED.T @ _TURNED)
"""Weak, as for purchases: with a standard deviation of 1 in each of p, q - 1 and the mean over all customers."""


class Spend(NamedTuple):
    """The parameters; `gamma` is in minor units, or in the unit of the amounts that it is used with."""

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """Of a purchase, over all customers."""
        return self.p * self.gamma / (self.q - 1)


@dataclass(frozen=True, slots=True)
class Spenders:
    """Repeat customers with something left of what they paid; others tell the model nothing."""

    repeats: Floats
    spend: Floats
    """Mean of a repeat purchase, in `unit`."""
    unit: float
    """The geometric mean of all of them."""
    counts: Floats
    """Each number of repeats that occurs, and of how many customers, in two rows."""

    @property
    def total(self) -> float:
        """Customers."""
        return float(len(self.repeats))


def spenders(histories: Histories) -> Spenders:
    """Those among the histories; who spent nothing, or got more back, is left out."""
    some = (histories.repeats > 0) & (histories.spend > 0)
    x, spend = histories.repeats[some], histories.spend[some]
    unit = float(np.exp(np.mean(np.log(spend)))) if spend.size else 1.0
    counts = np.stack(np.unique(x, return_counts=True)).astype(float)
    return Spenders(x.astype(float), spend / unit, unit, counts)


def log_likelihood(model: Spend, data: Spenders) -> float:
    """Of the mean amounts of all customers together, in the unit of `model.gamma`."""
    p, q, gamma = model
    scaled = _height(np.array([p, q, gamma / data.unit]), data).value
    return scaled - data.total * float(np.log(data.unit))


def expected(model: Spend, repeats: Numbers, spend: Floats) -> Floats:
    """The mean of a customer's next purchases: between their own mean so far and that of all customers."""
    p, q, gamma = model
    found: Floats = p * (gamma + repeats * np.maximum(spend, 0.0)) / (p * repeats + q - 1)
    return found


def fit(data: Spenders, prior: Prior | None = PRIOR, start: Spend | None = None) -> tuple[Spend, Peak]:
    """The most likely parameters, gamma in the amounts' own unit, and the peak in logarithms of scaled ones."""
    begin = PRIOR.centre if start is None else np.log([start.p, max(start.q - 1, 1e-9), start.gamma / data.unit])

    def measure(place: Floats) -> Height:
        rise = np.exp(place)
        seen = _height(rise + _ABOVE, data)
        gradient = rise * seen.gradient
        held = prior.height(place) if prior else Height(0.0, np.zeros(3), np.zeros((3, 3)))
        hessian = np.outer(rise, rise) * seen.hessian + np.diag(gradient) + held.hessian
        return Height(seen.value + held.value, gradient + held.gradient, hessian)

    peak = climb(measure, begin, data.total)
    return unscaled(peak.place, data.unit), peak


def unscaled(place: Floats, unit: float) -> Spend:
    """Parameters in the amounts' own unit from logarithms of scaled ones."""
    p, above, gamma = (float(each) for each in np.exp(place))
    return Spend(p, above + 1, gamma * unit)


def _height(at: Floats, data: Spenders) -> Height:
    p, q, gamma = at
    x, paid = data.repeats, data.repeats * data.spend
    values, many = data.counts
    share, passed = np.log1p(gamma / paid), np.log1p(paid / gamma)
    whole = p * values + q
    value = many @ (special.gammaln(whole) - special.gammaln(p * values)) - data.total * special.gammaln(q)
    value -= p * (x * share).sum() + q * passed.sum() + np.log(data.spend).sum()
    first, own = special.digamma(whole), special.digamma(p * values)
    per = 1 / (gamma + paid)
    gradient = np.array(
        [
            (many * values) @ (first - own) - (x * share).sum(),
            many @ first - data.total * special.digamma(q) - passed.sum(),
            ((q * paid / gamma - p * x) * per).sum(),
        ]
    )
    return Height(float(value), gradient, _bends(at, data, per))


def _bends(at: Floats, data: Spenders, per: Floats) -> Floats:
    p, q, gamma = at
    x = data.repeats
    values, many = data.counts
    first, own = special.zeta(2.0, p * values + q), special.zeta(2.0, p * values)
    bends = np.empty((3, 3))
    bends[0, 0] = (many * values**2) @ (first - own)
    bends[0, 1] = bends[1, 0] = (many * values) @ first
    bends[1, 1] = many @ first - data.total * special.zeta(2.0, q)
    bends[0, 2] = bends[2, 0] = -(x * per).sum()
    bends[1, 2] = bends[2, 1] = (x * data.spend * per).sum() / gamma
    bends[2, 2] = ((p * x + q) * per**2).sum() - data.total * q / gamma**2
    return bends
