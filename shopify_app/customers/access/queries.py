"""Writing, reading and ending the access log."""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.customers.access.model import AccessEntry
from shopify_app.db.base import ShopId

Place = tuple[Instant, str]
"""Where a page of the log ends: the last row's moment and id."""


def note_opening(
    session: Session, shop: ShopId, actor: str, what: str, number: int | None, why: str, now: Instant
) -> None:
    """Add a row, at once: whoever opens something next does so in this transaction."""
    row = {"id": uuid.uuid4().hex, "at": now, "actor": actor, "what": what, "number": number, "why": why}
    session.execute(insert(AccessEntry).values(shop_id=shop, **row))


def was_noted(session: Session, shop: ShopId, actor: str, what: str, why: str, since: Instant) -> bool:
    """Whether the same was noted of the same staff member since that moment."""
    lately = AccessEntry.shop_id == shop, AccessEntry.at > since
    same = AccessEntry.actor == actor, AccessEntry.what == what, AccessEntry.why == why
    return session.scalar(select(AccessEntry.id).where(*lately, *same).limit(1)) is not None


def entries(session: Session, shop: ShopId, after: Place | None, limit: int) -> Sequence[AccessEntry]:
    """The next rows after a place, newest first."""
    statement = select(AccessEntry).where(AccessEntry.shop_id == shop)
    if after is not None:
        statement = statement.where(tuple_(AccessEntry.at, AccessEntry.id) < after)
    return session.scalars(statement.order_by(AccessEntry.at.desc(), AccessEntry.id.desc()).limit(limit)).all()


def shops_with_old_entries(session: Session, before: Instant) -> list[ShopId]:
    """Shops whose log has rows from before that moment."""
    found = select(AccessEntry.shop_id).where(AccessEntry.at < before).distinct()
    return [ShopId(shop) for shop in session.scalars(found)]


def drop_entries(session: Session, shop: ShopId, before: Instant) -> None:
    """Delete the shop's rows from before that moment."""
    session.execute(delete(AccessEntry).where(AccessEntry.shop_id == shop, AccessEntry.at < before))
