"""How the Admin API answers for store credit."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from devstore.answer_kinds import Answer, plain
from devstore.pages import iso
from devstore.search import Fields, sorted_by
from devstore.sources import Arguments, Ask, Money
from devstore.store_credit.account import CREDIT, DEBIT, EXPIRATION, REVERT, Account
from devstore.store_credit.book import EntryOf

_TYPES = {CREDIT: "credit", DEBIT: "debit", REVERT: "debit_revert", EXPIRATION: "expiration"}
CREDIT_KINDS = tuple(_TYPES)
"""The types of its transactions."""
_NEVER = datetime.max.replace(tzinfo=UTC)


def _accounts(customer: Any, ask: Ask, arguments: Arguments) -> list[Any]:
    words: dict[str, Callable[[Any], str]] = {"currency_code": lambda one: one.currency}
    fields = Fields(ask.shop.zone, {}, {"id": lambda one: one.id}, words)
    found: list[Any] = list(ask.shop.credit.accounts(customer.id))
    return sorted_by(found, arguments.get("query") or "", fields, {"ID": lambda one: one.id}, "ID", reverse=False)


def _transactions(account: Account, ask: Ask, arguments: Arguments) -> list[Any]:
    times: dict[str, Callable[[Any], datetime]] = {"expires_at": lambda one: one.entry.expires_at or _NEVER}
    words: dict[str, Callable[[Any], str]] = {"type": lambda one: _TYPES[one.entry.kind]}
    keys: dict[str, Callable[[Any], Any]] = {
        "CREATED_AT": lambda one: (one.entry.at, one.id),
        "EXPIRES_AT": lambda one: (one.entry.expires_at or _NEVER, one.id),
    }
    fields = Fields(ask.shop.zone, times, {"id": lambda one: one.id}, words)
    query, key = arguments.get("query") or "", arguments.get("sortKey") or "CREATED_AT"
    held: list[Any] = [EntryOf(account, entry) for entry in account.entries]
    return sorted_by(held, query, fields, keys, key, bool(arguments.get("reverse")))


def _money(read: Callable[[EntryOf], int]) -> Answer:
    return plain(lambda source: Money(read(source), source.account.currency))


def _of(source: EntryOf) -> EntryOf | None:
    return EntryOf(source.account, source.entry.of) if source.entry.of else None


_ENTRY: dict[str, Answer] = {
    "account": plain(lambda source: source.account),
    "amount": _money(lambda source: source.entry.amount),
    "balanceAfterTransaction": _money(lambda source: source.entry.balance),
    "createdAt": plain(lambda source: iso(source.entry.at)),
    "creditTransaction": plain(_of),
    "debitTransaction": plain(_of),
    "event": plain(lambda source: source.entry.event),
    "expiresAt": plain(lambda source: iso(source.entry.expires_at)),
    "id": plain(lambda source: f"gid://shopify/{source.entry.kind}/{source.id}"),
    "remainingAmount": _money(lambda source: source.entry.left),
}
CREDIT_ANSWERS: dict[str, dict[str, Answer]] = {
    "StoreCreditAccount": {
        "id": plain(lambda account: f"gid://shopify/StoreCreditAccount/{account.id}"),
        "balance": plain(lambda account: Money(account.balance, account.currency)),
        "owner": lambda account, ask, _: ask.shop.customers.get(ask.shop.merged.get(account.owner, account.owner)),
    },
    **dict.fromkeys(("StoreCreditAccountTransaction", *_TYPES), _ENTRY),
}
CREDIT_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("Customer", "storeCreditAccounts"): _accounts,
    ("StoreCreditAccount", "transactions"): _transactions,
}
CREDIT_WRITING: dict[str, Answer] = {
    "storeCreditAccountCredit": lambda _, ask, given: ask.shop.credit.give(given["id"], given["creditInput"]),
    "storeCreditAccountDebit": lambda _, ask, given: ask.shop.credit.take(given["id"], given["debitInput"]),
}
