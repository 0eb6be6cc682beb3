"""What pages write of their own accord: which cards a shop does not want to see."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from shopify_app.db.base import ShopId
from shopify_app.shops.model import Dismissal


def show_again(session: Session, shop: ShopId, card: str) -> None:
    """Forget that the shop did not want to see a card."""
    session.execute(delete(Dismissal).where(Dismissal.shop_id == shop, Dismissal.card == card))
