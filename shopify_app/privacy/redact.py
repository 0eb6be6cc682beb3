"""Forgetting a customer, or a whole shop."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomerRedacted
from shopify_app.changes.generations.queries import drop_rows_elsewhere
from shopify_app.clock import Instant
from shopify_app.customers.queries import aliases_of, customer_hash, forget
from shopify_app.db.base import Session, ShopId
from shopify_app.privacy.queries import (
    add_request,
    begin_erasure,
    delete_shop,
    drop_answers,
    has_erasures,
    orders_of,
    rename_in_versions,
)
from shopify_app.privacy.traces import address, hashed, number, phone
from shopify_app.shops.model import INSTALLED
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import hasten, request

DUE = timedelta(days=30)
ERASE = "erase_deliveries"
"""The kind of task that searches the kept deliveries."""
OPAQUE_FROM = 1 << 62
"""Opaque numbers stand above every id that Shopify gives out."""
_ACTOR = "system:redact"


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Whom Shopify asks us to forget, by whatever it names them."""

    number: int | None
    email: str | None
    phone: str | None
    orders: Collection[int]


def redact_person(
    session: Session,
    shop: ShopId,
    person: Person,
    delivery_id: int,
    lookup_key: bytes,
    now: Instant,
    opaque: int | None = None,
) -> None:
    """Forget the customer, and have all kept deliveries searched for what names them.

    We keep facts under numbers alone: of somebody named by an e-mail address there are only deliveries.
    """
    found = {number(order) for order in person.orders}
    found |= {address(person.email)} if person.email else set()
    found |= {phone(person.phone)} if person.phone else set()
    if person.number is not None:
        people = [person.number, *aliases_of(session, shop, person.number)]
        found |= {number(each) for each in (*people, *orders_of(session, shop, people))}
        redact_customer(session, shop, person.number, lookup_key, now, opaque)
    begin_erasure(session, shop, delivery_id, hashed(lookup_key, shop, found), now)
    request(session, shop, ERASE, None, _ACTOR, now)
    hasten(session, shop, ERASE, now)


def search_on(session: Session, shop: ShopId, now: Instant) -> None:
    """Request the search again where its task was stopped before the end."""
    if has_erasures(session, shop):
        request(session, shop, ERASE, None, _ACTOR, now)


def redact_customer(
    session: Session, shop: ShopId, customer: int, lookup_key: bytes, now: Instant, opaque: int | None = None
) -> None:
    """Put the customer's orders under a random number that means nobody, or under the one that they had before.

    Counts and sums stay as they are. Later news of the customer, an old delivery or an import, is recognised
    by a keyed hash and goes to the same number.
    """
    people = [customer, *aliases_of(session, shop, customer)]
    orders = len(orders_of(session, shop, people))
    opaque = opaque or OPAQUE_FROM + secrets.randbelow(OPAQUE_FROM)
    facts = [CustomerRedacted(person, opaque, now) for person in people]
    apply_facts(session, shop, facts, now, lookup_key)
    drop_rows_elsewhere(session, shop, people)
    forget(session, shop, people, opaque, lookup_key, now)
    rename_in_versions(session, shop, people, opaque)
    drop_answers(session, shop, [customer_hash(lookup_key, shop, person) for person in people])
    add_request(session, shop, "customer_redact", now, Instant(now + DUE), orders)


def redact_shop(session: Session, shop: ShopId, at: Instant) -> bool:
    """Delete the shop, its key first; False when it was installed again after the request was made."""
    row = get_shop(session, shop)
    if row.state == INSTALLED and row.installed_at > at:
        return False
    delete_shop(session, shop)
    return True
