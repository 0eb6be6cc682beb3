"""The points that an order gives as it is now, by the rule that held when it was placed. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from shopify_app.clock import Instant
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.programme.rule import Rule, Version, in_force

UNPAID = frozenset({"pending", "authorized", "partially_paid", "expired", "voided"})
"""Payment states, as Shopify writes them, in which the shop does not have all of the money."""

MOST = 10**12
"""Points that one order gives at most: a database adds up a million times as many."""


class Earned(Struct, frozen=True, gc=False):
    """The part of an order that points depend on; amounts in minor units of the shop's currency, without tax."""

    order_id: int
    customer_id: int | None
    placed_at: Instant
    currency: str
    value: int
    """Of its products after discounts, those that an edit added among them; gift cards are none."""
    back: int
    """What was refunded, given back or taken off since."""
    financial_status: str
    fulfilled_at: Instant | None
    """When the last of it was sent; None while something is not."""
    nothing: bool
    """Whether it counts for nothing: cancelled, deleted, or a test."""
    code: str | None = None
    """The discount code that it was placed with."""
    later: tuple[tuple[Instant, int], ...] = ()
    """When what of `back` went back; below 0 where an edit added something."""
    gone_at: Instant | None = None
    """When it was cancelled or deleted."""


def order_key(order_id: int) -> str:
    """The cause of the points of an order."""
    return f"order/{order_id}"


def earned(order: Earned, versions: Sequence[Version]) -> tuple[Grant, Version] | None:
    """The grant of an order; None where no rule held when it was placed.

    Points are rounded down once for the whole order, and so is what is taken back of them: whoever gives back a part
    never loses more than its share, and whoever gives back everything keeps nothing.
    """
    version = in_force(versions, order.placed_at)
    if version is None or not version.rule.earning or version.rule.currency != order.currency:
        return None
    points, at = _points(order, version.rule), available_at(order, version.rule)
    return Grant(order_key(order.order_id), points, order.placed_at, at), version


def available_at(order: Earned, rule: Rule) -> Instant | None:
    """When nobody can give it back any more; None while it is not paid, or not sent."""
    if order.financial_status in UNPAID or order.fulfilled_at is None:
        return None
    return Instant(max(order.fulfilled_at, order.placed_at) + timedelta(days=rule.wait_days))


def is_given_back(order: Earned) -> bool:
    """Whether nothing of it is left."""
    return order.nothing or order.value <= 0 or order.back >= order.value


def _points(order: Earned, rule: Rule) -> int:
    if is_given_back(order):
        return 0
    whole = min(order.value * rule.points // rule.per + rule.per_order, MOST if rule.most is None else rule.most)
    return whole - whole * max(order.back, 0) // order.value
