"""From causes to entries: what an account's entries say too little or too much, said in new ones. Pure.

Whoever books twice writes nothing the second time: entries are the difference between what the causes make and what
was booked of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.loyalty.ledger.causes import Causes, End, Grant, Use
from shopify_app.loyalty.ledger.endings import Endings, rules_by
from shopify_app.loyalty.ledger.entry import Entry, Head, Kind, entry_mac
from shopify_app.loyalty.ledger.standing import Standing, standing

Cause = Grant | Use | End


class Booked(Struct, frozen=True):
    """A cause with what the entries say of it so far."""

    cause: Cause
    actor: str
    by_hand: bool = False
    """Whether somebody of the shop gave or took the points."""
    rule: int | None = None
    points: int = 0
    """What its entries in this account sum to."""
    released: int = 0
    """Of a grant: how many points are no longer pending by them."""
    entries: int = 0
    """How many there are, in all accounts of the shop."""
    first: int | None = None
    """The place of its first entry in this account."""
    told: int = 0
    """How often the ledger was told of it."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What booking an account gives."""

    head: Head
    entries: Sequence[tuple[Entry, bytes]]
    """With their seals."""
    causes: Sequence[Booked]
    """Those of which something else is booked now."""
    standing: Standing


def book(key: bytes, head: Head, causes: Iterable[Booked], now: Instant, endings: Endings) -> Booking:
    """The entries that an account lacks at this moment."""
    every = sorted(causes, key=_order)
    now_is = standing(causes_of(every), now, endings)
    entries, changed = list[tuple[Entry, bytes]](), list[Booked]()
    seq, balance, mac = head.seq, head.balance, head.mac
    for booked in every:
        after = booked
        for kind, points, moved in _missing(booked, now_is, now):
            seq, balance = seq + 1, balance + points
            entry = _entry(after, kind, points, moved, now, seq, balance)
            mac = entry_mac(key, head.account, mac, entry)
            entries.append((entry, mac))
            after = _told(after, entry)
        if after is not booked:
            changed.append(after)
    sums = {"available": now_is.to_spend, "pending": now_is.waiting, "debt": now_is.debt}
    ends_at, ending = _next_end(now_is)
    ends = {"ends_at": ends_at, "ending": ending, "endings": rules_by(endings, now)}
    return Booking(replace(head, seq=seq, balance=balance, mac=mac, **sums, **ends), entries, changed, now_is)


def _next_end(now_is: Standing) -> tuple[Instant | None, int]:
    """When the next points end, and how many then."""
    first = now_is.ends[0] if now_is.ends else None
    if first is None:
        return None, 0
    return first, sum(piece.points for piece, ends in zip(now_is.available, now_is.ends, strict=True) if ends == first)


def gone(key: bytes, head: Head, booked: Booked, now: Instant) -> tuple[Entry, bytes, Booked]:
    """The entry that takes a cause out of an account which it does not belong to, and the cause without entries."""
    kind = Kind.REVERSE if booked.points > 0 else Kind.RESTORE
    entry = _entry(booked, kind, -booked.points, 0, now, head.seq + 1, head.balance - booked.points)
    after = replace(_told(booked, entry), points=0, released=0, first=None)
    return entry, entry_mac(key, head.account, head.mac, entry), after


def causes_of(every: Iterable[Booked]) -> Causes:
    """The causes by themselves."""
    causes = [booked.cause for booked in every]
    return Causes(
        tuple(cause for cause in causes if isinstance(cause, Grant)),
        tuple(cause for cause in causes if isinstance(cause, Use)),
        tuple(cause for cause in causes if isinstance(cause, End)),
    )


def _order(booked: Booked) -> tuple[Instant, str]:
    cause = booked.cause
    return (cause.earned_at if isinstance(cause, Grant) else cause.at), cause.key


def _missing(booked: Booked, now_is: Standing, now: Instant) -> Iterator[tuple[Kind, int, int]]:
    """Kind, points and moved points of each entry that a cause lacks."""
    cause = booked.cause
    match cause:
        case Grant():
            yield from _missing_of_grant(booked, cause, now)
        case Use():
            if change := -cause.net - booked.points:
                took = Kind.ADJUST if booked.by_hand else Kind.REDEEM
                yield (took if change < 0 else Kind.RESTORE), change, 0
        case End():
            if change := -now_is.ended[cause.key] - booked.points:
                yield (Kind.EXPIRE if change < 0 else Kind.RESTORE), change, 0


def _missing_of_grant(booked: Booked, grant: Grant, now: Instant) -> Iterator[tuple[Kind, int, int]]:
    if change := grant.points - booked.points:
        gave = Kind.ADJUST if booked.by_hand else Kind.EARN
        yield (gave if change > 0 else Kind.REVERSE), change, 0
    released = grant.points if grant.available_at is not None and grant.available_at <= now else 0
    if released > booked.released:
        yield Kind.RELEASE, 0, released - booked.released


def _entry(booked: Booked, kind: Kind, points: int, moved: int, now: Instant, seq: int, balance: int) -> Entry:
    takes_back = kind in (Kind.REVERSE, Kind.RESTORE)
    return Entry(
        seq=seq,
        kind=kind,
        cause=booked.cause.key,
        nth=booked.entries + 1,
        points=points,
        moved=moved,
        balance=balance,
        reverses=booked.first if takes_back else None,
        rule=booked.rule,
        actor=booked.actor,
        at=_order(booked)[0],
        known_at=now,
    )


def _told(booked: Booked, entry: Entry) -> Booked:
    return replace(
        booked,
        points=booked.points + entry.points,
        released=booked.released + entry.moved,
        entries=booked.entries + 1,
        first=booked.first or entry.seq,
    )
