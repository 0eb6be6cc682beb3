"""Reading and writing what was done by hand."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import case, func, select, update

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import among, insert_once, rows_changed
from shopify_app.errors import NotFound
from shopify_app.loyalty.by_hand.model import PointsByHand


def add(session: Session, shop: ShopId, row: Mapping[str, Any]) -> bool:
    """Write down what is done; False where this was written before."""
    return insert_once(session, PointsByHand, {"shop_id": shop, **row})


def one_by_hand(session: Session, shop: ShopId, cause: str) -> PointsByHand:
    """What was done under this cause; NotFound where nothing was."""
    found = session.scalar(select(PointsByHand).where(PointsByHand.shop_id == shop, PointsByHand.cause == cause))
    if found is None:
        raise NotFound
    return found


def note_undone(session: Session, shop: ShopId, cause: str, spent: int, actor: str, now: Instant) -> bool:
    """Note it, and how many of the points had been spent; False where it was undone before."""
    own = PointsByHand.shop_id == shop, PointsByHand.cause == cause, PointsByHand.undone_at.is_(None)
    statement = update(PointsByHand).where(*own).values(undone_at=now, undone_by=actor, spent=spent)
    return rows_changed(session.execute(statement.execution_options(synchronize_session=False))) == 1


def given_since(session: Session, shop: ShopId, since: Instant) -> int:
    """Points that were given from a moment on; of what was undone, what had been spent by then."""
    own = PointsByHand.shop_id == shop, PointsByHand.at >= since, PointsByHand.points > 0
    counted = case((PointsByHand.undone_at.is_(None), PointsByHand.points), else_=PointsByHand.spent)
    return int(session.scalar(select(func.coalesce(func.sum(counted), 0)).where(*own)) or 0)


def told_by_hand(session: Session, shop: ShopId, causes: Collection[str]) -> dict[str, PointsByHand]:
    """What was done by hand, of these causes."""
    if not causes:
        return {}
    own = PointsByHand.shop_id == shop, PointsByHand.cause.in_(causes)
    return {row.cause: row for row in session.scalars(select(PointsByHand).where(*own))}


def forget_reasons(session: Session, shop: ShopId, accounts: Collection[int]) -> int:
    """Delete what was typed about the people of these accounts; how many times that was.

    That so many points were given stays: this month's limit counts them, and they name nobody.
    """
    own = PointsByHand.shop_id == shop, among(session, PointsByHand.account_id, accounts), PointsByHand.reason != ""
    return rows_changed(session.execute(update(PointsByHand).where(*own).values(reason=""))) if accounts else 0


def move_reasons(session: Session, shop: ShopId, old: int, kept: int) -> None:
    """One account goes up in another."""
    own = PointsByHand.shop_id == shop, PointsByHand.account_id == old
    session.execute(update(PointsByHand).where(*own).values(account_id=kept))
