"""Accounts in the middle of being changed: locked, booked, and written in the caller's transaction."""

from collections.abc import Collection
from dataclasses import dataclass, field

from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.ledger.booking import Booked, book, causes_of, gone
from shopify_app.loyalty.ledger.endings import Endings
from shopify_app.loyalty.ledger.entry import Entry, Head, Kind, entry_mac
from shopify_app.loyalty.ledger.queries import (
    add_entries,
    add_members,
    add_totals,
    causes_in,
    lock_heads,
    new_head,
    newest_anchor,
    store_causes,
    store_heads,
)
from shopify_app.loyalty.ledger.standing import Standing, standing
from shopify_app.loyalty.outward.asking import follow
from shopify_app.loyalty.programme.queries import endings_of
from shopify_app.loyalty.told.queries import add_told
from shopify_app.loyalty.told.telling import Told
from shopify_app.shops.queries import touch

MERGED = "system:merge"
"""The actor where Shopify merged two customers."""


def open_accounts(session: Session, shop: ShopId, key: bytes, now: Instant) -> "OpenAccounts":
    """None yet: accounts are opened by what loads them.

    They are written now, or when the last anchor was: what it covers is not added to, whatever the clock says.
    """
    anchor = newest_anchor(session, shop)
    at = now if anchor is None else max(now, anchor.at)
    return OpenAccounts(session, shop, key, at, endings_of(session, shop))


@dataclass(slots=True)
class OpenAccounts:
    """Accounts in the middle of being changed: nobody else can change them meanwhile."""

    session: Session
    shop: ShopId
    key: bytes
    now: Instant
    endings: Endings
    heads: dict[int, Head] = field(default_factory=dict)
    causes: dict[int, dict[str, Booked]] = field(default_factory=dict)
    before: dict[int, Head] = field(default_factory=dict)
    """The heads as they were."""
    opened: dict[int, int] = field(default_factory=dict)
    """By customer, accounts that are new."""
    entries: list[tuple[int, Entry, bytes]] = field(default_factory=list)
    written: dict[str, tuple[int, Booked]] = field(default_factory=dict)
    loaded: dict[str, tuple[int, Booked]] = field(default_factory=dict)
    """By key, causes as they were, each with its account."""
    facts: dict[str, str] = field(default_factory=dict)
    """By cause, what it follows from; see told/model.py."""
    told: list[Told] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)
    """Accounts that came to another customer, or to one of two who became one."""

    def load(self, accounts: Collection[int]) -> None:
        """Lock those that are not yet, and read what moved their points."""
        missing = set(accounts) - self.heads.keys()
        found = lock_heads(self.session, self.shop, missing)
        self.heads |= found
        self.before |= found
        for account, causes in causes_in(self.session, self.shop, missing).items():
            self.causes[account] = causes
            self.loaded |= {key: (account, booked) for key, booked in causes.items()}

    def open(self, customer: int) -> int:
        """A new account for a customer who has none; its number."""
        head = new_head(self.now)
        self.heads[head.account], self.causes[head.account] = head, {}
        self.opened[customer] = head.account
        return head.account

    def standing(self, account: int) -> Standing:
        """Where a loaded account stands."""
        return standing(causes_of(self.causes[account].values()), self.now, self.endings)

    def put(self, account: int, booked: Booked, facts: str = "") -> None:
        """Have a cause in an account as it is now; `facts` say what it follows from, of an order's points."""
        self.facts[booked.cause.key] = facts
        self.causes[account][booked.cause.key] = booked
        self.written[booked.cause.key] = account, booked

    def move(self, cause: str, old: int, account: int) -> None:
        """Take a cause, with what was booked of it, from one account to another."""
        if cause in self.written:
            # It has only just come to the old one, by a merge: of what was never there nothing can go.
            self._tell_if_changed(cause)
        booked = self.causes[old].pop(cause)
        booked = self._tell(old, booked, is_gone=True)
        if booked.points:
            entry, mac, booked = gone(self.key, self.heads[old], booked, self.now)
            self._append(old, entry, mac)
        self.put(account, replace(booked, points=0, released=0, first=None))

    def join(self, old: int, kept: int) -> None:
        """Let one account go up in another, with its balance."""
        self.moved.add(kept)
        balance = self.heads[old].balance
        for booked in list(self.causes[old].values()):
            self.put(kept, replace(booked, first=None))
        self.causes[old] = {}
        for nth, (account, points) in enumerate(((old, -balance), (kept, balance)), 1):
            head = self.heads[account]
            entry = Entry(
                seq=head.seq + 1,
                kind=Kind.MERGE,
                cause=f"merge/{old}",
                nth=nth,
                points=points,
                moved=0,
                balance=head.balance + points,
                reverses=None,
                rule=None,
                actor=MERGED,
                at=self.now,
                known_at=self.now,
            )
            self._append(account, entry, entry_mac(self.key, account, head.mac, entry))

    def _append(self, account: int, entry: Entry, mac: bytes) -> None:
        self.entries.append((account, entry, mac))
        self.heads[account] = replace(self.heads[account], seq=entry.seq, balance=entry.balance, mac=mac)

    def store(self) -> None:
        """Book what the causes make, and write all of it; open pages hear of entries."""
        self._tell_changed()
        for account, causes in self.causes.items():
            booking = book(self.key, self.heads[account], causes.values(), self.now, self.endings)
            self.heads[account] = booking.head
            self.entries += [(account, entry, mac) for entry, mac in booking.entries]
            for booked in booking.causes:
                self.put(account, booked)
        add_told(self.session, self.shop, self.told)
        add_entries(self.session, self.shop, self.entries)
        store_causes(self.session, self.shop, self.written.values())
        add_members(self.session, self.shop, self.opened)
        changed = [head for account, head in self.heads.items() if self.before.get(account) != head]
        store_heads(self.session, self.shop, changed, self.key)
        if changed or self.written:
            touch(self.session, self.shop)
        add_totals(self.session, self.shop, len(self.opened), self.before.values(), self.heads.values())
        follow(self.session, self.shop, [head.account for head in changed if self._shows(head)], self.moved, self.now)

    def _tell_changed(self) -> None:
        """Keep what is known of causes that is something else than before."""
        for key in list(self.written):
            self._tell_if_changed(key)

    def _tell_if_changed(self, key: str) -> None:
        account, booked = self.written[key]
        place, was = self.loaded.get(key, (None, booked))
        if (place, was.cause, was.rule) != (account, booked.cause, booked.rule):
            self.causes[account][key] = told = self._tell(account, booked)
            self.written[key] = account, told

    def _tell(self, account: int, booked: Booked, *, is_gone: bool = False) -> Booked:
        after, facts = self.heads[account].seq, self.facts.get(booked.cause.key, "")
        booked = replace(booked, told=booked.told + 1)
        self.told.append(Told(booked.told, account, after, self.now, is_gone, booked, "" if is_gone else facts))
        return booked

    def _shows(self, head: Head) -> bool:
        """Whether whoever is told of an account sees that it has changed."""
        before = self.before.get(head.account)
        return before is None or (before.available, before.pending) != (head.available, head.pending)
