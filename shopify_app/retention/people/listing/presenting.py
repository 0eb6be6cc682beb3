"""The list of customers in words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shopify_app.language import Words
from shopify_app.retention.people.listing.asking import Filters, Sorting, Wanted
from shopify_app.retention.people.listing.columns import ALWAYS, PEOPLE, Listed
from shopify_app.retention.presenting import Choice, customer_path, customer_text
from shopify_app.table import Column, Kind

_FORMATS: Mapping[Kind, str] = {"count": "numeric", "days": "numeric", "share": "numeric", "money": "currency"}


@dataclass(frozen=True, slots=True)
class Head:
    """A column's title, and how Polaris is to draw it."""

    title: str
    format: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one column of a line; no text where it is not known."""

    text: str | None
    isolated: bool = False
    """Whether it is an amount or a number, which must not be torn apart in Arabic."""
    badge: bool = False
    note: str | None = None
    """What stands under it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One customer; `number` is None for one who was erased, who has no name either."""

    text: str
    path: str | None
    number: str | None
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class View:
    """A list that is ready to be looked at."""

    title: str
    href: str
    shown: bool
    saved: str | None = None
    """Its id, where the shop has saved it."""


_AHEAD = ("orders", "net", "last_order", "expected_value", "chance_30_days", "still_a_customer")
READY: tuple[tuple[str, Wanted], ...] = (
    ("All customers", Wanted()),
    ("Came back", Wanted(Filters(bought="again"))),
    ("Late customers", Wanted(Filters(late=True), Sorting("net"))),
    ("Bought once", Wanted(Filters(bought="once"))),
    ("Best by spend", Wanted(order=Sorting("net"))),
    ("Most expected", Wanted(order=Sorting("expected"), columns=_AHEAD)),
)
"""The lists that every shop has."""

SORT_TITLES = {
    "-last_order": "Last order, newest first",
    "last_order": "Last order, oldest first",
    "-first_order": "First order, newest first",
    "first_order": "First order, oldest first",
    "-orders": "Most orders first",
    "orders": "Fewest orders first",
    "-net": "Highest net sales first",
    "net": "Lowest net sales first",
    "-expected": "Most expected of them first",
    "-customer": "Newest in Shopify first",
    "customer": "Oldest in Shopify first",
}
BOUGHT_TITLES = {"": "Everybody", "once": "Bought once", "again": "Bought again"}


def heads(columns: Sequence[str], words: Words) -> list[Head]:
    """The titles of the chosen columns; the customer's own goes before them."""
    return [Head(words.text(column.title), _FORMATS.get(column.kind, "")) for column in _chosen(columns)]


def line(one: Listed, columns: Sequence[str], words: Words, currency: str) -> Line:
    """One customer in the chosen columns; amounts in the shop's currency."""
    customer = one.row.customer_id
    text = customer_text(customer, words)
    number = str(customer) if text == str(customer) else None
    cells = [_cell(column, one, words, currency) for column in _chosen(columns)]
    return Line(text, customer_path(customer), number, cells)


def _cell(column: Column[Listed], one: Listed, words: Words, currency: str) -> Cell:
    return replace(cell(column.kind, column.read(one), column.title, words, currency), note=_note(column, one, words))


def _note(column: Column[Listed], one: Listed, words: Words) -> str | None:
    """By whose gaps somebody is late, where they are not their own."""
    if one.limit is None or one.limit.own or not (column.name == "late_after" or (column.name == "late" and one.late)):
        return None
    return words.text("compared with your other customers")


def cell(kind: Kind, value: Any, title: str, words: Words, currency: str) -> Cell:
    """A value as people read it."""
    if value is None:
        return Cell(None)
    match kind:
        case "money":
            return Cell(words.money(value, currency), isolated=True)
        case "count":
            return Cell(words.number(value), isolated=True)
        case "days":
            return Cell(words.duration(value))
        case "day":
            return Cell(words.day(value))
        case "share":
            return Cell(words.percent(value, 0), isolated=True)
        case "yes":
            return Cell(words.text(title), badge=True) if value else Cell(words.text("No"))
        case _:
            return Cell(str(value), isolated=True)


def _chosen(columns: Sequence[str]) -> Sequence[Column[Listed]]:
    return PEOPLE.only(columns).columns


def column_choices(wanted: Wanted, words: Words) -> list[Choice]:
    """Every column with whether it is shown."""
    own = [column for column in PEOPLE.columns if column.name != ALWAYS]
    return [Choice(column.name, words.text(column.title), column.name in wanted.columns) for column in own]


def sort_choices(wanted: Wanted, words: Words) -> list[Choice]:
    """Every order that a list can have."""
    now = wanted.order.text
    return [Choice(value, words.text(title), value == now) for value, title in SORT_TITLES.items()]


def bought_choices(wanted: Wanted, words: Words) -> list[Choice]:
    """How often they bought."""
    now = wanted.filters.bought
    return [Choice(value, words.text(title), value == now) for value, title in BOUGHT_TITLES.items()]


def total_text(total: int, wanted: Wanted, words: Words) -> str:
    """How many customers the list has."""
    if wanted.filters == Filters():
        return words.plural("{n} customer in all", "{n} customers in all", total)
    return words.plural("{n} customer found", "{n} customers found", total)


def guests_text(orders: int, words: Words) -> str | None:
    """What is in no list of customers."""
    if not orders:
        return None
    return words.plural(
        "{n} order names no customer, and is in no list of customers.",
        "{n} orders name no customer, and are in no list of customers.",
        orders,
    )
