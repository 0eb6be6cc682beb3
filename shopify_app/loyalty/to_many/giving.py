"""Giving many customers their share, and taking back what nobody has spent: each in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.ledger.accounts import OpenAccounts, open_accounts
from shopify_app.loyalty.ledger.booking import Booked
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.ledger.queries import accounts_of
from shopify_app.loyalty.to_many.queries import Lot
from shopify_app.shops.queries import lock_shop


@dataclass(frozen=True, slots=True)
class Handout:
    """Points for many, from one cause."""

    prefix: str
    """How the causes of its lots begin, up to the stroke before the account."""
    at: Instant
    """From when the points can be spent."""
    actor: str
    rule: int
    unless: str | None = None
    """Whoever has points of a cause that begins so gets nothing."""


def hand_out(
    session: Session, shop: ShopId, key: bytes, handout: Handout, shares: Mapping[int, int], now: Instant
) -> dict[int, int]:
    """Give each customer their share; what was given to whom now. Whoever has got theirs before gets nothing more."""
    lock_shop(session, shop)
    accounts = open_accounts(session, shop, key, now)
    owners = accounts_of(session, shop, list(shares))
    accounts.load(list(owners.values()))
    given: dict[int, int] = {}
    for customer, share in shares.items():
        account = owners.get(customer) or accounts.open(customer)
        if _has_had(accounts.causes[account], handout):
            continue
        grant = Grant(f"{handout.prefix}{account}", share, handout.at, handout.at)
        accounts.put(account, Booked(grant, handout.actor, rule=handout.rule))
        given[customer] = share
    accounts.store()
    return given


def _has_had(causes: Mapping[str, Booked], handout: Handout) -> bool:
    # Also of somebody who was merged into this one meanwhile: what they had is this one's now.
    if any(cause.startswith(handout.prefix) for cause in causes):
        return True
    unless = handout.unless
    return unless is not None and any(
        cause.startswith(unless) and isinstance(booked.cause, Grant) and booked.cause.points > 0
        for cause, booked in causes.items()
    )


def take_back_lots(session: Session, shop: ShopId, key: bytes, lots: Sequence[Lot], now: Instant) -> int:
    """Take what is left of these lots; how much that was. What was spent of them, or ended, stays as it was."""
    lock_shop(session, shop)
    accounts = open_accounts(session, shop, key, now)
    accounts.load([account for _, account in lots])
    gone = sum(_take_back(accounts, account, cause) for cause, account in lots)
    accounts.store()
    return gone


def _take_back(accounts: OpenAccounts, account: int, cause: str) -> int:
    booked = accounts.causes[account].get(cause)
    if booked is None or not isinstance(booked.cause, Grant):
        return 0
    left = sum(piece.points for piece in accounts.standing(account).available if piece.lot == cause)
    accounts.put(account, replace(booked, cause=replace(booked.cause, points=booked.cause.points - left)))
    return left
