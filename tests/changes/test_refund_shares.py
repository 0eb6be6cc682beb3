"""Refunds of which the wire tells only what all took together, beside others that told their own amount."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from shopify_app.changes.facts import Fact, OrderSeen, RefundSeen
from shopify_app.changes.fold import fold
from shopify_app.changes.state import State
from shopify_app.clock import Instant
from shopify_app.orders.facts import ASKED, OrderFacts, RefundFacts, Version

NOW = Instant(datetime(2026, 4, 22, tzinfo=UTC))


def share(number: int, net: int) -> RefundFacts:
    return RefundFacts(number, 1, NOW, net, exact=False)


def told(number: int, net: int) -> RefundSeen:
    return RefundSeen(RefundFacts(number, 1, NOW, net))


def bulk(*refunds: RefundFacts) -> OrderSeen:
    return OrderSeen(OrderFacts(1, "#1", NOW, "KWD", refunds=refunds), Version(NOW, NOW))


def nets(facts: tuple[Fact, ...]) -> dict[int, int]:
    state = State(ZoneInfo("UTC"), "KWD")
    for fact in facts:
        fold(state, fact)
    return {number: refund.net for number, refund in state.refunds[1].items()}


@pytest.mark.parametrize("facts", list(permutations([bulk(share(1, 2121), share(2, 879)), told(1, 0)])))
def test_what_one_refund_did_not_take_the_other_did(facts: tuple[Fact, ...]) -> None:
    """The first was known before the import; the second happened while the app was away, and nobody told of it."""
    assert nets(facts) == {1: 0, 2: 3000}


@pytest.mark.parametrize(
    "facts", list(permutations([bulk(share(1, 100), share(2, 100), share(3, 100)), told(1, 50), told(3, 210)]))
)
def test_shares_and_amounts_always_make_the_total(facts: tuple[Fact, ...]) -> None:
    assert nets(facts) == {1: 50, 2: 40, 3: 210}


@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize("again", [True, False])
def test_whether_tax_is_in_a_refund_is_known_with_its_order(included: bool, again: bool) -> None:
    """In whatever order they come, and however often."""
    order = OrderSeen(OrderFacts(1, "#1", NOW, "SAR", taxes_included=included), Version(NOW, NOW))
    refund = RefundSeen(RefundFacts(1, 1, NOW, 11_500, tax=1_500))
    for facts in permutations([order, refund, *([refund] if again else [])]):
        assert nets(facts) == {1: 10_000 if included else 11_500}


def test_shares_and_a_refund_with_tax_in_it_make_the_total_whatever_comes_first() -> None:
    shares = (share(1, 10_000), share(2, 5_000))
    order = OrderSeen(OrderFacts(1, "#1", NOW, "SAR", taxes_included=True, refunds=shares), Version(NOW, NOW))
    refund = RefundSeen(RefundFacts(1, 1, NOW, 11_500, tax=1_500))
    assert [nets(facts) for facts in permutations([order, refund])] == [{1: 10_000, 2: 5_000}] * 2


@pytest.mark.parametrize("asked", [True, False])
def test_a_body_that_does_not_say_whether_tax_is_in_it_is_not_believed(asked: bool) -> None:
    """Kept from before we asked for that field, or sent before Shopify was told that we want it."""
    later = Instant(NOW + timedelta(minutes=1))
    state = State(ZoneInfo("UTC"), "SAR")
    fold(state, OrderSeen(OrderFacts(1, "#1", NOW, "SAR", taxes_included=True), Version(NOW, NOW, ASKED)))
    fold(state, OrderSeen(OrderFacts(1, "#1", NOW, "SAR"), Version(later, later, ASKED if asked else "webhook")))
    assert state.tied == {1}
    assert state.orders[1].taxes_included is not asked


def test_amounts_that_are_all_known_are_left_alone() -> None:
    assert nets((told(1, 5), told(2, 7), bulk(share(1, 6), share(2, 6)))) == {1: 5, 2: 7}
