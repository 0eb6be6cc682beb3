"""The nightly comparisons in words, for a page and for a file. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from shopify_app.language import Words
from shopify_app.reconciliation.model import Reconciliation

COLUMNS = ("night", "orders", "days", "missing", "changed", "deleted", "merged", "unsolved", "counts_off", "finished")


@dataclass(frozen=True, slots=True)
class Night:
    """One row of the table."""

    day: str
    orders: str
    days: str
    found: str
    mended: str
    sentence: str


def found(night: Reconciliation) -> int:
    """All differences between our orders and Shopify's."""
    return night.missing + night.stale + night.deleted + night.merged + night.unsolved


def line(night: Reconciliation | None, words: Words) -> str:
    """How the last check went, in one calm sentence."""
    if night is None:
        return words.text("The first check runs in the night after your orders have been read.")
    said = sentence(night, words)
    return words.text("Last check, {day}: {result}", day=words.weekday(night.night), result=said)


def sentence(night: Reconciliation, words: Words) -> str:
    """What came of one night."""
    if night.finished_at is None:
        return words.text(night.trouble) if night.trouble else words.text("It has not come to its end yet.")
    if night.unsolved:
        return words.plural(
            "{n} difference could not be put right. Please contact support.",
            "{n} differences could not be put right. Please contact support.",
            night.unsolved,
        )
    if night.drift:
        return words.text("The numbers did not fit the orders and are counted anew.")
    if not found(night):
        return words.text("Everything matched.")
    return words.plural("{n} difference, put right.", "{n} differences, all put right.", found(night))


def row(night: Reconciliation, words: Words) -> Night:
    """One night as a row."""
    total = found(night)
    return Night(
        day=words.day(night.night),
        orders=words.number(night.orders),
        days=words.number(night.days),
        found=words.number(total),
        mended=words.number(total - night.unsolved),
        sentence=sentence(night, words),
    )


def cells(night: Reconciliation) -> dict[str, int | bool | str | None]:
    """One night for a program, by the names of COLUMNS."""
    values = (night.orders, night.days, night.missing, night.stale, night.deleted, night.merged, night.unsolved)
    told = (_iso(night.night), *values, night.drift, night.finished_at is not None)
    return dict(zip(COLUMNS, told, strict=True))


def file_lines(nights: Iterable[Reconciliation]) -> Iterator[str]:
    """A CSV file, a header first."""
    yield _line(COLUMNS)
    for night in nights:
        yield _line(["" if cell is None else cell for cell in cells(night).values()])


def _iso(day: date) -> str:
    return day.isoformat()


def _line(values: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(values)
    return text.getvalue()
