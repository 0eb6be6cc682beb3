"""The top of a smooth hill, by Newton's method with a ridge where the hill is not curved downwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from shopify_app.retention.fit.histories import Floats

STEPS = 60
FARTHEST = 25.0
"""Places are logarithms: beyond e^25 of its scale no parameter means anything."""
_PRECISION = 1e-9
_ROUNDING = 1e-13
_FLAT = 1e-8
"""Ground that falls off less, for each customer, is a ridge without a top."""


class Height(NamedTuple):
    """A function's value at a place, with its first and second derivatives."""

    value: float
    gradient: Floats
    hessian: Floats


@dataclass(frozen=True, slots=True)
class Prior:
    """What is held likely of a place before anything is seen: normal, around `centre`."""

    centre: Floats
    precision: Floats
    """The inverse of the covariance."""

    @classmethod
    def of(cls, centre: Floats, spread: Floats) -> "Prior":
        """Each coordinate for itself, with its standard deviation."""
        return cls(centre, np.diag(spread**-2.0))

    @property
    def covariance(self) -> Floats:
        """How far places lie from the centre, and together with which."""
        return _inverse(self.precision)

    def height(self, place: Floats) -> Height:
        """The logarithm of its density, up to a constant."""
        pull = self.precision @ (place - self.centre)
        return Height(-0.5 * float((place - self.centre) @ pull), -pull, -self.precision)


@dataclass(frozen=True, slots=True)
class Peak:
    """Where a climb ended."""

    place: Floats
    height: Height
    steps: int
    reached: bool
    """Whether the ground is level there and falls off on all sides; otherwise the place means nothing."""

    @property
    def doubt(self) -> Floats:
        """Covariance of the place, by how sharply the ground falls off; only where the peak was reached."""
        return _inverse(-self.height.hessian)


def climb(measure: Callable[[Floats], Height], start: Floats, weight: float) -> Peak:
    """Walk uphill from `start` until each slope is below 1e-9 of `weight`, the number of customers."""
    place, here, ridge = start, measure(start), 0.0
    steps = 0
    while steps < STEPS and not _level(here, weight):
        steps += 1
        ahead = np.clip(place + _step(here, ridge * max(weight, 1.0)), -FARTHEST, FARTHEST)
        there = measure(ahead)
        if there.value >= here.value - _ROUNDING * abs(here.value):
            place, here, ridge = ahead, there, ridge / 10 if ridge > 1e-6 else 0.0
        else:
            ridge = max(4 * ridge, 1e-3)
    inside = bool(np.all(np.abs(place) < FARTHEST))
    return Peak(
        place, here, steps, inside and _level(here, weight) and bool(np.all(_curved(here) > _FLAT * max(weight, 1.0)))
    )


def _inverse(matrix: Floats) -> Floats:
    return np.linalg.inv(matrix).astype(float)


def _level(here: Height, weight: float) -> bool:
    return bool(np.max(np.abs(here.gradient)) <= _PRECISION * max(weight, 1.0))


def _curved(here: Height) -> Floats:
    return np.linalg.eigvalsh(-here.hessian).astype(float)


def _step(here: Height, ridge: float) -> Floats:
    """Newton's step, uphill also where the hill bends upwards; the larger the ridge, the shorter."""
    bends, axes = np.linalg.eigh(-here.hessian)
    bends = np.maximum(np.abs(bends) + ridge, 1e-12)
    step: Floats = axes @ ((axes.T @ here.gradient) / bends)
    return step
