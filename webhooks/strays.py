"""Deliveries of shops that are not known yet, after the master key was changed."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shopify_app import crypto
from shopify_app.shops.keys import ShopKeys
from webhooks.inbox import Delivery


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
