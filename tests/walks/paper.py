"""Figures as a person works them out with a page of paper and docs/metrics.md; no line of app or store is used."""

from fractions import Fraction
from typing import NamedTuple

F = Fraction
NOTHING = F(0)


class Sums(NamedTuple):
    """What somebody counts and adds up for one period, one basis and one unit; amounts in major units."""

    orders: int
    guests: int
    customers: int
    twice: int
    """Customers who bought at least twice in the period."""
    again: int
    """Customers of whom an order in the period is not the first."""
    sales: Fraction
    """Net in basis kept, value in basis shopify."""
    guest_sales: Fraction
    net: Fraction
    net_again: Fraction
    """Net of orders that are not their customer's first."""


def kept(*counts: int, net: Fraction, guests: Fraction = NOTHING, again: Fraction = NOTHING) -> Sums:
    """Sums of basis kept, in which sales are net; counts in the order of the fields."""
    return Sums(*_five(counts), net, guests, net, again)


def shopify(
    *counts: int, sales: Fraction, net: Fraction | None = None, guests: Fraction = NOTHING, again: Fraction = NOTHING
) -> Sums:
    """Sums of basis shopify, in which sales are what was sold, and net is less what came back in the period."""
    return Sums(*_five(counts), sales, guests, sales if net is None else net, again)


def _five(counts: tuple[int, ...]) -> tuple[int, int, int, int, int]:
    orders, guests, customers, twice, again = counts
    return orders, guests, customers, twice, again


Parts = tuple[Fraction, Fraction | None]
"""Numerator and denominator; a plain count or sum has none."""


def figures(sums: Sums) -> dict[str, Parts]:
    """Each metric as docs/metrics.md has it."""
    orders, guests, customers, twice, again, sales, guest_sales, net, net_again = sums
    return {
        "repeat_rate": (F(twice), F(customers)),
        "returning_rate": (F(again), F(customers)),
        "purchase_frequency": (F(orders - guests), F(customers)),
        "average_order_value": (sales, F(orders)),
        "customer_value": (sales - guest_sales, F(customers)),
        "customers": (F(customers), None),
        "orders": (F(orders), None),
        "net_revenue": (net, None),
        "returning_revenue_share": (net_again, net),
        "orders_without_customer_share": (F(guests), F(orders)),
    }


def differences(told: dict[str, dict[str, str | None]], sums: Sums) -> list[str]:
    """Where what the app told is not what the paper says: metric, ours, theirs."""
    expected = figures(sums)
    wrong = [f"metrics {sorted(told.keys() ^ expected.keys())}"] if told.keys() != expected.keys() else []
    for name, parts in expected.items():
        said = told.get(name, {})
        shown = (_read(said.get("numerator")), _read(said.get("denominator")))
        if shown != parts or not _close(_read(said.get("value")), _value(parts)):
            wrong.append(f"{name}: told {said}, on paper {parts[0]} of {parts[1]}")
    return wrong


def _value(parts: Parts) -> Fraction | None:
    numerator, denominator = parts
    if denominator is None:
        return numerator
    return numerator / denominator if denominator > 0 else None


def _close(told: Fraction | None, exact: Fraction | None) -> bool:
    if told is None or exact is None:
        return told is exact
    return abs(told - exact) <= F(1, 2 * 10**12)


def _read(text: str | None) -> Fraction | None:
    return None if text is None else F(text)
