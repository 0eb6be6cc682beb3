"""Scores from 1 to 5 by cut points, and the group that they put a customer into. Pure; docs/metrics.md has the map."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from shopify_app.clock import LocalDay
from shopify_app.retention.people.lateness import limit_of, purchases
from shopify_app.retention.people.row import CustomerRow

TOP = 5
"""The best score, and how many there are."""
LATE_UNKNOWN = 90
"""Days after which somebody who bought once is not new any more, where nobody has come back yet to tell."""
AWAY_AT_LEAST = 30
"""Nobody is away before so many days, however often they used to buy."""
LOYAL_FROM, HIGH = 3, 4
"""Purchase days, and the score, from which on somebody is more than one who came back."""
_NINE_OF_TEN = 9, 10

Value = TypeVar("Value", int, LocalDay)
Histogram = Iterable[tuple[Value, int]]
"""How many customers have each value, smallest value first."""


class Group(StrEnum):
    """What a merchant calls customers of one kind; every customer is in exactly one."""

    BEST = "best"
    LOYAL = "loyal"
    PROMISING = "promising"
    NEW = "new"
    ONCE = "once"
    MIGHT_LOSE = "might_lose"
    LATE = "late"
    AWAY = "away"


def cut_points(histogram: Histogram[Value], customers: int) -> tuple[Value, ...]:
    """For each score but the best the largest value that still gets it; empty where there are no customers.

    A value's score is the fifth in which the middle of all who have it stands, so equal values score alike, and few
    different values make few scores. What is larger than any value here scores best, what is smaller worst.
    """
    cuts: list[Value] = []
    below = 0
    last: Value | None = None
    for value, count in histogram:
        # The middle of these customers stands at below + count / 2; exact in whole numbers.
        place = -(-TOP * (2 * below + count) // (2 * customers))
        cuts += [_under(value) if last is None else last] * (place - 1 - len(cuts))
        below, last = below + count, value
    if last is not None:
        cuts += [last] * (TOP - 1 - len(cuts))
    return tuple(cuts)


def _under(value: Value) -> Value:
    if isinstance(value, int):
        return value - 1
    return LocalDay(value - timedelta(days=1))


def score(value: Value, cuts: tuple[Value, ...]) -> int:
    """1 for the lowest values, at most 5."""
    return 1 + sum(value > cut for cut in cuts)


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where each score ends in one shop, and after how many days somebody is late there."""

    recency: tuple[LocalDay, ...] = ()
    """Last purchase days."""
    frequency: tuple[int, ...] = ()
    """Purchase days."""
    monetary: tuple[int, ...] = ()
    """Net, in minor units."""
    late_after: int | None = None
    """Nine of ten who came back did so within so many days of their first; None where nobody has."""
    customers: int = 0
    repeaters: int = 0
    """Customers of whom two purchase days are known."""
    channels: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """Where they bought, and where their orders went: what a rule can ask for."""

    def text(self) -> str:
        """As it is kept."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({**plain, "recency": [day.isoformat() for day in self.recency]})

    @classmethod
    def read(cls, text: str) -> "Cuts":
        """What `text` gave."""
        plain: dict[str, Any] = json.loads(text)
        days = tuple(LocalDay(date.fromisoformat(day)) for day in plain.pop("recency"))
        frequency, monetary = (tuple(plain.pop(name)) for name in ("frequency", "monetary"))
        # What was kept by a version before this one says nothing of them.
        channels, countries = (tuple(plain.pop(name, ())) for name in ("channels", "countries"))
        return cls(days, frequency, monetary, **plain, channels=channels, countries=countries)

    @property
    def new_within(self) -> int:
        """For how many days somebody who bought once is new."""
        return LATE_UNKNOWN if self.late_after is None else self.late_after


@dataclass(frozen=True, slots=True)
class Scores:
    """One customer's three scores."""

    recency: int
    frequency: int
    monetary: int


def scores(row: CustomerRow, cuts: Cuts) -> Scores:
    """How a customer scores among the others of the shop."""
    return Scores(
        score(row.last_day, cuts.recency), score(purchases(row), cuts.frequency), score(row.net, cuts.monetary)
    )


def nine_of_ten(gaps: Histogram[int], number: int) -> int | None:
    """The days within which nine of ten of so many gaps ended; None where there is none."""
    ended, (share, whole) = 0, _NINE_OF_TEN
    for days, count in gaps:
        ended += count
        if whole * ended >= share * number:
            return days
    return None


def late_since(row: CustomerRow, cuts: Cuts) -> LocalDay | None:
    """The day from which on this customer is later than usual, unless they buy before; None for who bought once."""
    limit = limit_of(row, cuts.late_after)
    return None if limit is None else LocalDay(row.last_day + timedelta(days=limit.days + 1))


def group_of(row: CustomerRow, cuts: Cuts, today: LocalDay) -> Group:
    """The group of one customer on a day."""
    since, own = (today - row.last_day).days, scores(row, cuts)
    if purchases(row) == 1:
        return Group.NEW if own.recency >= HIGH and since <= cuts.new_within else Group.ONCE
    limit = limit_of(row, cuts.late_after)
    if limit is not None and since > limit.days:
        return _of_the_late(since, limit.days, own)
    if purchases(row) < LOYAL_FROM or own.frequency < HIGH:
        return Group.PROMISING
    return Group.BEST if own.recency >= HIGH and own.monetary == TOP else Group.LOYAL


def _of_the_late(since: int, limit: int, own: Scores) -> Group:
    if since > max(2 * limit, AWAY_AT_LEAST):
        return Group.AWAY
    return Group.MIGHT_LOSE if own.monetary >= HIGH else Group.LATE
