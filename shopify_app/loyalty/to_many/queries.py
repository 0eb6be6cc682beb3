"""Finding what many were given at once."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.orm import aliased

from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import along_an_index
from shopify_app.loyalty.ledger.model import GRANT, PointsAccount, PointsCause

Lot = tuple[str, int]
"""A cause, and the account that it is in."""


def lots_under(session: Session, shop: ShopId, prefix: str, after: str, limit: int) -> Sequence[Lot]:
    """Lots whose causes begin so, from behind a cause on; the prefix ends in a stroke."""
    statement = select(PointsCause.cause, PointsCause.account_id).where(*_under(shop, prefix, after))
    with along_an_index(session):
        return list(session.execute(statement.order_by(PointsCause.cause).limit(limit)).tuples())


def _under(shop: ShopId, prefix: str, after: str = "") -> Sequence[ColumnElement[bool]]:
    # Behind the last of them comes what has the sign after the stroke in its place.
    own = PointsCause.cause > max(after, prefix), PointsCause.cause < f"{prefix[:-1]}0"
    return PointsCause.shop_id == shop, *own, PointsCause.points > 0


def _touched() -> ColumnElement[bool]:
    """Whether the lot's account ever lost points otherwise than by what earned them."""
    other = aliased(PointsCause)
    same = other.shop_id == PointsCause.shop_id, other.account_id == PointsCause.account_id
    return exists(select(other.cause).where(*same, other.sort != GRANT))


def untouched_under(session: Session, shop: ShopId, prefix: str) -> tuple[int, int]:
    """How many lots of accounts of which nothing was ever spent, taken or ended, and their points: all are left."""
    sums = select(func.count(), func.coalesce(func.sum(PointsCause.points), 0))
    people, points = session.execute(sums.where(*_under(shop, prefix), ~_touched())).one()
    return people, int(points)


def touched_under(session: Session, shop: ShopId, prefix: str, limit: int) -> Sequence[Lot]:
    """Some of the other lots."""
    statement = select(PointsCause.cause, PointsCause.account_id).where(*_under(shop, prefix), _touched())
    return list(session.execute(statement.order_by(PointsCause.cause).limit(limit)).tuples())


def at_most_left(session: Session, shop: ShopId, prefix: str) -> tuple[int, int]:
    """Of all of the other lots how many, and how many points at most: no more than their accounts can spend."""
    same = and_(PointsAccount.shop_id == shop, PointsAccount.account_id == PointsCause.account_id)
    left = case((PointsAccount.available < PointsCause.points, PointsAccount.available), else_=PointsCause.points)
    sums = select(func.count(), func.coalesce(func.sum(left), 0)).select_from(PointsCause).join(PointsAccount, same)
    people, points = session.execute(sums.where(*_under(shop, prefix), _touched(), PointsAccount.available > 0)).one()
    return people, int(points)
