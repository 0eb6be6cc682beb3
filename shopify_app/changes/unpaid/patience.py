"""How long a shop waits for the money of an order. Pure."""

from collections.abc import Iterable
from datetime import timedelta

from shopify_app.changes.facts import OrderGivenUp
from shopify_app.clock import Instant
from shopify_app.orders.facts import PENDING, OrderFacts

UNPAID = "give_up_unpaid"
"""The kind of the task that gives orders up, and waits again for those that get more time."""
LONGEST = 365
"""Days that a shop can choose at most."""


def last_given_up(days: int, now: Instant) -> Instant | None:
    """Unpaid orders that were placed at this moment or before are given up; None where the shop waits for ever."""
    return Instant(now - timedelta(days=days)) if days > 0 else None


def overdue(orders: Iterable[OrderFacts], days: int, now: Instant) -> list[OrderGivenUp]:
    """What is to be said of those among some orders that have been unpaid for too long."""
    last = last_given_up(days, now)
    if last is None:
        return []
    return [
        OrderGivenUp(order.order_id, now)
        for order in orders
        if order.financial_status == PENDING and order.placed_at <= last
    ]
