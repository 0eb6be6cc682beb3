"""Keeping, naming and dropping lists of customers."""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import rows_changed
from shopify_app.errors import NotFound
from shopify_app.retention.people.views.model import SavedView


def saved_views(session: Session, shop: ShopId) -> Sequence[SavedView]:
    """All of them, by name."""
    return session.scalars(
        select(SavedView).where(SavedView.shop_id == shop).order_by(SavedView.name, SavedView.id)
    ).all()


def count_views(session: Session, shop: ShopId) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(SavedView).where(SavedView.shop_id == shop)) or 0


def is_taken(session: Session, shop: ShopId, name: str, but: str = "") -> bool:
    """Whether another view has this name."""
    same = select(SavedView.id).where(SavedView.shop_id == shop, SavedView.name == name, SavedView.id != but)
    return session.scalar(same.limit(1)) is not None


def add_view(session: Session, shop: ShopId, name: str, query: str, actor: str, now: Instant) -> str:
    """Keep a list under a name; its id."""
    view = uuid.uuid4().hex
    made = {"created_at": now, "created_by": actor, "changed_at": now, "changed_by": actor}
    session.execute(insert(SavedView).values(shop_id=shop, id=view, name=name, query=query, **made))
    return view


def saved_view(session: Session, shop: ShopId, view: str) -> SavedView:
    """One of them; NotFound where it is gone, or another shop's."""
    found = session.get(SavedView, (shop, view)) if view.isalnum() else None
    if found is None:
        raise NotFound
    return found


def drop_view(session: Session, shop: ShopId, view: str) -> None:
    """Forget a list; NotFound where it is gone, or another shop's."""
    saved_view(session, shop, view)
    if not rows_changed(session.execute(delete(SavedView).where(SavedView.shop_id == shop, SavedView.id == view))):
        raise NotFound
