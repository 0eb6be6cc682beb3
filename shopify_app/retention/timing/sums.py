"""What the figures of timing are made of, summed over customers: gaps, waits, days of risk, first purchases. Pure.

All but the customers of weeks and months are about purchase days, whatever a purchase is elsewhere: several orders of
one customer on one day are one purchase. `shopify_app.retention.history.tally` says what must hold of each function.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from shopify_app.clock import LocalDay
from shopify_app.retention.history.columns import Columns, Numbers
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.history.tally import Tally
from shopify_app.retention.window import Unit

LATER = 4
"""Gaps after a fourth purchase and after all further ones are counted together."""
EDGES = (*range(6), 7, 9, 11, 14, 17, 21, 25, 28, 31, 35, 42, 49, 56, 63, 75, 90, 105, 120, 150, 180, 240, 300, 365)
"""Days of a wait, cut into stretches in which coming back is taken to be equally likely on each day."""
SOON = 90
"""Days within which a first purchase is followed by another one soon."""

_CAME, _WAITING = 0, 1
_JOINED, _CAME_ON = 2, 3
_NEW, _NEW_AND_BACK = 4, 5
_IN_WEEK, _BACK_IN_WEEK, _IN_MONTH, _BACK_IN_MONTH = 6, 7, 8, 9
_PLACE, _KIND = 24, 32


@dataclass(frozen=True, slots=True)
class _Purchases:
    """Every purchase day of some customers, and how each but the last of a customer goes on."""

    buyer: Numbers
    day: Numbers
    nth: Numbers
    goes_on: Numbers
    """Where a purchase stands after which the same customer made another; that stands one further."""
    ends: Numbers
    """Where each customer's last one stands."""


def _purchases(columns: Columns) -> _Purchases:
    bought = columns.where(columns.purchases(Unit.DAY))
    same = bought.buyer[1:] == bought.buyer[:-1]
    last = np.append(~same, True) if len(bought) else np.empty(0, dtype=bool)
    return _Purchases(bought.buyer, bought.day, bought.nth_day, np.flatnonzero(~last), np.flatnonzero(last))


def _counted(parts: Iterable[tuple[int, int, Numbers]]) -> Sums:
    """How often each number occurs, by kind and place; those in ascending order."""
    keys, times = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for kind, place, numbers in parts:
        if len(numbers):
            # All are days, or lengths of time: few enough to count each, which is faster than putting them in order.
            least = int(numbers.min())
            counts = np.bincount(numbers - least)
            there = np.flatnonzero(counts)
            keys.append(there + ((kind << _KIND) + (place << _PLACE) + least))
            times.append(counts[there])
    return Sums(np.concatenate(keys), np.concatenate(times))


def _part(sums: Sums, kind: int) -> tuple[Numbers, Numbers, Numbers]:
    """Place, number and sum of every key of a kind."""
    begin, end = np.searchsorted(sums.keys, [kind << _KIND, (kind + 1) << _KIND])
    keys = sums.keys[begin:end]
    return (keys >> _PLACE) & 0xFF, keys & 0xFFFFFF, sums.values[begin:end]


def _found(sums: Sums, kind: int) -> Iterator[tuple[int, int, int]]:
    return zip(*(part.tolist() for part in _part(sums, kind)), strict=True)


def _by_number(sums: Sums, kind: int) -> dict[int, int]:
    return {number: times for _, number, times in _found(sums, kind)}


# ---- gaps and waits: the repeat curve, the usual gap ----


def gaps_and_waits(columns: Columns, _unit: Unit) -> Sums:
    """How often each gap followed a customer's first, second ... purchase, and whose last one was how long ago."""
    bought = _purchases(columns)
    place = np.minimum(bought.nth, LATER)
    gaps = bought.day[bought.goes_on + 1] - bought.day[bought.goes_on]
    places = range(1, LATER + 1)
    came = [(_CAME, each, gaps[place[bought.goes_on] == each]) for each in places]
    waiting = [(_WAITING, each, bought.day[bought.ends][place[bought.ends] == each]) for each in places]
    return _counted([*came, *waiting])


def gaps_after(sums: Sums) -> dict[int, dict[int, int]]:
    """How often each gap followed the first, second, third, and any later purchase (LATER)."""
    found: dict[int, dict[int, int]] = {place: {} for place in range(1, LATER + 1)}
    for place, gap, times in _found(sums, _CAME):
        found[place][gap] = times
    return found


def waits_after(sums: Sums, as_of: LocalDay) -> dict[int, dict[int, int]]:
    """How many have waited how many days since their first, second, third, or later purchase, their last one so far."""
    found: dict[int, dict[int, int]] = {place: {} for place in range(1, LATER + 1)}
    for place, day, times in _found(sums, _WAITING):
        found[place][max(as_of.toordinal() - day, 0)] = times + found[place].get(max(as_of.toordinal() - day, 0), 0)
    return found


# ---- days of risk: what a period's usual gap is made of ----


def risk(columns: Columns, _unit: Unit) -> Sums:
    """On which days customers entered each stretch of waiting, and on which they came out of it by buying."""
    bought = _purchases(columns)
    day, gap = bought.day, np.full(len(bought.day), EDGES[-1] + 1)
    gap[bought.goes_on] = day[bought.goes_on + 1] - day[bought.goes_on]
    joined = [(_JOINED, place, day[gap > above] + above + 1) for place, above in enumerate(EDGES)]
    within = [(gap > above) & (gap <= up_to) for above, up_to in pairwise(EDGES)]
    return _counted([*joined, *((_CAME_ON, place, (day + gap)[here]) for place, here in enumerate(within))])


@dataclass(frozen=True, slots=True)
class Risk:
    """One stretch of waiting within a period: the days that people spent in it, and how many of them came then."""

    above: int
    up_to: int
    """From the day after `above` until this one."""
    days: int
    came: float
    """A whole number, unless it is what one would expect."""


def risks(sums: Sums, start: LocalDay, end: LocalDay) -> list[Risk]:
    """Each stretch of waiting within a period, as it was lived through then, whenever the wait had begun."""
    first, last = start.toordinal(), end.toordinal()
    place, day, joined = _part(sums, _JOINED)
    lived = _summed(place, joined * np.clip(last - np.maximum(day, first) + 1, 0, None))
    # Who leaves a stretch enters the next one on that day, or came the day before.
    came_in, came_on, came = _part(sums, _CAME_ON)
    gone = _summed(came_in, came * np.clip(last - np.maximum(came_on + 1, first) + 1, 0, None))
    within = _summed(came_in, came * ((first <= came_on) & (came_on <= last)))
    return [
        Risk(above, up_to, lived[place] - lived[place + 1] - gone[place], within[place])
        for place, (above, up_to) in enumerate(pairwise(EDGES))
    ]


def _summed(places: Numbers, values: Numbers) -> list[int]:
    found = np.zeros(len(EDGES), dtype=np.int64)
    np.add.at(found, places, values)
    return [int(each) for each in found]


# ---- first purchases by day, customers by week and month ----


def by_day(columns: Columns, unit: Unit) -> Sums:
    """New customers by day and those who came back soon; customers by week and month and those who came back."""
    bought = _purchases(columns)
    new = bought.nth == 1
    gap = np.full(len(bought.day), SOON + 1)
    gap[bought.goes_on] = bought.day[bought.goes_on + 1] - bought.day[bought.goes_on]
    parts = [(_NEW, 0, bought.day[new]), (_NEW_AND_BACK, 0, bought.day[new & (gap <= SOON)])]
    each = columns.where(columns.purchases(unit))
    for everybody, back, period in (
        (_IN_WEEK, _BACK_IN_WEEK, weeks(each.day)),
        (_IN_MONTH, _BACK_IN_MONTH, months(each.day)),
    ):
        # Of a customer's purchases in a period the last one tells whether there was an earlier one.
        last = np.ones(len(each), dtype=bool)
        last[:-1] = (each.buyer[1:] != each.buyer[:-1]) | (period[1:] != period[:-1])
        parts += [(everybody, 0, period[last]), (back, 0, period[last & (each.place(unit) > 1)])]
    return _counted(parts)


def weeks(days: Numbers) -> Numbers:
    """The week of each day, counted from the first there was; a week begins on a Monday."""
    return (days - 1) // 7


def months(days: Numbers) -> Numbers:
    """The calendar month of each day, counted from January 1970."""
    return (days - _UNIX_EPOCH).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 12 * 1970


_UNIX_EPOCH = 719163


@dataclass(frozen=True, slots=True)
class Days:
    """New customers and those of them who came back within SOON days, by the day of their first purchase."""

    new: dict[int, int]
    back: dict[int, int]


def first_days(sums: Sums) -> Days:
    """The first purchases of everybody; days as date.toordinal() has them."""
    return Days(_by_number(sums, _NEW), _by_number(sums, _NEW_AND_BACK))


@dataclass(frozen=True, slots=True)
class Active:
    """Customers of each period, and those of them with a purchase in it that was not their first."""

    customers: dict[int, int]
    returning: dict[int, int]


def weekly(sums: Sums) -> Active:
    """By week, as `weeks` counts them."""
    return Active(_by_number(sums, _IN_WEEK), _by_number(sums, _BACK_IN_WEEK))


def monthly(sums: Sums) -> Active:
    """By month, as `months` counts them."""
    return Active(_by_number(sums, _IN_MONTH), _by_number(sums, _BACK_IN_MONTH))


GAPS = Tally("gaps_and_waits", gaps_and_waits)
RISK = Tally("risk", risk)
BY_DAY = Tally("timing_by_day", by_day)
