"""Entries of the ledger and the chain that seals them. Pure.

Each entry carries an HMAC over itself and the one before (RFC 2104, SHA-256); the head of an account carries one over
its last entry and its sums. Whoever changes, inserts or drops an entry without the key breaks the chain at that place.
"""

import hashlib
import hmac
import json
from enum import StrEnum

from msgspec import Struct

from shopify_app.clock import Instant


class Kind(StrEnum):
    """What an entry says."""

    EARN = "earn"
    RELEASE = "release"
    """Pending points can be spent from now on; the balance stays."""
    REDEEM = "redeem"
    RESTORE = "restore"
    """Points of a use, or of an end, came back."""
    REVERSE = "reverse"
    """Points that were earned were taken back, with what earned them."""
    EXPIRE = "expire"
    ADJUST = "adjust"
    """Somebody of the shop gave points, or took them."""
    MERGE = "merge"
    """The balance of one account went to another, whose customer it turned out to be."""


class Entry(Struct, frozen=True, gc=False):
    """One line of an account: never changed and never deleted."""

    seq: int
    """Its place in the account, from 1."""
    kind: Kind
    cause: str
    nth: int
    """Which entry of its cause it is, in the whole shop."""
    points: int
    """By how much the balance rose; below 0 where it fell."""
    moved: int
    """Of a release: how many pending points it is about."""
    balance: int
    """Afterwards; below 0 where points are owed."""
    reverses: int | None
    """The place of the entry that it takes back, wholly or in part."""
    rule: int | None
    """The version of the programme that gave the points."""
    actor: str
    at: Instant
    """When what caused it happened."""
    known_at: Instant
    """When it was written."""


class Head(Struct, frozen=True, gc=False):
    """What an account has by its last entry."""

    account: int
    opened_at: Instant
    seq: int = 0
    balance: int = 0
    available: int = 0
    pending: int = 0
    debt: int = 0
    mac: bytes = b""
    """Of the last entry."""
    ends_at: Instant | None = None
    """When the next of what can be spent ends; not sealed, as it follows from the rest."""
    ending: int = 0
    """How many points end then."""
    endings: int = 0
    """How many rules about the end of points there had been when this was worked out."""


class Anchor(Struct, frozen=True):
    """What all accounts of a shop were at a moment; see anchoring.py."""

    number: int
    at: Instant
    entries: int
    digest: bytes
    seal: bytes = b""


def ledger_key(secret: bytes, shop: int) -> bytes:
    """The key of one shop's chains, made from a secret of the installation that never changes."""
    return hmac.digest(secret, f"ledger {shop}".encode(), hashlib.sha256)


def entry_mac(key: bytes, account: int, before: bytes, entry: Entry) -> bytes:
    """The seal of an entry behind the one whose seal is `before`; empty before the first."""
    values = [getattr(entry, name) for name in entry.__struct_fields__[:-2]]
    moments = [entry.at.isoformat(), entry.known_at.isoformat()]
    return _mac(key, ["entry", account, before.hex(), *values, *moments])


def head_mac(key: bytes, head: Head) -> bytes:
    """The seal of an account's head."""
    sums = [head.seq, head.balance, head.available, head.pending, head.debt]
    return _mac(key, ["head", head.account, *sums, head.mac.hex()])


def _mac(key: bytes, values: list[object]) -> bytes:
    return hmac.digest(key, json.dumps(values).encode(), hashlib.sha256)
