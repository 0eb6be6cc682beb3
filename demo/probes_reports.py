"""Probes of Shopify's reports: what ShopifyQL calls the figures, and how it writes them."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from demo.probes_asking import CONFIRMED, REFUTED, UNTESTABLE, Document, Shop, Unanswered, Verdict
from shopify_app.admin_api.client import document
from shopify_app.retention.matching.report import COLUMNS

_UNKNOWN = "no_such_column_of_sales"
_DAYS = 60


def column_names(shop: Shop) -> Verdict:
    """Every column that the app asks for is known by its newest name, and all come in one row of figures."""
    names = [known[0] for known in COLUMNS.values()]
    told = _report(shop, names)
    if told["parseErrors"]:
        return Verdict(REFUTED, "; ".join(told["parseErrors"]))
    rows = told["tableData"]["rows"]
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        return Verdict(REFUTED, f"the rows are {str(rows)[:120]}")
    odd = [name for name in names if rows[0].get(name) is not None and _number(rows[0][name]) is None]
    absent = [name for name in names if name not in rows[0]]
    return Verdict(REFUTED if odd or absent else CONFIRMED, f"{rows[0]}")


def unknown_column(shop: Shop) -> Verdict:
    """An unknown column is named, and nothing is told."""
    told = _report(shop, [_UNKNOWN, "orders"])
    errors = "; ".join(told["parseErrors"])
    named = _UNKNOWN in errors and told["tableData"] is None
    return Verdict(CONFIRMED if named else REFUTED, errors or "no error")


def rates_and_signs(shop: Shop) -> Verdict:
    """The rate lies between 0 and 1; what is taken off is below zero."""
    (row,) = _report(shop, ["returning_customer_rate", "discounts", "sales_reversals"])["tableData"]["rows"]
    rate = _number(row["returning_customer_rate"])
    taken_off = [_number(row[name]) for name in ("discounts", "sales_reversals")]
    if rate is None and not any(taken_off):
        return Verdict(UNTESTABLE, f"nobody bought, and nothing was taken off, in {_DAYS} days")
    right = (rate is None or 0 <= rate <= 1) and all(amount is not None and amount <= 0 for amount in taken_off)
    return Verdict(CONFIRMED if right else REFUTED, f"{row}")


def _report(shop: Shop, columns: Sequence[str]) -> Document:
    if "read_reports" not in shop.scopes:
        raise Unanswered("the token does not have read_reports")
    newest = shop.newest
    if not newest:
        raise Unanswered("the shop has no orders")
    last = date.fromisoformat(str(newest[0]["createdAt"])[:10])
    span = f"SINCE {last - timedelta(days=_DAYS)} UNTIL {last + timedelta(days=1)}"
    query = f"FROM sales SHOW {', '.join(columns)} {span}"
    found: Document = shop.data(document("shopify_report"), query=query)["shopifyqlQuery"]
    return found


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
