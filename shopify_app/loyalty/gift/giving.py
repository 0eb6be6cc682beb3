"""Giving the next customers their share of a gift, and taking back what nobody has spent: in one transaction."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.gift.model import OpeningGift
from shopify_app.loyalty.gift.queries import add_to_gift
from shopify_app.loyalty.ledger.accounts import OpenAccounts, open_accounts
from shopify_app.loyalty.ledger.booking import Booked
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.ledger.queries import accounts_of
from shopify_app.shops.queries import lock_shop


def give(
    session: Session, shop: ShopId, key: bytes, gift: OpeningGift, shares: Mapping[int, int], now: Instant
) -> None:
    """Whoever has got theirs before gets nothing more."""
    lock_shop(session, shop)
    accounts = open_accounts(session, shop, key, now)
    owners = accounts_of(session, shop, list(shares))
    accounts.load(list(owners.values()))
    people = points = 0
    for customer, share in shares.items():
        account = owners.get(customer) or accounts.open(customer)
        # Also of somebody who was merged into this one meanwhile: their orders are this one's now.
        if any(cause.startswith(f"gift/{gift.gift_id}/") for cause in accounts.causes[account]):
            continue
        grant = Grant(f"gift/{gift.gift_id}/{account}", share, gift.given_at or now, gift.given_at or now)
        accounts.put(account, Booked(grant, gift.actor, rule=gift.rule))
        people, points = people + 1, points + share
    accounts.store()
    add_to_gift(session, shop, gift.gift_id, people=people, points=points)


def take_back(
    session: Session, shop: ShopId, key: bytes, gift_id: str, lots: Sequence[tuple[str, int]], now: Instant
) -> None:
    """What is left of these lots goes; what was spent of them, or ended, stays as it was."""
    lock_shop(session, shop)
    accounts = open_accounts(session, shop, key, now)
    accounts.load([account for _, account in lots])
    gone = sum(_take_back(accounts, account, cause) for cause, account in lots)
    accounts.store()
    add_to_gift(session, shop, gift_id, taken_back=gone)


def _take_back(accounts: OpenAccounts, account: int, cause: str) -> int:
    booked = accounts.causes[account].get(cause)
    if booked is None or not isinstance(booked.cause, Grant):
        return 0
    left = sum(piece.points for piece in accounts.standing(account).available if piece.lot == cause)
    accounts.put(account, replace(booked, cause=replace(booked.cause, points=booked.cause.points - left)))
    return left
