"""The store credit of a shop's customers: what an app gives and takes, and what the checkout spends and gets back."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from devstore.clock import aware, whole_second
from devstore.gids import number_of
from devstore.money import digits, to_minor
from devstore.records import Order
from devstore.store_credit.account import Account, Entry

if TYPE_CHECKING:
    from devstore.shop import Shop

MOST = 100_000
"""The most that an account holds, in whole units of its currency."""


class EntryOf(NamedTuple):
    """A transaction of an account."""

    account: Account
    entry: Entry

    @property
    def id(self) -> int:
        """The transaction's own number."""
        return self.entry.id


class _Refusal(Exception):
    def __init__(self, code: str, message: str, *field: str) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, "field": list(field)}


class StoreCreditBook:
    """The accounts of a shop, by their numbers."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._all: dict[int, Account] = {}
        self._paid: dict[int, tuple[Account, Entry]] = {}

    def give(self, gid: str, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of storeCreditAccountCredit; a customer's first credit in a currency makes the account."""
        try:
            return _done(self._given(gid, given))
        except _Refusal as refused:
            return _refused(refused)

    def take(self, gid: str, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of storeCreditAccountDebit."""
        try:
            return _done(self._taken(gid, given["debitAmount"], "debitInput", "debitAmount"))
        except _Refusal as refused:
            return _refused(refused)

    def _taken(self, gid: str, money: dict[str, Any], *place: str) -> EntryOf:
        account = self._named(gid, money["currencyCode"])
        if account is None:
            raise _Refusal("ACCOUNT_NOT_FOUND", "Store credit account does not exist", "id")
        amount = self._amount(money, "debit", *place)
        self._check_currency(account, money, *place)
        if amount > account.balance:
            message = "The store credit account does not have sufficient funds to satisfy the request"
            raise _Refusal("INSUFFICIENT_FUNDS", message, *place, "amount")
        return EntryOf(account, account.take(self._shop.store.new_id, amount, self._now()))

    def _given(self, gid: str, given: dict[str, Any]) -> EntryOf:
        money, place, now = given["creditAmount"], ("creditInput", "creditAmount"), self._now()
        account, owner = self._named(gid, money["currencyCode"]), self._owner(gid)
        if account is None and owner is None:
            raise self._nobody(gid)
        ends = _moment(given.get("expiresAt"))
        if ends and ends <= now:
            raise _Refusal("EXPIRES_AT_IN_PAST", "The expiry date must be in the future", "creditInput", "expiresAt")
        amount, currency = self._amount(money, "credit", *place), money["currencyCode"]
        if account:
            self._check_currency(account, money, *place)
        elif currency not in (self._shop.currency, *self._shop.also_shown_in):
            raise _Refusal("UNSUPPORTED_CURRENCY", "Currency is not supported", *place, "currencyCode")
        if amount + (account.balance if account else 0) > MOST * 10 ** digits(currency):
            message = "The operation would cause the account's credit limit to be exceeded"
            raise _Refusal("CREDIT_LIMIT_EXCEEDED", message, *place, "amount")
        account = account or self._open(owner or 0, currency)
        return EntryOf(account, account.give(self._shop.store.new_id, amount, now, ends))

    def _open(self, owner: int, currency: str) -> Account:
        account = Account(self._shop.store.new_id("credit_account"), owner, currency)
        self._all[account.id] = account
        return account

    def _owner(self, gid: str) -> int | None:
        number = number_of(gid, "Customer")
        return number if number in self._shop.customers else None

    def _nobody(self, gid: str) -> _Refusal:
        if gid.startswith("gid://shopify/StoreCreditAccount/"):
            return _Refusal("ACCOUNT_NOT_FOUND", "Store credit account does not exist", "id")
        return _Refusal("OWNER_NOT_FOUND", "Owner does not exist", "id")

    def _named(self, gid: str, currency: str) -> Account | None:
        owner = self._owner(gid)
        return self.find(gid) if owner is None else self.of(owner, currency)

    def _amount(self, money: dict[str, Any], doing: str, *place: str) -> int:
        amount = to_minor(str(money["amount"]), money["currencyCode"])
        if amount <= 0:
            message = f"A positive amount must be used to {doing} a store credit account"
            raise _Refusal("NEGATIVE_OR_ZERO_AMOUNT", message, *place, "amount")
        return amount

    def _check_currency(self, account: Account, money: dict[str, Any], *place: str) -> None:
        if account.currency != money["currencyCode"]:
            message = "The currency provided does not match the currency of the store credit account"
            raise _Refusal("MISMATCHING_CURRENCY", message, *place, "currencyCode")

    def find(self, gid: str) -> Account | None:
        """The account of a global id, as it stands now."""
        return self._settled(self._all.get(number_of(gid, "StoreCreditAccount")))

    def entry(self, number: int) -> EntryOf | None:
        """The transaction of a number."""
        held = (EntryOf(account, one) for account in self._all.values() for one in account.entries)
        return next((one for one in held if one.id == number), None)

    def of(self, owner: int, currency: str) -> Account | None:
        """The account of a customer in a currency, as it stands now."""
        return next((one for one in self.accounts(owner) if one.currency == currency), None)

    def all(self) -> list[Account]:
        """Every account of the shop, as of its last transaction."""
        return list(self._all.values())

    def accounts(self, owner: int) -> list[Account]:
        """All accounts of a customer, as they stand now."""
        return [account for one in self._all.values() if one.owner == owner and (account := self._settled(one))]

    def _settled(self, account: Account | None) -> Account | None:
        if account:
            account.lapse(self._shop.store.new_id, self._now())
        return account

    def _now(self) -> datetime:
        return whole_second(self._shop.store.now())

    # At the checkout

    def balance(self, owner: int) -> int:
        """What a customer can spend here, in minor units of the shop's currency."""
        account = self.of(owner, self._shop.currency)
        return account.balance if account else 0

    def pay(self, owner: int, order: Order) -> None:
        """Let a customer's credit pay its part of an order; ValueError where there is not so much."""
        account, amount = self.of(owner, order.currency), order.pricing.credit if order.pricing else 0
        if account and amount:
            paid = account.take(self._shop.store.new_id, amount, self._now(), "ORDER_PAYMENT")
            self._paid[order.id] = (account, paid)

    def follow(self, order: Order) -> None:
        """Give back what an order's refunds owe the credit that paid for it: what goes beyond the other money."""
        if order.id not in self._paid or not order.pricing:
            return
        account, debit = self._paid[order.id]
        kept = sum(part for _, part in debit.drawn)
        due = order.refunded - (order.received - order.pricing.credit) - (order.pricing.credit - kept)
        if due > 0:
            event = "ORDER_CANCELLATION" if order.cancelled_at else "ORDER_REFUND"
            account.revert(self._shop.store.new_id, debit, min(due, kept), self._now(), event)

    def check_merge(self, *customers: int) -> None:
        """ValueError where one of them has store credit: Shopify merges no such customer."""
        if any(account.balance for number in customers for account in self.accounts(number)):
            raise ValueError("a customer who has store credit cannot be merged")


def _moment(text: Any) -> datetime | None:
    return whole_second(aware(datetime.fromisoformat(str(text)))) if text else None


def _done(entry: EntryOf) -> dict[str, Any]:
    return {"storeCreditAccountTransaction": entry, "userErrors": []}


def _refused(refusal: _Refusal) -> dict[str, Any]:
    return {"storeCreditAccountTransaction": None, "userErrors": [refusal.error]}
