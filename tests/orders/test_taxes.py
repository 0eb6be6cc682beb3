"""Tax in prices: what was paid loses exactly what Shopify names, and nothing else moves."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.orders.facts import LineFacts
from shopify_app.orders.payload import read_order, read_refund
from shopify_app.orders.taxes import half_up, line_before_tax, tax_given_back


def line(gross: int, discount: int = 0, quantity: int = 1) -> LineFacts:
    return LineFacts(1, "Oud", quantity, gross, discount)


# By hand, at 15 %: 115.00 / 1.15 = 100.00. With 11.50 off, 103.50 were paid: 13.50 tax, 90.00 of sales, 10.00 off.
# A line that was given away has no tax to tell the rate by; 99.99 / 1.15 = 86.947...
@pytest.mark.parametrize(
    ("seen", "tax", "gross", "discount"),
    [
        (line(11_500), 1_500, 10_000, 0),
        (line(11_500, 1_150), 1_350, 10_000, 1_000),
        (line(9_999, 9_999), 0, 8_695, 8_695),
        (line(0), 0, 0, 0),
        (line(1), 0, 1, 0),
        (line(3, 1), 1, 3, 2),
        # All but given away: of 0.01 paid there is no tax to see, and 86.96 is the price without it all the same.
        (line(10_000, 9_999), 0, 8_696, 8_695),
        # A tax that the rates do not explain goes by its share.
        (line(10_000, 5_000), 1_000, 8_000, 4_000),
    ],
)
def test_a_line_by_hand(seen: LineFacts, tax: int, gross: int, discount: int) -> None:
    bare = line_before_tax(seen, tax, [Fraction("0.1"), Fraction("0.05")])
    assert (bare.gross, bare.discount) == (gross, discount)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 5_000))
def test_sales_lose_exactly_the_tax_and_nothing_goes_below_zero(gross: int, off: int, rate: int) -> None:
    discount = min(gross, off)
    tax = half_up((gross - discount) * rate, 10_000 + rate)
    bare = line_before_tax(line(gross, discount), tax, [Fraction(rate, 10_000)])
    assert bare.gross - bare.discount == gross - discount - tax
    assert bare.discount >= 0
    assert 0 <= bare.gross <= gross


@pytest.mark.parametrize(
    ("tax", "quantity", "current", "told"),
    [
        (1_000, 3, 0, (1_000, True)),
        (1_000, 3, 2, (333, False)),
        (1_000, 3, 3, (0, True)),
        (0, 3, 1, (0, True)),
        (5, 0, 0, (0, True)),
    ],
)
def test_tax_of_what_was_given_back(tax: int, quantity: int, current: int, told: tuple[int, bool]) -> None:
    assert tax_given_back(tax, quantity, current) == told


def payload(**order: Any) -> bytes:
    back = {
        "id": 9,
        "order_id": 7,
        "created_at": "2026-03-02T10:00:00Z",
        "refund_line_items": [{"line_item_id": 1, "subtotal": 103.5, "total_tax": 13.5}],
        "order_adjustments": [{"kind": "refund_discrepancy", "amount": "-2.00"}],
    }
    sold = {
        "id": 1,
        "price": "115.00",
        "quantity": 1,
        "discount_allocations": [{"amount": "11.50"}],
        "tax_lines": [{"price": "13.50", "rate": 0.15}],
    }
    when = {"created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z"}
    return json.dumps({"id": 7, **when, "currency": "SAR", "line_items": [sold], "refunds": [back], **order}).encode()


@pytest.mark.parametrize(
    ("included", "gross", "discounts", "back"), [(True, 10_000, 1_000, 9_200), (False, 11_500, 1_150, 10_550)]
)
def test_an_order_says_whether_its_prices_include_tax(included: bool, gross: int, discounts: int, back: int) -> None:
    facts, _ = read_order(payload(taxes_included=included))
    assert (facts.gross, facts.discounts) == (gross, discounts)
    assert [(refund.net, refund.tax) for refund in facts.refunds] == [(back, 0)]


@pytest.mark.parametrize(
    "tax_lines", [None, [], [{}], [{"price": None, "rate": None}], [{"price": 13.5, "rate": "0.15"}]]
)
@pytest.mark.parametrize("total_tax", [None, 13.5, "13.50", 0.30000000000000004, "13.5049"])
def test_odd_words_on_tax_cost_no_delivery(tax_lines: Any, total_tax: Any) -> None:
    body = json.loads(payload(taxes_included=False))
    body["line_items"][0]["tax_lines"] = tax_lines
    body["refunds"][0]["refund_line_items"][0]["total_tax"] = total_tax
    facts, _ = read_order(json.dumps(body).encode())
    assert (facts.gross, facts.refunds[0].net) == (11_500, 10_550)
    read_order(json.dumps({**body, "taxes_included": True}).encode())


def test_a_rate_below_zero_is_none() -> None:
    body = json.loads(payload(taxes_included=True))
    body["line_items"][0] |= {"tax_lines": [{"price": "0.00", "rate": -1}], "discount_allocations": [{"amount": "115"}]}
    assert read_order(json.dumps(body).encode())[0].gross == 11_500


def test_a_refund_alone_does_not_say() -> None:
    alone = read_refund(json.dumps(json.loads(payload())["refunds"][0]).encode(), "SAR")
    assert (alone.net, alone.tax) == (10_550, 1_350)
    assert alone.without_tax(included=True).net == 9_200
    assert alone.without_tax(included=False).net == 10_550
