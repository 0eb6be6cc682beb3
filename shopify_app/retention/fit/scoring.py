"""What the parameters say of one customer: still one, back within some days, so many orders. Days as in `alpha`."""

import numpy as np
from scipy import special

from shopify_app.retention.fit.histories import Floats, Histories
from shopify_app.retention.fit.purchases import Purchases, odds_of_gone

LATEST = 3650.0
"""Days ahead beyond which nothing is told: ten years."""
_NEAR = 1e-5
_ASIDE = 1e-4
_BITS = 21
_POINTS = 64


def alive(model: Purchases, histories: Histories) -> Floats:
    """The chance that somebody has not stopped buying; 1 without a repeat purchase, which is to be shown to nobody.

    The model lets people stop after a repeat purchase only; `once.py` has what to say of those who bought once.
    """
    odds = odds_of_gone(model, histories.repeats, histories.last, histories.age)
    found: Floats = np.where(histories.repeats > 0, special.expit(-odds), 1.0)
    return found


def back_within(model: Purchases, histories: Histories, days: float) -> Floats:
    """The chance of a purchase in so many days, of somebody who has not stopped; exact.

    It takes no account of stopping, since the model lets nobody stop but by a purchase.
    """
    passed = np.log1p(days / (model.alpha + histories.age))
    found: Floats = -np.expm1(-(model.r + histories.repeats) * passed)
    return found


def next_after(model: Purchases, histories: Histories, share: float) -> Floats:
    """Days until the next purchase that this share of such people takes at most, of those who have not stopped."""
    pace = model.r + histories.repeats
    stretch = np.expm1(np.minimum(-np.log1p(-share) / pace, 50.0))
    found: Floats = np.minimum((model.alpha + histories.age) * stretch, LATEST)
    return found


def orders_within(model: Purchases, histories: Histories, days: float) -> Floats:
    """Purchases in so many days that are expected of somebody who has not stopped.

    Times `alive`, it is E[Y(t)] of the literature. It depends on the number of repeats and the age alone, so it
    is worked out once for each pair that occurs.
    """
    pairs, where = np.unique((histories.repeats << _BITS) + histories.age, return_inverse=True)
    x, age = (pairs >> _BITS).astype(float), (pairs & (1 << _BITS) - 1).astype(float)
    found: Floats = expected_orders(model, x, age, days)[where]
    return found


def expected_orders(model: Purchases, x: Floats, age: Floats, days: float) -> Floats:
    """The same from repeats and ages that need not be whole.

    Where a is 1 the formula is 0/0 but its value is not: it is taken from both sides.
    """
    if abs(model.a - 1) < _NEAR:
        sides = (model._replace(a=1 - _ASIDE), model._replace(a=1 + _ASIDE))
        return (_orders(sides[0], x, age, days) + _orders(sides[1], x, age, days)) / 2
    return _orders(model, x, age, days)


def _orders(model: Purchases, x: Floats, age: Floats, days: float) -> Floats:
    """Euler's transform keeps the function's first parameters small: nothing overflows however large x is."""
    r, alpha, a, b = model
    passed = days / (alpha + age + days)
    with np.errstate(over="ignore", invalid="ignore"):
        still = np.exp((a - 1) * np.log1p(-passed)) * special.hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, passed)
        found: Floats = (a + b + x - 1) / (a - 1) * (1 - still)
    lost = ~np.isfinite(found)
    found[lost] = _orders_by_sum(model, x[lost], age[lost], days)
    # Nobody buys faster than before they could stop.
    return np.clip(found, 0.0, (r + x) / (alpha + age) * days)


def _orders_by_sum(model: Purchases, x: Floats, age: Floats, days: float) -> Floats:
    """The same from its integral over the chance to stop: slower, to six digits, and without a point that fails.

    For a + b = 1 without a repeat, and for parameters drawn far from a fit, with a and b in the tens and hundreds.
    """
    places, weights = np.polynomial.legendre.leggauss(_POINTS)
    stops = np.maximum(special.betaincinv(model.a, (model.b + x)[:, None], (places + 1) / 2), 1e-300)
    bought = -np.expm1(-(model.r + x)[:, None] * np.log1p(stops * (days / (model.alpha + age))[:, None])) / stops
    found: Floats = bought @ weights / 2
    return found
