"""Anchors: once a night all accounts of a shop in one number, so that none can be taken back to an earlier state.

A whole account with its head, put back as it once was, has unbroken seals: only what was kept elsewhere tells that
there was more of it. Whoever can also drop the newest anchor is not found by the database alone; an operator who keeps
what `prove` prints finds even that.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from datetime import timedelta

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.ledger.entry import Anchor
from shopify_app.loyalty.ledger.queries import add_anchor, last_places, newest_anchor

LAG = timedelta(minutes=10)
"""No transaction lasts so long: whatever was written before is there to be seen."""
_MODULUS = 1 << 256

Place = tuple[int, int, bytes]
"""Account, its last entry before a moment, and that entry's seal."""


def digest(key: bytes, places: Iterable[Place]) -> tuple[int, bytes]:
    """How many entries there are, and all accounts' last ones in one number, in whatever order they are told."""
    entries = total = 0
    for account, seq, mac in places:
        entries += seq
        total += int.from_bytes(hmac.digest(key, f"place {account} {seq} ".encode() + mac, hashlib.sha256))
    return entries, (total % _MODULUS).to_bytes(32)


def anchor_seal(key: bytes, anchor: Anchor, before: bytes) -> bytes:
    """The seal of an anchor behind the one whose seal is `before`; empty before the first."""
    said = f"anchor {anchor.number} {anchor.at.isoformat()} {anchor.entries} {anchor.digest.hex()} {before.hex()}"
    return hmac.digest(key, said.encode(), hashlib.sha256)


def take_anchor(session: Session, shop: ShopId, key: bytes, now: Instant) -> Anchor:
    """Anchor what was written until a little while ago."""
    before = newest_anchor(session, shop)
    at = Instant(now - LAG) if before is None else max(Instant(now - LAG), before.at)
    entries, summed = digest(key, last_places(session, shop, at))
    anchor = Anchor(1 if before is None else before.number + 1, at, entries, summed)
    seal = anchor_seal(key, anchor, b"" if before is None else before.seal)
    add_anchor(session, shop, Anchor(anchor.number, at, entries, summed, seal))
    return anchor


def anchor_faults(session: Session, shop: ShopId, key: bytes) -> Iterator[str]:
    """What does not fit the newest anchor; nothing where all does, or where there is none yet."""
    newest = newest_anchor(session, shop)
    if newest is None:
        return
    before = newest_anchor(session, shop, below=newest.number)
    if newest.seal != anchor_seal(key, newest, b"" if before is None else before.seal):
        yield f"the anchor of {newest.at.isoformat()} is not as it was written"
    entries, summed = digest(key, last_places(session, shop, newest.at))
    if (entries, summed) != (newest.entries, newest.digest):
        yield f"{newest.entries} entries were there at {newest.at.isoformat()}; they are not the {entries} there now"
