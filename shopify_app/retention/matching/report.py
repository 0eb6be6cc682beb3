"""Shopify's own figures of a period: the question in ShopifyQL, and its answer as the page's fields take it. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.money import exponent
from shopify_app.retention.matching.match import BELOW_ZERO, ROWS, read_typed

COLUMNS: Mapping[str, Sequence[str]] = {
    "orders": ("orders",),
    "gross_sales": ("gross_sales",),
    "discounts": ("discounts",),
    "returns": ("sales_reversals", "returns"),
    "net_revenue": ("net_sales",),
    "average_order_value": ("average_order_value",),
    "customers": ("customers",),
    "returning_rate": ("returning_customer_rate",),
}
"""What each row is called in the dataset of sales, the newest name first: one was renamed in 2026-04."""

_EVER = LocalDay(date(2006, 1, 1))
"""Before any shop's first order: a report needs a first day."""
_SHARE_DECIMALS, _MEAN_DECIMALS = 2, 6


@dataclass(frozen=True, slots=True)
class Question:
    """The columns to ask for, by row; a row that Shopify knows by none of its names is left out."""

    columns: Mapping[str, str]

    @classmethod
    def usual(cls) -> "Question":
        """Every row by its newest name."""
        return cls({row: names[0] for row, names in COLUMNS.items()})

    def text(self, start: LocalDay | None, end: LocalDay) -> str:
        """In ShopifyQL: both days are included, and are days of the shop's own zone."""
        since = (start or _EVER).isoformat()
        return f"FROM sales SHOW {', '.join(self.columns.values())} SINCE {since} UNTIL {end.isoformat()}"

    def without(self, errors: Sequence[str]) -> "Question":
        """The next question, when Shopify has found fault with this one: another name for each column that it names."""
        named = set(re.findall(r"\w+", " ".join(errors)))
        rest = {row: self._next(row, name) if name in named else name for row, name in self.columns.items()}
        return Question({row: name for row, name in rest.items() if name})

    @staticmethod
    def _next(row: str, name: str) -> str | None:
        names = COLUMNS[row]
        after = names.index(name) + 1
        return names[after] if after < len(names) else None


def read_figures(rows: Any, question: Question, currency: str) -> dict[str, str]:
    """Row by row what to write into its field, as if somebody had typed it; what is no figure is left out.

    Malformed where there is not one row of figures.
    """
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        raise Malformed("Shopify's answer cannot be read.")
    told = {row: _field(row, rows[0].get(column), currency) for row, column in question.columns.items()}
    return {row: text for row, text in told.items() if text is not None}


def missing(told: Collection[str]) -> bool:
    """Whether a row is not among those that Shopify told of."""
    return not set(ROWS) <= set(told)


def _field(row: str, value: Any, currency: str) -> str | None:
    """A figure as the row's field takes it: a share in per cent, what is taken off without its minus."""
    try:
        number = Decimal(str(value))
        text = f"{_rounded(row, number, exponent(currency)):f}"
        if row in BELOW_ZERO:
            text = f"+{text}" if number > 0 else text.removeprefix("-")
        read_typed(text, row)
    except (DecimalException, Malformed):
        return None
    return text


def _rounded(row: str, number: Decimal, places: int) -> Decimal:
    kind = ROWS[row]
    if kind == "share":
        return _cut(number * 100, _SHARE_DECIMALS, _SHARE_DECIMALS)
    if kind == "mean":
        return _cut(number, places, _MEAN_DECIMALS)
    return (
        _cut(number, 0, 0) if kind == "count" and number == number.to_integral_value() else _cut(number, places, places)
    )


def _cut(number: Decimal, least: int, most: int) -> Decimal:
    """With no fewer and no more decimals."""
    told = -int(number.as_tuple().exponent) if number.is_finite() else 0
    return number.quantize(Decimal(1).scaleb(-min(max(told, least), most)), rounding=ROUND_HALF_UP)
