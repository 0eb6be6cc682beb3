"""Making the entries of a whole shop again, some accounts at a time."""

from collections.abc import Iterator

from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.ledger.queries import account_numbers, causes_in, sealed_entries, sealed_heads
from shopify_app.loyalty.programme.queries import endings_of, versions_of
from shopify_app.loyalty.told.queries import told_in
from shopify_app.loyalty.told.telling import again

_AT_ONCE = 500


def replay_points(session: Session, shop: ShopId, key: bytes) -> Iterator[tuple[int, str]]:
    """Account and fault, for each whose entries do not follow from what was told, or whose causes were not told."""
    versions, endings = versions_of(session, shop), endings_of(session, shop)
    accounts = account_numbers(session, shop, 0, _AT_ONCE)
    while accounts:
        heads, entries = sealed_heads(session, shop, accounts), sealed_entries(session, shop, accounts)
        told, causes = told_in(session, shop, accounts), causes_in(session, shop, accounts)
        for account in accounts:
            if account not in heads:
                yield account, "its head is missing"
                continue
            words = told[account]
            for fault in again(key, heads[account][0], words, entries[account], versions, endings):
                yield account, fault
            last = {one.booked.cause.key: one.booked.cause for one in sorted(words, key=lambda each: each.number)}
            for booked in causes[account].values():
                if last.get(booked.cause.key) != booked.cause:
                    yield account, f"{booked.cause.key} is not what was told last"
        accounts = account_numbers(session, shop, accounts[-1], _AT_ONCE)
