"""What was known of orders at an earlier moment, from their versions."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.customers.model import CustomerHistoryVersion
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, insert_once, table_of
from shopify_app.errors import Malformed
from shopify_app.orders.model import Order, OrderVersion
from shopify_app.retention.counting import Countable, Later, Rows, booked, buyer_of, numbered, read_later
from shopify_app.retention.past.model import StoredReport
from shopify_app.retention.past.sums import Replaced
from shopify_app.retention.queries import rows_of
from shopify_app.shops.model import ShopEpoch
from shopify_app.shops.queries import get_shop

MOST = 20_000
"""Orders that may have changed since a moment: with more, a page would keep its reader waiting."""


_VERSION = table_of(OrderVersion).c
_Known = tuple[Countable, list[Later]]
"""An order as it was known, and what had changed its sales by then."""


class Epoch(NamedTuple):
    """How the pages counted at some moment."""

    currency: str
    timezone: str


def position(session: Session, shop: ShopId) -> Instant | None:
    """The last moment at which anything became known that numbers are made of."""
    last = [
        session.scalar(select(func.max(model.known_at)).where(model.shop_id == shop))
        for model in (OrderVersion, CustomerHistoryVersion)
    ]
    return max((moment for moment in last if moment is not None), default=None)


def first_known(session: Session, shop: ShopId) -> Instant | None:
    """When anything became known of an order for the first time."""
    return session.scalar(select(func.min(OrderVersion.known_at)).where(OrderVersion.shop_id == shop))


def epoch_at(session: Session, shop: ShopId, moment: Instant) -> Epoch:
    """Currency and zone of the pages at a moment."""
    until = select(ShopEpoch).where(ShopEpoch.shop_id == shop, ShopEpoch.until > moment)
    row = session.scalar(until.order_by(ShopEpoch.until).limit(1)) or get_shop(session, shop)
    return Epoch(row.currency, row.timezone)


def as_it_was(session: Session, shop: ShopId, moment: Instant, epoch: Epoch, most: int = MOST) -> Replaced:
    """What differs between what was known by a moment and what is known now; Malformed where that is too much.

    What became known at the moment itself belongs to it.
    """
    row = get_shop(session, shop)
    # In another currency or zone every row was another; and while counting lags behind, some that were known are none.
    all_of_them = row.behind or epoch != (row.currency, row.timezone)
    changed = _changed_since(session, shop, moment, all_of_them=all_of_them, most=most)
    if len(changed) > most:
        raise Malformed("Too much has changed since that day to show its numbers as they were.")
    newer = CustomerHistoryVersion.shop_id == shop, CustomerHistoryVersion.known_at > moment
    buyers = set(session.scalars(select(CustomerHistoryVersion.customer_id).where(*newer).distinct()))
    buyers |= {buyer_of(*order) for order in changed}
    orders = {order.order_id for order in changed}
    known = _versions(session, shop, orders, moment, epoch)
    buyers |= {order.buyer_id for order, _ in known}
    then = _rows_then(session, shop, buyers, known, orders, moment, epoch)
    return Replaced(frozenset(buyers), then, rows_of(session, shop, row.generation, buyers))


def _changed_since(session: Session, shop: ShopId, moment: Instant, *, all_of_them: bool, most: int) -> Sequence[Any]:
    """Orders with a later version, and whose they are now."""
    later = [] if all_of_them else [_VERSION.known_at > moment]
    its = and_(Order.shop_id == _VERSION.shop_id, Order.order_id == _VERSION.order_id)
    found = select(Order.order_id, Order.customer_id).select_from(table_of(OrderVersion)).join(table_of(Order), its)
    return session.execute(found.where(_VERSION.shop_id == shop, *later).distinct().limit(most + 1)).all()


def _rows_then(
    session: Session,
    shop: ShopId,
    buyers: Collection[int],
    known: Sequence[_Known],
    orders: Collection[int],
    moment: Instant,
    epoch: Epoch,
) -> Rows:
    people = {buyer for buyer in buyers if buyer > 0}
    theirs = select(Order.order_id).where(Order.shop_id == shop, among(session, Order.customer_id, people))
    others = set(session.scalars(theirs)).difference(orders)
    earlier = _earlier(session, shop, people, moment)
    zone = ZoneInfo(epoch.timezone)
    rows: Rows = {}
    for order, later in (*known, *_versions(session, shop, others, moment, epoch)):
        for row in booked(order, later, zone):
            rows.setdefault((row.basis.value, row.buyer_id), []).append(row)
    return {key: numbered(mine, earlier.get(key[1], 0)) for key, mine in rows.items()}


def _earlier(session: Session, shop: ShopId, customers: Collection[int], moment: Instant) -> dict[int, int]:
    """How many earlier orders were known of each customer."""
    model = CustomerHistoryVersion
    known = model.shop_id == shop, model.known_at <= moment, among(session, model.customer_id, customers)
    rows = session.execute(select(model.customer_id, model.earlier).where(*known).order_by(model.known_at))
    return {row.customer_id: row.earlier for row in rows}


def _versions(session: Session, shop: ShopId, orders: Collection[int], moment: Instant, epoch: Epoch) -> list[_Known]:
    """Each order as it was known, as placed, with what had changed its sales by then."""
    if not orders:
        return []
    # Columns, not mapped objects: a page brings what is kept of a shop up to date with them. And all versions of these
    # orders: asked for the moment as well, SQLite goes through all that were known before it.
    its = _VERSION.shop_id == shop, among(session, OrderVersion.order_id, orders)
    in_turn = session.execute(select(table_of(OrderVersion)).where(*its).order_by(_VERSION.order_id, _VERSION.number))
    newest = {version.order_id: version for version in in_turn.all() if version.known_at <= moment}
    return [
        (Countable.of(version, epoch.currency).as_placed(version.added), read_later(version.later))
        for version in newest.values()
    ]


def store_report(session: Session, report: dict[str, Any]) -> bool:
    """Keep a month's report; False when it has one."""
    return insert_once(session, StoredReport, report)


def stored_report(session: Session, shop: ShopId, start: date) -> StoredReport | None:
    """The report of the month that begins on this day."""
    return session.get(StoredReport, (shop, start))


def stored_reports(session: Session, shop: ShopId, first: date, last: date) -> Sequence[StoredReport]:
    """The reports of the months that begin between two days, oldest first."""
    own = StoredReport.shop_id == shop, StoredReport.start >= first, StoredReport.start <= last
    return session.scalars(select(StoredReport).where(*own).order_by(StoredReport.start)).all()
