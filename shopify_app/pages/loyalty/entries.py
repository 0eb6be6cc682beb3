"""Entries of the ledger as lines that a shop owner reads: what happened, because of what, and what was left."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shopify_app.clock import local_day
from shopify_app.language import Words
from shopify_app.loyalty.ledger.entry import Kind
from shopify_app.loyalty.ledger.model import PointsEntry

SENTENCES: Mapping[str, str] = {
    Kind.EARN: "Earned with order {order}",
    Kind.RELEASE: "Can be spent from now on: order {order}",
    Kind.REVERSE: "Taken back: order {order} was given back, changed or cancelled",
    Kind.REDEEM: "Redeemed for a reward",
    Kind.RESTORE: "Came back to the balance",
    Kind.EXPIRE: "Ended",
    Kind.ADJUST: "Changed by hand",
    "merged in": "Came from a customer whom Shopify merged into this one",
    "merged away": "Went to the customer whom Shopify merged this one into",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry."""

    day: str
    what: str
    order_path: str | None
    """The page about the order that it is about."""
    points: str
    balance: str
    customer: int | None = None
    """Whose account it is, where several stand in one list."""


def order_of(cause: str) -> int | None:
    """The order that a cause is about."""
    sort, _, number = cause.partition("/")
    return int(number) if sort == "order" and number.isdecimal() else None


def orders_named(entries: Sequence[PointsEntry]) -> Collection[int]:
    """The orders that entries are about."""
    return {number for entry in entries if (number := order_of(entry.cause)) is not None}


@dataclass(frozen=True, slots=True)
class Paging:
    """The ways to the other pages of a list, and its file."""

    first_href: str | None
    next_href: str | None
    file_href: str


def told(entry: PointsEntry, names: Mapping[int, str], zone: ZoneInfo, words: Words) -> Line:
    """One entry in words; `names` are those of the orders."""
    number = order_of(entry.cause)
    named = number in names if number is not None else False
    return Line(
        day=words.day(local_day(entry.known_at, zone)),
        what=_what(entry, names.get(number, str(number)) if number is not None else "", words),
        order_path=f"/reports/orders/{number}" if named else None,
        points=_signed(entry.points, words) if entry.points else words.number(entry.moved),
        balance=words.number(entry.balance),
    )


def _what(entry: PointsEntry, order: str, words: Words) -> str:
    kind = Kind(entry.kind)
    if kind is Kind.MERGE:
        return words.text(SENTENCES["merged in" if entry.nth > 1 else "merged away"])
    return words.text(SENTENCES[kind], order=words.isolated(order))


def _signed(points: int, words: Words) -> str:
    return words.plus(words.number(points)) if points > 0 else words.number(points)
