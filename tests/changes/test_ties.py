"""Two states of one order within one second: by two clocks that differ a little nobody knows which came last."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import OrderSeen
from shopify_app.clock import SKEW
from shopify_app.orders.facts import ASKED, Version
from shopify_app.orders.model import Order, OrderRefetch
from tests.factories import LOOKUP, instant, make_shop, order

SECOND = instant("2026-01-01T12:00:00+00:00")
OPEN = order(1, 5, "2025-01-01", "10").order
CANCELLED = order(1, 5, "2025-01-01", "10", cancelled_at="2026-01-01").order


def seen(facts, seconds: float, source: str) -> OrderSeen:
    return OrderSeen(facts, Version(SECOND, SECOND + timedelta(seconds=seconds), source))


def settle(database, *facts) -> tuple[bool, list[int]]:
    """Whether the order is cancelled after these facts, and which orders are to be asked for again."""
    shop = make_shop(database)
    for fact in facts:
        with database.transaction() as session:
            apply_facts(session, shop, [fact], SECOND + timedelta(seconds=3), LOOKUP)
    with database.reading() as session:
        cancelled = session.scalar(select(Order.cancelled_at)) is not None
        return cancelled, list(session.scalars(select(OrderRefetch.order_id)))


@pytest.mark.parametrize("asked_first", [True, False])
def test_our_clock_being_a_little_ahead_does_not_decide(database, asked_first: bool) -> None:
    """Asked at our 12:00:02, which is Shopify's 12:00:00.3; cancelled at Shopify's 12:00:00.7."""
    facts = [seen(OPEN, 2, ASKED), seen(CANCELLED, 0.7, "w")]
    _, again = settle(database, *(facts if asked_first else reversed(facts)))
    assert again == [1]


@pytest.mark.parametrize("asked_first", [True, False])
def test_who_asked_well_after_the_other_word_knows(database, asked_first: bool) -> None:
    facts = [seen(CANCELLED, SKEW.total_seconds() + 1, ASKED), seen(OPEN, 0.7, "w")]
    assert settle(database, *(facts if asked_first else reversed(facts))) == (True, [])


def test_of_two_that_we_asked_the_later_knows(database) -> None:
    assert settle(database, seen(OPEN, 2, ASKED), seen(CANCELLED, 2.5, ASKED)) == (True, [])
