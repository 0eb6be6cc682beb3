"""The points of an order whose lines earn differently, line by line: none of the app's rules is used here."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from hijridate import Gregorian

from tests.simulation.truth import TrueOrder

Stood = Callable[[int, int, datetime], bool]
"""Whether a product stood in a collection, by what had been read at that moment."""


@dataclass(frozen=True, slots=True)
class _Part:
    value: int
    named: int
    """What refunds named of it."""
    percent: int

    def gone(self, back: int, every: "list[_Part]") -> Fraction:
        """What went back of it; what nobody named is everybody's."""
        whole, named = sum(one.value for one in every), sum(one.named for one in every)
        if back <= named:
            return Fraction(self.named * back, named) if named else Fraction()
        return self.named + Fraction((self.value - self.named) * (back - named), whole - named)


def points_by_line(
    order: TrueOrder, rule: dict[str, Any], value: int, back: int, stood: Stood, told: Collection[int]
) -> int:
    """What an order of which something is left gives; `told` are the refunds of which the lines are known."""
    rates = [rate for rate in rule["rates"] if _in_season(rate, order.placed_at)]
    parts, back = _parts(order, rates, value, stood, told), max(back, 0)
    each, besides = Fraction(rule["points"], rule["per"] * 100), Fraction(rule["per_order"], value)
    whole = floor(sum(one.value * one.percent * each for one in parts)) + rule["per_order"]
    whole = min(whole, rule["most"] or whole)
    worth = [(one, one.percent * each + besides) for one in parts]
    stands = sum(one.value * of for one, of in worth)
    taken = sum(one.gone(back, parts) * of for one, of in worth)
    return whole - floor(whole * taken / stands) if stands else 0


def _parts(
    order: TrueOrder, rates: list[dict[str, Any]], value: int, stood: Stood, told: Collection[int]
) -> list[_Part]:
    backs: dict[int, int] = {}
    for refund, lines in order.given_back.items():
        for line, amount in lines if refund in told else ():
            backs[line] = backs.get(line, 0) + amount
    values = _allotted(value, [paid for _, _, paid in order.lines])
    return [
        _Part(share, min(max(backs.get(line, 0), 0), share), _percent(rates, product, order.placed_at, stood))
        for (line, product, _), share in zip(order.lines, values, strict=True)
    ]


def _allotted(value: int, paid: list[int]) -> list[int]:
    """What was paid for each line; where that is not the order's value, its share of it, by largest remainder."""
    whole = sum(paid)
    shares = [floor(Fraction(value * one, whole)) for one in paid]
    rests = [Fraction(value * one, whole) - share for one, share in zip(paid, shares, strict=True)]
    for place in sorted(range(len(paid)), key=lambda at: (-rests[at], at))[: value - sum(shares)]:
        shares[place] += 1
    return shares


def _percent(rates: list[dict[str, Any]], product: int | None, at: datetime, stood: Stood) -> int:
    said = {rate["percent"] for rate in rates if _is_about(rate, product, at, stood)}
    return 0 if 0 in said else max(said, default=100)


def _is_about(rate: dict[str, Any], product: int | None, at: datetime, stood: Stood) -> bool:
    named = [number for number, _ in rate["of"]]
    if rate["what"] == "all":
        return True
    if product is None:
        return False
    return product in named if rate["what"] == "products" else any(stood(one, product, at) for one in named)


def _in_season(rate: dict[str, Any], at: datetime) -> bool:
    when, day = rate["when"], at.astimezone(ZoneInfo(rate["zone"])).date()
    if when is None:
        return True
    if when["type"] == "days":
        return date.fromisoformat(when["first"]) <= day <= date.fromisoformat(when["last"])
    moon = Gregorian.fromdate(day).to_hijri()
    first, last, now = tuple(when["first"]), tuple(when["last"]), (moon.month, moon.day)
    # Over the end of the year it is all but what lies between.
    return first <= now <= last if first <= last else not last < now < first
