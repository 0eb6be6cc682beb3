"""How good a forecast was: what was expected of some days, and what came. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

DAYS = 90
LEAST_HISTORY = 180
"""Days since the first order from which on it is checked: half of them to learn from at least."""
MOST_PURCHASES = 8
"""Those who had bought so often or more are one line."""
ALARMING = Fraction(1, 4)
ENOUGH = 30
"""Orders below which being off says little."""


@dataclass(frozen=True, slots=True)
class Line:
    """Customers who had bought on so many days by then."""

    purchases: int
    customers: int
    expected: Fraction
    came: int


@dataclass(frozen=True, slots=True)
class Check:
    """Days with an order in the last 90, of the customers of 90 days ago."""

    expected: Fraction
    came: int
    lines: tuple[Line, ...]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Check":
        """From what is kept."""
        lines = (Line(one["purchases"], one["customers"], _read(one["expected"]), one["came"]) for one in told["lines"])
        return cls(_read(told["expected"]), told["came"], tuple(lines))

    @property
    def bias(self) -> Fraction | None:
        """By which part too much was expected, below 0 too little; None where nothing came."""
        return (self.expected - self.came) / self.came if self.came else None

    @property
    def came_of_expected(self) -> Fraction:
        """What came as a multiple of what was expected; 1 where both are too few to say anything."""
        too_few = self.came < ENOUGH and self.expected < ENOUGH
        return Fraction(1) if too_few or not self.expected else self.came / self.expected

    @property
    def alarming(self) -> bool:
        """Whether it was so far off that the forecast is better not trusted."""
        if self.came < ENOUGH and self.expected < ENOUGH:
            return False
        return self.bias is None or abs(self.bias) > ALARMING


def _read(number: float) -> Fraction:
    return Fraction(number).limit_denominator(1000)
