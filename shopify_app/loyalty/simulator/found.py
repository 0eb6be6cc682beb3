"""What came of trying rules on a shop's own orders, and what follows from it. Pure; amounts in minor units."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from shopify_app.loyalty.simulator.replay import Given, Span, Sums
from shopify_app.loyalty.simulator.trial import Trial

USED = (Fraction(3, 10), Fraction(6, 10), Fraction(9, 10))
"""Shares of the points given that people might use."""


class Found(Struct, frozen=True):
    """What was worked out, of which orders and by which rules."""

    span: Span
    facts: int
    """The version of the shop's facts when it was begun."""
    currency: str
    trials: list[Trial]
    sums: Sums

    @property
    def given(self) -> Iterator[tuple[Trial, Given]]:
        """Each rule with what it would have given."""
        return zip(self.trials, self.sums.given, strict=True)


class Cost(NamedTuple):
    """What a rule would have cost, had people used that share of their points."""

    trial: Trial
    given: Given
    used: Fraction
    amount: int
    of_sales: Fraction | None
    """None where nothing was sold."""
    needed: Fraction | None
    """By which share of them sales would have to rise for the programme to pay for itself."""
    left: int
    """What the other points are worth in the end, at most: those that ended first count as used first."""


def costs(found: Found, margin: Fraction) -> list[Cost]:
    """For each share in USED what each rule would have cost; `margin` is the part of sales that the shop keeps."""
    return [_cost(trial, given, used, found.sums.sold.net, margin) for used in USED for trial, given in found.given]


def _cost(trial: Trial, given: Given, used: Fraction, net: int, margin: Fraction) -> Cost:
    spent = int(given.points * used)
    amount = trial.rule.worth(spent)
    share = Fraction(amount, net) if net else None
    needed = None if share is None else share / margin
    left = trial.rule.worth(given.points - max(spent, given.ended))
    return Cost(trial, given, used, amount, share, needed, left)


def worth_of_all(trial: Trial, given: Given) -> int:
    """What everything given is worth: the most that it could have cost."""
    return trial.rule.worth(given.points)


def unused(trial: Trial, given: Given) -> int:
    """What the points are worth that there would be in the end, had nobody used any."""
    return trial.rule.worth(given.points - given.ended)
