"""Answering a customer's request for their data: to the merchant, who must pass it on."""

import json
from datetime import timedelta

from shopify_app.clock import Instant
from shopify_app.customers.queries import aliases_of
from shopify_app.db.base import Session, ShopId
from shopify_app.privacy.queries import add_request, held_of
from shopify_app.shops.keys import ShopKeys

DUE = timedelta(days=30)


def answer_data_request(session: Session, shop: ShopId, customer: int, keys: ShopKeys, now: Instant) -> None:
    """Collect all we hold of the customer and of those merged into them, sealed until the merchant fetches it."""
    customers = [customer, *aliases_of(session, shop, customer)]
    held = held_of(session, shop, customers)
    row = add_request(session, shop, "data_request", now, Instant(now + DUE), len(held["orders"]))
    row.answer = keys.seal(session, shop, json.dumps(held).encode(), f"data request {row.id}")
    session.flush()
