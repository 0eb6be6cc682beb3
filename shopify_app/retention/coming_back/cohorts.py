"""People by the period of their first order: how many came back, and what they bought. Pure; amounts in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.coming_back.grid import LAST, What, cell
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

    def count(self, show: Show) -> int:
        """What is shown, before it is divided by the people of the cohort."""
        match show:
            case Show.BACK | Show.BACK_PEOPLE:
                return self.back
            case Show.BOUGHT | Show.BOUGHT_PEOPLE:
                return self.bought
            case Show.ORDERS:
                return self.orders
            case Show.NET:
                return self.net
            case Show.NET_SO_FAR:
                return self.net_so_far


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people whose first order was in one period."""

    span: Span
    size: int
    whole: bool
    """Whether all of them are known: not where Shopify shows us orders only from some day in it on."""
    cells: tuple[Cell, ...]
    """From the period itself to the one of the as-of day."""

    def figure(self, age: int, show: Show) -> Fraction | None:
        """What a cell shows; None where there is none yet, and where there is nobody."""
        if age >= len(self.cells) or not self.size:
            return None
        counted = self.cells[age].count(show)
        return Fraction(counted) if show.kind == "count" else Fraction(counted, self.size)

    def is_final(self, age: int) -> bool:
        """Whether nothing more can come to the cell."""
        return self.whole and age < len(self.cells) and self.cells[age].over


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
    found: dict[int, dict[tuple[int, What], int]] = {}
    for at, summed in sums.items():
        cohort, age, what = cell(at)
        found.setdefault(cohort, {})[age, what] = summed
    began = [cohort for cohort in found if cohort <= last]
    if not began:
        return []
    over = last if as_of == period.end(last) else last - 1
    return [
        _cohort(found.get(number, {}), period.span(number), min(last - number, LAST[period]), over - number, known_from)
        for number in range(min(began), last + 1)
    ]


def _cohort(sums: dict[tuple[int, What], int], span: Span, ages: int, over: int, known_from: LocalDay | None) -> Cohort:
    cells, back, net = list[Cell](), 0, 0
    for age in range(ages + 1):
        bought, again, orders, here = (sums.get((age, what), 0) for what in What)
        back, net = back + again, net + here
        cells.append(Cell(age, age <= over, bought, back, orders, here, net))
    whole = known_from is None or span.start >= known_from
    return Cohort(span, cells[0].bought, whole, tuple(cells))


def average(cohorts: Sequence[Cohort], age: int, show: Show) -> Average:
    """Over the people of all cohorts whose cell is final, each person once."""
    final = [one for one in cohorts if one.size and one.is_final(age)]
    counted = sum(one.cells[age].count(show) for one in final)
    return Average(sum(one.size for one in final), counted, tuple(one.span for one in final))
