"""What the models know of each customer: how often, how lately and for how much somebody has bought."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Numbers = Ints | Floats
Flags = npt.NDArray[np.bool_]
USUAL_GAPS, LATE_GAPS = 2, 4


@dataclass(frozen=True, slots=True)
class Histories:
    """One place in each array is one customer. Days are whole, and several orders of one day are one purchase.

    That the days are whole and distinct is more than tidiness: repeat purchases at no distance from the first
    would make the likelihood unbounded.
    """

    repeats: Ints
    """Purchase days after the first; x in the literature."""
    second: Ints
    """Days from the first purchase to the second; 0 where there is one only."""
    last: Ints
    """Days from the first purchase to the last; t_x."""
    age: Ints
    """Days from the first purchase to the as-of day; T."""
    spend: Floats
    """Mean net of a repeat purchase day in minor units; 0 where there is none. Negative after large refunds."""
    usual: Ints
    """Median of the customer's own gaps in days, the lower of two middle ones; 0 with fewer than two."""
    late: Ints
    """Days within which nine of ten of those gaps ended; 0 with fewer than four."""

    def __len__(self) -> int:
        return len(self.repeats)

    def among(self, chosen: Flags | Ints | slice) -> "Histories":
        """Those at the chosen places."""
        return Histories(*(getattr(self, each.name)[chosen] for each in fields(self)))

    @property
    def repeaters(self) -> int:
        """Who bought on more than one day."""
        return int(np.count_nonzero(self.repeats))

    @property
    def span(self) -> int:
        """Days since the first purchase of the customer who came first; 0 without customers."""
        return int(self.age.max(initial=0))


def collapse(customers: Ints, days: Ints, nets: Ints, as_of: int) -> tuple[Ints, Histories]:
    """Customers' numbers, ascending, and their histories, from one entry an order in any order.

    `days` and `as_of` count days from any one day; orders after `as_of` are left out. `nets` are minor units.
    """
    known = days <= as_of
    place = np.lexsort((days[known], customers[known]))
    customers, days, nets = customers[known][place], days[known][place], nets[known][place]
    begins = _changes(customers, days)
    customers, days, nets = customers[begins], days[begins], _summed(nets, begins)
    starts = _changes(customers)
    ends = np.append(starts[1:], len(customers)) - 1 if len(starts) else starts
    repeats = ends - starts
    second = np.where(repeats > 0, days[np.minimum(starts + 1, ends)] - days[starts], 0)
    repeat_net = _summed(nets, starts) - nets[starts]
    spend = np.divide(repeat_net, repeats, out=np.zeros(len(starts)), where=repeats > 0)
    usual, late = _rhythms(customers, days, starts, repeats)
    first, last = days[starts], days[ends]
    return customers[starts], Histories(repeats, second, last - first, as_of - first, spend, usual, late)


def _changes(*columns: Ints) -> Ints:
    """Where a sorted column, or several together, begin with another value."""
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    changed = np.any([np.diff(column) != 0 for column in columns], axis=0)
    return np.append(0, np.flatnonzero(changed) + 1)


def _summed(values: Ints, starts: Ints) -> Ints:
    sums: Ints = np.add.reduceat(values, starts) if len(starts) else values
    return sums


def _rhythms(customers: Ints, days: Ints, starts: Ints, repeats: Ints) -> tuple[Ints, Ints]:
    """Each customer's own median gap and ninth decile, by nearest rank."""
    within = np.ones(len(days), bool)
    within[starts] = False
    gaps = np.diff(days, prepend=days[:1])[within]
    gaps = gaps[np.lexsort((gaps, customers[within]))]
    before = np.cumsum(repeats) - repeats
    usual, late = np.zeros_like(repeats), np.zeros_like(repeats)
    for found, least, rank in ((usual, USUAL_GAPS, (repeats - 1) // 2), (late, LATE_GAPS, (9 * repeats + 9) // 10 - 1)):
        enough = repeats >= least
        found[enough] = gaps[(before + rank)[enough]]
    return usual, late
