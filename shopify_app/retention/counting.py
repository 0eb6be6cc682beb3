"""What counts, and what a counted order books on which day. Pure: facts in, rows out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.orders.facts import RefundFacts
from shopify_app.retention.window import Basis

NEVER_PAID = frozenset({"voided", "expired"})


def buyer_of(order_id: int, customer_id: int | None) -> int:
    """The customer, or minus the order's id: whoever is not named is a stranger each time."""
    return -order_id if customer_id is None else customer_id


@dataclass(frozen=True, slots=True)
class Countable:
    """The part of an order that decides whether and how it counts; amounts in minor units."""

    order_id: int
    customer_id: int | None
    placed_at: Instant
    value: int
    """Gross sales less discounts at creation."""
    only_gift_cards: bool = False
    test: bool = False
    cancelled: bool = False
    deleted: bool = False
    other_currency: bool = False
    """Sold before the shop changed its currency: two currencies never add."""
    financial_status: str = ""

    @property
    def buyer_id(self) -> int:
        """The customer, or a stranger of its own where there is none."""
        return buyer_of(self.order_id, self.customer_id)


@dataclass(frozen=True, slots=True)
class Booking:
    """One row of the aggregate: see CountedOrder for the meaning of each field."""

    basis: Basis
    order_id: int
    day: LocalDay
    buyer_id: int
    placed_at: Instant
    orders: int
    value: int
    net: int
    nth: int = 0
    nth_day: int = 0


def left_out_because(order: Countable, basis: Basis) -> str | None:
    """Why an order does not count in a basis, as a message key; None when it counts."""
    always = (
        (order.deleted, "It was deleted."),
        (order.test, "It is a test order."),
        (order.other_currency, "It was sold in a currency that the shop has since given up."),
        (order.only_gift_cards, "Only gift cards were bought: the sale comes when they are spent."),
    )
    kept = (
        (order.cancelled, "It was cancelled."),
        (order.financial_status in NEVER_PAID, "It was never paid."),
        (order.value <= 0, "Nothing was to pay for it."),
    )
    reasons = always + kept if basis is Basis.KEPT else always
    return next((reason for applies, reason in reasons if applies), None)


def bookings(order: Countable, refunds: Iterable[RefundFacts], zone: ZoneInfo) -> list[Booking]:
    """All rows an order makes, in both bases; nth and nth_day are left to `numbered`."""
    return [
        booking
        for basis in Basis
        if left_out_because(order, basis) is None
        for booking in _bookings(order, refunds, zone, basis)
    ]


def _bookings(order: Countable, refunds: Iterable[RefundFacts], zone: ZoneInfo, basis: Basis) -> list[Booking]:
    placed = local_day(order.placed_at, zone)
    back: dict[LocalDay, int] = {}
    for refund in refunds:
        # Kept books a refund where the order is; Shopify books it on the day the money went back.
        day = placed if basis is Basis.KEPT else local_day(refund.refunded_at, zone)
        back[day] = back.get(day, 0) + refund.net
    own = Booking(
        basis,
        order.order_id,
        placed,
        order.buyer_id,
        order.placed_at,
        1,
        order.value,
        order.value - back.pop(placed, 0),
    )
    return [
        own,
        *(replace(own, day=day, orders=0, value=0, net=-amount) for day, amount in sorted(back.items())),
    ]


def numbered(rows: Sequence[Booking]) -> list[Booking]:
    """The same rows of one buyer and one basis, each order with its place in the buyer's history.

    Orders at the same instant stand in order of their ids, so that the first order is always the same one.
    """
    placed = sorted((row for row in rows if row.orders), key=lambda row: (row.placed_at, row.order_id))
    days = {day: number for number, day in enumerate(sorted({row.day for row in placed}), start=1)}
    places = {row.order_id: (number, days[row.day]) for number, row in enumerate(placed, start=1)}
    return [
        row if (row.nth, row.nth_day) == place else replace(row, nth=place[0], nth_day=place[1])
        for row in rows
        for place in [places[row.order_id]]
    ]
