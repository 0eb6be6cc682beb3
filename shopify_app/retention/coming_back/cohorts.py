"""People by the period of their first order: how many came back, and what they bought. Pure; amounts in minor units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.coming_back.grid import LAST, What, cells
from shopify_app.retention.coming_back.periods import Period, Span
from shopify_app.retention.history.sums import Sums


class Show(StrEnum):
    """What a cell shows."""

    BACK = "back"
    """The share of people who had bought a second time by the end of the period."""
    BACK_PEOPLE = "back_people"
    BOUGHT = "bought"
    """The share of people who bought in the period."""
    BOUGHT_PEOPLE = "bought_people"
    ORDERS = "orders"
    NET = "net"
    """Net sales of the period for each person of the cohort."""
    NET_SO_FAR = "net_so_far"
    """The same of all periods up to this one."""

    @property
    def kind(self) -> str:
        """`share`, `count` or `money`."""
        if self in (Show.BACK, Show.BOUGHT):
            return "share"
        return "money" if self in (Show.NET, Show.NET_SO_FAR) else "count"


def parse_show(text: str) -> Show:
    """Read what the cells show."""
    try:
        return Show(text)
    except ValueError:
        choices = ", ".join(one.value for one in Show)
        raise Malformed(f"Choose what to show: {choices}.") from None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cohort, one period: k periods after that of the first order."""

    age: int
    over: bool
    """Whether the period was over on the as-of day: else more may come, and it is in no average."""
    bought: int
    back: int
    """People who had bought a second time by its end: of this period and all before it."""
    orders: int
    net: int
    net_so_far: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people whose first order was in one period."""

    span: Span
    size: int
    whole: bool
    """Whether all of them are known: not where Shopify shows us orders only from some day in it on."""
    ages: int
    """How many cells there are: from the period itself to the one of the as-of day."""
    over: int
    """How many of these periods were over on the as-of day."""
    sums: Mapping[str, Sequence[int]]
    """Each cell's sums by the names of Cell's fields; empty where nobody is in the cohort."""

    @property
    def cells(self) -> list[Cell]:
        """What there is of each period; nothing where nobody is in the cohort."""
        ages = range(self.ages if self.size else 0)
        return [Cell(age, age < self.over, *(self.sums[name][age] for name in SUMS)) for age in ages]

    def count(self, age: int, show: Show) -> int:
        """What a cell shows, before it is divided by the people of the cohort."""
        return self.sums[_SUM_OF[show]][age]

    def figure(self, age: int, show: Show) -> Fraction | None:
        """What a cell shows; None where there is none yet, and where there is nobody."""
        if age >= self.ages or not self.size:
            return None
        counted = self.count(age, show)
        return Fraction(counted) if show.kind == "count" else Fraction(counted, self.size)

    def is_final(self, age: int) -> bool:
        """Whether nothing more can come to the cell."""
        return self.whole and age < self.over

    @property
    def came_back(self) -> int:
        """How many had bought a second time by the as-of day."""
        return self.sums["back"][self.ages - 1] if self.size else 0


SUMS = ("bought", "back", "orders", "net", "net_so_far")
_SUM_OF = {
    Show.BACK: "back",
    Show.BACK_PEOPLE: "back",
    Show.BOUGHT: "bought",
    Show.BOUGHT_PEOPLE: "bought",
    Show.ORDERS: "orders",
    Show.NET: "net",
    Show.NET_SO_FAR: "net_so_far",
}


@dataclass(frozen=True, slots=True)
class Average:
    """What the final cells of one column come to together."""

    people: int
    counted: int
    cohorts: tuple[Span, ...]

    def figure(self, show: Show) -> Fraction | None:
        """For each of those people; None for what is not told for each, and where there are none."""
        return Fraction(self.counted, self.people) if self.people and show.kind != "count" else None


def cohorts_of(sums: Sums, period: Period, as_of: LocalDay, known_from: LocalDay | None = None) -> list[Cohort]:
    """Every cohort from the first that anybody is in up to the as-of day, oldest first.

    `known_from` is the first day of which all orders are known, where some may lie before it.
    """
    last = period.of(as_of)
    found = _dense(sums, last, LAST[period])
    if not found:
        return []
    over = last if as_of == period.end(last) else last - 1
    cohorts = []
    for number in range(min(found), last + 1):
        span, mine = period.span(number), found.get(number, {})
        ages = min(last - number, LAST[period]) + 1
        whole = known_from is None or span.start >= known_from
        size = mine["bought"][0] if mine else 0
        cohorts.append(Cohort(span, size, whole, ages, min(over - number + 1, ages), mine))
    return cohorts


def _dense(sums: Sums, last: int, oldest: int) -> dict[int, dict[str, list[int]]]:
    """By cohort the sums of every cell that there can be, also of those with nothing in them."""
    cohort, age, what = cells(sums.keys)
    begun = cohort <= last
    numbers, row = np.unique(cohort[begun], return_inverse=True)
    ages = min(last - int(numbers[0]), oldest) + 1 if len(numbers) else 0
    table = np.zeros((len(What), len(numbers), ages), dtype=np.int64)
    shown = age[begun] < ages
    table[what[begun][shown], row[shown], age[begun][shown]] = sums.values[begun][shown]
    bought, back, orders, net = table
    parts = (bought, back.cumsum(axis=1), orders, net, net.cumsum(axis=1))
    told = zip(*(part.tolist() for part in parts), strict=True)
    return {number: dict(zip(SUMS, mine, strict=True)) for number, mine in zip(numbers.tolist(), told, strict=True)}


def average(cohorts: Sequence[Cohort], age: int, show: Show) -> Average:
    """Over the people of all cohorts whose cell is final, each person once."""
    final = [one for one in cohorts if one.size and one.is_final(age)]
    counted = sum(one.count(age, show) for one in final)
    return Average(sum(one.size for one in final), counted, tuple(one.span for one in final))
