"""Proving an account: its entries against their chain, its head against its entries, both against what caused them.

Pure; each fault is a sentence that names the place.
"""

import hmac
from collections.abc import Iterator, Sequence

from shopify_app.clock import Instant
from shopify_app.loyalty.ledger.booking import Booked, causes_of
from shopify_app.loyalty.ledger.endings import Endings
from shopify_app.loyalty.ledger.entry import Entry, Head, entry_mac, head_mac
from shopify_app.loyalty.ledger.standing import standing

Sealed = tuple[Entry, bytes]


def faults(
    key: bytes,
    head: Head | None,
    seal: bytes,
    entries: Sequence[Sealed],
    causes: Sequence[Booked],
    now: Instant,
    endings: Endings,
) -> Iterator[str]:
    """What is wrong with one account; nothing where all is as it was written. Entries in the order of their places."""
    if head is None:
        yield "its head is missing"
        return
    yield from _chain_faults(key, head, entries)
    yield from _head_faults(key, head, seal, entries)
    booked = sum(each.points for each in causes)
    if booked != head.balance:
        yield f"its causes come to {booked} points, its balance to {head.balance}"
    makes = standing(causes_of(causes), now, endings).balance
    if makes != booked:
        yield f"its causes make {makes} points, {booked} were booked"


def _chain_faults(key: bytes, head: Head, entries: Sequence[Sealed]) -> Iterator[str]:
    before, balance = b"", 0
    for place, (entry, mac) in enumerate(entries, 1):
        balance += entry.points
        if entry.seq != place:
            yield f"entry {place} is missing"
            return
        if not hmac.compare_digest(mac, entry_mac(key, head.account, before, entry)):
            yield f"entry {place} is not as it was written"
            return
        if entry.balance != balance:
            yield f"entry {place} says a balance of {entry.balance}, the entries come to {balance}"
        before = mac


def _head_faults(key: bytes, head: Head, seal: bytes, entries: Sequence[Sealed]) -> Iterator[str]:
    if not hmac.compare_digest(seal, head_mac(key, head)):
        yield "its head is not as it was written"
    if head.seq != len(entries):
        yield f"its head stands at entry {head.seq}, and there are {len(entries)}"
    elif entries and head.mac != entries[-1][1]:
        yield "its head does not follow from its last entry"
    balance = sum(entry.points for entry, _ in entries)
    if (head.balance, head.available + head.pending - head.debt) != (balance, balance):
        yield f"its head says a balance of {head.balance}, its entries come to {balance}"
