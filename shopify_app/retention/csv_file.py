"""The orders behind a number as a CSV file that spreadsheets and programs read alike."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from shopify_app.language import without_bidi_marks
from shopify_app.money import Minor, Money
from shopify_app.retention.queries import OrderRow

COLUMNS = ("order_id", "order", "day", "placed_at", "customer_id", "nth_order", "orders", "value", "net", "currency")

Page = tuple[Sequence[OrderRow], str | None]

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def all_rows(read: Callable[[str | None], Page]) -> Iterator[OrderRow]:
    """Every row, a page of the list at a time, so that a long list never stands in memory whole."""
    rows, after = read(None)
    yield from rows
    while after is not None:
        rows, after = read(after)
        yield from rows


def lines(rows: Iterable[OrderRow], currency: str) -> Iterator[str]:
    """The file's lines, a header first; amounts as plain decimals in major units."""
    yield line(COLUMNS)
    for row in rows:
        yield line(_cells(row, currency))


def _cells(row: OrderRow, currency: str) -> Sequence[object]:
    return (
        row.order_id,
        safe(row.name),
        row.day.isoformat(),
        row.placed_at.isoformat(),
        "" if row.customer_id is None else row.customer_id,
        "" if row.customer_id is None else row.nth,
        row.orders,
        Money(Minor(row.value), currency).decimal(),
        Money(Minor(row.net), currency).decimal(),
        currency,
    )


def safe(text: str) -> str:
    """Text from outside that a spreadsheet will not run as a formula."""
    plain = without_bidi_marks(text)
    return f"'{plain}" if plain.startswith(_STARTS_A_FORMULA) else plain


def line(cells: Sequence[object]) -> str:
    """One line of a file, with its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
