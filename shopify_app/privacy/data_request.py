"""Answering a customer's request for their data: to the merchant, who must pass it on."""

import json
from datetime import timedelta

from shopify_app.clock import Instant
from shopify_app.customers.contacts.contact import Reachable, hashed
from shopify_app.customers.queries import customer_hash, guest_hash
from shopify_app.db.base import Session, ShopId
from shopify_app.privacy.numbers import Person, whom
from shopify_app.privacy.queries import held_of
from shopify_app.privacy.requests.queries import DATA_REQUEST, SHOPIFY, add_request, answer_context
from shopify_app.shops.keys import ShopKeys

DUE = timedelta(days=30)


def answer_data_request(
    session: Session,
    shop: ShopId,
    person: Person,
    keys: ShopKeys,
    lookup_key: bytes,
    now: Instant,
    asked_at: Instant | None = None,
) -> None:
    """Collect all we hold of a customer, by whatever numbers we know them, sealed.

    Those of the named orders that have no customer were placed by a guest, whom Shopify knows to be the same person.
    """
    customers = whom(session, shop, person, lookup_key)
    reached = hashed(Reachable(person.email, person.phone), lookup_key, shop)
    held = held_of(session, shop, customers, person.orders, reached)
    asked = min(asked_at or now, now)
    times = (asked, Instant(asked + DUE), now)
    row = add_request(session, shop, DATA_REQUEST, times, SHOPIFY, len(held["orders"]))
    guests = [each["order_id"] for each in held["orders"] if each["customer_id"] is None]
    about = [customer_hash(lookup_key, shop, each) for each in customers]
    row.about = " ".join([*about, *(guest_hash(lookup_key, shop, each) for each in guests)])
    answer = {"customer_numbers": customers, **held}
    row.answer = keys.seal(session, shop, json.dumps(answer).encode(), answer_context(row.id))
    session.flush()
