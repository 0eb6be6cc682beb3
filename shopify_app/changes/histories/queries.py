"""Loading and storing what customers had bought before the first order that Shopify shows us."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import astuple
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shopify_app.changes.histories.history import Histories, History, is_counted
from shopify_app.clock import Instant
from shopify_app.customers.model import CustomerHistory, CustomerHistoryVersion
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, upsert
from shopify_app.orders.model import Order
from shopify_app.retention.progress import IMPORT
from shopify_app.shops.access import ALL_ORDERS, missing_scopes
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.model import DONE
from shopify_app.tasks.queries import latest

_FIELDS = History.__struct_fields__


def is_read(session: Session, shop: ShopId) -> bool:
    """Whether the shop's orders have been read to their end, and are not being read anew."""
    read = latest(session, shop, IMPORT)
    return not get_shop(session, shop).scopes or (read is not None and read.state == DONE)


def may_have_earlier(session: Session, shop: ShopId) -> bool:
    """Whether orders may come before those that we know: Shopify hides some, or they are still being read."""
    scopes = get_shop(session, shop).scopes
    if not scopes:
        return False
    return bool(missing_scopes(scopes, [ALL_ORDERS])) or not is_read(session, shop)


def earlier_of(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, History]:
    """What is known of these customers' earlier orders."""
    columns = [getattr(CustomerHistory, name) for name in _FIELDS]
    named = among(session, CustomerHistory.customer_id, customers)
    rows = session.execute(select(*columns).where(CustomerHistory.shop_id == shop, named)).all()
    return {row.customer_id: History(*row) for row in rows}


def orders_counted(session: Session, shop: ShopId, told: Mapping[int, Instant], but: Collection[int]) -> Counter[int]:
    """How many orders each customer had with us when Shopify counted them, leaving out those that the caller has."""
    found = Counter[int]()
    if not told:
        return found
    columns = (Order.customer_id, Order.order_id, Order.created_at, Order.placed_at, Order.deleted_at)
    named = among(session, Order.customer_id, told)
    for customer, order_id, created, placed, deleted in session.execute(
        select(*columns).where(Order.shop_id == shop, named)
    ).all():
        if customer is not None and order_id not in but:
            found[customer] += is_counted(created or placed, deleted, told[customer])
    return found


def one_order_of(session: Session, shop: ShopId, customers: Collection[int], but: Collection[int]) -> set[int]:
    """An order of each of these customers, the newest of those that live, apart from some."""
    living = (Order.shop_id == shop, Order.deleted_at.is_(None), Order.order_id.not_in(but))
    statement = select(func.max(Order.order_id)).where(*living, among(session, Order.customer_id, customers))
    return set(session.scalars(statement.group_by(Order.customer_id)))


def store_histories(session: Session, shop: ShopId, before: Mapping[int, History], histories: Histories) -> None:
    """Write what differs; of a shop that sees all its orders, nothing that says nothing."""
    kept = {one: each for one, each in histories.known.items() if histories.limited or each.earlier}
    gone = before.keys() - kept.keys()
    if gone:
        named = among(session, CustomerHistory.customer_id, gone)
        session.execute(
            delete(CustomerHistory)
            .where(CustomerHistory.shop_id == shop, named)
            .execution_options(synchronize_session=False)
        )
    changed: Iterable[History] = [each for one, each in kept.items() if before.get(one) != each]
    upsert(session, CustomerHistory, ("shop_id", *_FIELDS), [[shop, *astuple(each)] for each in changed])


def store_versions(session: Session, shop: ShopId, earlier: Mapping[int, int], known_at: Instant) -> None:
    """Keep how many earlier orders are known of these customers from now on."""
    columns = ("shop_id", "customer_id", "known_at", "earlier")
    upsert(session, CustomerHistoryVersion, columns, [[shop, one, known_at, number] for one, number in earlier.items()])
