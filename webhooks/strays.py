"""Deliveries of shops that are not known yet: sealed under a key of their own, until the shop has one."""

import logging
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shopify_app import crypto
from shopify_app.db.base import Database, ShopId
from shopify_app.shops.keys import ShopKeys
from webhooks.inbox import Delivery, Kept

_AT_ONCE = 50
_log = logging.getLogger(__name__)


def noting(deliveries: Iterable[Kept], strays: list[int]) -> Iterator[Kept]:
    """The same deliveries; the numbers of those that are strays are added to the list as they pass."""
    for delivery in deliveries:
        if delivery.key_shop is None:
            strays.append(delivery.id)
        yield delivery


def adopt(database: Database, keys: ShopKeys, shop: ShopId, strays: Sequence[int]) -> None:
    """Seal these under the shop's own key, before they are handled or parked: when it is destroyed, so are they.

    Nothing happens while the shop has no key. What no key opens is left to whoever handles it.
    """
    for start in range(0, len(strays), _AT_ONCE):
        with database.transaction() as session:
            if keys.has(session, shop):
                _adopt(session, keys, shop, strays[start : start + _AT_ONCE])


def _adopt(session: Session, keys: ShopKeys, shop: ShopId, strays: Sequence[int]) -> None:
    statement = select(Delivery).where(Delivery.id.in_(strays), Delivery.key_shop.is_(None)).with_for_update()
    for delivery in session.scalars(statement):
        context = f"delivery {delivery.webhook_id}"
        try:
            packed = crypto.unwrap(keys.stray_keys, delivery.body, context)
        except crypto.Unreadable:
            _log.warning("delivery %s was sealed under a master key that is not at hand", delivery.id)
            continue
        sealed = keys.seal(session, shop, packed, context)
        session.execute(update(Delivery).where(Delivery.id == delivery.id).values(key_shop=shop, body=sealed))


def rewrap_strays(session: Session, keys: ShopKeys, after: int, limit: int) -> int | None:
    """Seal the next of them under the first master key; the last one's number, or None when there are no more."""
    statement = (
        select(Delivery)
        .where(Delivery.key_shop.is_(None), Delivery.id > after)
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update()
    )
    last = None
    for delivery in session.scalars(statement):
        last, context = delivery.id, f"delivery {delivery.webhook_id}"
        if not delivery.body or crypto.opens(keys.stray_keys[0], delivery.body, context):
            continue
        sealed = crypto.wrap(keys.stray_keys, crypto.unwrap(keys.stray_keys, delivery.body, context), context)
        session.execute(update(Delivery).where(Delivery.id == delivery.id).values(body=sealed))
    return last
