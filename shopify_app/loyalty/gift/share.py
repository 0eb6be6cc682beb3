"""What each customer gets of an opening gift. Pure."""

from collections import Counter
from collections.abc import Iterable

from shopify_app.clock import Instant
from shopify_app.customers.nobody import is_erased
from shopify_app.loyalty.earning.order import UNPAID, Earned, earned
from shopify_app.loyalty.programme.rule import Rule, Version

_LONG_BEFORE = 0


def shares(orders: Iterable[Earned], rule: Rule, since: Instant, most: int | None) -> dict[int, int]:
    """Points by customer, for all of their orders that were paid, as the rule would have given them; none is left out.

    Bonuses are none of it: nobody's first order is long ago. Whoever was forgotten gets nothing.
    """
    version = [Version(_LONG_BEFORE, since, rule)]
    found = Counter[int]()
    for order in orders:
        gives = None if order.financial_status in UNPAID else earned(order, version)
        if gives is not None and order.customer_id is not None and not is_erased(order.customer_id):
            found[order.customer_id] += gives[0].points
    return {one: min(points, most or points) for one, points in found.items() if points}
