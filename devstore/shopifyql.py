"""The part of ShopifyQL that the store understands: FROM sales SHOW a, b SINCE day UNTIL day."""

import re
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from devstore.clock import zone_named
from devstore.money import digits, to_text
from devstore.reports import Report, Span, cut_off, report

if TYPE_CHECKING:
    from devstore.shop import Shop

_QUERY = re.compile(
    r"\s*FROM\s+(?P<dataset>\w+)\s+SHOW\s+(?P<columns>\w+(?:\s*,\s*\w+)*)"
    r"\s+SINCE\s+(?P<since>\d{4}-\d\d-\d\d)\s+UNTIL\s+(?P<until>\d{4}-\d\d-\d\d)\s*",
    re.IGNORECASE | re.ASCII,
)
_DECIMALS = 12


class _Column(NamedTuple):
    kind: str
    title: str
    value: Callable[[Report, str], str | None]


def _money(read: Callable[[Report], int]) -> Callable[[Report, str], str | None]:
    return lambda found, currency: to_text(read(found), currency)


def _mean(found: Report, currency: str) -> str | None:
    return None if found.average is None else _quotient(found.average / 10 ** digits(currency))


def _rate(found: Report, _currency: str) -> str | None:
    return None if found.returning_rate is None else _quotient(found.returning_rate)


def _quotient(value: Fraction) -> str:
    """A quotient as reports write it: as many decimals as it needs, up to a dozen."""
    text = f"{round(value * 10**_DECIMALS):0{_DECIMALS + 1}d}"
    return f"{text[:-_DECIMALS]}.{text[-_DECIMALS:].rstrip('0') or '0'}"


_REVERSALS = _Column("MONEY", "Sales reversals", _money(lambda found: -found.reversed))
_COLUMNS = {
    "orders": _Column("INTEGER", "Orders", lambda found, _currency: str(found.orders)),
    "gross_sales": _Column("MONEY", "Gross sales", _money(lambda found: found.gross)),
    "discounts": _Column("MONEY", "Discounts", _money(lambda found: -found.discounts)),
    "sales_reversals": _REVERSALS,
    "returns": _REVERSALS,
    "net_sales": _Column("MONEY", "Net sales", _money(lambda found: found.net)),
    "average_order_value": _Column("MONEY", "Average order value", _mean),
    "customers": _Column("INTEGER", "Customers", lambda found, _currency: str(found.customers)),
    "returning_customer_rate": _Column("PERCENT", "Returning customer rate", _rate),
}


def run(shop: "Shop", query: str, now: datetime) -> dict[str, Any]:
    """The answer to one query, or why it cannot be understood."""
    try:
        return {"parseErrors": [], "parseWarnings": [], "tableData": _table(shop, query, now)}
    except ValueError as error:
        return {"parseErrors": [str(error)], "parseWarnings": [], "tableData": None}


def _table(shop: "Shop", query: str, now: datetime) -> dict[str, Any]:
    asked = _QUERY.fullmatch(query)
    if asked is None:
        raise ValueError("Syntax error: FROM, SHOW, SINCE and UNTIL are expected")
    if asked["dataset"].lower() != "sales":
        raise ValueError(f"Schema Error: Invalid dataset '{asked['dataset']}'")
    names = [name.strip().lower() for name in asked["columns"].split(",")]
    if unknown := [name for name in names if name not in _COLUMNS or name in shop.reports.unknown]:
        raise ValueError(f"Schema Error: Column '{unknown[0]}' not found")
    found = report(shop.orders.values(), shop.currency, _span(shop, asked, now), shop.reports.returning)
    return {
        "columns": [_shown(name, _COLUMNS[name]) for name in names],
        "rows": [{name: _COLUMNS[name].value(found, shop.currency) for name in names}],
    }


def _span(shop: "Shop", asked: re.Match[str], now: datetime) -> Span:
    first, last = date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])
    if last < first:
        raise ValueError("Syntax error: UNTIL is before SINCE")
    zone = zone_named(shop.reports.zone) if shop.reports.zone else shop.zone
    return Span(first, last, zone, cut_off(now, shop.reports))


def _shown(name: str, column: _Column) -> dict[str, Any]:
    return {
        "columnOrigin": "REQUESTED",
        "dataType": column.kind,
        "displayName": column.title,
        "name": name,
        "shortDisplayName": None,
        "subType": None,
    }
