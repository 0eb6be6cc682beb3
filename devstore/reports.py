"""What Shopify's reports add up: every order, edit and refund on its own day, and who came back. Pure.

Cancelled, unpaid and free orders count; tests, deleted orders and gift cards do not; tips, tax and shipping are no
sales of merchandise.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from devstore.clock import zone_named
from devstore.records import Line, LinePart, Order

THEN, NOW = "then", "now"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a shop's reports are made; each is as Shopify says that they are, unless a demonstration wants another.

    ``behind`` hours are not in them yet; days are those of ``zone``, of the shop's own where it is empty; a customer
    is ``returning`` who had bought before ``then``, or who by ``now`` has bought more than once; columns that are
    ``unknown`` are those of other versions: sales_reversals was called returns before 2026-04.
    """

    behind: float = 0.0
    zone: str = ""
    returning: str = THEN
    unknown: tuple[str, ...] = ("returns",)

    def changed(self, wish: Mapping[str, Any]) -> "Habits":
        """The same with what a wish names; ValueError for what cannot be."""
        known: dict[str, Any] = {"behind": float, "zone": str, "returning": str, "unknown": tuple}
        made = replace(self, **{name: read(wish[name]) for name, read in known.items() if name in wish})
        if not 0 <= made.behind <= 240 or made.returning not in (THEN, NOW):
            raise ValueError("reports are 0 to 240 hours behind; who returns is told of then or of now")
        if made.zone:
            zone_named(made.zone)
        return made


class Sale(NamedTuple):
    """One event of an order, in minor units; ``discounts`` and ``reversed`` are what is taken off."""

    at: datetime
    gross: int
    discounts: int
    reversed: int


@dataclass(frozen=True, slots=True)
class Report:
    """The sums of a span of days, in minor units."""

    orders: int
    gross: int
    discounts: int
    reversed: int
    placed_value: int
    """Of the orders placed in it, as they were placed: what an average is worked out of."""
    customers: int
    returning: int

    @property
    def net(self) -> int:
        """What is left."""
        return self.gross - self.discounts - self.reversed

    @property
    def average(self) -> Fraction | None:
        """An order's mean value; None without orders."""
        return Fraction(self.placed_value, self.orders) if self.orders else None

    @property
    def returning_rate(self) -> Fraction | None:
        """The share of customers who came back; None without customers."""
        return Fraction(self.returning, self.customers) if self.customers else None


class Span(NamedTuple):
    """Days of a zone, both ends included, as far as they are in the reports yet."""

    first: date
    last: date
    zone: ZoneInfo
    known_until: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether what happened then belongs to it."""
        return moment <= self.known_until and self.first <= moment.astimezone(self.zone).date() <= self.last


def report(orders: Iterable[Order], currency: str, span: Span, returning: str) -> Report:
    """The report of a span over all of a shop's orders."""
    counted = [one for one in orders if _counts(one, currency) and one.created_at <= span.known_until]
    placed = [one for one in counted if span.holds(one.created_at)]
    sales = [sale for one in counted for sale in sales_of(one) if span.holds(sale.at)]
    first = [_placed(one) for one in placed]
    people = {one.customer.id for one in placed if one.customer}
    return Report(
        orders=len(placed),
        gross=sum(sale.gross for sale in sales),
        discounts=sum(sale.discounts for sale in sales),
        reversed=sum(sale.reversed for sale in sales),
        placed_value=sum(sale.gross - sale.discounts for sale in first),
        customers=len(people),
        returning=len(people & _returning(counted, placed, returning)),
    )


def sales_of(order: Order) -> Iterator[Sale]:
    """Every event of an order."""
    yield _placed(order)
    for edit in order.edits:
        added = sum(_untaxed(order, part) for part in edit.parts if part.quantity > 0)
        taken = -sum(_untaxed(order, part) for part in edit.parts if part.quantity < 0)
        yield Sale(edit.happened_at, added, 0, taken)
    for refund in order.refunds:
        back = sum(_untaxed(order, part) for part in refund.lines)
        yield Sale(refund.created_at, 0, 0, back + refund.discrepancy)


def cut_off(now: datetime, habits: Habits) -> datetime:
    """The last moment that is in the reports."""
    return now - timedelta(hours=habits.behind)


def _counts(order: Order, currency: str) -> bool:
    goods = [line for line in order.lines if not line.tip]
    return not order.test and order.currency == currency and not all(line.gift_card for line in goods)


def _placed(order: Order) -> Sale:
    later = {part.line.id for part in order.edited_parts if part.quantity > 0}
    lines = [line for line in order.lines if _is_merchandise(line) and line.id not in later]
    gross = sum(_price(order, line) for line in lines)
    return Sale(order.created_at, gross, gross - sum(_paid(order, line) for line in lines), 0)


def _is_merchandise(line: Line) -> bool:
    return not line.gift_card and not line.tip


def _paid(order: Order, line: Line) -> int:
    """What a line cost after discounts, without tax."""
    return line.discounted - (line.tax if order.taxes_included else 0)


def _price(order: Order, line: Line) -> int:
    """What it would have cost without discounts, without tax."""
    if not line.discount:
        return _paid(order, line)
    if not order.taxes_included:
        return line.total
    base = 10_000 + line.tax_rate
    return (2 * line.total * 10_000 + base) // (2 * base)


def _untaxed(order: Order, part: LinePart) -> int:
    if not _is_merchandise(part.line):
        return 0
    return part.subtotal - (part.tax if order.taxes_included else 0)


def _returning(counted: list[Order], placed: list[Order], returning: str) -> set[int]:
    """The customers who had bought before an order of the span, or have bought more than once by now."""
    times: dict[int, list[tuple[datetime, int]]] = {}
    for one in counted:
        if one.customer:
            times.setdefault(one.customer.id, []).append((one.created_at, one.id))
    if returning == NOW:
        return {person for person, all_of_them in times.items() if len(all_of_them) > 1}
    named = [(one.customer.id, (one.created_at, one.id)) for one in placed if one.customer]
    return {person for person, moment in named if min(times[person]) < moment}
