"""What the models are told of a customer, and what they tell. Pure."""

from typing import NamedTuple


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
