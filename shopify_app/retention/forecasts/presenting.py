"""Forecasts in words, as tables, and for programs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from shopify_app.language import Words
from shopify_app.money import Minor, Money, exponent
from shopify_app.retention.forecasts.checking import MOST_PURCHASES, Check, Line
from shopify_app.retention.forecasts.queries import Standing, Valued
from shopify_app.retention.forecasts.row import share
from shopify_app.retention.presenting import customer_path, customer_text
from shopify_app.table import Column, Table, decimal_text
from shopify_app.tasks.view import TaskView

ENOUGH_REPEATERS = 10

EXPECTED: Table[Valued] = Table(
    "expected_value",
    (
        Column("customer_id", "number", "Customer", lambda one: one.row.customer_id, personal=True),
        Column("net", "money", "Net sales", lambda one: one.net, personal=True),
        Column("expected_value", "money", "Expected value, 12 months", lambda one: one.row.value_12m, personal=True),
        Column("likely_at_least", "money", "Likely at least", lambda one: one.row.value_low, personal=True),
        Column("likely_at_most", "money", "Likely at most", lambda one: one.row.value_high, personal=True),
        Column(
            "chance_30_days", "share", "Chance to order in 30 days", lambda one: share(one.row.chance_30), personal=True
        ),
        Column("still_a_customer", "share", "Still a customer", lambda one: share(one.row.alive), personal=True),
    ),
)
CHECKED: Table[Line] = Table(
    "forecast_check",
    (
        Column("orders_by_then", "count", "Orders by then", lambda line: line.purchases),
        Column("customers", "count", "Customers", lambda line: line.customers),
        Column("expected_orders", "mean", "Expected orders", lambda line: line.expected),
        Column("orders_that_came", "count", "Orders that came", lambda line: line.came),
    ),
)


@dataclass(frozen=True, slots=True)
class ValuedLine:
    """One customer as a line."""

    text: str
    path: str | None
    net: str
    expected: str
    between: str
    chance: str
    still: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """Customers who had bought equally often as a line."""

    purchases: str
    customers: str
    expected: str
    came: str


def together(standing: Standing, words: Words, currency: str) -> str | None:
    """What all customers together will buy; None where nobody has come back."""
    if standing.level == "none":
        return None
    unit = 10 ** exponent(currency)
    amounts = {name: words.short_amount(Fraction(minor, unit), currency) for name, minor in _likely(standing).items()}
    return words.text(
        "Likely between {low} and {high} of net sales from the customers you have now; {expected} on average.",
        **amounts,
    )


def _likely(standing: Standing) -> dict[str, int]:
    """Minor units; the range reaches as far as what comes would lie if it were as far off as 90 days ago."""
    value = standing.sums["value"]
    off = float(Check.read(standing.back_test).came_of_expected) if standing.back_test else 1.0
    low, high = value["low"] * min(1.0, off), value["high"] * max(1.0, off)
    return {"low": round(low), "expected": round(value["expected"]), "high": round(high)}


def too_early(standing: Standing, words: Words) -> str | None:
    """Why nothing is said of each customer; None where something is."""
    if standing.level == "full":
        return None
    if standing.missing_repeaters:
        return words.plural(
            "Too early to say what each customer will buy: {n} person has come back. It can be said from {enough} on.",
            "Too early to say what each customer will buy: {n} people have come back. It can be said from {enough} on.",
            standing.repeaters,
            enough=words.number(ENOUGH_REPEATERS),
        )
    if standing.missing_days:
        return words.plural(
            "Too early to say what each customer will buy: it can be said in {n} day.",
            "Too early to say what each customer will buy: it can be said in {n} days.",
            standing.missing_days,
        )
    return words.text("What each customer will buy cannot be said yet.")


def worked_out(standing: Standing, words: Words) -> str:
    """As of when."""
    return words.text("Worked out on {day}.", day=words.day(standing.as_of))


def working(task: TaskView | None, words: Words) -> str | None:
    """How far working it out is; None while nobody does."""
    if task is None or not task.active:
        return None
    if not task.total:
        return words.text("It is being worked out. You can leave this page.")
    return words.text(
        "Working it out: {done} of {total} customers. You can leave this page.",
        done=words.number(task.done),
        total=words.number(task.total),
    )


def lines(found: Sequence[Valued], words: Words, currency: str) -> list[ValuedLine]:
    """The table of customers."""
    return [
        ValuedLine(
            customer_text(row.customer_id, words),
            customer_path(row.customer_id),
            words.money(net, currency),
            words.money(row.value_12m, currency),
            words.text(
                "between {low} and {high}",
                low=words.money(row.value_low, currency),
                high=words.money(row.value_high, currency),
            ),
            words.percent(share(row.chance_30), 0),
            words.percent(share(row.alive), 0),
        )
        for row, net, _ in found
    ]


def checked(check: Check, words: Words) -> str:
    """How far the forecast of 90 days ago would have been off."""
    expected, came = words.number(check.expected), words.number(check.came)
    if check.bias is None:
        return words.text(
            "90 days ago, {expected} orders were to be expected until today, and none came.", expected=expected
        )
    told = {"expected": expected, "came": came, "percent": words.percent(abs(check.bias), 0)}
    if check.bias > 0:
        return words.text(
            "90 days ago, {expected} orders were to be expected until today, and {came} came: {percent} too high.",
            **told,
        )
    return words.text(
        "90 days ago, {expected} orders were to be expected until today, and {came} came: {percent} too low.", **told
    )


def check_lines(check: Check, words: Words) -> list[CheckLine]:
    """The same by how often people had bought; without those of whom there were none."""
    return [
        CheckLine(
            words.text("{n} or more", n=words.number(line.purchases))
            if line.purchases == MOST_PURCHASES
            else words.number(line.purchases),
            words.number(line.customers),
            words.number(line.expected, 1),
            words.number(line.came),
        )
        for line in check.lines
        if line.customers
    ]


def document(standing: Standing, found: Sequence[Valued], words: Words, currency: str) -> dict[str, Any]:
    """What is expected, for a program."""
    return {
        "as_of": standing.as_of.isoformat(),
        "level": standing.level,
        "too_early": too_early(standing, words),
        "net_sales": {name: str(Money(Minor(minor), currency).decimal()) for name, minor in _likely(standing).items()},
        "currency": currency,
        "customers": [EXPECTED.document(one, currency) for one in found],
    }


def check_document(check: Check | None, currency: str) -> dict[str, Any] | None:
    """The check for a program."""
    if check is None:
        return None
    return {
        "expected": decimal_text(check.expected),
        "came": check.came,
        "off_by": decimal_text(check.bias),
        "alarming": check.alarming,
        "lines": [CHECKED.document(line, currency) for line in check.lines],
    }
