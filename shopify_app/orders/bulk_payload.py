"""Orders as a bulk query writes them, line by line, read into facts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from operator import attrgetter

import msgspec

from shopify_app.clock import Instant
from shopify_app.errors import Malformed
from shopify_app.money import parse_minor
from shopify_app.orders import labels
from shopify_app.orders.facts import ASKED, LineFacts, OrderFacts, RefundFacts, Version
from shopify_app.orders.given_back import Lines, worked_out
from shopify_app.orders.sending import sent_at
from shopify_app.orders.taxes import line_before_tax, tax_given_back
from shopify_app.orders.text import NAME, SOURCE, STATUS, TITLE, fitting
from shopify_app.orders.tips import without_tips


class _ShopMoney(msgspec.Struct, gc=False):
    amount: str


class _Bag(msgspec.Struct, rename="camel", gc=False):
    shop_money: _ShopMoney


class _Ref(msgspec.Struct, gc=False):
    id: str


class _Customer(msgspec.Struct, rename="camel", gc=False):
    id: str
    number_of_orders: str | None = None


class _Refund(msgspec.Struct, rename="camel", gc=False):
    id: str
    total_refunded_set: _Bag
    created_at: datetime | None = None


class _Application(msgspec.Struct, gc=False):
    """Of a discount; both for an automatic one alone."""

    index: int | None = None
    title: str | None = None


class _Allocation(msgspec.Struct, rename="camel", gc=False):
    allocated_amount_set: _Bag
    discount_application: _Application | None = None


class _Fulfilment(msgspec.Struct, rename="camel", gc=False):
    created_at: datetime
    status: str


class _Address(msgspec.Struct, gc=False):
    country: str | None = msgspec.field(name="countryCodeV2", default=None)


class _Tax(msgspec.Struct, rename="camel", gc=False):
    price_set: _Bag
    rate: float | None = None


class _Line(msgspec.Struct, rename="camel", gc=False):
    id: str
    title: str
    quantity: int
    current_quantity: int
    is_gift_card: bool
    original_total_set: _Bag
    discount_allocations: list[_Allocation]
    tax_lines: list[_Tax] = []
    product: _Ref | None = None


class _Order(msgspec.Struct, rename="camel", gc=False):
    id: str
    name: str
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    test: bool
    taxes_included: bool
    currency_code: str
    current_subtotal_price_set: _Bag
    refund_discrepancy_set: _Bag
    refunds: list[_Refund]
    # A file that was asked for by the version before ours does not say.
    edited: bool = False
    return_status: str = "NO_RETURN"
    subtotal_price_set: _Bag | None = None
    total_tip_received_set: _Bag | None = None
    cancelled_at: datetime | None = None
    display_financial_status: str | None = None
    source_name: str | None = None
    customer: _Customer | None = None
    discount_codes: list[str] | None = None
    shipping_address: _Address | None = None
    billing_address: _Address | None = None
    display_fulfillment_status: str | None = None
    fulfillments: list[_Fulfilment] | None = None


class _Head(msgspec.Struct, gc=False):
    """What says to which order a line belongs."""

    id: str
    parent: str | None = msgspec.field(name="__parentId", default=None)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is not what we asked for; the rest of the file is not held up by it."""

    line: str
    reason: str


_head = msgspec.json.Decoder(_Head)
_order = msgspec.json.Decoder(_Order)
_line = msgspec.json.Decoder(_Line)


def place_of(line: bytes) -> tuple[int, bool] | None:
    """The number of the order that a line is or belongs to, and whether it is the order; None where it says neither.

    A file has millions of lines: how Shopify writes them is enough to know, and only others are read as JSON.
    """
    line = line.rstrip()
    at = line.rfind(_PARENT)
    if at >= 0 and line.endswith(_END):
        # A quote inside a text has a backslash: this is a key, and only the whole line's brace can follow its value.
        number = line[at + _BEFORE_PARENT : -2]
        if number.isdigit() and len(number) <= _DIGITS:
            return int(number), False
    elif line.startswith(_ORDER) and _PARENT_KEY not in line:
        number = line[_BEFORE_ORDER : line.find(b'"', _BEFORE_ORDER)]
        if number.isdigit() and len(number) <= _DIGITS:
            return int(number), True
    return place_read(line)


def place_read(line: bytes) -> tuple[int, bool] | None:
    """The same from the whole line, for one that may have been cut short."""
    try:
        head = _head.decode(line)
        number = gid_number(head.parent or head.id)
    except (msgspec.DecodeError, UnicodeDecodeError, Malformed, ValueError):
        return None
    return (number, head.parent is None) if number < _TOO_LARGE else None


_PARENT_KEY = b"__parentId"
_PARENT = b',"__parentId":"gid://shopify/Order/'
_END = b'"}'
_BEFORE_PARENT = len(_PARENT)
_ORDER = b'{"id":"gid://shopify/Order/'
_BEFORE_ORDER = len(_ORDER)
_DIGITS = 18
"""So many always fit into 64 bits."""
_TOO_LARGE = 1 << 63


def read_orders(lines: Iterable[bytes], known_at: Instant) -> Iterator[tuple[OrderFacts, Version] | Unreadable]:
    """The orders among the lines, newest number first, each with its parts wherever those stood.

    `known_at` is the start of the bulk operation: what happened to an order later outranks its line.
    """
    roots: dict[int, bytes] = {}
    parts: dict[int, list[bytes]] = {}
    for line in lines:
        place = place_of(line)
        if place is None:
            yield Unreadable(f"a line of {len(line)} bytes", "no id")
        elif place[1]:
            roots[place[0]] = line
        else:
            parts.setdefault(place[0], []).append(line)
    for number in sorted(roots, reverse=True):
        yield _read(number, roots[number], parts.pop(number, []), known_at)
    for number, orphans in parts.items():
        yield Unreadable(f"order {number}", f"{len(orphans)} lines without their order")


def _read(
    number: int, root: bytes, parts: Sequence[bytes], known_at: Instant
) -> tuple[OrderFacts, Version] | Unreadable:
    try:
        order = _order.decode(root)
        return _facts(order, [_line.decode(part) for part in parts]), _version(order, known_at)
    except (msgspec.DecodeError, Malformed, ValueError, OverflowError) as error:
        return Unreadable(f"order {number}", str(error))


def _version(order: _Order, known_at: Instant) -> Version:
    return Version(_utc(order.updated_at), known_at, ASKED)


def _facts(order: _Order, parts: Sequence[_Line]) -> OrderFacts:
    created, processed = _utc(order.created_at), _utc(order.processed_at)
    included = order.taxes_included
    read = [_line_facts(part, order.currency_code, included=included) for part in parts]
    if len(read) > 1:
        read.sort(key=_LINE_ID)
    lines = without_tips(read, _tips(order))
    return OrderFacts(
        order_id=gid_number(order.id),
        name=fitting(order.name, NAME),
        placed_at=min(created, processed),
        created_at=created,
        currency=order.currency_code,
        customer_id=gid_number(order.customer.id) if order.customer else None,
        cancelled_at=_utc(order.cancelled_at) if order.cancelled_at else None,
        test=order.test,
        financial_status=fitting(order.display_financial_status, STATUS).lower(),
        source_name=fitting(order.source_name, SOURCE),
        lines=lines,
        taxes_included=included,
        refunds=_refunds(order, parts, lines),
        edited=_is_edited(order),
        customer_orders=_lifetime_orders(order.customer),
        country=_country(order),
        discount_code=_discount(order, parts),
        fulfilled_at=_sent_at(order),
        tells_sent=order.fulfillments is not None,
        other_codes=labels.other_codes(order.discount_codes or ()),
    )


def _sent_at(order: _Order) -> Instant | None:
    if not order.fulfillments:
        return None
    return sent_at(order.display_fulfillment_status, [(one.status, _utc(one.created_at)) for one in order.fulfillments])


def _country(order: _Order) -> str | None:
    address = order.shipping_address or order.billing_address
    if address is not None:
        return labels.country(address.country)
    # A file that was asked for before we asked for codes has no addresses either.
    return None if order.discount_codes is None else ""


def _discount(order: _Order, parts: Sequence[_Line]) -> str | None:
    codes = order.discount_codes
    if codes is None or codes:
        return None if codes is None else labels.discount(codes, ())
    applied = [one.discount_application for part in parts for one in part.discount_allocations]
    return labels.discount(
        (), ((one.index, one.title) for one in applied if one and one.index is not None and one.title)
    )


def _tips(order: _Order) -> int:
    return _minor(order.total_tip_received_set, order.currency_code) if order.total_tip_received_set else 0


def _lifetime_orders(customer: _Customer | None) -> int | None:
    told = None if customer is None else customer.number_of_orders
    return None if told is None else int(told)


def _is_edited(order: _Order) -> bool:
    """Whether its sales agreements say more than its lines and refunds do."""
    return order.edited or order.return_status != "NO_RETURN"


_LINE_ID = attrgetter("line_id")


def _line_facts(line: _Line, currency: str, *, included: bool) -> LineFacts:
    # Allocations hold the line's own discounts, those by code, and its share of the order's;
    # discountedTotalSet would leave the last two out.
    parts = line.discount_allocations
    discount = sum([_minor(part.allocated_amount_set, currency) for part in parts]) if parts else 0
    # By place, as there are millions: line_id, title, quantity, gross, discount, gift_card, product_id.
    facts = LineFacts(
        gid_number(line.id),
        fitting(line.title, TITLE),
        line.quantity,
        parse_minor(line.original_total_set.shop_money.amount, currency),
        discount,
        line.is_gift_card,
        gid_number(line.product.id) if line.product else None,
    )
    if not included or not line.tax_lines:
        return facts
    # The shortest spelling of a rate is the one that was meant.
    rates = [Fraction(repr(max(one.rate or 0.0, 0.0))) for one in line.tax_lines]
    return line_before_tax(facts, _tax(line, currency), rates)


def _tax(line: _Line, currency: str) -> int:
    return sum(_minor(one.price_set, currency) for one in line.tax_lines)


def _refunds(order: _Order, parts: Sequence[_Line], lines: Sequence[LineFacts]) -> tuple[RefundFacts, ...]:
    """The order's refunds; a bulk query cannot say what each one took, only what all did together."""
    if not order.refunds:
        return ()
    currency = order.currency_code
    dated = sorted((_refund_moment(refund, order), gid_number(refund.id), refund) for refund in order.refunds)
    weights = [_minor(refund.total_refunded_set, currency) for _, _, refund in dated]
    tax, sure = _tax_taken_off(order, parts)
    taken = _taken_back(order) - sum(_gift_taken_off(part, currency) for part in parts) - tax
    shares, exact = share(taken, weights), sure and len(order.refunds) == 1 and not _is_edited(order)
    goods = _goods_back(parts, lines, taken + _minor(order.refund_discrepancy_set, currency)) if exact else None
    return tuple(
        RefundFacts(number, gid_number(order.id), moment, net, exact, lines=goods or (), itemised=goods is not None)
        for (moment, number, _), net in zip(dated, shares, strict=True)
    )


def _goods_back(parts: Sequence[_Line], lines: Sequence[LineFacts], worth: int) -> Lines | None:
    """What the one refund of an order gave back of each line, where that can be told."""
    return worked_out(lines, {gid_number(part.id): part.quantity - part.current_quantity for part in parts}, worth)


def _taken_back(order: _Order) -> int:
    currency = order.currency_code
    now = _minor(order.current_subtotal_price_set, currency)
    lines = _minor(order.subtotal_price_set, currency) - now if order.subtotal_price_set else 0
    # The discrepancy is what was suggested minus what was paid back: below zero where the customer
    # got more than the lines taken off, as with a refund of an amount only.
    return lines - _minor(order.refund_discrepancy_set, currency)


def _tax_taken_off(order: _Order, parts: Sequence[_Line]) -> tuple[int, bool]:
    """The tax in the prices of what was taken off, and whether we know how it was rounded."""
    taxes = [
        tax_given_back(_tax(part, order.currency_code), part.quantity, part.current_quantity)
        for part in parts
        if order.taxes_included and not part.is_gift_card
    ]
    gifts = any(part.is_gift_card and 0 < part.current_quantity < part.quantity for part in parts)
    return sum(tax for tax, _ in taxes), not gifts and all(sure for _, sure in taxes)


def _gift_taken_off(line: _Line, currency: str) -> int:
    """What left the subtotal with returned gift cards: selling them was no revenue, so this is no refund."""
    if not line.is_gift_card or line.quantity <= 0:
        return 0
    facts = _line_facts(line, currency, included=False)
    return (facts.gross - facts.discount) * (line.quantity - line.current_quantity) // line.quantity


def share(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights into parts that add up exactly; all on the last when no weight counts."""
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        return [0] * (len(weights) - 1) + [amount]
    parts, given, reached = [], 0, 0
    for weight in weights:
        reached += weight
        upto = amount * reached // total
        parts.append(upto - given)
        given = upto
    return parts


def _refund_moment(refund: _Refund, order: _Order) -> Instant:
    return _utc(refund.created_at or order.cancelled_at or order.updated_at)


def _utc(moment: datetime) -> Instant:
    if moment.tzinfo is None:
        raise Malformed("a time without an offset")
    return Instant(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


def _minor(bag: _Bag, currency: str) -> int:
    return parse_minor(bag.shop_money.amount, currency)


def gid_number(gid: str) -> int:
    """The number at the end of a global id such as gid://shopify/Order/450789469."""
    number = gid[gid.rfind("/") + 1 :]
    if number.isdecimal() and number.isascii():
        return int(number)
    number = number.partition("?")[0]
    if not number.isascii() or not number.isdigit():
        raise Malformed(f"not a Shopify id: {gid!r}")
    return int(number)
