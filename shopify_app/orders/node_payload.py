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
from shopify_app.orders.bulk_payload import Unreadable, read_orders
from shopify_app.orders.facts import OrderFacts, Version


class _ShopMoney(msgspec.Struct):
    amount: str


class _Bag(msgspec.Struct, rename="camel"):
    shop_money: _ShopMoney


class _Kind(msgspec.Struct, rename="camel"):
    is_gift_card: bool


class _RefundLine(msgspec.Struct, rename="camel"):
    subtotal_set: _Bag
    total_tax_set: _Bag
    line_item: _Kind


class _Adjustment(msgspec.Struct, rename="camel"):
    amount_set: _Bag


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
) -> tuple[OrderFacts, Version] | Unreadable:
    """One order with all its lines and refunds; `known_at` is the moment just before Shopify was asked.

    An order's node has the fields of its line in a bulk file, so that it is read as one. Only the refunds, of
    which such a file tells the sum alone, are known better here.
    """
    root = {name: value for name, value in node.items() if name != "lineItems"}
    written = [root, *({**line, "__parentId": node["id"]} for line in lines)]
    found = next(read_orders([json.dumps(one).encode() for one in written], known_at))
    if isinstance(found, Unreadable):
        return found
    facts, version = found
    try:
        exact = tuple(
            replace(refund, net=_net(refunds[refund.refund_id], facts), exact=True) for refund in facts.refunds
        )
    except (KeyError, Malformed, ValueError, msgspec.ValidationError) as error:
        return Unreadable(f"order {facts.order_id}", f"a refund of it: {error}")
    return replace(facts, refunds=exact), version


def _net(refund: RefundNode, order: OrderFacts) -> int:
    """What went back without tax and shipping, as orders.payload reads it of a webhook."""
    currency = order.currency
    goods = [line for line in msgspec.convert(refund.lines, list[_RefundLine]) if not line.line_item.is_gift_card]
    given = sum(_minor(line.subtotal_set, currency) for line in goods)
    if order.taxes_included:
        given -= sum(_minor(line.total_tax_set, currency) for line in goods)
    adjustments = msgspec.convert(refund.adjustments, list[_Adjustment])
    # Money back beyond the lines is a negative adjustment.
    return given - sum(_minor(one.amount_set, currency) for one in adjustments)


def _minor(bag: _Bag, currency: str) -> int:
    return parse_minor(bag.shop_money.amount, currency)
