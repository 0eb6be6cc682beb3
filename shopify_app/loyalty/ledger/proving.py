"""Proving the points of a whole shop, some accounts at a time."""

from collections.abc import Iterator

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.ledger.anchoring import anchor_faults
from shopify_app.loyalty.ledger.proof import faults
from shopify_app.loyalty.ledger.queries import account_numbers, causes_in, sealed_entries, sealed_heads
from shopify_app.loyalty.programme.queries import endings_of

_AT_ONCE = 500


def prove_points(session: Session, shop: ShopId, key: bytes, now: Instant) -> Iterator[tuple[int, str]]:
    """Account, or 0 for all together, and fault, for everything that is not as it was written."""
    for fault in anchor_faults(session, shop, key):
        yield 0, fault
    endings = endings_of(session, shop)
    accounts = account_numbers(session, shop, 0, _AT_ONCE)
    while accounts:
        heads, entries = sealed_heads(session, shop, accounts), sealed_entries(session, shop, accounts)
        causes = causes_in(session, shop, accounts)
        for account in accounts:
            head, seal = heads.get(account, (None, b""))
            for fault in faults(key, head, seal, entries[account], list(causes[account].values()), now, endings):
                yield account, fault
        accounts = account_numbers(session, shop, accounts[-1], _AT_ONCE)
