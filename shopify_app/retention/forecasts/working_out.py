"""From rows of customers to a shop's fit and each customer's forecast: whoever imports this pays for SciPy. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.retention.fit.forecast import YEAR, Scorer
from shopify_app.retention.fit.histories import Histories, Ints
from shopify_app.retention.fit.ladder import ANEW, Fitted, Level, Missing, Start, fit_shop
from shopify_app.retention.fit.once import OnceBought
from shopify_app.retention.fit.purchases import Purchases
from shopify_app.retention.fit.spend import Spend
from shopify_app.retention.fit.totals import totals
from shopify_app.retention.forecasts.row import ForecastRow, Known

_MOST = 2.0**62
"""Of minor units; no column holds more."""
_DIGITS = 7
"""Of the share who have not come back by a day: a forecast is not known more exactly."""


class Read(NamedTuple):
    """Customers as the models know them; `fitted` are those of whom the first purchase is known."""

    customers: Ints
    histories: Histories
    fitted: Histories


def read(pieces: Iterable[Sequence[Known]]) -> Read:
    """Rows of customers as arrays.

    Who bought before the orders that we see is left out of the fit, which is about the time since a first purchase;
    told of them is what the models say from the first purchase that we see, which is little rather than much.
    """
    found = [np.array(piece, np.int64) for piece in pieces]
    rows = np.concatenate(found) if found else np.zeros((0, len(Known._fields)), np.int64)
    columns: dict[str, Ints] = dict(zip(Known._fields, rows.T, strict=True))
    repeats, age = columns["days"] - 1, columns["age"]
    spend = np.divide(columns["repeat_net"], repeats, out=np.zeros(len(rows)), where=repeats > 0)
    # A clock that was ahead may have dated the last order tomorrow.
    last, second = np.minimum(columns["last"], age), np.minimum(columns["second"], age)
    histories = Histories(repeats, second, last, age, spend, columns["usual_gap"], columns["late_after"])
    return Read(columns["customer_id"], histories, histories.among(columns["earlier"] == 0))


def start_of(parameters: Mapping[str, Any] | None) -> Start:
    """Where to begin, from what the last fit has kept."""
    if not parameters or not parameters["purchases"]:
        return ANEW
    spend = parameters["spend"]
    return Start(Purchases(*parameters["purchases"]), Spend(*spend) if spend else None)


def fit(found: Read, start: Start) -> dict[str, Any]:
    """The columns of a shop's fit; `parameters` and `sums` are documents yet."""
    fitted = fit_shop(found.fitted, start)
    return {
        "level": fitted.level.value,
        "missing_repeaters": fitted.missing.repeaters,
        "missing_days": fitted.missing.days,
        "customers": len(found.histories),
        "repeaters": found.fitted.repeaters,
        "parameters": _parameters(fitted, found.histories),
        "sums": asdict(totals(fitted, found.histories, YEAR)),
    }


def _parameters(fitted: Fitted, histories: Histories) -> dict[str, Any]:
    return {
        "purchases": list(fitted.purchases or ()),
        "spend": list(fitted.spend or ()),
        "once": {"waiting": [round(float(one), _DIGITS) for one in fitted.once.waiting], "reach": fitted.once.reach},
        "gap": fitted.gap,
        "span": histories.span,
        "repeats": int(histories.repeats.max(initial=0)),
    }


def scorer(parameters: Mapping[str, Any]) -> Scorer:
    """What a fit has kept, ready for customers; ValueError where nobody has come back."""
    start, once = start_of(parameters), parameters["once"]
    fitted = Fitted(
        level=Level.FULL,
        missing=Missing(0, 0),
        purchases=start.purchases,
        spend=start.spend,
        doubt=np.zeros((0, 0)),
        spend_doubt=np.zeros((0, 0)),
        once=OnceBought(np.array(once["waiting"]), once["reach"]),
        gap=parameters["gap"],
        without_spend=0,
    )
    nothing = np.zeros(1, np.int64)
    repeats, span = np.array([parameters["repeats"]]), np.array([parameters["span"]])
    return Scorer(fitted, Histories(repeats, nothing, nothing, span, np.zeros(1), nothing, nothing))


def score(ready: Scorer, rows: Sequence[Known]) -> list[ForecastRow]:
    """The forecasts of these customers; nobody's who was erased."""
    named = [row for row in rows if row.customer_id < OPAQUE_FROM]
    if not named:
        return []
    found = read([named])
    told = ready.score(found.histories)
    chances = np.stack([told.alive, told.chance_30, told.chance_90], axis=1).tolist()
    days = np.stack([np.floor(told.next_from), np.ceil(told.next_to)], axis=1).astype(int).tolist()
    worth = np.round(np.minimum(np.stack([told.value, told.low, told.high], axis=1), _MOST)).astype(int).tolist()
    flags = zip(told.once.tolist(), told.regular.tolist(), strict=True)
    return [
        ForecastRow._make((who.customer_id, *shares, *((None, None) if once else ahead), *amounts, regular))
        for who, shares, ahead, amounts, (once, regular) in zip(named, chances, days, worth, flags, strict=True)
    ]
