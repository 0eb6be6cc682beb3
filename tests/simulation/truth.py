"""What the figures must be, worked out from the store's own records: none of the app's rules is used here."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from devstore.records import Edit, Line, Order, Refund

if TYPE_CHECKING:
    from tests.simulation.life import Life

_FIRST_OPAQUE = 1 << 62


@dataclass(frozen=True, slots=True)
class TrueOrder:
    """One order as the store has it; amounts in minor units, gift cards left out."""

    order_id: int
    name: str
    customer: int | None
    placed_at: datetime
    currency: str
    gross: int
    discounts: int
    only_gift_cards: bool
    test: bool
    cancelled_at: datetime | None
    status: str
    refunds: tuple[tuple[int, datetime, int], ...]
    """Id, moment, and what it took off the sales."""
    edits: tuple[tuple[datetime, int, int], ...] = ()
    """Moment, what was added to the sales, and what was taken off; gross and discounts are without what was added."""
    given_up: bool = False
    """Unpaid for longer than the shop waits: by the app's word, which `Promises` has held against the clock."""
    rounded: int = 0
    """How far what a bulk query tells of the refunds may be from them: a unit of tax for each piece."""
    fulfilled_at: datetime | None = None
    """When the last piece that is to be sent left."""
    given_back: dict[int, list[list[int]]] = field(default_factory=dict)
    """By refund, what went back of which line."""
    lines: tuple[tuple[int, int | None, int], ...] = ()
    """Number, product and what was paid without tax, of each line in the order of their numbers."""

    @property
    def facts(self) -> tuple[object, ...]:
        """What the app's row must say, but for the customer."""
        return (
            self.name,
            self.placed_at,
            self.currency,
            self.gross,
            self.discounts,
            self.only_gift_cards,
            self.test,
            self.cancelled_at,
            self.status,
            self.fulfilled_at,
        )


def true_order(order: Order) -> TrueOrder:
    """An order of the store's, read anew."""
    later = {id(part.line) for edit in order.edits for part in edit.parts if part.quantity > 0}
    sold = [line for line in order.lines if not line.tip]
    goods = [line for line in sold if not line.gift_card and id(line) not in later]
    return TrueOrder(
        order.id,
        order.name,
        order.customer.id if order.customer else None,
        order.created_at,
        order.currency,
        sum(_before_tax(order, line)[0] for line in goods),
        sum(_before_tax(order, line)[1] for line in goods),
        bool(sold) and all(line.gift_card for line in sold),
        order.test,
        order.cancelled_at,
        order.financial_status,
        tuple((refund.id, refund.created_at, _taken(order, refund)) for refund in order.refunds),
        tuple((edit.happened_at, _worth(order, edit, 1), _worth(order, edit, -1)) for edit in order.edits),
        rounded=sum(line.quantity for line in goods) if order.taxes_included else 0,
        fulfilled_at=_sent(order),
        given_back={refund.id: _lines_back(order, refund) for refund in order.refunds},
        lines=tuple(
            (line.id, line.product_id, int(gross) - off)
            for line in sorted(sold, key=lambda line: line.id)
            if not line.gift_card
            for gross, off in (_before_tax(order, line),)
        ),
    )


def _sent(order: Order) -> datetime | None:
    parcels = [one for one in order.fulfilments if not one.cancelled]
    for line in order.lines:
        packed = sum(one.pieces.get(line.id, 0) for one in parcels)
        if not line.tip and line.quantity - line.taken_quantity > packed:
            return None
    return max((one.created_at for one in parcels), default=None)


def _lines_back(order: Order, refund: Refund) -> list[list[int]]:
    """In the order of their numbers; gift cards and tips were no sales."""
    goods = [part for part in refund.lines if not part.line.gift_card and not part.line.tip]
    amounts = ((part.line.id, part.subtotal - (part.tax if order.taxes_included else 0)) for part in goods)
    return sorted([line, amount] for line, amount in amounts if amount)


def _before_tax(order: Order, line: Line) -> tuple[int, int]:
    """Gross and discount as if tax came on top; by the paper's words, not by the app's code."""
    gross, paid = Decimal(line.price * line.quantity), Decimal(line.price * line.quantity - line.discount)
    if not order.taxes_included or not line.tax_rate:
        return int(gross), line.discount
    bare = (gross / (1 + Decimal(line.tax_rate) / 10_000)).quantize(1, ROUND_HALF_UP)
    return int(bare), int(bare - (paid - line.tax))


def _taken(order: Order, refund: Refund) -> int:
    goods = [part for part in refund.lines if not part.line.gift_card and not part.line.tip]
    tax = sum(part.tax for part in goods) if order.taxes_included else 0
    return sum(part.subtotal for part in goods) - tax + refund.discrepancy


def _worth(order: Order, edit: Edit, sign: int) -> int:
    """What an edit added, or took off, without tax."""
    parts = [part for part in edit.parts if part.quantity * sign > 0 and not part.line.gift_card]
    return sign * sum(part.subtotal - (part.tax if order.taxes_included else 0) for part in parts)


Row = tuple[str, int, date, int, int, int, int, int, int]
"""Basis, order, day, buyer, orders, value, net, place in the buyer's history by orders and by days."""


def true_rows(orders: list[TrueOrder], buyers: dict[int, int | None], zone: ZoneInfo, currency: str) -> set[Row]:
    """Every row of the aggregate, in both bases; `buyers` says under which number the app knows each customer."""
    rows: set[Row] = set()
    for basis in ("kept", "shopify"):
        histories: dict[int, list[TrueOrder]] = defaultdict(list)
        for order in orders:
            if _counts(order, basis, currency):
                known = None if order.customer is None else buyers[order.customer]
                histories[-order.order_id if known is None else known].append(order)
        for buyer, history in histories.items():
            rows |= _history(basis, buyer, sorted(history, key=lambda one: (one.placed_at, one.order_id)), zone)
    return rows


def _counts(order: TrueOrder, basis: str, currency: str) -> bool:
    if order.test or order.only_gift_cards or order.currency != currency:
        return False
    if basis == "shopify":
        return True
    if order.cancelled_at or order.given_up:
        return False
    return order.status not in ("voided", "expired") and order.gross > order.discounts


def _history(basis: str, buyer: int, history: list[TrueOrder], zone: ZoneInfo) -> set[Row]:
    rows: set[Row] = set()
    days: list[date] = []
    for nth, order in enumerate(history, start=1):
        day = order.placed_at.astimezone(zone).date()
        days += [] if day in days else [day]
        places = nth, days.index(day) + 1
        back: dict[date, int] = defaultdict(int)
        later = [(at, net) for _, at, net in order.refunds]
        later += [(at, removed - added) for at, added, removed in order.edits]
        for at, net in later:
            back[day if basis == "kept" else at.astimezone(zone).date()] += net
        value = order.gross - order.discounts
        rows.add((basis, order.order_id, day, buyer, 1, value, value - back.pop(day, 0), *places))
        rows |= {(basis, order.order_id, on, buyer, 0, 0, -net, *places) for on, net in back.items()}
    return rows


def is_opaque(customer: int | None) -> bool:
    """Whether a number stands for somebody who was forgotten."""
    return customer is not None and customer >= _FIRST_OPAQUE


def living_orders(life: "Life") -> list[TrueOrder]:
    """Every order that the store still has."""
    return [true_order(order) for order in life.shop.orders.values()]
