"""Rows of the aggregate as columns of numbers: of a whole shop, or of a few buyers. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopify_app.retention.counting import Rows
from shopify_app.retention.window import Basis, Unit

Numbers = NDArray[np.int64]
Chosen = NDArray[np.bool_]
"""Which of some rows."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of one basis and of known customers alone, each customer's together and in the order they were placed.

    See CountedOrder for each column; amounts in minor units. A customer is here with all of their rows or with none.
    """

    buyer: Numbers
    day: Numbers
    """As date.toordinal() has it."""
    orders: Numbers
    net: Numbers
    nth: Numbers
    nth_day: Numbers

    def __len__(self) -> int:
        return len(self.buyer)

    def place(self, unit: Unit) -> Numbers:
        """Which of its buyer's purchases each row belongs to: 1 for the first that there was, known to us or not."""
        return self.nth if unit is Unit.ORDER else self.nth_day

    def first_rows(self) -> Chosen:
        """Where each customer's rows begin."""
        return changes(self.buyer)

    def purchases(self, unit: Unit) -> Chosen:
        """One row for each purchase: where several orders of a day are one, the row of the first."""
        bought: Chosen = self.orders == 1
        if unit is Unit.ORDER:
            return bought
        places = np.flatnonzero(bought)
        chosen = np.zeros(len(self), dtype=bool)
        chosen[places[changes(self.buyer[places]) | changes(self.day[places])]] = True
        return chosen

    def where(self, chosen: Chosen) -> "Columns":
        """These rows alone: whoever asks sees to it that nothing is summed over half a customer."""
        return Columns(*(getattr(self, name)[chosen] for name in _NAMES))


def changes(values: Numbers) -> Chosen:
    """Where a value differs from the one before it; the first always does."""
    different = np.ones(len(values), dtype=bool)
    different[1:] = values[1:] != values[:-1]
    return different


_NAMES = tuple(Columns.__dataclass_fields__)


def columns_of(rows: Rows, basis: Basis, until: date | None = None) -> Columns:
    """The same of some buyers' rows as they stand in memory, up to a day."""
    return columns(
        (row.buyer_id, row.day, row.orders, row.net, row.nth, row.nth_day)
        for (counted, buyer), mine in rows.items()
        if counted == basis and buyer > 0
        for row in mine
        if until is None or row.day <= until
    )


def columns(rows: Iterable[Sequence[Any]]) -> Columns:
    """Columns from rows with a value for each of them; the day is a date."""
    parts = list(zip(*rows, strict=True)) or [()] * len(_NAMES)
    buyer, day, *others = parts
    ordinals = {each: each.toordinal() for each in set(day)}
    numbers = [np.array(part, dtype=np.int64) for part in (buyer, [ordinals[each] for each in day], *others)]
    return _in_turn(Columns(*numbers))


def _in_turn(found: Columns) -> Columns:
    # A refund goes behind its order, also where its day is booked before the order's own.
    turn = np.lexsort((found.day, -found.orders, found.nth, found.buyer))
    return Columns(*(getattr(found, name)[turn] for name in _NAMES))
