"""What the ledger was told of a cause, and making an account's entries again from it. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import attrgetter

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.loyalty.earning.bonus import bonus
from shopify_app.loyalty.earning.order import Earned, earned
from shopify_app.loyalty.ledger.booking import Booked, book, gone
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.ledger.endings import Endings
from shopify_app.loyalty.ledger.entry import Entry, Head, Kind, entry_mac
from shopify_app.loyalty.ledger.proof import Sealed
from shopify_app.loyalty.programme.rule import Version


class Told(Struct, frozen=True, gc=False):
    """One word of a cause; see PointsTold."""

    number: int
    account: int
    after: int
    known_at: Instant
    is_gone: bool
    booked: Booked
    facts: str = ""


def facts_of(order: Earned) -> str:
    """What an order's points depend on, and nothing that names anybody or what it was paid with."""
    known = replace(order, customer_id=None, codes=(), later=(), gone_at=None)
    return msgspec.json.encode(known).decode()


def again(
    key: bytes,
    head: Head,
    told: Sequence[Told],
    entries: Sequence[Sealed],
    versions: Sequence[Version],
    endings: Endings,
) -> Iterator[str]:
    """Make an account's entries again; a sentence for the first that comes out differently, nothing where all agree."""
    for one in told:
        yield from _rule_faults(one, versions)
    yield from _Replay(key, entries, endings).faults(head, told)


def _rule_faults(one: Told, versions: Sequence[Version]) -> Iterator[str]:
    """Whether an order was given what the rule gives that held when it was placed, by what was known then."""
    cause = one.booked.cause
    if not one.facts or not isinstance(cause, Grant):
        return
    order, held = msgspec.json.decode(one.facts, type=Earned), [each for each in versions if each.since <= one.known_at]
    sort, nth, *_ = cause.key.split("/")
    gives = bonus(order, int(nth), held) if sort == "nth" else earned(order, held)
    if (gives is None and cause.points) or (gives and (gives[0], gives[1].number) != (cause, one.booked.rule)):
        due = gives[0].points if gives else 0
        yield f"{cause.key} gave {cause.points} points by rule {one.booked.rule}, and is due {due}"


@dataclass(slots=True)
class _Replay:
    key: bytes
    entries: Sequence[Sealed]
    endings: Endings
    causes: dict[str, Booked] = field(default_factory=dict)

    def faults(self, head: Head, told: Sequence[Told]) -> Iterator[str]:
        words = defaultdict[int, list[Told]](list)
        for one in sorted(told, key=lambda each: (each.booked.cause.key, each.number)):
            words[one.after].append(one)
        # What was booked before the ledger kept what it was told stands as it was.
        at = self._head_at(head, min(words, default=len(self.entries)))
        while True:
            made, after = self._next(at, self._hear(words.pop(at.seq, [])))
            if not made or list(self.entries[at.seq : after.seq]) != list(made):
                break
            at = after
        if made or at.seq < len(self.entries):
            both = zip_longest(made, self.entries[at.seq : at.seq + max(1, len(made))])
            wrong = next((due, live) for due, live in both if due != live)
            due, live = (_text(one[0]) if one else "nothing" for one in wrong)
            yield f"after entry {at.seq} stands {live}; by what was told it is {due}"
        elif words:
            yield f"something was told after entry {min(words)}, and there are {len(self.entries)}"

    def _head_at(self, head: Head, seq: int) -> Head:
        if seq == 0:
            return Head(head.account, head.opened_at)
        entry, mac = self.entries[seq - 1]
        return Head(head.account, head.opened_at, seq, entry.balance, mac=mac)

    def _hear(self, words: Sequence[Told]) -> tuple[Booked, Instant] | None:
        """Take up what was told at one place; the cause that leaves with points, of which there is one at most."""
        leaving = None
        for one in words:
            known = self.causes.get(one.booked.cause.key)
            if one.is_gone:
                self.causes.pop(one.booked.cause.key, None)
                leaving = (known, one.known_at) if known and known.points else leaving
            elif known:
                so_far = {name: getattr(known, name) for name in ("points", "released", "entries", "first")}
                self.causes[known.cause.key] = replace(one.booked, **so_far)
            else:
                self.causes[one.booked.cause.key] = one.booked
        return leaving

    def _next(self, at: Head, leaving: tuple[Booked, Instant] | None) -> tuple[Sequence[Sealed], Head]:
        """The entries that come next, and the head after them."""
        if leaving:
            entry, mac, _ = gone(self.key, at, *leaving)
            return [(entry, mac)], _after(at, entry, mac)
        if at.seq >= len(self.entries):
            return [], at
        live = self.entries[at.seq][0]
        if live.kind == Kind.MERGE:
            return self._merged(at, live)
        if sum(each.points for each in self.causes.values()) != at.balance:
            return [], at
        booking = book(self.key, at, self.causes.values(), live.known_at, self.endings)
        self.causes |= {each.cause.key: each for each in booking.causes}
        return booking.entries, booking.head

    def _merged(self, at: Head, live: Entry) -> tuple[Sequence[Sealed], Head]:
        """That two became one was told by Shopify: its entry stands for it, and it must fit what is there."""
        if live.cause == f"merge/{at.account}":
            self.causes = {}
            live = replace(live, points=-at.balance)
        entry = replace(live, seq=at.seq + 1, balance=at.balance + live.points)
        mac = entry_mac(self.key, at.account, at.mac, entry)
        return [(entry, mac)], _after(at, entry, mac)


def _after(head: Head, entry: Entry, mac: bytes) -> Head:
    return replace(head, seq=entry.seq, balance=entry.balance, mac=mac)


_said = attrgetter("kind", "points", "cause", "balance")


def _text(entry: Entry) -> str:
    kind, points, cause, balance = _said(entry)
    return f"{kind} {points:+} for {cause} (balance {balance})"
