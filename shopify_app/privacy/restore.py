"""After a backup was put back: keys for the shops that still have one, and redactions made since made again."""

from collections.abc import Collection

from shopify_app.clock import Instant
from shopify_app.customers.queries import customer_hash
from shopify_app.db.base import Session, ShopId
from shopify_app.privacy.key_file import KeptKey, KeptRedaction, KeyFile
from shopify_app.privacy.numbers import Person
from shopify_app.privacy.queries import (
    add_redaction,
    known_customers,
    redactions,
    wrapped_keys,
    write_key,
)
from shopify_app.privacy.redact import RESTORED, redact_person
from shopify_app.shops.keys import ShopKeys


def collect(session: Session, now: Instant) -> KeyFile:
    """Everything that the key file holds."""
    keys = [KeptKey(shop, domain, wrapped) for shop, domain, wrapped in wrapped_keys(session)]
    redacted = [KeptRedaction(shop, customer, opaque) for shop, customer, opaque in redactions(session)]
    return KeyFile(now, keys, redacted)


def restore_key(session: Session, keys: ShopKeys, kept: KeptKey) -> bool:
    """Give the shop its key back; False when it is not this shop, has a key, or no master key opens this one.

    Numbers may be given out again after an old backup was put back: the domain must be the same too, and the
    wrapping says the number.
    """
    shop = ShopId(kept.shop)
    return keys.unwraps(shop, kept.wrapped) and write_key(session, shop, kept.domain, kept.wrapped)


def redact_again(
    session: Session, shop: ShopId, kept: Collection[KeptRedaction], lookup_key: bytes, now: Instant
) -> int:
    """Redact everybody in the shop who has been redacted since the backup; how many customers were found.

    Their numbers are nowhere: those that we know are compared by hash.
    """
    before = _hashes(session, shop)
    missing = {one.customer: one.opaque for one in kept if one.customer not in before}
    known = known_customers(session, shop) if missing else ()
    found = {name: each for each in known if (name := customer_hash(lookup_key, shop, each)) in missing}
    for name, customer in found.items():
        if name not in _hashes(session, shop):
            person = Person(customer, None, None, ())
            redact_person(session, shop, person, None, lookup_key, now, missing[name], actor=RESTORED)
    for name, opaque in missing.items():
        add_redaction(session, shop, name, opaque, now)
    return len(found)


def _hashes(session: Session, shop: ShopId) -> set[str]:
    return {name for _, name, _ in redactions(session, shop)}
