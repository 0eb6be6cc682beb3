"""The points that an order gives as it is now, by the rule that held when it was placed. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from msgspec import Struct

from shopify_app.clock import Instant
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.programme.rate import USUAL, Rate, percent_of
from shopify_app.loyalty.programme.rule import Rule, Version, in_force

UNPAID = frozenset({"pending", "authorized", "partially_paid", "expired", "voided"})
"""Payment states, as Shopify writes them, in which the shop does not have all of the money."""

MOST = 10**12
"""Points that one order gives at most: a database adds up a million times as many."""


class Part(Struct, frozen=True, gc=False):
    """Of an order's value what one of its lines cost after discounts."""

    value: int
    back: int
    """Of it, what went back by refunds that name the line."""
    product_id: int | None = None
    collections: tuple[int, ...] = ()
    """Those in which the product stood when the order was placed, of the ones that earn differently."""


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
    codes: tuple[str, ...] = ()
    """The discount codes that it was placed with, as far as they are known here: the first one is kept."""
    later: tuple[tuple[Instant, int], ...] = ()
    """When what of `back` went back; below 0 where an edit added something."""
    gone_at: Instant | None = None
    """When it was cancelled or deleted."""
    parts: tuple[Part, ...] = ()
    """All of `value` by line, where its rule tells lines apart; else empty."""


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


def usual(rule: Rule, value: int) -> int:
    """What an order of so many minor units gives where nothing of it earns more or less, bonuses aside."""
    return min(value * rule.points // rule.per + rule.per_order, MOST if rule.most is None else rule.most)


def _points(order: Earned, rule: Rule) -> int:
    if is_given_back(order):
        return 0
    gone, limit = max(order.back, 0), MOST if rule.most is None else rule.most
    if not rule.rates:
        whole = usual(rule, order.value)
        return whole - whole * gone // order.value
    value, back = _weighed(order, rule.rates)
    whole = min(value * rule.points // (rule.per * USUAL) + rule.per_order, limit)
    # A part of the order stands for what it earns at its own rate, and for its share of what each order gives.
    besides = rule.per_order * rule.per * USUAL
    stands = value * rule.points + besides
    taken = back * rule.points + Fraction(besides * gone, order.value)
    return whole - whole * taken // stands if stands else 0


def _weighed(order: Earned, every: Sequence[Rate]) -> tuple[int, Fraction]:
    """The order's value, and what went back of it, each part times the percentage of the usual points that it earns.

    What went back without a line is shared over what is left of all; where less went back than the lines say, the
    shop kept the same share of each.
    """
    rates = [rate for rate in every if rate.holds(order.placed_at)]
    parts = order.parts if rates and order.parts else (Part(order.value, 0),)
    percents = [percent_of(rates, part.product_id, part.collections) for part in parts]
    value = sum(part.value * percent for part, percent in zip(parts, percents, strict=True))
    named = sum(part.back for part in parts)
    back = sum(part.back * percent for part, percent in zip(parts, percents, strict=True))
    gone = max(order.back, 0)
    if gone <= named:
        return value, Fraction(back * gone, named or 1)
    return value, back + Fraction((value - back) * (gone - named), order.value - named)
