"""The REST shape of orders and refunds, as webhooks bring it, into facts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import TypeVar

import msgspec

from shopify_app.clock import Instant
from shopify_app.errors import Malformed
from shopify_app.money import exponent, parse_minor
from shopify_app.orders import labels
from shopify_app.orders.facts import LineFacts, OrderFacts, RefundFacts
from shopify_app.orders.given_back import by_line
from shopify_app.orders.sending import sent_at
from shopify_app.orders.taxes import line_before_tax
from shopify_app.orders.text import NAME, SOURCE, STATUS, TITLE, TOKEN, fitting
from shopify_app.orders.tips import without_tips


class _Amount(msgspec.Struct):
    amount: str


class _Tax(msgspec.Struct):
    price: str | float | None = None
    rate: str | float | None = None


class _Line(msgspec.Struct):
    id: int
    price: str
    quantity: int
    current_quantity: int | None = None
    title: str = ""
    gift_card: bool = False
    product_id: int | None = None
    discount_allocations: list[_Amount] = []
    tax_lines: list[_Tax] | None = None


class _Item(msgspec.Struct):
    gift_card: bool = False


class _RefundedLine(msgspec.Struct):
    subtotal: str | float
    quantity: int | None = None
    total_tax: str | float | None = None
    line_item: _Item | None = None
    line_item_id: int | None = None


class _Adjustment(msgspec.Struct):
    amount: str
    kind: str = ""


class _Return(msgspec.Struct):
    id: int


class _Refund(msgspec.Struct, rename={"of": "return"}):
    id: int
    created_at: datetime
    order_id: int | None = None
    refund_line_items: list[_RefundedLine] = []
    order_adjustments: list[_Adjustment] = []
    of: _Return | None = None

    @property
    def goods(self) -> list[_RefundedLine]:
        """The lines that it takes back; those of a return are listed, too, and were taken off by the return itself."""
        return [] if self.of else self.refund_line_items


class _Customer(msgspec.Struct):
    id: int


class _Code(msgspec.Struct):
    code: str


class _Application(msgspec.Struct):
    """Of a discount; a title alone for what is no code."""

    type: str
    target_type: str = ""
    title: str | None = None


class _Fulfilment(msgspec.Struct):
    created_at: datetime
    status: str | None = None


class _Address(msgspec.Struct):
    country_code: str | None = None


class _Order(msgspec.Struct):
    id: int
    created_at: datetime
    updated_at: datetime
    currency: str
    name: str = ""
    processed_at: datetime | None = None
    cancelled_at: datetime | None = None
    test: bool = False
    taxes_included: bool | None = None
    total_tip_received: str | None = None
    financial_status: str | None = None
    source_name: str | None = None
    customer: _Customer | None = None
    line_items: list[_Line] = []
    refunds: list[_Refund] = []
    discount_codes: list[_Code] | None = None
    discount_applications: list[_Application] = []
    fulfillment_status: str | None = None
    # A body always has the list, and has it once we ask for it.
    fulfillments: list[_Fulfilment] | None = None
    shipping_address: _Address | None = None
    billing_address: _Address | None = None
    checkout_token: str | None = None
    cart_token: str | None = None


def read_order(payload: bytes) -> tuple[OrderFacts, Instant]:
    """An order and its updated_at; Malformed when a field that we read is missing or of another type."""
    order = _decode(payload, _Order)
    included = bool(order.taxes_included)
    tips = parse_minor(order.total_tip_received, order.currency) if order.total_tip_received else 0
    lines = without_tips([_line(line, order.currency, included=included) for line in order.line_items], tips)
    no_sales = {line.id for line in order.line_items} - {line.line_id for line in lines if not line.gift_card}
    refunds = (_refund(refund, order.id, order.currency, no_sales) for refund in order.refunds)
    facts = OrderFacts(
        order_id=order.id,
        name=fitting(order.name, NAME),
        placed_at=_placed(order),
        created_at=_utc(order.created_at),
        currency=order.currency,
        customer_id=order.customer.id if order.customer else None,
        cancelled_at=_utc(order.cancelled_at) if order.cancelled_at else None,
        test=order.test,
        financial_status=fitting(order.financial_status, STATUS),
        source_name=fitting(order.source_name, SOURCE),
        lines=lines,
        taxes_included=included,
        refunds=tuple(refund.without_tax(included=included) for refund in refunds),
        unaccounted=_unaccounted(order),
        country=_country(order),
        discount_code=_discount(order),
        fulfilled_at=_sent_at(order),
        tells_sent=order.fulfillments is not None,
        origin=(fitting(order.checkout_token, TOKEN), fitting(order.cart_token, TOKEN)),
        other_codes=labels.other_codes([one.code for one in order.discount_codes or ()]),
    )
    return facts, _utc(order.updated_at)


def _sent_at(order: _Order) -> Instant | None:
    return sent_at(order.fulfillment_status, ((one.status, _utc(one.created_at)) for one in order.fulfillments or ()))


def _country(order: _Order) -> str | None:
    address = order.shipping_address or order.billing_address
    if address is not None:
        return labels.country(address.country_code)
    # Whether an order without addresses names none is not known; a body always has its codes once we ask for both.
    return None if order.discount_codes is None else ""


def _discount(order: _Order) -> str | None:
    if order.discount_codes is None:
        return None
    applied = enumerate(order.discount_applications)
    automatic = ((at, one.title) for at, one in applied if _is_automatic(one) and one.title)
    return labels.discount([one.code for one in order.discount_codes], automatic)


def _is_automatic(application: _Application) -> bool:
    # Shipping that is given by itself comes with no line that a bulk query would tell it by.
    return application.type == "automatic" and application.target_type == "line_item"


def read_refund(payload: bytes, currency: str) -> RefundFacts:
    """A refund on its own; it names its order but not the currency, which is the shop's.

    Nor whether its amounts include tax: the order knows.
    """
    refund = _decode(payload, _Refund)
    if refund.order_id is None:
        raise Malformed("a refund that names no order")
    return _refund(refund, refund.order_id, currency, set())


def _unaccounted(order: _Order) -> int | None:
    """See OrderFacts.unaccounted."""
    pieces = 0
    for line in order.line_items:
        if line.current_quantity is None:
            return None
        pieces += line.quantity - line.current_quantity
    for back in (line for refund in order.refunds for line in refund.goods):
        if back.quantity is None:
            return None
        pieces -= back.quantity
    return pieces


def _placed(order: _Order) -> Instant:
    """An imported order is dated back by processed_at; one that is processed later was still placed first."""
    created = _utc(order.created_at)
    return min(created, _utc(order.processed_at)) if order.processed_at else created


def _line(line: _Line, currency: str, *, included: bool) -> LineFacts:
    discount = sum(parse_minor(part.amount, currency) for part in line.discount_allocations)
    gross = parse_minor(line.price, currency) * line.quantity
    title = fitting(line.title, TITLE)
    facts = LineFacts(line.id, title, line.quantity, gross, discount, line.gift_card, line.product_id)
    if not included or not line.tax_lines:
        return facts
    tax = sum(_tax(one.price, currency) for one in line.tax_lines)
    return line_before_tax(facts, tax, [_rate(one.rate) for one in line.tax_lines])


def _tax(amount: str | float | None, currency: str) -> int:
    """Minor units of a tax: a sum of fractions, that may have more decimals than its currency, is rounded."""
    try:
        whole = Decimal(str(amount or 0)).scaleb(exponent(currency))
        return int(whole.quantize(Decimal(1), ROUND_HALF_UP))
    except (InvalidOperation, OverflowError):
        raise Malformed(f"not a tax in {currency}: {amount!r}") from None


def _rate(rate: str | float | None) -> Fraction:
    """The shortest spelling of a rate is the one that was meant: 0.15, and no binary neighbour of it."""
    try:
        return max(Fraction(str(rate or 0)), Fraction())
    except (ValueError, ZeroDivisionError):
        return Fraction()


def _refund(refund: _Refund, order_id: int, currency: str, no_sales: set[int]) -> RefundFacts:
    """`no_sales` are the lines that are gift cards or tips; a refund that is told alone knows gift cards only."""
    goods = [line for line in refund.goods if not _is_no_sale(line, no_sales)]
    amounts = [(line.line_item_id or 0, _minor(line.subtotal, currency)) for line in goods]
    lines, itemised = by_line(amounts), all(line.line_item_id is not None for line in goods)
    taxed = dict(by_line((line.line_item_id or 0, _tax(line.total_tax, currency)) for line in goods))
    # Money back beyond the lines is a negative discrepancy; shipping, tax and duties are no sales and stay out.
    extra = sum(_minor(part.amount, currency) for part in _discrepancies(refund.order_adjustments))
    return RefundFacts(
        refund.id,
        order_id,
        _utc(refund.created_at),
        sum(amount for _, amount in amounts) - extra,
        tax=sum(taxed.values()),
        lines=lines if itemised else (),
        itemised=itemised,
        line_taxes=tuple(taxed.get(line, 0) for line, _ in lines) if itemised and taxed else (),
    )


def _discrepancies(adjustments: Sequence[_Adjustment]) -> list[_Adjustment]:
    return [adjustment for adjustment in adjustments if adjustment.kind == "refund_discrepancy"]


def _is_no_sale(line: _RefundedLine, no_sales: set[int]) -> bool:
    return line.line_item_id in no_sales or (line.line_item is not None and line.line_item.gift_card)


def _minor(amount: str | float, currency: str) -> int:
    # Shopify writes some refund amounts as JSON numbers; their shortest decimal spelling is what was meant.
    return parse_minor(amount if isinstance(amount, str) else repr(amount), currency)


def _utc(moment: datetime) -> Instant:
    if moment.tzinfo is None:
        raise Malformed("a time without an offset")
    try:
        return Instant(moment.astimezone(UTC))
    except OverflowError:
        raise Malformed("a time beyond the calendar") from None


_Shape = TypeVar("_Shape")


def _decode(payload: bytes, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(payload, type=shape)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as problem:
        raise Malformed(f"not the shape of {shape.__name__.strip('_').lower()}: {problem}") from problem
