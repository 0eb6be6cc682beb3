"""Who first bought in which period, and what they bought how many periods later: a sum over customers. Pure.

Of one customer, with f the period of their first purchase and k counted from it:

* BOUGHT(f, k): 1 where they bought in period f + k;
* BACK(f, k): 1 where their second purchase was in period f + k, which may be f itself;
* ORDERS(f, k), NET(f, k): purchases, and net sales booked, in period f + k.

Whose first order we do not know, because Shopify does not show it to us, is in no cohort.
"""

from enum import IntEnum
from functools import partial

import numpy as np

from shopify_app.retention.coming_back.periods import Period
from shopify_app.retention.history.columns import Columns, Numbers, changes
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.history.tally import Tally
from shopify_app.retention.window import Unit


class What(IntEnum):
    """What a cell sums."""

    BOUGHT = 0
    BACK = 1
    ORDERS = 2
    NET = 3


_AGES = 1 << 16
LAST = {Period.MONTH: 1200, Period.QUARTER: 400, Period.WEEK: 53}
"""The highest k with a cell of its own; what comes later is in the one after it, which no page shows."""


def key(cohort: int, age: int, what: What) -> int:
    """Where a sum stands."""
    return (cohort * _AGES + age) * len(What) + what


def cells(keys: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Of each key its cohort, its age and what it sums."""
    places, what = np.divmod(keys, len(What))
    cohorts, ages = np.divmod(places, _AGES)
    return cohorts, ages, what


def _share(columns: Columns, unit: Unit, period: Period) -> Sums:
    rows, cohort = _known(columns, period)
    # A refund that was booked before its order belongs to the first period.
    age = np.clip(period.of_days(rows.day) - cohort, 0, LAST[period] + 1)
    places, bought = (cohort * _AGES + age) * len(What), rows.purchases(unit)
    keys = [
        places[bought][changes(rows.buyer[bought]) | changes(age[bought])] + What.BOUGHT,
        places[bought & (rows.place(unit) == _SECOND)] + What.BACK,
        places[bought] + What.ORDERS,
    ]
    one_each = Sums.of(all_keys := np.concatenate(keys), np.ones_like(all_keys))
    return one_each + Sums.of(places + What.NET, rows.net)


_SECOND = 2


def _known(columns: Columns, period: Period) -> tuple[Columns, Numbers]:
    """The rows of customers whose first order is known, and of each the period of that order."""
    begins = np.flatnonzero(columns.first_rows())
    lengths = np.diff(np.append(begins, len(columns)))
    known = np.repeat(columns.nth[begins] == 1, lengths)
    return columns.where(known), np.repeat(period.of_days(columns.day[begins]), lengths)[known]


GRIDS = {period: Tally(f"coming_back.{period.value}", partial(_share, period=period)) for period in Period}
"""What is kept, by what people are put together by."""
