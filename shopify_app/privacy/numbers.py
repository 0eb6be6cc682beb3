"""Whom a request of Shopify's is about, and all numbers that one person has had in a shop."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from shopify_app.changes.queries import load_aliases
from shopify_app.customers.contacts.contact import EMAIL, Reachable, hashed
from shopify_app.customers.contacts.queries import holders_of, load_contacts
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.customers.queries import aliases_of, redacted_ids
from shopify_app.db.base import Session, ShopId
from shopify_app.privacy.queries import owners_of


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Whom Shopify asks us to tell or to forget, by whatever it names them."""

    number: int | None
    email: str | None = None
    phone: str | None = None
    orders: Collection[int] = ()


def numbers_of(session: Session, shop: ShopId, customers: Iterable[int]) -> list[int]:
    """These numbers, those that they were merged into since, and all that were merged into any of them."""
    now = [each for one in customers for each in (one, *load_aliases(session, shop, [one]).values())]
    return list(dict.fromkeys(each for one in now for each in (one, *aliases_of(session, shop, one))))


def whom(session: Session, shop: ShopId, person: Person, lookup_key: bytes) -> list[int]:
    """Whoever a request of Shopify's is about: one person, whatever numbers we know them by.

    An order that was theirs and stands under another customer since is that other's now. Of somebody who was forgotten
    before, nothing tells any more which orders were theirs: those that stand under another customer are left to them.
    Who is named neither by number nor by an order is found by e-mail address and phone.
    """
    named = [] if person.number is None else numbers_of(session, shop, [person.number])
    if redacted_ids(session, shop, named, lookup_key):
        return named
    owners = owners_of(session, shop, person.orders, named, OPAQUE_FROM)
    told = list(dict.fromkeys([*named, *numbers_of(session, shop, owners)]))
    return told or numbers_of(session, shop, _reached(session, shop, person, lookup_key))


def _reached(session: Session, shop: ShopId, person: Person, lookup_key: bytes) -> list[int]:
    """The one customer whose own e-mail address or phone it is, if there is only one.

    Two spellings of one mailbox may be two records, and whoever has the phone but another e-mail address may be
    somebody else: to forget somebody who has not asked cannot be undone.
    """
    own = hashed(Reachable(person.email, person.phone), lookup_key, shop)
    found = {holder for contact in own for holder in holders_of(session, shop, contact)}
    if len(found) != 1:
        return []
    theirs = {contact for known in load_contacts(session, shop, found).values() for contact in known.held}
    asked, has = ({one for one in some if one.kind == EMAIL} for some in (own, theirs))
    return [] if asked and has and not asked & has else list(found)
