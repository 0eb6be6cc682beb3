"""What the drain empties as it handles it: news of whom we have forgotten, and of orders that were theirs."""

from zoneinfo import ZoneInfo

from shopify_app.changes.facts import CustomerSeen, CustomersMerged, OrderDeleted, RefundSeen
from shopify_app.changes.fold import fold
from shopify_app.changes.state import State
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.orders.facts import RefundFacts
from tests.factories import instant, order
from webhooks.erasing import about_forgotten

NOW = instant("2026-01-01")
NOBODY = OPAQUE_FROM + 5


def folded(*facts):
    state = State(ZoneInfo("UTC"), "USD")
    state.aliases, state.forgotten = {5: NOBODY}, {5}
    for fact in facts:
        fold(state, fact)
    return state


def test_news_of_a_forgotten_customer_is_emptied_with_what_it_stands_for():
    told = [
        ([1, 11, 12], [order(1, 5, "2025-01-01", "10")]),
        ([2], [order(2, 9, "2025-01-02", "10")]),
        ([3], [RefundSeen(RefundFacts(30, 1, NOW, 100))]),
        ([4], [OrderDeleted(1, NOW)]),
        ([5], [CustomersMerged(9, 5, NOW)]),
        ([6], [CustomerSeen(5, NOW, NOW)]),
        ([7], [CustomerSeen(9, NOW, NOW)]),
        ([8], []),
    ]
    state = folded(*(fact for _, facts in told for fact in facts))
    assert about_forgotten(told, state) == [1, 11, 12, 3, 4, 5, 6]


def test_an_order_that_was_theirs_is_known_by_its_opaque_number():
    state = folded(order(1, 5, "2025-01-01", "10"))
    state.forgotten = set()
    assert about_forgotten([([3], [RefundSeen(RefundFacts(30, 1, NOW, 100))])], state) == [3]
    assert about_forgotten([([3], [RefundSeen(RefundFacts(30, 2, NOW, 100))])], state) == []
