"""Forgetting a customer, or a whole shop."""

import secrets
from datetime import timedelta

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomerRedacted
from shopify_app.clock import Instant
from shopify_app.customers.queries import aliases_of, customer_hash, forget
from shopify_app.db.base import Session, ShopId
from shopify_app.privacy.queries import add_request, delete_shop, drop_answers, held_of, rename_in_versions
from shopify_app.shops.model import INSTALLED
from shopify_app.shops.queries import get_shop

DUE = timedelta(days=30)
_OPAQUE_FROM = 1 << 62
"""Opaque numbers stand above every id that Shopify gives out."""


def redact_customer(session: Session, shop: ShopId, customer: int, lookup_key: bytes, now: Instant) -> None:
    """Put the customer's orders under a random number that means nobody.

    Counts and sums stay as they are. Later news of the customer, an old delivery or an import, is recognised
    by a keyed hash and goes to the same number.
    """
    people = [customer, *aliases_of(session, shop, customer)]
    orders = len(held_of(session, shop, people)["orders"])
    opaque = _OPAQUE_FROM + secrets.randbelow(_OPAQUE_FROM)
    facts = [CustomerRedacted(person, opaque, now) for person in people]
    apply_facts(session, shop, facts, now, lookup_key)
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
