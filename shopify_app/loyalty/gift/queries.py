"""Reading and moving opening gifts; every move is one conditional UPDATE."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import insert_once, rows_changed
from shopify_app.errors import NotFound
from shopify_app.loyalty.gift.model import COUNTING, GIVING, TRANSITIONS, UNDOING, OpeningGift


def add_gift(session: Session, shop: ShopId, row: Mapping[str, Any]) -> bool:
    """Write down that a gift is to be counted; False where one of this id is known."""
    return insert_once(session, OpeningGift, {"shop_id": shop, **row})


def gift_of(session: Session, shop: ShopId, gift_id: str) -> OpeningGift:
    """One gift of this shop; NotFound where there is none."""
    found = session.scalar(select(OpeningGift).where(OpeningGift.shop_id == shop, OpeningGift.gift_id == gift_id))
    if found is None:
        raise NotFound
    return found


def gift_at_work(session: Session, shop: ShopId) -> OpeningGift | None:
    """The gift that is being counted, given or taken back; of several the one that was asked for first."""
    mine = OpeningGift.shop_id == shop, OpeningGift.state.in_((COUNTING, GIVING, UNDOING))
    found = select(OpeningGift).where(*mine).order_by(OpeningGift.asked_at, OpeningGift.gift_id)
    return session.scalars(found.limit(1)).first()


def newest_gifts(session: Session, shop: ShopId, limit: int) -> Sequence[OpeningGift]:
    """The gifts that were asked for last."""
    mine = select(OpeningGift).where(OpeningGift.shop_id == shop)
    return session.scalars(mine.order_by(OpeningGift.asked_at.desc(), OpeningGift.gift_id).limit(limit)).all()


def move_gift(session: Session, shop: ShopId, gift_id: str, state: str, **values: Any) -> bool:
    """Put a gift into another state; False where it is in one that does not lead there."""
    before = [name for name, following in TRANSITIONS.items() if state in following]
    return _update(session, shop, gift_id, OpeningGift.state.in_(before), state=state, **values)


def add_to_gift(session: Session, shop: ShopId, gift_id: str, **more: int) -> None:
    """Let its figures grow."""
    grown = {name: getattr(OpeningGift, name) + value for name, value in more.items()}
    _update(session, shop, gift_id, **grown)


def _update(session: Session, shop: ShopId, gift_id: str, *conditions: Any, **values: Any) -> bool:
    own = OpeningGift.shop_id == shop, OpeningGift.gift_id == gift_id, *conditions
    statement = update(OpeningGift).where(*own).values(**values)
    return rows_changed(session.execute(statement.execution_options(synchronize_session=False))) == 1
