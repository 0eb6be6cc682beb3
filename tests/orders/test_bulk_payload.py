"""Bulk lines into facts."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopify_app.clock import Instant
from shopify_app.orders.bulk_payload import Unreadable, place_of, place_read, read_orders, share
from shopify_app.orders.facts import ASKED, OrderFacts, Version
from tests.orders.bulk_lines import bag, line, order, refund

STARTED = Instant(datetime(2026, 11, 21, 9, tzinfo=UTC))


def read(*nodes: dict[str, Any]) -> list[tuple[OrderFacts, Version] | Unreadable]:
    return list(read_orders([json.dumps(node).encode() for node in nodes], STARTED))


def only(*nodes: dict[str, Any]) -> OrderFacts:
    (one,) = read(*nodes)
    assert not isinstance(one, Unreadable), one
    return one[0]


def nets(*refunds: dict[str, Any], **fields: Any) -> list[tuple[int, int, bool]]:
    facts = only(order(refunds=list(refunds), **fields))
    return [(one.refund_id, one.net, one.exact) for one in facts.refunds]


def test_an_order_with_its_line() -> None:
    ((facts, version),) = [one for one in read(order(), line(9, 1)) if not isinstance(one, Unreadable)]
    assert (facts.order_id, facts.customer_id, facts.currency) == (1, 77, "KWD")
    assert facts.financial_status == "paid"
    assert (facts.gross, facts.discounts) == (20000, 2000)
    assert facts.lines[0].product_id == 5
    assert version == Version(Instant(datetime(2026, 3, 2, 10, tzinfo=UTC)), STARTED, ASKED)


def test_an_order_without_customer_product_status_or_source() -> None:
    blank = order(customer=None, displayFinancialStatus=None, sourceName=None, subtotalPriceSet=None)
    facts = only(blank, line(9, 1, product=None))
    assert (facts.customer_id, facts.financial_status, facts.source_name) == (None, "", "")
    assert facts.lines[0].product_id is None


@pytest.mark.parametrize(
    ("processed", "day"), [("2024-01-05T00:00:00Z", (2024, 1, 5)), ("2026-03-09T00:00:00Z", (2026, 3, 1))]
)
def test_an_order_is_dated_back_but_never_forward(processed: str, day: tuple[int, int, int]) -> None:
    placed = only(order(processedAt=processed)).placed_at
    assert (placed.year, placed.month, placed.day) == day


def test_no_refund_books_nothing_even_when_lines_were_edited_away() -> None:
    assert nets(current="10.000") == []


def test_one_refund_of_lines_is_exact() -> None:
    assert nets(refund(3, "8.5"), current="10.000") == [(3, 8000, True)]


def test_one_refund_of_an_amount_only() -> None:
    assert nets(refund(3, "4.5"), discrepancy="-4.5") == [(3, 4500, True)]


def test_a_restocking_fee_leaves_less_than_the_lines() -> None:
    assert nets(refund(3, "6.0"), current="10.000", discrepancy="2.0") == [(3, 6000, True)]


def test_a_cancellation_that_moved_no_money_still_takes_the_lines_off() -> None:
    assert nets(refund(3, "0.0"), current="0.0") == [(3, 18000, True)]


def test_several_refunds_share_by_the_money_that_moved_oldest_first() -> None:
    later, earlier = refund(3, "6.0", "2026-03-09T00:00:00Z"), refund(4, "3.0", "2026-03-08T00:00:00Z")
    assert nets(later, earlier, current="8.999") == [(4, 3000, False), (3, 6001, False)]


def test_several_refunds_without_money_put_all_on_the_last() -> None:
    pair = refund(3, "0.0", "2026-03-08T00:00:00Z"), refund(4, "0.0", "2026-03-09T00:00:00Z")
    assert nets(*pair, current="8.000") == [(3, 0, False), (4, 10000, False)]


def test_a_refund_without_a_date_counts_from_the_last_change() -> None:
    (one,) = only(order(refunds=[refund(3, "1.0", None)])).refunds
    assert one.refunded_at == Instant(datetime(2026, 3, 2, 10, tzinfo=UTC))


def test_a_returned_gift_card_is_no_refund_of_sales() -> None:
    card = line(9, 1, isGiftCard=True, currentQuantity=1, discountAllocations=[])
    facts = only(order(subtotal="38.0", current="28.0", refunds=[refund(3, "10.0")]), card, line(10, 1))
    assert facts.gross == 20000
    assert [one.net for one in facts.refunds] == [0]


def test_an_amount_that_would_lose_money_is_reported_and_the_rest_read() -> None:
    found = read(order(1, subtotal="1.0005"), order(2))
    # It had no refunds, so the amount was never needed; a line's amount always is.
    assert [isinstance(one, Unreadable) for one in found] == [False, False]
    found = read(order(1), line(9, 1, originalTotalSet=bag("1.0005")), order(2))
    assert [isinstance(one, Unreadable) for one in found] == [False, True]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'{"id": 5}', b'{"id": "gid://shopify/Order/x"}', b'{"id": "gid://shopify/Order/1"}', b"\xff"],
)
def test_a_line_that_is_no_order_is_reported(raw: bytes) -> None:
    found = list(read_orders([raw, json.dumps(order(2)).encode()], STARTED))
    assert sum(isinstance(one, Unreadable) for one in found) == 1
    assert len(found) == 2


_DECEIVING = '","__parentId":"gid://shopify/Order/9"}'


@pytest.mark.parametrize(
    ("node", "place"),
    [
        (order(3), (3, True)),
        (order(3, name=_DECEIVING), (3, True)),
        (order(3, sourceName="__parentId"), (3, True)),
        (order(3, note=_DECEIVING), (3, True)),
        (order(3, refunds=[{"__parentId": "gid://shopify/Order/9"}]), (3, True)),
        (line(5, 3), (3, False)),
        (line(5, 3, title=_DECEIVING), (3, False)),
        ({"__parentId": "gid://shopify/Order/3", **line(5, 3)}, (3, False)),
        (order(4, __parentId="gid://shopify/Order/3", later=5), (3, False)),
        (line(5, 3, later="field"), (3, False)),
        (line(5, 3, __parentId="gid://shopify/Order/3?x=1"), (3, False)),
        (order(3, id="gid://shopify/Order/3?x=1"), (3, True)),
        (order(1 << 63), None),
        (order(3, id="gid://shopify/Order/" + "9" * 5000), None),
        (order(3, id="gid://shopify/Order/"), None),
        (order(3, id=None), None),
    ],
)
@pytest.mark.parametrize("compact", [True, False])
def test_the_place_of_a_line_is_what_its_json_says(
    node: dict[str, Any], place: tuple[int, bool] | None, compact: bool
) -> None:
    raw = json.dumps(node, separators=(",", ":") if compact else None).encode()
    assert place_of(raw) == place_of(raw + b"\n") == place_read(raw) == place


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_part_that_was_cut_short_has_no_place(missing: int) -> None:
    assert place_of(json.dumps(line(5, 12345), separators=(",", ":")).encode()[:-missing]) is None


def test_a_part_without_its_order_is_reported() -> None:
    (one,) = read(line(9, 4))
    assert isinstance(one, Unreadable)
    assert "order 4" in one.line


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(0, 4), max_size=12), seed=st.integers(0, 10**6))
def test_any_order_of_lines_gives_the_same_orders(sizes: list[int], seed: int) -> None:
    nodes = [order(number + 1) for number in range(len(sizes))]
    nodes += [line(100 * (at + 1) + part, at + 1) for at, size in enumerate(sizes) for part in range(size)]
    shuffled = random.Random(seed).sample(nodes, len(nodes))
    assert read(*shuffled) == read(*nodes)
    assert len(read(*nodes)) == len(sizes)


@given(amount=st.integers(-(10**9), 10**9), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_shares_add_up(amount: int, weights: list[int]) -> None:
    assert sum(share(amount, weights)) == amount
    assert len(share(amount, weights)) == len(weights)
