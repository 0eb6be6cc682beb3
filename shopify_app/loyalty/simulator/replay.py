"""A shop's orders gone through under rules that did not hold, as production would have given points. Pure.

Orders come one after the other, those of each customer together, and only the points of one customer are in memory.
Each gives what it gives by `earned`, as it is now: what was refunded since has earned nothing.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from msgspec import Struct, field

from shopify_app.clock import Instant
from shopify_app.customers.nobody import is_erased
from shopify_app.loyalty.earning.bonus import bonus
from shopify_app.loyalty.earning.order import Earned, earned
from shopify_app.loyalty.programme.rule import Rule, Version
from shopify_app.loyalty.simulator.thresholds import place_of
from shopify_app.loyalty.simulator.trial import Trial

SOON = timedelta(days=90)
"""How long after the first order somebody should have a reward within reach."""


class Span(Struct, frozen=True):
    """From when to before when orders were placed."""

    since: Instant
    until: Instant


class Given(Struct):
    """What one rule would have given."""

    points: int = 0
    """Less what was taken back with refunds."""
    available: int = 0
    """Of them, what could be spent in the end if nobody had spent any."""
    ended: int = 0
    """Of them, what would have ended unused by then."""
    people: int = 0
    """Customers with any points."""
    reached: int = 0
    """Of `Sold.awaited`, who could have had a reward within SOON after their first order."""


class Sold(Struct):
    """What was sold, whatever the rule; amounts in minor units, products after discounts, without tax and shipping."""

    orders: int = 0
    net: int = 0
    """Less what went back since."""
    people: int = 0
    awaited: int = 0
    """Customers whose first order was at least SOON before the end."""
    first: Instant | None = None
    values: dict[int, int] = field(default_factory=dict)
    """How many orders by place_of their value when they were placed, edits among it."""


class Sums(Struct):
    """What has been gone through so far; `given` is in the order of the trials."""

    sold: Sold
    given: list[Given]
    more: int | None = None
    """Customers to whom the second trial would have given more points than the first; None where nobody has counted."""
    less: int | None = None


class _Lot(NamedTuple):
    points: int
    earned_at: Instant
    available_at: Instant | None
    by_order: bool
    """Whether it is what an order gives, by which a customer shows that they are there; else a bonus."""
    ends_at: Instant | None = None


class Replay:
    """Going through orders; `sums` grow with each customer that is over."""

    def __init__(self, trials: Sequence[Trial], span: Span, sums: Sums | None = None) -> None:
        self.sums = sums or Sums(Sold(), [Given() for _ in trials], 0, 0)
        self._currencies = {trial.rule.currency for trial in trials}
        self._rules = [trial.rule for trial in trials]
        self.versions = [Version(1, span.since, trial.rule) for trial in trials]
        """One of each rule, which holds all the time."""
        self._span = span
        self._begin(None)

    def _begin(self, customer: int | None) -> None:
        self._customer = customer
        self._first: Instant | None = None
        self._lots: list[list[_Lot]] = [[] for _ in self._rules]

    def add(self, order: Earned, nth: int | None = None) -> None:
        """The next order, of the same customer as the one before or of one who has not been seen.

        `nth` is its number among theirs, where any rule gives a bonus for it.
        """
        # Who was erased has no account, like a guest.
        customer = None if is_erased(order.customer_id) else order.customer_id
        if customer != self._customer:
            self.close()
            self._begin(customer)
        if order.nothing or order.value <= 0 or order.currency not in self._currencies:
            return
        self._sell(order)
        if customer is not None:
            self._first = order.placed_at if self._first is None else min(self._first, order.placed_at)
            self._give(order, nth)

    def _sell(self, order: Earned) -> None:
        sold, place = self.sums.sold, place_of(order.value)
        sold.orders += 1
        sold.net += max(order.value - max(order.back, 0), 0)
        sold.values[place] = sold.values.get(place, 0) + 1
        sold.first = order.placed_at if sold.first is None else min(sold.first, order.placed_at)

    def _give(self, order: Earned, nth: int | None) -> None:
        for version, lots in zip(self.versions, self._lots, strict=True):
            both = earned(order, [version]), bonus(order, nth, [version]) if nth else None
            for gives, by_order in zip(both, (True, False), strict=True):
                if gives is not None and gives[0].points:
                    lots.append(_Lot(gives[0].points, gives[0].earned_at, gives[0].available_at, by_order))

    def close(self) -> None:
        """That was all of this customer."""
        if self._first is None:
            return
        sold, until = self.sums.sold, self._span.until
        awaited = self._first + SOON <= until
        sold.people += 1
        sold.awaited += awaited
        for given, rule, lots in zip(self.sums.given, self._rules, self._lots, strict=True):
            lasting = _with_ends(lots, rule)
            _count(given, lasting, until)
            given.reached += awaited and _reaches(lasting, rule, Instant(self._first + SOON))
        self._compare([sum(lot.points for lot in lots) for lots in self._lots])
        self._begin(None)

    def _compare(self, points: Sequence[int]) -> None:
        sums = self.sums
        if len(points) > 1 and sums.more is not None and sums.less is not None:
            sums.more += points[1] > points[0]
            sums.less += points[1] < points[0]


def _with_ends(lots: Sequence[_Lot], rule: Rule) -> Sequence[_Lot]:
    """Lots with the moment at which they end if nobody spends any: see ledger/endings.py."""
    if rule.ends_after is None:
        return lots
    last = timedelta(days=rule.ends_after)
    # From each order on: the last of those that follow one another before anything has ended.
    active = sorted({lot.earned_at for lot in lots if lot.by_order}) if rule.extended else []
    until = list(active)
    for place in range(len(active) - 2, -1, -1):
        if active[place + 1] <= active[place] + last:
            until[place] = until[place + 1]
    return [lot._replace(ends_at=_ends_at(lot, last, active, until)) for lot in lots]


def _ends_at(lot: _Lot, last: timedelta, active: Sequence[Instant], until: Sequence[Instant]) -> Instant | None:
    if lot.available_at is None:
        return None
    base = max(lot.available_at, lot.earned_at)
    following = bisect_right(active, base)
    if following < len(active) and active[following] <= base + last:
        base = until[following]
    return Instant(base + last)


def _count(given: Given, lots: Sequence[_Lot], until: Instant) -> None:
    given.points += sum(lot.points for lot in lots)
    given.available += sum(lot.points for lot in lots if _spendable(lot, until))
    given.ended += sum(lot.points for lot in lots if lot.ends_at is not None and lot.ends_at <= until)
    given.people += bool(lots)


def _spendable(lot: _Lot, at: Instant) -> bool:
    return lot.available_at is not None and lot.available_at <= at and (lot.ends_at is None or lot.ends_at > at)


def _reaches(lots: Sequence[_Lot], rule: Rule, end: Instant) -> bool:
    """Whether enough for a reward could be spent at once by then: looked at whenever there is more of it."""
    moments = sorted({lot.available_at for lot in lots if lot.available_at is not None and lot.available_at <= end})
    if not moments or sum(lot.points for lot in lots) < rule.cheapest:
        return False
    if all(lot.ends_at is None or lot.ends_at > end for lot in lots):
        moments = moments[-1:]
    return any(sum(lot.points for lot in lots if _spendable(lot, at)) >= rule.cheapest for at in moments)
