"""All numbers that one person has had in a shop."""

from collections.abc import Iterable

from shopify_app.changes.queries import load_aliases
from shopify_app.customers.contacts.contact import Reachable, hashed
from shopify_app.customers.contacts.queries import holders_of
from shopify_app.customers.queries import aliases_of
from shopify_app.db.base import Session, ShopId


def number_named(
    session: Session, shop: ShopId, number: int | None, email: str | None, phone: str | None, lookup_key: bytes
) -> list[int]:
    """The customer whom a request names, if it can be told: by number, else by what is their own and nobody else's."""
    if number is not None:
        return [number]
    own = hashed(Reachable(email, phone), lookup_key, shop)
    found = {holder for contact in own for holder in holders_of(session, shop, contact)}
    # Two spellings of one mailbox may be two records: to forget somebody who has not asked cannot be undone.
    return list(found) if len(found) == 1 else []


def numbers_of(session: Session, shop: ShopId, customers: Iterable[int]) -> list[int]:
    """These numbers, those that they were merged into since, and all that were merged into any of them."""
    now = [each for one in customers for each in (one, *load_aliases(session, shop, [one]).values())]
    return list(dict.fromkeys(each for one in now for each in (one, *aliases_of(session, shop, one))))
