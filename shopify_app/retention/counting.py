"""What counts, and what a counted order books on which day. Pure: facts in, rows out."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.orders.facts import EditFacts, RefundFacts
from shopify_app.retention.window import Basis

NEVER_PAID = frozenset({"voided", "expired"})


def buyer_of(order_id: int, customer_id: int | None) -> int:
    """The customer, or minus the order's id: whoever is not named is a stranger each time."""
    return -order_id if customer_id is None else customer_id


class Countable(Struct, frozen=True, gc=False):
    """The part of an order that decides whether and how it counts; amounts in minor units."""

    order_id: int
    customer_id: int | None
    placed_at: Instant
    value: int
    """Gross sales less discounts of all its lines; see `as_placed`."""
    only_gift_cards: bool = False
    test: bool = False
    cancelled: bool = False
    deleted: bool = False
    other_currency: bool = False
    """Sold before the shop changed its currency: two currencies never add."""
    financial_status: str = ""
    given_up: bool = False
    """Unpaid for longer than the shop waits: see Order.given_up_at."""
    sold: str = ""
    """See `sold_as`; it decides nothing."""

    @classmethod
    def of(cls, order: Any, currency: str, sold: str = "") -> "Countable":
        """Of an order as a batch or a table keeps it, in a shop that sells in `currency`."""
        return cls(
            order_id=order.order_id,
            customer_id=order.customer_id,
            placed_at=order.placed_at,
            value=order.gross - order.discounts,
            only_gift_cards=order.only_gift_cards,
            test=order.test,
            cancelled=order.cancelled_at is not None,
            deleted=order.deleted_at is not None,
            other_currency=order.currency != currency,
            financial_status=order.financial_status,
            given_up=order.given_up_at is not None,
            sold=sold,
        )

    @property
    def buyer_id(self) -> int:
        """The customer, or a stranger of its own where there is none."""
        return buyer_of(self.order_id, self.customer_id)

    def as_placed(self, added: int) -> "Countable":
        """The same without what edits added to its lines later: that decides whether it counts."""
        return replace(self, value=self.value - added) if added else self


class Booking(NamedTuple):
    """One row of the aggregate: see CountedOrder for the meaning of each field."""

    basis: Basis
    order_id: int
    day: LocalDay
    buyer_id: int
    placed_at: Instant
    orders: int
    value: int
    net: int
    sold: str = ""
    nth: int = 0
    nth_day: int = 0


@lru_cache(4096)
def sold_as(channel: str, country: str | None, discounted: bool) -> str:
    """How an order was sold, in few characters: where, into which country, and 1 for less than its price."""
    return f"{channel.replace('|', '/')}|{country or ''}|{'1' if discounted else ''}"


def sold_of(order: Any) -> str:
    """The same of an order as a batch or a table keeps it."""
    return sold_as(order.source_name, order.country, order.discounts > 0)


Rows = dict[tuple[str, int], list[Booking]]
"""Rows of the aggregate by basis and buyer."""


def left_out_because(order: Countable, basis: Basis) -> str | None:
    """Why an order does not count in a basis, as a message key; None when it counts."""
    if order.deleted:
        return "It was deleted."
    if order.test:
        return "It is a test order."
    if order.other_currency:
        return "It was sold in a currency that the shop has since given up."
    if order.only_gift_cards:
        return "Only gift cards were bought: the sale comes when they are spent."
    return _not_kept_because(order) if basis is Basis.KEPT else None


def _not_kept_because(order: Countable) -> str | None:
    if order.cancelled:
        return "It was cancelled."
    if order.financial_status in NEVER_PAID:
        return "It was never paid."
    if order.given_up:
        return "It has stayed unpaid for too long."
    return "Nothing was to pay for it." if order.value <= 0 else None


Later = tuple[Instant, int]
"""When an order's sales changed after it was placed, and by how much: below zero for what went back."""


def bookings(
    order: Countable, refunds: Collection[RefundFacts], edits: Collection[EditFacts], zone: ZoneInfo
) -> list[Booking]:
    """All rows an order makes, in both bases; nth and nth_day are left to `numbered`."""
    added = sum(edit.added for edit in edits) if edits else 0
    return booked(order.as_placed(added), later_of(refunds, edits), zone)


def booked(order: Countable, later: Collection[Later], zone: ZoneInfo) -> list[Booking]:
    """The same of an order as it was placed, and of what changed its sales since."""
    placed, buyer, value = local_day(order.placed_at, zone), order.buyer_id, order.value
    rows: list[Booking] = []
    for basis in _BASES:
        if left_out_because(order, basis) is not None:
            continue
        if later:
            rows += _bookings(order, later, zone, basis, placed)
        else:
            sold = order.sold if basis is Basis.KEPT else ""
            rows.append(_booking((basis, order.order_id, placed, buyer, order.placed_at, 1, value, value, sold, 0, 0)))
    return rows


def later_text(later: Collection[Later]) -> str:
    """As OrderVersion keeps it; the moments in microseconds since 1970."""
    return json.dumps([[(at - _EPOCH) // _MICROSECOND, change] for at, change in later]) if later else ""


def read_later(text: str) -> list[Later]:
    """What `later_text` wrote."""
    pairs = json.loads(text) if text else ()
    return [(Instant(_EPOCH + microseconds * _MICROSECOND), change) for microseconds, change in pairs]


_EPOCH = Instant(datetime(1970, 1, 1, tzinfo=UTC))
_MICROSECOND = timedelta(microseconds=1)


def later_of(refunds: Collection[RefundFacts], edits: Collection[EditFacts]) -> list[Later]:
    """What changed an order's sales after it was placed."""
    if not (refunds or edits):
        return []
    back = [(refund.refunded_at, -refund.net) for refund in refunds]
    return back + [(edit.edited_at, edit.added - edit.removed) for edit in edits]


def _bookings(
    order: Countable, later: Collection[Later], zone: ZoneInfo, basis: Basis, placed: LocalDay
) -> list[Booking]:
    value, buyer = order.value, order.buyer_id
    changes: dict[LocalDay, int] = {}
    for at, change in later:
        # Kept books a later change where the order is; Shopify books it on the day of the change.
        day = placed if basis is Basis.KEPT else local_day(at, zone)
        changes[day] = changes.get(day, 0) + change
    sold = order.sold if basis is Basis.KEPT else ""
    net = value + changes.pop(placed, 0)
    own = Booking(basis, order.order_id, placed, buyer, order.placed_at, 1, value, net, sold)
    return [own, *(own._replace(day=day, orders=0, value=0, net=net) for day, net in sorted(changes.items()))]


_BASES = tuple(Basis)
_ONLY = (1, 1)


def numbered(rows: Sequence[Booking], earlier: int = 0) -> list[Booking]:
    """The same rows of one buyer and one basis, each order with its place in the buyer's history.

    Orders at the same instant stand in order of their ids, so that the first order is always the same one.
    `earlier` orders, each on a day of its own, came before those that we know of.
    """
    if len(rows) == 1 and not earlier:
        (row,) = rows
        return [row if row[-2:] == _ONLY else _booking(row[:-2] + _ONLY)]
    placed = sorted([row for row in rows if row.orders], key=_PLACE)
    days = {day: number for number, day in enumerate(sorted({row.day for row in placed}), start=earlier + 1)}
    places = {row.order_id: (number, days[row.day]) for number, row in enumerate(placed, start=earlier + 1)}
    return [_booking(row[:-2] + places[row.order_id]) for row in rows]


_booking = partial(tuple.__new__, Booking)
"""A booking from its fields in one tuple: without a call of Python for each, and a rebuild makes millions."""
_PLACE = itemgetter(Booking._fields.index("placed_at"), Booking._fields.index("order_id"))
