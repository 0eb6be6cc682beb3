"""Every metric by name: version, kind, words in both bases, the formula, and the orders behind it.

Texts are message keys in English; the catalogues hold the Arabic. docs/metrics.md has the formulas in full.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shopify_app.retention.window import Basis

Kind = Literal["share", "ratio", "money", "count"]
Drill = Literal["all", "customers", "repeat", "returning", "guest"]


@dataclass(frozen=True, slots=True)
class Totals:
    """What one window sums to; `value` and `net` in minor units, guests in `orders` but in no other count."""

    customers: int
    repeat_customers: int
    returning_customers: int
    orders: int
    customer_orders: int
    guest_orders: int
    value: int
    customer_value: int
    net: int
    customer_net: int
    returning_net: int


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: `parts` gives numerator and denominator (None for a plain count or sum)."""

    name: str
    version: int
    kind: Kind
    title: str
    sentence: str
    definition: dict[Basis, str]
    formula: str
    drill: Drill
    parts: Callable[[Totals, Basis], tuple[int, int | None]]
    of_money: bool = False
    """True for a share whose both parts are amounts."""
    needs_history: bool = False
    """True where orders before the period decide about those within."""

    def figure(self, totals: Totals, basis: Basis) -> tuple[Fraction | None, int, int | None]:
        """Value, numerator and denominator; the value is None where it is not defined, never 0."""
        numerator, denominator = self.parts(totals, basis)
        if denominator is None:
            return Fraction(numerator), numerator, None
        if denominator <= 0:
            return None, numerator, denominator
        return Fraction(numerator, denominator), numerator, denominator


def _sales(totals: Totals, basis: Basis) -> int:
    return totals.net if basis is Basis.KEPT else totals.value


def _customer_sales(totals: Totals, basis: Basis) -> int:
    return totals.customer_net if basis is Basis.KEPT else totals.customer_value


_KEPT = (
    "Completed orders: not cancelled, not deleted, not a test, not voided or unpaid for too long, with something to "
    "pay. Refunds and later edits are booked on the day of their order."
)
_SHOPIFY = (
    "As Shopify counts: cancelled orders and orders with nothing to pay count too. "
    "Refunds and later edits are booked on the day they were made."
)
_BOTH = {Basis.KEPT: _KEPT, Basis.SHOPIFY: _SHOPIFY}
_SALES_KEPT = "Sales here are what was left after discounts, edits and refunds, without tax and shipping."
_SALES_SHOPIFY = "Sales here are after discounts but before edits and refunds, as in Shopify's average order value."
_SALES = {Basis.KEPT: f"{_SALES_KEPT} {_KEPT}", Basis.SHOPIFY: f"{_SALES_SHOPIFY} {_SHOPIFY}"}

_ALL = (
    Metric(
        "repeat_rate",
        1,
        "share",
        "Bought more than once",
        "of the people who bought in this period did so at least twice",
        _BOTH,
        "customers with two or more orders in the period ÷ customers with at least one",
        "repeat",
        lambda t, _: (t.repeat_customers, t.customers),
    ),
    Metric(
        "returning_rate",
        1,
        "share",
        "Returning customers rate",
        "of the people who bought in this period had bought before",
        _BOTH,
        "customers in the period with an earlier order ÷ all customers in the period",
        "returning",
        lambda t, _: (t.returning_customers, t.customers),
        needs_history=True,
    ),
    Metric(
        "purchase_frequency",
        1,
        "ratio",
        "Orders per customer",
        "orders from each customer who bought in this period",
        _BOTH,
        "orders of known customers ÷ customers",
        "customers",
        lambda t, _: (t.customer_orders, t.customers),
    ),
    Metric(
        "average_order_value",
        1,
        "money",
        "Average order value",
        "for one order, without tax and shipping",
        _SALES,
        "sales ÷ orders",
        "all",
        lambda t, basis: (_sales(t, basis), t.orders),
    ),
    Metric(
        "customer_value",
        1,
        "money",
        "Spend per customer",
        "from each customer in this period",
        _SALES,
        "sales to known customers ÷ customers",
        "customers",
        lambda t, basis: (_customer_sales(t, basis), t.customers),
    ),
    Metric(
        "customers",
        1,
        "count",
        "Number of customers",
        "people who bought in this period",
        _BOTH,
        "customers with at least one order in the period",
        "customers",
        lambda t, _: (t.customers, None),
    ),
    Metric(
        "orders",
        1,
        "count",
        "Number of orders",
        "in this period, guests included",
        _BOTH,
        "orders in the period",
        "all",
        lambda t, _: (t.orders, None),
    ),
    Metric(
        "net_revenue",
        1,
        "money",
        "Net sales",
        "after discounts, edits and refunds, without tax and shipping",
        _BOTH,
        "gross sales - discounts + edits - refunds",
        "all",
        lambda t, _: (t.net, None),
    ),
    Metric(
        "returning_revenue_share",
        1,
        "share",
        "Share of sales from returning customers",
        "of net sales came from people who had bought before",
        _BOTH,
        "net sales of orders after a customer's first ÷ all net sales",
        "returning",
        lambda t, _: (t.returning_net, t.net),
        of_money=True,
        needs_history=True,
    ),
    Metric(
        "orders_without_customer_share",
        1,
        "share",
        "Orders without a customer",
        "of orders name no customer, so nobody can be recognised again",
        _BOTH,
        "orders without a customer ÷ all orders",
        "guest",
        lambda t, _: (t.guest_orders, t.orders),
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
