"""Every column that a list of customers may have. Pure.

What else is known of a customer becomes a column here, and in `queries.py` of this folder what is read for it.
"""

from datetime import date
from fractions import Fraction
from math import floor
from typing import NamedTuple

from shopify_app.clock import LocalDay
from shopify_app.retention.forecasts.row import ForecastRow, share
from shopify_app.retention.people.lateness import Limit, limit_of
from shopify_app.retention.people.row import CustomerRow
from shopify_app.table import Column, Table


class Listed(NamedTuple):
    """One customer as a list shows them on a day."""

    row: CustomerRow
    today: LocalDay
    shops_limit: int | None
    """Within how many days nine of ten who came back did so: see lateness.limit_of."""
    ahead: ForecastRow | None = None
    """What is expected of them, where that was asked for and is known."""

    @property
    def since(self) -> int:
        """Days since the last order; none for one that a clock ahead of ours has dated tomorrow."""
        return max((self.today - self.row.last_day).days, 0)

    @property
    def late(self) -> bool | None:
        """Whether they are later than usual; None of who bought once, and where nobody has come back yet."""
        return None if self.limit is None else self.since > self.limit.days

    @property
    def limit(self) -> Limit | None:
        """The days without an order that are still usual."""
        return limit_of(self.row, self.shops_limit)

    @property
    def late_after(self) -> int | None:
        """The same without whose it is."""
        return None if self.limit is None else self.limit.days

    @property
    def average(self) -> int:
        """Net of one order in minor units, halves away from zero."""
        each = Fraction(self.row.net, self.row.orders)
        return floor(abs(each) + Fraction(1, 2)) * (-1 if each < 0 else 1)

    @property
    def second_day(self) -> date | None:
        """The second purchase day, if there is one."""
        return self.row.second_day

    @property
    def expected(self) -> int | None:
        """Net sales to be expected in 12 months, in minor units."""
        return self.ahead.value_12m if self.ahead else None

    @property
    def chance(self) -> Fraction | None:
        """The chance that they order within 30 days."""
        return share(self.ahead.chance_30) if self.ahead else None

    @property
    def still(self) -> Fraction | None:
        """The chance that they are still a customer; None of who bought once: nobody can tell."""
        return share(self.ahead.alive) if self.ahead and self.ahead.next_from is not None else None


PEOPLE: Table[Listed] = Table(
    "customers",
    (
        Column("customer_id", "number", "Customer", lambda one: one.row.customer_id, personal=True),
        Column("orders", "count", "Completed orders", lambda one: one.row.orders, personal=True),
        Column("net", "money", "Net sales", lambda one: one.row.net, personal=True),
        Column("first_order", "day", "First order", lambda one: one.row.first_day, personal=True),
        Column("last_order", "day", "Last order", lambda one: one.row.last_day, personal=True),
        Column("usual_gap", "days", "Usual gap", lambda one: one.row.usual_gap, personal=True),
        Column("days_since", "days", "Since the last order", lambda one: one.since, personal=True),
        Column("late", "yes", "Late", lambda one: one.late, personal=True),
        Column("second_order", "day", "Second order", lambda one: one.second_day, personal=True),
        Column("order_days", "count", "Days with an order", lambda one: one.row.days, personal=True),
        Column("average_order", "money", "Net sales per order", lambda one: one.average, personal=True),
        Column("value", "money", "Before refunds", lambda one: one.row.value, personal=True),
        Column("later_net", "money", "Net sales after the first day", lambda one: one.row.repeat_net, personal=True),
        Column("late_after", "days", "Late after", lambda one: one.late_after, personal=True),
        Column("earlier_orders", "count", "Orders before those Wafa sees", lambda one: one.row.earlier, personal=True),
        Column("expected_value", "money", "Expected value, 12 months", lambda one: one.expected, personal=True),
        Column("chance_30_days", "share", "Chance to order in 30 days", lambda one: one.chance, personal=True),
        Column("still_a_customer", "share", "Still a customer", lambda one: one.still, personal=True),
    ),
)

ALWAYS = "customer_id"
FORESEEN = frozenset({"expected_value", "chance_30_days", "still_a_customer"})
"""The columns that need a forecast."""
LATENESS = frozenset({"late", "late_after"})
USUAL = ("orders", "net", "first_order", "last_order", "usual_gap", "days_since", "late")
"""The columns of whoever chooses none."""
CHOICES = tuple(column.name for column in PEOPLE.columns if column.name != ALWAYS)
