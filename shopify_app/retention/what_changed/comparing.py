"""From the first orders of people who have had their time to the comparisons of a week. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from shopify_app.clock import LocalDay
from shopify_app.retention.what_changed.chance import Group
from shopify_app.retention.what_changed.finding import DAYS, Comparison, Subject

MOST_GROUPS = 10
"""Products, channels or countries looked at, those with the most people: each more makes all others harder to hear."""
QUARTER = timedelta(days=91)
YEAR = timedelta(days=364)
"""Whole weeks: the same weekdays a year before."""
DISCOUNTED = "yes"
SUBJECTS: tuple[Subject, ...] = ("product", "discount", "channel", "country", "quarter")


@dataclass(frozen=True, slots=True)
class Span:
    """Which first orders are looked at on a day: a year of them, each with `DAYS` since."""

    since: LocalDay
    until: LocalDay
    quarter: LocalDay
    """From here to `until`: the newest three months of those who have had their time."""

    @classmethod
    def at(cls, as_of: LocalDay) -> "Span":
        """The span as seen on a day."""
        until = LocalDay(as_of - timedelta(days=DAYS))
        return cls(LocalDay(until - YEAR + timedelta(days=1)), until, LocalDay(until - QUARTER + timedelta(days=1)))

    @property
    def first(self) -> LocalDay:
        """The earliest day needed: the same three months a year before."""
        return LocalDay(self.quarter - YEAR)


@dataclass(slots=True)
class Tally:
    """People, and how many of them came back in time, by whatever tells them apart."""

    people: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)

    def count(self, key: str, came_back: bool) -> None:
        """One person more under a key."""
        self.people[key] += 1
        self.did[key] += came_back

    def group(self, key: str) -> Group:
        """Those under a key."""
        return Group(self.people[key], self.did[key])

    def rest(self, key: str, everybody: Group) -> Group:
        """All the others."""
        return Group(everybody.people - self.people[key], everybody.did - self.did[key])


@dataclass(slots=True)
class FirstOrders:
    """What is gathered of people's first orders, one person after the other."""

    span: Span
    by: Mapping[Subject, Tally] = field(default_factory=lambda: {subject: Tally() for subject in SUBJECTS})
    everybody: Tally = field(default_factory=Tally)
    titles: dict[str, str] = field(default_factory=dict)
    """Of products, as the shop last called them."""

    def add(self, first: date, second: date | None, channel: str, country: str, *, discounted: bool) -> bool:
        """One person; whether their first order lies within the year, so that what they bought matters."""
        came_back = in_time(first, second)
        if first >= self.span.quarter:
            self.by["quarter"].count("now", came_back)
        elif self.span.first <= first <= self.span.until - YEAR:
            self.by["quarter"].count("before", came_back)
        if first < self.span.since:
            return False
        self.everybody.count("", came_back)
        told: Mapping[Subject, str] = {
            "channel": channel,
            "country": country,
            "discount": DISCOUNTED if discounted else "",
        }
        for subject, key in told.items():
            if key:
                self.by[subject].count(key, came_back)
        return True

    def bought(self, product: int, title: str, first: date, second: date | None) -> None:
        """One of the products in such an order; each counts once for each person."""
        self.by["product"].count(str(product), in_time(first, second))
        self.titles[str(product)] = title

    def comparisons(self) -> list[Comparison]:
        """Everything that is compared this week."""
        return [*self._with_the_rest(), *self._with_a_year_ago()]

    def _with_the_rest(self) -> Iterator[Comparison]:
        everybody = self.everybody.group("")
        for subject, tally in self.by.items():
            for key, _ in _greatest(tally.people.items()) if subject != "quarter" else ():
                title = self.titles.get(key, key)
                yield Comparison(subject, key, title, tally.group(key), tally.rest(key, everybody))

    def _with_a_year_ago(self) -> Iterator[Comparison]:
        quarter = self.by["quarter"]
        yield Comparison("quarter", "", "", quarter.group("now"), quarter.group("before"))


def in_time(first: date, second: date | None) -> bool:
    """Whether somebody came back within `DAYS`."""
    return second is not None and (second - first).days <= DAYS


def _greatest(people: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(people, key=lambda one: (-one[1], one[0]))[:MOST_GROUPS]
