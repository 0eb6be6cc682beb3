"""The comparison with Shopify's numbers in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from shopify_app.language import Words, to_decimal
from shopify_app.money import Minor, Money
from shopify_app.retention.matching.match import Compared, Kind
from shopify_app.retention.matching.sums import Sums
from shopify_app.retention.presenting import NOTHING, Fact

TITLES = {
    "orders": "Orders",
    "gross_sales": "Gross sales",
    "discounts": "Discounts",
    "returns": "Returns",
    "net_revenue": "Net sales",
    "average_order_value": "Average order value",
    "customers": "Customers",
    "returning_rate": "Returning customers rate",
}
"""Rows by the names that Shopify's reports have for them, where ours are others."""

CAUSES = {
    "zone": "Days counted in another time zone",
    "called_off": "Cancelled and never paid orders",
    "unpaid": "Orders unpaid for too long",
    "free": "Orders with nothing to pay",
    "test": "Test orders",
    "gift_card_orders": "Orders of gift cards alone",
    "gift_cards": "Gift cards sold",
    "refund_dates": "Refunds on the day of their order",
    "edits": "Edits",
    "refunds": "Refunds",
    "other_currency": "Orders in another currency",
    "later": "Customers who bought again after the period",
    "late": "The last hours, which are not in Shopify's reports yet",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the comparison; `typed` is what stands in its field, `problem` why it cannot be read."""

    name: str
    title: str
    ours: str
    theirs: str
    difference: str
    tone: str
    verdict: str
    reason: str
    typed: str
    problem: str | None


def line(row: Compared, typed: str, problem: str | None, words: Words, currency: str) -> Line:
    """A row in words."""
    return Line(
        row.name,
        words.text(TITLES[row.name]),
        _figure(row.ours, row.kind, words, currency),
        _figure(row.theirs, row.kind, words, currency),
        "" if row.same is not False else _difference(row, words, currency),
        "success" if row.same else "info" if row.causes else "warning",
        _verdict(row, words),
        _reason(row, words),
        typed,
        problem,
    )


def _figure(value: Fraction | None, kind: Kind, words: Words, currency: str) -> str:
    if value is None:
        return NOTHING
    if kind == "share":
        return words.percent(value, 2)
    return words.number(value) if kind == "count" else words.amount(value, currency)


def _difference(row: Compared, words: Words, currency: str) -> str:
    """How much more or less Shopify has, with its sign; of shares, in points."""
    apart = row.difference or Fraction()
    share = row.kind == "share"
    written = words.number(apart * 100, 2) if share else _figure(apart, row.kind, words, currency)
    signed = words.plus(written) if apart > 0 else written
    return words.text("{points} points", points=signed) if share else signed


def _verdict(row: Compared, words: Words) -> str:
    if row.same is None:
        return ""
    if row.same:
        return words.text("The same")
    return words.text("Explained") if row.causes else words.text("Different")


def _reason(row: Compared, words: Words) -> str:
    named = " + ".join(words.text(CAUSES[cause]) for cause in row.causes)
    return words.text("Would fit exactly: {causes}", causes=named) if row.causes else ""


def facts(sums: Sums, words: Words, currency: str) -> list[Fact]:
    """What may be behind a difference in this period; only what there is any of."""
    counts = {
        words.text("Cancelled and never paid orders"): sums.called_off.orders,
        words.text("Orders unpaid for too long"): sums.unpaid.orders,
        words.text("Orders with nothing to pay"): sums.free.orders,
        words.text("Test orders"): sums.test.orders,
        words.text("Orders of gift cards alone"): sums.gift_card_orders,
        words.text("Orders in another currency"): sums.other_currency,
        words.text("Orders whose prices include tax"): sums.tax_included,
        words.text("Orders that we are asking Shopify about again"): sums.asked_again,
    }
    own, changed = sums.placed.orders, sums.changed
    if sums.by_utc.orders != own:
        counts[words.text("Orders, if days were those of UTC")] = sums.by_utc.orders
    amounts = {
        words.text("Gift cards sold"): sums.gift_cards,
        words.text("Added by edits and exchanges in this period"): changed.gross - changed.discounts,
        words.text("Taken off by edits and returns in this period"): changed.removed,
        words.text("Refunds made in this period"): changed.refunded,
        words.text("Refunds of this period's orders, whenever made"): sums.refunded_of_placed,
    }
    return [
        *(Fact(title, words.number(count)) for title, count in counts.items() if count),
        *(Fact(title, words.money(minor, currency)) for title, minor in amounts.items() if minor),
    ]


COLUMNS = ("number", "ours", "shopify", "difference", "same", "explained_by")


def documents(rows: Sequence[Compared]) -> list[dict[str, object]]:
    """The comparison for a program: exact decimals, shares of one, money in major units."""
    return [
        {
            "number": row.name,
            "ours": _exact(row.ours),
            "shopify": _exact(row.theirs),
            "difference": _exact(row.difference),
            "same": row.same,
            "explained_by": list(row.causes),
        }
        for row in rows
    ]


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else f"{to_decimal(value, 12):f}".rstrip("0").rstrip(".")


def file_rows(rows: Sequence[Compared]) -> Iterator[Sequence[object]]:
    """The same as rows of a file, a header first."""
    yield COLUMNS
    for row in documents(rows):
        yield [*(row[name] for name in COLUMNS[:-1]), " ".join(map(str, _listed(row)))]


def _listed(row: Mapping[str, object]) -> Sequence[object]:
    found = row["explained_by"]
    return found if isinstance(found, list) else []


def minor_units(currency: str) -> int:
    """How many minor units make a major one."""
    return int(1 / Money(Minor(1), currency).decimal())
