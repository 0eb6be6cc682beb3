"""What stands in a customer's store credit account in Shopify, and whether a payment of ours is among it.

Shopify names no payment by anything that we choose, but for the second in which it lapses: no two payments to one
account lapse in the same. What was taken out has not even that: see `is_taken`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import Instant, parse_instant
from shopify_app.db.base import ShopId
from shopify_app.loyalty.rewards.model import Reward
from shopify_app.money import parse_minor
from shopify_app.tasks.intents.kind import CannotTell, Found, NotThere, Seen

_CREDIT, _DEBIT = "StoreCreditAccountCreditTransaction", "StoreCreditAccountDebitTransaction"
_BY_HAND = "ADJUSTMENT"
"""The event of what an app or the merchant did, and no order."""
_ROUNDED = timedelta(days=2)
"""Within this of the second that we named, a payment may be ours with a moment that Shopify made of it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One payment, or one taking out; `amount` in minor units, above zero either way."""

    id: str
    is_credit: bool
    amount: int
    at: Instant
    lapses_at: Instant | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What apps and the merchant did since a moment; `complete` where nothing of it was too long ago to be read."""

    moves: Sequence[Move]
    complete: bool


_NOTHING = Statement((), complete=True)
_UNREAD = Statement((), complete=False)


def statement_of(admin: AdminApi, shop: ShopId, customer: int, currency: str, since: Instant) -> Statement:
    """A customer's account in a currency. Of whom Shopify does not know nothing is said: they may be another now."""
    found = whole(admin.run(shop, "credit_accounts", pace=Pace.EFFECT, id=f"gid://shopify/Customer/{customer}"))
    if found["customer"] is None:
        return _UNREAD
    accounts = found["customer"]["storeCreditAccounts"]
    own = next((one for one in accounts["nodes"] if one["balance"]["currencyCode"] == currency), None)
    if own is None:
        return _UNREAD if accounts["pageInfo"]["hasNextPage"] else _NOTHING
    account = whole(admin.run(shop, "credit_entries", pace=Pace.EFFECT, id=own["id"]))["storeCreditAccount"]
    return read_statement(account["transactions"], currency, since) if account else _UNREAD


def read_statement(page: Mapping[str, Any], currency: str, since: Instant) -> Statement:
    """The same from Shopify's answer, newest first. Pure."""
    read = [(one, parse_instant(one["createdAt"])) for one in page["nodes"]]
    ours = [(one, at) for one, at in read if one["event"] == _BY_HAND and one["__typename"] in (_CREDIT, _DEBIT)]
    reached = not page["pageInfo"]["hasNextPage"] or any(at < since for _, at in read)
    return Statement([_move(one, at, currency) for one, at in ours if at >= since], reached)


def _move(told: Mapping[str, Any], at: Instant, currency: str) -> Move:
    lapses_at = parse_instant(told["expiresAt"]) if told.get("expiresAt") else None
    amount = abs(parse_minor(told["amount"]["amount"], currency))
    return Move(told["id"], told["__typename"] == _CREDIT, amount, at, lapses_at)


def is_paid(found: Statement, reward: Reward, others: Collection[Instant], theirs: Collection[str] = ()) -> Seen:
    """Whether the credit of a reward was paid; `others` are the seconds in which other rewards' lapse. Pure.

    `theirs` are payments that are known to be other rewards': of two who became one they may lapse in one second.
    """
    same = [one for one in found.moves if one.is_credit and one.amount == reward.amount and one.id not in theirs]
    seconds = {one.lapses_at: one.id for one in same if one.lapses_at is not None}
    if own := seconds.get(reward.ends_at):
        return Found({"id": own})
    # Were the second not kept as we name it, another call would pay a second time.
    near = [at for at in seconds if at not in others and abs(at - reward.ends_at) < _ROUNDED]
    return CannotTell() if near or not found.complete else NotThere()


def is_taken(found: Statement, reward: Reward, others: Collection[str]) -> Seen:
    """Whether the credit of a reward was taken out; `others` are what is known to have been taken for others. Pure.

    One of the same amount is taken for ours: only one of a customer is on its way at a time.
    """
    same = [one for one in found.moves if not one.is_credit and one.amount == reward.amount]
    own = next((one for one in same if one.id not in others), None)
    if own is not None:
        return Found({"id": own.id})
    return NotThere() if found.complete else CannotTell()
