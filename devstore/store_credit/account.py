"""One account of store credit: pure arithmetic on its transactions. Soonest-expiring credit is spent first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

NewId = Callable[[str], int]
CREDIT, DEBIT = "StoreCreditAccountCreditTransaction", "StoreCreditAccountDebitTransaction"
REVERT, EXPIRATION = "StoreCreditAccountDebitRevertTransaction", "StoreCreditAccountExpirationTransaction"
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Entry:
    """One transaction; ``amount`` in minor units, below zero where it goes out, ``balance`` what was there after it."""

    id: int
    kind: str
    """CREDIT, DEBIT, REVERT or EXPIRATION."""
    at: datetime
    amount: int
    balance: int
    event: str = "ADJUSTMENT"
    expires_at: datetime | None = None
    left: int = 0
    """Of a credit: what has not been spent; once it has lapsed, what was left of it then."""
    lapsed: bool = False
    of: "Entry | None" = None
    """The debit that is reverted, or the credit that has lapsed."""
    drawn: list[tuple["Entry", int]] = field(default_factory=list)
    """Of a debit: how much of which credit it spent and has not been given back."""


@dataclass(slots=True)
class Account:
    """The store credit that a customer has in one currency; the owner is a customer's number."""

    id: int
    owner: int
    currency: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """What can be spent, as of the last transaction."""
        return self.entries[-1].balance if self.entries else 0

    def give(self, new_id: NewId, amount: int, at: datetime, expires_at: datetime | None = None) -> Entry:
        """Credit comes in."""
        entry = self._write(new_id, CREDIT, amount, at)
        entry.left, entry.expires_at = amount, expires_at
        return entry

    def take(self, new_id: NewId, amount: int, at: datetime, event: str = "ADJUSTMENT") -> Entry:
        """Credit goes out, of what lapses soonest; ValueError where there is not so much."""
        if not 0 < amount <= self.balance:
            raise ValueError("there is not so much store credit")
        entry = self._write(new_id, DEBIT, -amount, at)
        entry.event = event
        live = [one for one in self.entries if one.left and not one.lapsed]
        for credit in sorted(live, key=lambda one: (one.expires_at or _NEVER, one.id)):
            part = min(credit.left, amount)
            if part:
                credit.left, amount = credit.left - part, amount - part
                entry.drawn.append((credit, part))
        return entry

    def revert(self, new_id: NewId, debit: Entry, amount: int, at: datetime, event: str) -> Entry:
        """So much of a debit comes back to the credits it was taken from, last to lapse first."""
        entry = self._write(new_id, REVERT, amount, at)
        entry.event, entry.of = event, debit
        rest, debit.drawn = debit.drawn[::-1], []
        for credit, part in rest:
            back = min(part, amount)
            amount -= back
            if back and credit.lapsed:
                # What was left of it then is gone; what comes back now lapses by itself.
                credit.left, credit.lapsed = 0, False
            credit.left += back
            if part > back:
                debit.drawn.insert(0, (credit, part - back))
        return entry

    def lapse(self, new_id: NewId, now: datetime) -> None:
        """Let go what has expired by now, each at its moment."""
        due = [one for one in self.entries if one.left and not one.lapsed and (one.expires_at or _NEVER) <= now]
        for credit in sorted(due, key=lambda one: (one.expires_at or _NEVER, one.id)):
            at = max(credit.expires_at or now, self.entries[-1].at)
            credit.lapsed = True
            self._write(new_id, EXPIRATION, -credit.left, at).of = credit

    def _write(self, new_id: NewId, kind: str, amount: int, at: datetime) -> Entry:
        entry = Entry(new_id("credit_entry"), kind, at, amount, self.balance + amount)
        self.entries.append(entry)
        return entry
