"""What a refund gave back of which line, as each wire tells it, as it is kept, and as it is worked out."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstore.store import DevStore
from shopify_app.orders.facts import LineFacts, RefundFacts
from shopify_app.orders.given_back import by_line, refund_of, row_of, worked_out
from shopify_app.orders.payload import read_order, read_refund
from tests.examples import examples
from tests.factories import instant

AT = instant("2026-03-05T10:00")
PIECE = {"line_item": {"gift_card": False}, "quantity": 1}


def alone(*lines: dict[str, Any], **fields: Any) -> RefundFacts:
    body = {"id": 7, "order_id": 1, "created_at": "2026-03-05T10:00:00Z", "refund_line_items": lines, **fields}
    return read_refund(json.dumps(body).encode(), "KWD")


def test_pieces_of_one_line_are_put_together_and_free_ones_left_out() -> None:
    told = alone(
        {**PIECE, "line_item_id": 12, "subtotal": 1.5},
        {**PIECE, "line_item_id": 11, "subtotal": 10.0},
        {**PIECE, "line_item_id": 12, "subtotal": "0.500"},
        {**PIECE, "line_item_id": 13, "subtotal": 0.0},
        {"line_item": {"gift_card": True}, "line_item_id": 14, "subtotal": 25.0},
        order_adjustments=[{"kind": "refund_discrepancy", "amount": "-3.000"}],
    )
    assert (told.lines, told.net, told.beyond) == (((11, 10_000), (12, 2_000)), 15_000, 3_000)


def test_where_an_amount_alone_went_back_there_are_no_lines_and_that_is_told() -> None:
    told = alone(order_adjustments=[{"kind": "refund_discrepancy", "amount": "-3.000"}])
    assert (told.lines, told.itemised, told.beyond) == ((), True, 3_000)


def test_a_line_without_its_number_is_not_told() -> None:
    told = alone({**PIECE, "subtotal": 10.0}, {**PIECE, "line_item_id": 11, "subtotal": 1.0})
    assert (told.lines, told.itemised, told.net) == ((), False, 11_000)


@pytest.mark.parametrize(("included", "lines"), [(True, ((11, 10_000),)), (False, ((11, 11_500), (12, 2_000)))])
def test_tax_leaves_each_line_once_the_order_is_known(included: bool, lines: tuple[tuple[int, int], ...]) -> None:
    told = alone(
        {**PIECE, "line_item_id": 11, "subtotal": 11.5, "total_tax": 1.5},
        {**PIECE, "line_item_id": 12, "subtotal": 2.0, "total_tax": 2.0},
    )
    settled = refund_of(*row_of(told)).without_tax(included=included)
    assert (settled.lines, settled.beyond, settled.line_taxes) == (lines, 0, ())


amounts = st.integers(1, 10**12)
refunds = st.builds(
    lambda parts, net, taxed: RefundFacts(
        1,
        2,
        AT,
        net,
        tax=sum(tax for _, _, tax in parts) * taxed,
        lines=tuple((line, amount) for line, amount, _ in parts),
        line_taxes=tuple(tax for _, _, tax in parts) * taxed,
    ),
    st.lists(st.tuples(st.integers(1, 2**62), amounts, amounts), max_size=4, unique_by=lambda one: one[0]),
    st.integers(-(10**9), 10**12),
    st.booleans(),
)
untold = st.builds(lambda net, exact: RefundFacts(1, 2, AT, net, exact, itemised=False), amounts, st.booleans())


@given(refund=refunds | untold)
def test_a_refund_is_read_as_it_was_kept(refund: RefundFacts) -> None:
    assert refund_of(*row_of(refund)) == refund


def line(number: int, quantity: int, paid: int, *, gift_card: bool = False) -> LineFacts:
    return LineFacts(number, "Oud", quantity, paid + 7, 7, gift_card)


@pytest.mark.parametrize(
    ("taken", "total", "found"),
    [
        ({1: 3}, 10_000, ((1, 10_000),)),
        ({1: 1}, 3_334, ((1, 3_334),)),
        ({1: 3, 2: 1}, 12_000, ((1, 10_000), (2, 2_000))),
        ({1: 2, 2: 1}, 8_667, ((1, 6_667), (2, 2_000))),
        ({1: 1, 3: 1}, 8_334, None),
        ({1: 1}, 10_001, None),
        ({2: 1}, 1_999, None),
        ({2: 1}, 2_001, None),
        ({4: 1}, 0, ()),
        ({}, 0, ()),
        ({}, 500, None),
    ],
    ids=[
        *("a whole line", "a piece of a price that is rounded", "two lines", "one of them rounded", "two rounded"),
        *("more than was paid", "less than it cost", "more than it cost", "a gift card", "nothing", "unexplained"),
    ],
)
def test_what_went_back_is_worked_out_where_it_can_be(
    taken: dict[int, int], total: int, found: tuple[tuple[int, int], ...] | None
) -> None:
    lines = [line(1, 3, 10_000), line(2, 2, 4_000), line(3, 3, 10_000), line(4, 1, 25_000, gift_card=True)]
    assert worked_out(lines, taken, total) == found


@examples("sqlite", 150, 1)
@given(data=st.data())
def test_lines_that_are_worked_out_are_those_that_were_told(data: st.DataObject) -> None:
    """Of any order and any refund of the store's; and what is told always adds up."""
    store = DevStore("k", "s", "https://app.test", "https://store.test", clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    shop = store.add_shop("a.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    shop.tax_rate, shop.taxes_included = data.draw(st.sampled_from([(0, False), (1_500, False), (1_500, True)]))
    wanted = data.draw(st.lists(st.tuples(st.integers(0, 9_999), st.integers(1, 4), st.booleans()), min_size=1))
    lines = [{"price": f"{price / 1000:.3f}", "quantity": n, "gift_card": gift} for price, n, gift in wanted]
    whole = sum(price * n for price, n, _ in wanted)
    order = shop.place_order(lines=lines, discount=f"{data.draw(st.integers(0, whole)) / 1000:.3f}")
    pieces = {one.id: data.draw(st.integers(0, one.quantity)) for one in order.lines}
    refund = shop.refund(order.id, lines={number: n for number, n in pieces.items() if n})
    facts, _ = read_order(json.dumps(shop.payload("orders/updated", order)).encode())
    (told,) = facts.refunds
    assert sum(net for _, net in told.lines) + told.beyond == told.net
    goods = [part for part in refund.lines if not part.line.gift_card]
    assert told.lines == by_line((part.line.id, part.subtotal - part.tax * order.taxes_included) for part in goods)
    assert worked_out(facts.lines, pieces, told.net - told.beyond) in (told.lines, None)
