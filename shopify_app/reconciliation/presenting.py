"""The nightly comparisons in words, for a page and for a file. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shopify_app import table
from shopify_app.language import Words
from shopify_app.reconciliation.days import NEWEST
from shopify_app.reconciliation.model import Reconciliation

COLUMNS = ("night", "orders", "days", "missing", "changed", "deleted", "merged", "unsolved", "counts_off", "finished")

_CAUSES = {
    "Shopify says that this shop is paused or closed. Try again once it is open.": (
        "Shopify said that this shop is paused or closed."
    ),
    "Shopify could not be reached. Please try again in a minute.": "Shopify could not be reached.",
    "Shopify asks us to slow down. Please try again in a minute.": "Shopify asked us to slow down.",
    "Shopify no longer lets Wafa in. Open Wafa from your Shopify admin, then try again.": (
        "Shopify did not let Wafa in."
    ),
    "Shopify asks you to open Wafa again.": "Shopify did not let Wafa in.",
    "Wafa does not have a permission that it needs here. Open Wafa to review its permissions.": (
        "Wafa did not have a permission that it needs here."
    ),
    "Shopify has not approved Wafa for reading orders and customers.": (
        "Shopify had not approved Wafa for reading orders and customers."
    ),
}
"""What kept a night from its end, told afterwards: nobody is asked to try again where there is nothing to press."""


@dataclass(frozen=True, slots=True)
class Night:
    """One row of the table; what a night counted is known at its end, and None before."""

    day: str
    orders: str | None
    days: str | None
    found: str | None
    mended: str | None
    sentence: str


def found(night: Reconciliation) -> int:
    """All differences between our orders and Shopify's."""
    return night.missing + night.stale + night.deleted + night.merged + night.unsolved


def line(night: Reconciliation | None, words: Words) -> str:
    """How the last check went, in one calm sentence."""
    if night is None:
        return words.text("The first check runs in the night after your orders have been read.")
    said = sentence(night, words, last=True)
    return words.text("Last check, {day}: {result}", day=words.weekday(night.night), result=said)


def explained(words: Words) -> str:
    """What is compared, so that the table's numbers mean something."""
    orders = words.text("Orders compared: those that changed since the night before, and those that only one side has.")
    days = words.text(
        "Days compared: that day, the {time} before it and each night some older ones, by how many orders each has.",
        time=words.duration(NEWEST),
    )
    return f"{orders} {days}"


def sentence(night: Reconciliation, words: Words, *, last: bool) -> str:
    """What came of one night; `last` where no other has begun since."""
    if night.finished_at is None:
        return _unfinished(night, words, last)
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


def _unfinished(night: Reconciliation, words: Words, last: bool) -> str:
    if night.trouble:
        cause = words.text(_CAUSES.get(night.trouble, night.trouble))
        return words.text("{cause} The next night tries again.", cause=cause) if last else cause
    return words.text("It has not come to its end yet.") if last else words.text("It did not come to its end.")


def rows(nights: Sequence[Reconciliation], words: Words) -> list[Night]:
    """The nights as rows; they come newest first."""
    return [_row(night, words, last=place == 0) for place, night in enumerate(nights)]


def _row(night: Reconciliation, words: Words, *, last: bool) -> Night:
    said, total = sentence(night, words, last=last), found(night)
    if night.finished_at is None:
        return Night(words.day(night.night), None, None, None, None, said)
    return Night(
        day=words.day(night.night),
        orders=words.number(night.orders),
        days=words.number(night.days),
        found=words.number(total),
        mended=words.number(total - night.unsolved),
        sentence=said,
    )


def cells(night: Reconciliation) -> dict[str, int | bool | str | None]:
    """One night for a program, by the names of COLUMNS; None where its end would have told."""
    ended = night.finished_at is not None
    values = (night.orders, night.days, night.missing, night.stale, night.deleted, night.merged, night.unsolved)
    told = (_iso(night.night), *(value if ended else None for value in values), night.drift, ended)
    return dict(zip(COLUMNS, told, strict=True))


def file_lines(nights: Iterable[Reconciliation]) -> Iterator[str]:
    """A CSV file, a header first."""
    yield table.line(COLUMNS)
    for night in nights:
        yield table.line(["" if cell is None else cell for cell in cells(night).values()])


def _iso(day: date) -> str:
    return day.isoformat()
