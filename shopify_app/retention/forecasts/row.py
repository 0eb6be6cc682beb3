"""What the models are told of a customer, and what they tell. Pure."""

from fractions import Fraction
from typing import NamedTuple

_SUREST = Fraction(99, 100)
"""Of no person anything is said to be sure."""
_FINE = 10**4
"""Parts of a chance that are told: finer ones no model knows, and in a file they are twelve digits."""


class Known(NamedTuple):
    """One customer's history in whole days; 0 where there is nothing. See fit.histories.Histories."""

    customer_id: int
    age: int
    second: int
    last: int
    days: int
    earlier: int
    repeat_net: int
    usual_gap: int
    late_after: int


class ForecastRow(NamedTuple):
    """See CustomerForecast for the meaning of each field."""

    customer_id: int
    alive: float
    chance_30: float
    chance_90: float
    next_from: int | None
    next_to: int | None
    value_12m: int
    value_low: int
    value_high: int
    regular: bool


def share(chance: float) -> Fraction:
    """A chance as pages and files tell it, to the hundredth of a per cent."""
    return min(Fraction(round(chance * _FINE), _FINE), _SUREST)
