"""The bonus that an order gives because of its number among the orders of its customer. Pure."""

from collections.abc import Sequence

from shopify_app.loyalty.earning.order import Earned, available_at, is_given_back
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.programme.rule import Version, in_force


def bonus_key(nth: int, order_id: int) -> str:
    """The cause of the bonus of an order that was its customer's nth."""
    return f"nth/{nth}/{order_id}"


def offered(order: Earned, versions: Sequence[Version]) -> dict[int, int]:
    """Bonus points, by the number that the order would have to have, under the rule that held when it was placed."""
    version = in_force(versions, order.placed_at)
    if version is None or not version.rule.earning or version.rule.currency != order.currency:
        return {}
    return version.rule.bonuses


def bonus(order: Earned, nth: int, versions: Sequence[Version]) -> tuple[Grant, Version] | None:
    """What the order gives as its customer's nth: all of it until all of the order was given back; None for nothing.

    It can be spent when the points of the order can.
    """
    version, points = in_force(versions, order.placed_at), offered(order, versions).get(nth)
    if version is None or points is None:
        return None
    left = 0 if is_given_back(order) else points
    return Grant(bonus_key(nth, order.order_id), left, order.placed_at, available_at(order, version.rule)), version
