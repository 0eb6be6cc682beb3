"""What would have been expected 90 days ago, beside what came since. Pure; whoever imports this pays for SciPy."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from shopify_app.retention.fit import scoring
from shopify_app.retention.fit.histories import Floats, Ints, collapse
from shopify_app.retention.fit.ladder import fit_shop
from shopify_app.retention.forecasts.checking import DAYS, LEAST_HISTORY, MOST_PURCHASES
from shopify_app.retention.history.columns import Columns


def back_test(pieces: Iterable[Columns], as_of: int) -> dict[str, Any] | None:
    """The check as a document; None with a history too short for it, or if nobody had come back by then.

    `as_of` is as date.toordinal() has it. Fitted is what was bought until 90 days before, and by whom; counted are
    days with an order since, of the same customers. What was refunded or merged since is as it is known today.
    """
    found = [piece.where(piece.orders == 1) for piece in pieces]
    if not found:
        return None
    buyers, days, nth = (np.concatenate([getattr(one, name) for one in found]) for name in ("buyer", "day", "nth"))
    cut = as_of - DAYS
    if not len(days) or as_of - int(days.min()) < LEAST_HISTORY:
        return None
    customers, then = collapse(buyers, days, np.zeros_like(days), cut)
    began = np.isin(customers, buyers[nth == 1])
    fitted = fit_shop(then.among(began))
    if fitted.purchases is None:
        return None
    expected = scoring.alive(fitted.purchases, then) * scoring.orders_within(fitted.purchases, then, DAYS)
    after = (days > cut) & (days <= as_of)
    return _document(then.repeats, expected, _came(customers, buyers[after], days[after]))


def _came(customers: Ints, buyers: Ints, days: Ints) -> Ints:
    """How many days with an order each of these customers had."""
    each = np.unique(np.stack([buyers, days]), axis=1)[0]
    places = np.searchsorted(customers, each)
    known = places < len(customers)
    known[known] = customers[places[known]] == each[known]
    return np.bincount(places[known], minlength=len(customers))


def _document(repeats: Ints, expected: Floats, came: Ints) -> dict[str, Any]:
    bought = np.minimum(repeats + 1, MOST_PURCHASES)
    return {
        "expected": float(expected.sum()),
        "came": int(came.sum()),
        "lines": [
            {
                "purchases": each,
                "customers": int(np.count_nonzero(bought == each)),
                "expected": float(expected[bought == each].sum()),
                "came": int(came[bought == each].sum()),
            }
            for each in range(1, MOST_PURCHASES + 1)
        ],
    }
