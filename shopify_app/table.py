"""One declaration of a table's columns, from which its file, its JSON and the papers are made. Pure."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, Generic, Literal, TypeVar

from shopify_app.language import without_bidi_marks
from shopify_app.money import Minor, Money

Kind = Literal["number", "text", "count", "mean", "money", "share", "days", "day", "moment", "yes"]
"""What a column holds: `number` names something and is never added up; `money` is minor units of the table's currency;
`share` is a fraction of one; `mean` a number that need not be whole; `days` counts them; `yes` is true or false."""

DECIMALS = 12
"""Digits after the point where a quotient does not end; numerator and denominator are always exact."""

Row = TypeVar("Row")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: its name for programs, what it holds, its title on screen, and how to read it from a row."""

    name: str
    kind: Kind
    title: str
    """A message key in English."""
    read: Callable[[Row], Any]
    personal: bool = False
    """Whether it tells something of one person: such a file is noted in the access log, and forgets with them."""


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """Columns in their order. With an amount among them, a last one names the currency."""

    name: str
    columns: tuple[Column[Row], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What a file's first line says."""
        own = tuple(column.name for column in self.columns)
        return (*own, "currency") if self.has_money else own

    @property
    def has_money(self) -> bool:
        """Whether any column is an amount."""
        return any(column.kind == "money" for column in self.columns)

    @property
    def is_personal(self) -> bool:
        """Whether any column tells something of one person."""
        return any(column.personal for column in self.columns)

    def only(self, names: Iterable[str]) -> "Table[Row]":
        """The same with these columns, in this order; KeyError for one that is not there."""
        known = {column.name: column for column in self.columns}
        return Table(self.name, tuple(known[name] for name in names))

    def lines(self, rows: Iterable[Row], currency: str) -> Iterator[str]:
        """The file's lines, a header first: amounts as plain decimals in major units, days as 2026-01-31."""
        yield line(self.names)
        last = (currency,) if self.has_money else ()
        for row in rows:
            yield line((*(_cell(column.kind, column.read(row), currency) for column in self.columns), *last))

    def document(self, row: Row, currency: str) -> dict[str, Any]:
        """One row for a program: amounts, shares and means as exact decimal texts, null where there is nothing."""
        return {column.name: _plain(column.kind, column.read(row), currency) for column in self.columns}


def _plain(kind: Kind, value: Any, currency: str) -> Any:
    if value is None:
        return None
    match kind:
        case "money":
            return str(Money(Minor(value), currency).decimal())
        case "share" | "mean":
            return decimal_text(Fraction(value))
        case "day" | "moment":
            return _iso(value)
        case "number":
            return str(value)
        case "yes":
            return bool(value)
        case _:
            return value


def _iso(value: date | datetime) -> str:
    return value.isoformat()


def _cell(kind: Kind, value: Any, currency: str) -> object:
    plain = _plain(kind, value, currency)
    if plain is None:
        return ""
    return safe(plain) if kind == "text" else plain


def safe(text: str) -> str:
    """Text from outside that a spreadsheet will not run as a formula."""
    plain = without_bidi_marks(text)
    return f"'{plain}" if plain.startswith(_STARTS_A_FORMULA) else plain


def line(cells: Iterable[object]) -> str:
    """One line of a file, with its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def decimal_text(value: Fraction | None) -> str | None:
    """A plain decimal, exact where it ends within DECIMALS digits, else rounded half to even there."""
    if value is None:
        return None
    wide = Context(prec=60, rounding=ROUND_HALF_EVEN)
    quotient = wide.divide(Decimal(value.numerator), Decimal(value.denominator))
    text = f"{quotient.quantize(Decimal(1).scaleb(-DECIMALS), context=wide):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
