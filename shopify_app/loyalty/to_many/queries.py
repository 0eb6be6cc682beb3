"""Finding what many were given at once."""

from collections.abc import Sequence

from sqlalchemy import select

from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import along_an_index
from shopify_app.loyalty.ledger.model import PointsCause

Lot = tuple[str, int]
"""A cause, and the account that it is in."""


def lots_under(session: Session, shop: ShopId, prefix: str, after: str, limit: int) -> Sequence[Lot]:
    """Lots whose causes begin so, from behind a cause on; the prefix ends in a stroke."""
    # Behind the last of them comes what has the sign after the stroke in its place.
    own = PointsCause.cause > max(after, prefix), PointsCause.cause < f"{prefix[:-1]}0"
    statement = select(PointsCause.cause, PointsCause.account_id)
    statement = statement.where(PointsCause.shop_id == shop, *own, PointsCause.points > 0)
    with along_an_index(session):
        return list(session.execute(statement.order_by(PointsCause.cause).limit(limit)).tuples())
