"""Refunds and returns in Shopify's shapes: what came back is taken off once, whichever agreement or body says so."""

import json
from typing import Any

import pytest

from shopify_app.clock import Instant, parse_instant
from shopify_app.orders.facts import OrderFacts
from shopify_app.orders.node_payload import AgreementNode, RefundNode, read_node
from shopify_app.orders.payload import read_order, read_refund
from tests.orders import bulk_lines
from tests.orders.bulk_lines import bag

AT: Instant = parse_instant("2026-03-05T10:00:00Z")
LINE = {"id": 11, "title": "Oud", "price": "10.000", "quantity": 2, "current_quantity": 1, "product_id": 5}
BACK = {"line_item_id": 11, "quantity": 1, "subtotal": 10.0, "total_tax": 0.0, "line_item": {"gift_card": False}}
SHIPPING = {"kind": "shipping_refund", "amount": "-2.000"}


def webhook(*refunds: dict[str, Any]) -> OrderFacts:
    body = {"id": 1, "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-05T10:00:00Z", "currency": "KWD"}
    return read_order(json.dumps({**body, "line_items": [LINE], "refunds": list(refunds)}).encode())[0]


def refund(of: dict[str, int] | None, *adjustments: dict[str, str], lines: Any = (BACK,)) -> dict[str, Any]:
    at = "2026-03-05T10:00:00Z"
    return {
        "id": 7,
        "order_id": 1,
        "created_at": at,
        "refund_line_items": [*lines],
        "order_adjustments": [*adjustments],
        "duties": [{"duty_id": 3, "amount_set": {"shop_money": {"amount": "1.500", "currency_code": "KWD"}}}],
        "return": of,
    }


def discrepancy(amount: str) -> dict[str, str]:
    return {"kind": "refund_discrepancy", "amount": amount}


@pytest.mark.parametrize(
    ("told", "net", "unaccounted"),
    [
        (refund(None), 10_000, 0),
        (refund(None, SHIPPING), 10_000, 0),
        (refund(None, SHIPPING, discrepancy("-0.500")), 10_500, 0),
        (refund(None, discrepancy("-9.000"), discrepancy("9.000")), 10_000, 0),
        (refund({"id": 4}), 0, 1),
        (refund({"id": 4}, SHIPPING, discrepancy("-1.000")), 1_000, 1),
        (refund({"id": 4}, discrepancy("3.000")), -3_000, 1),
        (refund({"id": 4}, lines=()), 0, 1),
        (refund(None, lines=()), 0, 1),
    ],
    ids=[
        *("a line with its duty", "with shipping", "and goodwill", "a pair that waits for the bank"),
        *("through a return", "with goodwill", "with less", "through a return that names no line", "the duty alone"),
    ],
)
def test_a_webhook_tells_what_a_refund_took_off_the_sales(told: dict[str, Any], net: int, unaccounted: int) -> None:
    """By hand: one piece of 10.000; its duty of 1.500 is no sale; pieces of returns are for the returns to tell."""
    facts = webhook(told)
    assert ([one.net for one in facts.refunds], facts.unaccounted) == ([net], unaccounted)
    alone = read_refund(json.dumps(told).encode(), "KWD")
    assert alone.net == net


def sale(kind: str, amount: str, action: str = "RETURN", quantity: int | None = -1, tax: str = "0.0") -> dict[str, Any]:
    return {
        "actionType": action,
        "lineType": kind,
        "quantity": quantity,
        "totalAmount": bag(amount),
        "totalTaxAmount": bag(tax),
        "totalDiscountAmountBeforeTaxes": bag("0.0"),
        **({"lineItem": {"id": "gid://shopify/LineItem/11"}} if kind == "PRODUCT" else {}),
    }


NODE_LINE = {
    "subtotalSet": bag("10.0"),
    "totalTaxSet": bag("0.0"),
    "lineItem": {"id": "gid://shopify/LineItem/11"},
}
ORDER = AgreementNode(1, "ORDER", AT, [sale("PRODUCT", "20.0", "ORDER", 2), sale("DUTY", "3.0", "ORDER", 2)])
GOODS_BACK = sale("PRODUCT", "-10.0")
DUTY_BACK = sale("DUTY", "-1.5", quantity=None)
RETURN = AgreementNode(2, "RETURN", AT, [GOODS_BACK, sale("FEE", "0.75", "ORDER", 1)])
EXCHANGE = AgreementNode(2, "RETURN", AT, [GOODS_BACK, sale("PRODUCT", "12.5", "ORDER", 1)])


def asked(agreements: list[AgreementNode], lines: Any = (NODE_LINE,), adjustments: Any = ()) -> OrderFacts:
    node = bulk_lines.order(refunds=[bulk_lines.refund(7, "11.5")], returnStatus="RETURNED", current="10.000")
    line = bulk_lines.line(11, 1, currentQuantity=1, discountAllocations=[])
    found = read_node(node, [line], {7: RefundNode(lines, adjustments)}, AT, agreements)
    assert isinstance(found, tuple), found
    return found[0]


PLAIN = AgreementNode(3, "REFUND", AT, [DUTY_BACK], 7)
WITH_GOODS = AgreementNode(3, "REFUND", AT, [GOODS_BACK, DUTY_BACK], 7)
AND_MORE = AgreementNode(3, "REFUND", AT, [sale("PRODUCT", "-4.0"), sale("ADJUSTMENT", "-1.0", quantity=None)], 7)
WITHHELD = AgreementNode(3, "REFUND", AT, [sale("ADJUSTMENT", "3.0", quantity=None), sale("SHIPPING", "-2.0")], 7)


@pytest.mark.parametrize(
    ("agreements", "lines", "back", "beyond", "edits"),
    [
        ([ORDER, RETURN, PLAIN], (NODE_LINE,), 0, 0, [(0, 10_000, 1, True)]),
        ([ORDER, RETURN, PLAIN], (), 0, 0, [(0, 10_000, 1, True)]),
        ([ORDER, RETURN, WITHHELD], (NODE_LINE,), 0, -3_000, [(0, 10_000, 1, True)]),
        ([ORDER, RETURN, AND_MORE], (NODE_LINE,), 4_000, 1_000, [(0, 10_000, 1, True)]),
        ([ORDER, EXCHANGE, PLAIN], (NODE_LINE,), 0, 0, [(12_500, 10_000, 1, True)]),
        ([ORDER, WITH_GOODS], (NODE_LINE,), 10_000, 0, []),
        ([ORDER, RETURN], (), 0, 0, [(0, 10_000, 1, True)]),
    ],
    ids=[
        *("listed by the refund too", "told by the return alone", "less was paid", "a piece and more", "an exchange"),
        *("from before returns were sales of their own", "without a refund's agreement"),
    ],
)
def test_each_sale_is_taken_back_by_the_agreement_that_has_it(
    agreements: list[AgreementNode], lines: Any, back: int, beyond: int, edits: list[tuple[int, int, int, bool]]
) -> None:
    facts = asked(agreements, lines)
    assert [(one.net, one.beyond, one.told) for one in facts.refunds] == [(back + beyond, beyond, True)]
    assert [one.lines for one in facts.refunds] == [((11, back),) if back else ()]
    assert [(one.added, one.removed, one.pieces, one.returned) for one in facts.edits or ()] == edits


def test_shipping_that_goes_back_is_an_adjustment_that_takes_nothing_off_the_sales() -> None:
    adjustments = [
        {"amountSet": bag("-2.0"), "reason": None},
        {"amountSet": bag("-0.5"), "reason": "REFUND_DISCREPANCY"},
    ]
    assert [one.net for one in asked([ORDER], (NODE_LINE,), adjustments).refunds] == [10_500]
