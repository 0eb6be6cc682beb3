"""What a shop's purchases allow to be said: everything, sums alone, or nothing yet."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from shopify_app.retention.fit import purchases, spend
from shopify_app.retention.fit.histories import Floats, Histories
from shopify_app.retention.fit.newton import Prior
from shopify_app.retention.fit.once import OnceBought, watch
from shopify_app.retention.fit.purchases import Compressed, Purchases
from shopify_app.retention.fit.rhythm import regular, usual_gap
from shopify_app.retention.fit.spend import Spend

ENOUGH_REPEATERS, ENOUGH_DAYS = 10, 90
_HELD = 1e-3


class Level(StrEnum):
    """How far the data reach."""

    FULL = "full"
    """Fitted to the shop; each customer has a forecast."""
    LOW = "low"
    """The pace is the shop's, the rest what shops are held to be like: sums, with a wide range, and no customer."""
    NONE = "none"
    """Nobody has come back yet."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a shop still needs before each customer has a forecast; 0 where it has enough."""

    repeaters: int
    days: int


class Start(NamedTuple):
    """Where to begin: from yesterday's parameters it is two steps."""

    purchases: Purchases | None
    spend: Spend | None


ANEW = Start(None, None)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A shop's parameters, and how sure they are."""

    level: Level
    missing: Missing
    purchases: Purchases | None
    """None at level NONE, and there alone."""
    spend: Spend | None
    """None where nobody has come back and kept anything either: what is expected is then nothing."""
    doubt: Floats
    """Covariance of the logarithms of r, alpha, a, b; empty at level NONE."""
    spend_doubt: Floats
    """Covariance of the logarithms of p, q - 1, gamma; empty without `spend`."""
    once: OnceBought
    gap: float
    """Median gap in days of the shop's regular buyers; 0 where there are none."""
    without_spend: int
    """Repeat customers of whom the amounts say nothing, because nothing was left of what they paid."""

    @property
    def errors(self) -> Floats:
        """Standard errors of r, alpha, a, b; empty at level NONE."""
        if self.purchases is None:
            return np.zeros(0)
        found: Floats = np.sqrt(np.diag(self.doubt)) * np.asarray(self.purchases)
        return found


def fit_shop(histories: Histories, start: Start = ANEW) -> Fitted:
    """The parameters of a shop, `start` being those of yesterday; never an error, whatever the histories."""
    missing = Missing(max(ENOUGH_REPEATERS - histories.repeaters, 0), max(ENOUGH_DAYS - histories.span, 0))
    level, model, doubt = _fit_purchases(histories, missing, start.purchases)
    amounts, spend_doubt, without = _fit_spend(histories, start.spend)
    return Fitted(
        level=level,
        missing=missing,
        purchases=model,
        spend=amounts,
        doubt=doubt,
        spend_doubt=spend_doubt,
        once=watch(histories, model),
        gap=usual_gap(histories.among(regular(histories))),
        without_spend=without,
    )


def _fit_purchases(
    histories: Histories, missing: Missing, start: Purchases | None
) -> tuple[Level, Purchases | None, Floats]:
    if not histories.repeaters:
        return Level.NONE, None, np.zeros((0, 0))
    data = purchases.compress(histories)
    if missing == Missing(0, 0):
        model, peak = purchases.fit(data, start=start)
        if peak.reached:
            return Level.FULL, model, peak.doubt
    return Level.LOW, *_paced(data)


def _paced(data: Compressed) -> tuple[Purchases, Floats]:
    """The pace alone is fitted; how sure the other three are is what they were held to be."""
    held = Prior.of(purchases.CENTRE, np.array([_HELD, purchases.SPREAD[1], _HELD, _HELD]))
    model, peak = purchases.fit(data, held)
    doubt = purchases.PRIOR.covariance
    if peak.reached:
        doubt[1, 1] = 1 / -peak.height.hessian[1, 1]
    return model, doubt


def _fit_spend(histories: Histories, start: Spend | None) -> tuple[Spend | None, Floats, int]:
    data = spend.spenders(histories)
    without = histories.repeaters - len(data.repeats)
    if not data.total:
        return None, np.zeros((0, 0)), without
    model, peak = spend.fit(data, start=start)
    if not peak.reached:
        return spend.unscaled(spend.PRIOR.centre, data.unit), spend.PRIOR.covariance, without
    return model, peak.doubt, without
