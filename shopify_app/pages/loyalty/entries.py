"""Entries of the ledger as lines that a shop owner reads: what happened, because of what, and what was left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shopify_app.clock import local_day
from shopify_app.db.base import Session, ShopId
from shopify_app.language import Words
from shopify_app.loyalty.by_hand.model import PointsByHand
from shopify_app.loyalty.by_hand.queries import told_by_hand
from shopify_app.loyalty.ledger.entry import Kind
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.occasions.bonus import occasion_of
from shopify_app.loyalty.programme.occasions import ANNIVERSARY, BIRTHDAY, SORTS
from shopify_app.orders.queries import order_names

SENTENCES: Mapping[str, str] = {
    Kind.EARN: "Earned with order {order}",
    Kind.RELEASE: "Can be spent from now on: order {order}",
    Kind.REVERSE: "Taken back: order {order} was given back, changed or cancelled",
    Kind.REDEEM: "Redeemed for a reward",
    Kind.RESTORE: "Came back to the balance",
    Kind.EXPIRE: "Ended",
    "bonus": "Bonus with order {order}",
    "by hand": "By hand: {reason}",
    "undone": "Undone. It had been by hand: {reason}",
    "forgotten": "By hand",
    "gift": "Gift for earlier orders",
    "gift back": "The gift for earlier orders was taken back",
    "joined": "For becoming a customer",
    "agreed/email": "For agreeing to e-mails",
    "agreed/sms": "For agreeing to text messages",
    "birthday": "Birthday {year}",
    "brought": "Brought from another app",
    "brought back": "What was brought from another app was taken back",
    "free by hand": "Can be spent from now on",
    "used after all": "Taken again: an order with its code was placed or kept after all",
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
    undo: str | None = None
    """By what it can be undone."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What entries are about, as far as it is known."""

    orders: Mapping[int, str]
    """What they are called."""
    by_hand: Mapping[str, PointsByHand]
    """By cause."""


def behind(session: Session, shop: ShopId, entries: Sequence[PointsEntry]) -> Behind:
    """What these entries are about."""
    numbers = {number for entry in entries if (number := order_of(entry.cause)) is not None}
    causes = {entry.cause for entry in entries if entry.cause.startswith("hand/")}
    return Behind(order_names(session, shop, numbers), told_by_hand(session, shop, causes))


def order_of(cause: str) -> int | None:
    """The order that a cause is about: order/7, or nth/3/7 of a bonus."""
    sort, _, rest = cause.partition("/")
    number = rest.rpartition("/")[2]
    return int(number) if sort in ("order", "nth") and number.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Paging:
    """The ways to the other pages of a list, and its file."""

    first_href: str | None
    next_href: str | None
    file_href: str


def told(entry: PointsEntry, about: Behind, zone: ZoneInfo, words: Words) -> Line:
    """One entry in words."""
    number = order_of(entry.cause)
    return Line(
        day=words.day(local_day(entry.known_at, zone)),
        what=_what(entry, about, words),
        order_path=f"/reports/orders/{number}" if number in about.orders else None,
        points=_signed(entry.points, words) if entry.points else words.number(entry.moved),
        balance=words.number(entry.balance),
        undo=_undo(entry, about),
    )


def _undo(entry: PointsEntry, about: Behind) -> str | None:
    deed = about.by_hand.get(entry.cause)
    is_open = deed is not None and deed.undone_at is None and entry.kind == Kind.ADJUST
    return entry.cause.partition("/")[2] if is_open else None


def _what(entry: PointsEntry, about: Behind, words: Words) -> str:
    kind, sort, number = Kind(entry.kind), entry.cause.partition("/")[0], order_of(entry.cause)
    if kind is Kind.MERGE:
        return words.text(SENTENCES["merged in" if entry.nth > 1 else "merged away"])
    if sort in ("hand", "gift", "brought", *SORTS) and kind is Kind.RELEASE:
        return words.text(SENTENCES["free by hand"])
    if kind is Kind.REDEEM and entry.nth > 1:
        return words.text(SENTENCES["used after all"])
    if sort in SORTS and kind is Kind.EARN:
        return _occasion(entry.cause, words)
    if sort in ("gift", "brought"):
        return words.text(SENTENCES[sort if kind is Kind.EARN else f"{sort} back"])
    if sort == "hand":
        deed, how = about.by_hand.get(entry.cause), "by hand" if kind is Kind.ADJUST else "undone"
        reason = deed.reason if deed else ""
        return words.text(SENTENCES[how if reason else "forgotten"], reason=words.isolated(reason))
    order = words.isolated(about.orders.get(number, str(number)) if number is not None else "")
    return words.text(SENTENCES["bonus" if sort == "nth" and kind is Kind.EARN else kind], order=order)


def _occasion(cause: str, words: Words) -> str:
    """Why points were given that came with no order."""
    sort, which = occasion_of(cause) or ("", "")
    if sort == ANNIVERSARY:
        return words.plural("{n} year since the first order", "{n} years since the first order", int(which))
    if sort == BIRTHDAY:
        return words.text(SENTENCES[BIRTHDAY], year=which)
    return words.text(SENTENCES[f"{sort}/{which}" if which else sort])


def _signed(points: int, words: Words) -> str:
    return words.plus(words.number(points)) if points > 0 else words.number(points)
