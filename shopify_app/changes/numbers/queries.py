"""Which order of its customer an order is, as far as a bonus depends on it."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select

from shopify_app.changes.histories.queries import earlier_of, may_have_earlier
from shopify_app.clock import Instant
from shopify_app.customers.nobody import is_erased
from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import among
from shopify_app.loyalty.programme.rule import Version, in_force
from shopify_app.orders.model import Order
from shopify_app.retention.counting import NEVER_PAID


def numbers_of(
    session: Session, shop: ShopId, customers: Collection[int], versions: Sequence[Version]
) -> dict[int, int]:
    """By order its number, of those orders of these customers that have a bonus by the version of their time.

    Counted are all orders that stand: not cancelled, deleted, given up or a test. Those that Shopify does not show us
    come before all others (changes/histories); while orders are still being read, only those have a first one of whom
    Shopify was asked.
    """
    wanted = {number for version in versions for number in version.rule.bonuses}
    asked = {customer for customer in customers if not is_erased(customer)}
    if not wanted or not asked:
        return {}
    earlier = earlier_of(session, shop, asked)
    found: dict[int, int] = {}
    if may_have_earlier(session, shop):
        # Of whom Shopify was asked it is known how many there are; of nobody else an order is the first.
        asked = earlier.keys() & asked
    for customer, mine in _standing_orders(session, shop, asked).items():
        before = earlier[customer].earlier if customer in earlier else 0
        for number, (placed_at, order) in enumerate(sorted(mine), before + 1):
            version = in_force(versions, placed_at) if number in wanted else None
            if version is not None and number in version.rule.bonuses:
                found[order] = number
    return found


def _standing_orders(
    session: Session, shop: ShopId, customers: Collection[int]
) -> dict[int, list[tuple[Instant, int]]]:
    own = Order.shop_id == shop, among(session, Order.customer_id, customers), Order.test.is_(False)
    none = (column.is_(None) for column in (Order.cancelled_at, Order.deleted_at, Order.given_up_at))
    paid = Order.financial_status.not_in(NEVER_PAID)
    rows = session.execute(select(Order.customer_id, Order.placed_at, Order.order_id).where(*own, *none, paid))
    found: dict[int, list[tuple[Instant, int]]] = defaultdict(list)
    for customer, placed_at, order in rows:
        if customer is not None:
            found[customer].append((placed_at, order))
    return found
