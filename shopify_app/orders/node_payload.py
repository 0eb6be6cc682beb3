"""Orders as the Admin API answers for them one by one, read into facts: each refund is told exactly."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.errors import Malformed
from shopify_app.money import parse_minor
from shopify_app.orders import labels
from shopify_app.orders.bulk_payload import Unreadable, gid_number, read_orders
from shopify_app.orders.facts import EditFacts, OrderFacts, RefundFacts, Version
from shopify_app.orders.given_back import Lines, by_line


class _ShopMoney(msgspec.Struct):
    amount: str


class _Bag(msgspec.Struct, rename="camel"):
    shop_money: _ShopMoney


class _Sold(msgspec.Struct):
    id: str


class _RefundLine(msgspec.Struct, rename="camel"):
    subtotal_set: _Bag
    total_tax_set: _Bag
    line_item: _Sold


class _Adjustment(msgspec.Struct, rename="camel"):
    amount_set: _Bag
    reason: str | None = None


class _Sale(msgspec.Struct, rename="camel"):
    action_type: str
    line_type: str
    total_amount: _Bag
    total_tax_amount: _Bag
    total_discount_amount_before_taxes: _Bag
    quantity: int | None = None
    line_item: _Sold | None = None
    """Of what is a line's."""


@dataclass(frozen=True, slots=True)
class AgreementNode:
    """One agreement with all its sales, however many answers they came in."""

    agreement_id: int
    reason: str
    happened_at: Instant
    sales: Sequence[Mapping[str, Any]]
    refund_id: int | None = None
    """The refund that it is of, if it is one's."""


@dataclass(frozen=True, slots=True)
class RefundNode:
    """One refund with all its lines and adjustments, however many answers they came in."""

    lines: Sequence[Mapping[str, Any]]
    adjustments: Sequence[Mapping[str, Any]]


def read_node(
    node: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    refunds: Mapping[int, RefundNode],
    known_at: Instant,
    agreements: Sequence[AgreementNode] = (),
) -> tuple[OrderFacts, Version] | Unreadable:
    """One order with all its lines and refunds; `known_at` is the moment just before Shopify was asked.

    An order's node has the fields of its line in a bulk file, so that it is read as one. Only the refunds, of
    which such a file tells the sum alone, are known better here.
    """
    root = {name: value for name, value in node.items() if name not in ("lineItems", "discountApplications")}
    written = [root, *({**line, "__parentId": node["id"]} for line in lines)]
    found = next(read_orders([json.dumps(one).encode() for one in written], known_at))
    if isinstance(found, Unreadable):
        return found
    facts, version = _labelled(found[0], node), found[1]
    try:
        told = _told(refunds, facts, agreements)
        exact = tuple(_exactly(refund, *told[refund.refund_id]) for refund in facts.refunds)
        edits = tuple(_edit(one, facts) for one in agreements if one.reason not in _TOLD_OTHERWISE)
    except (KeyError, Malformed, ValueError, msgspec.ValidationError) as error:
        return Unreadable(f"order {facts.order_id}", f"a refund or an edit of it: {error}")
    return replace(facts, refunds=exact, edits=edits, edited=False), version


def _labelled(order: OrderFacts, node: Mapping[str, Any]) -> OrderFacts:
    """With the title of an automatic discount, which a bulk line has with the lines: there it costs Shopify nothing."""
    if order.discount_code or order.discount_code is None:
        return order
    applied = node["discountApplications"]["nodes"]
    automatic = [(one["index"], one["title"]) for one in applied if one["targetType"] == "LINE_ITEM" and "title" in one]
    return replace(order, discount_code=labels.discount((), automatic))


_RETURN = "RETURN"
_TOLD_OTHERWISE = frozenset({"ORDER", "REFUND"})
"""Reasons of agreements that lines and refunds tell."""


def _edit(agreement: AgreementNode, order: OrderFacts) -> EditFacts:
    """The sums of its sales; a sale's amount is after discounts, and with its tax wherever that stands."""
    gross = discount = removed = pieces = 0
    for sale in msgspec.convert(agreement.sales, list[_Sale]):
        taken_off = sale.action_type == "RETURN"
        pieces += abs(sale.quantity or 0) if taken_off and sale.line_type in _PIECES else 0
        if sale.line_type != "PRODUCT":
            continue
        net = _before_tax(sale, order)
        if taken_off:
            removed += abs(net)
        else:
            given = abs(_minor(sale.total_discount_amount_before_taxes, order.currency))
            gross, discount = gross + net + given, discount + given
    return EditFacts(
        edit_id=agreement.agreement_id,
        order_id=order.order_id,
        edited_at=agreement.happened_at,
        gross=gross,
        discount=discount,
        removed=removed,
        pieces=pieces,
        returned=agreement.reason == _RETURN,
    )


_PIECES = frozenset({"PRODUCT", "GIFT_CARD"})
_OF_REFUNDS = frozenset({"PRODUCT", "ADJUSTMENT"})
"""Kinds of sales that are a refund of sales: shipping, duties, fees, tips and gift cards are not."""


def _before_tax(sale: _Sale, order: OrderFacts) -> int:
    return _minor(sale.total_amount, order.currency) - _minor(sale.total_tax_amount, order.currency)


def _exactly(refund: RefundFacts, beyond: int, lines: Lines) -> RefundFacts:
    return replace(refund, net=beyond + sum(net for _, net in lines), exact=True, lines=lines, itemised=True)


def _told(
    refunds: Mapping[int, RefundNode], order: OrderFacts, agreements: Sequence[AgreementNode]
) -> dict[int, tuple[int, Lines]]:
    """What each refund took off the sales beyond lines, and of which line.

    Once something was returned a refund may list what a return has taken off already, and only their agreements say
    what is whose: each sale stands in one of them.
    """
    told = {one.refund_id: _given(refunds[one.refund_id], order) for one in order.refunds}
    if any(one.reason == _RETURN for one in agreements):
        told |= {one.refund_id: _taken(one, order) for one in agreements if one.refund_id is not None}
    return told


def _taken(agreement: AgreementNode, order: OrderFacts) -> tuple[int, Lines]:
    sales = [sale for sale in msgspec.convert(agreement.sales, list[_Sale]) if sale.line_type in _OF_REFUNDS]
    amounts = [(sale.line_item, -_before_tax(sale, order)) for sale in sales]
    lines = by_line((gid_number(line.id), amount) for line, amount in amounts if line is not None)
    return sum(amount for line, amount in amounts if line is None), lines


def _given(refund: RefundNode, order: OrderFacts) -> tuple[int, Lines]:
    """What went back without tax, shipping and duties, as orders.payload reads it of a webhook."""
    currency = order.currency
    # Selling a gift card is no sale, and of a tip the order has no line.
    sold = {line.line_id for line in order.lines if not line.gift_card}
    goods = [one for one in msgspec.convert(refund.lines, list[_RefundLine]) if gid_number(one.line_item.id) in sold]
    included = order.taxes_included
    lines = by_line((gid_number(one.line_item.id), _worth(one, currency, included=included)) for one in goods)
    adjustments = msgspec.convert(refund.adjustments, list[_Adjustment])
    # Money back beyond the lines is a negative adjustment; shipping that goes back is one, too, but for no discrepancy.
    return -sum(_minor(one.amount_set, currency) for one in adjustments if one.reason is not None), lines


def _worth(line: _RefundLine, currency: str, *, included: bool) -> int:
    return _minor(line.subtotal_set, currency) - (_minor(line.total_tax_set, currency) if included else 0)


def _minor(bag: _Bag, currency: str) -> int:
    return parse_minor(bag.shop_money.amount, currency)
