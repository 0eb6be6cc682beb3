"""What the rows behind a number are about that book no order: refunds, edits, returns."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopify_app.clock import LocalDay, local_day
from shopify_app.db.base import ShopId
from shopify_app.orders.model import OrderEdit, Refund
from shopify_app.retention.presenting import Change
from shopify_app.retention.queries import OrderRow

Changes = Mapping[tuple[int, LocalDay], Change]
"""By order and day."""


def changes_of(session: Session, shop: ShopId, rows: Sequence[OrderRow], zone: ZoneInfo) -> Changes:
    """What changed the orders of these rows, on the shop's days."""
    orders = {row.order_id for row in rows if not row.orders}
    if not orders:
        return {}
    back = select(Refund.order_id, Refund.refunded_at).where(Refund.shop_id == shop, Refund.order_id.in_(orders))
    edits = select(OrderEdit.order_id, OrderEdit.edited_at, OrderEdit.returned)
    edits = edits.where(OrderEdit.shop_id == shop, OrderEdit.order_id.in_(orders))
    found: dict[tuple[int, LocalDay], set[Change]] = defaultdict(set)
    # A refund of shipping alone changes no sales.
    for order_id, at in session.execute(back.where(Refund.net != 0)):
        found[order_id, local_day(at, zone)].add("refund")
    for order_id, at, returned in session.execute(edits):
        found[order_id, local_day(at, zone)].add("return" if returned else "edit")
    return {place: _together(kinds) for place, kinds in found.items()}


def _together(kinds: set[Change]) -> Change:
    if len(kinds) == 1:
        return next(iter(kinds))
    return "several" if "return" in kinds else "both"


def change_of(row: OrderRow, changes: Changes) -> Change:
    """What a row is about, where it books no order."""
    return changes.get((row.order_id, row.day), "either")
