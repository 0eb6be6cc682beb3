"""Giving points, taking them, writing off what is owed, and undoing any of it, in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from shopify_app.clock import Instant, local_day
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import AppError, NotFound
from shopify_app.loyalty.by_hand.queries import add, given_since, note_undone, one_by_hand
from shopify_app.loyalty.ledger.accounts import OpenAccounts, open_accounts
from shopify_app.loyalty.ledger.booking import Booked
from shopify_app.loyalty.ledger.causes import Grant, Restored, Use
from shopify_app.loyalty.ledger.queries import accounts_of, causes_in, places_of
from shopify_app.loyalty.ledger.standing import Standing
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.shops.queries import lock_shop


class TooMany(AppError):
    """More than the shop lets its staff give in a month."""

    status = 409

    def __init__(self) -> None:
        super().__init__("That is more than your staff may give by hand this month. The limit is on the loyalty page.")


class NotThere(AppError):
    """Somebody has fewer points than are to be taken."""

    status = 409

    def __init__(self) -> None:
        super().__init__("They have fewer points than that. Take at most what can be spent now.")


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody of the shop does for a customer."""

    key: str
    """Chosen by whoever asks: asked for twice, it is one."""
    points: int
    """Below 0 to take them."""
    reason: str


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a deed would change of an account: of each sum what it is, and what it would be."""

    given: int
    """Points of the deed; below 0 where they were taken."""
    left: int
    """What of them nobody has spent, and what has not ended."""
    available: tuple[int, int]
    pending: tuple[int, int]
    debt: tuple[int, int]

    @property
    def reaches_further(self) -> bool:
        """Whether it takes other points than the deed gave, or leaves something owed."""
        fell = self.available[0] - self.available[1]
        return fell > self.left or self.pending[1] < self.pending[0] or self.debt[1] > self.debt[0]

    @property
    def seen(self) -> str:
        """All of it in a few characters, by which whoever goes on says what they saw."""
        return "/".join(f"{before}-{after}" for before, after in (self.available, self.pending, self.debt))


def hand_key(deed: str) -> str:
    """The cause of points that were given or taken by hand."""
    return f"hand/{deed}"


def month_of(now: Instant, zone: ZoneInfo) -> Instant:
    """When the month began in which the shop is now."""
    first = local_day(now, zone).replace(day=1)
    return Instant(datetime(first.year, first.month, 1, tzinfo=zone))


def left_this_month(session: Session, shop: ShopId, rule: Rule, zone: ZoneInfo, now: Instant) -> int:
    """How many points the staff may still give by hand this month."""
    return max(0, rule.by_hand - given_since(session, shop, month_of(now, zone)))


def do_by_hand(
    session: Session, shop: ShopId, key: bytes, customer: int, deed: Deed, rule: Rule, actor: str, now: Instant
) -> None:
    """Give a customer points, which can be spent at once, or take some; asked for twice, it is done once.

    TooMany beyond the month's limit, NotThere where there is less to take.
    """
    zone = ZoneInfo(lock_shop(session, shop).timezone)
    left = left_this_month(session, shop, rule, zone, now)
    accounts = open_accounts(session, shop, key, now)
    account = accounts_of(session, shop, [customer]).get(customer) or accounts.open(customer)
    accounts.load([account] if account not in accounts.heads else [])
    cause = hand_key(deed.key)
    row = {"cause": cause, "account_id": account, "points": deed.points, "reason": deed.reason, "at": now}
    if places_of(session, shop, [cause]).get(cause, account) != account:
        raise NotFound
    if not add(session, shop, row | {"actor": actor}):
        if one_by_hand(session, shop, cause).account_id != account:
            raise NotFound
        return
    if deed.points > left:
        raise TooMany
    if -deed.points > accounts.standing(account).to_spend:
        raise NotThere
    accounts.put(account, Booked(_cause(cause, deed.points, accounts.now), actor, by_hand=True))
    accounts.store()


def _cause(key: str, points: int, now: Instant) -> Grant | Use:
    return Grant(key, points, now, now) if points > 0 else Use(key, -points, now)


def undoing(session: Session, shop: ShopId, key: bytes, customer: int, deed: str, now: Instant) -> Undoing | None:
    """What undoing it would do now; None where that was done. NotFound where this customer has no such deed."""
    cause = hand_key(deed)
    account = accounts_of(session, shop, [customer]).get(customer)
    if account is None or places_of(session, shop, [cause]).get(cause) != account:
        raise NotFound
    if one_by_hand(session, shop, cause).undone_at is not None:
        return None
    accounts = open_accounts(session, shop, key, now)
    accounts.causes = causes_in(session, shop, [account])
    booked, before = accounts.causes[account][cause], accounts.standing(account)
    _undo(accounts, account, booked)
    after = accounts.standing(account)
    return Undoing(
        given=booked.cause.points if isinstance(booked.cause, Grant) else -booked.cause.points,
        left=_left(before, cause),
        available=(before.to_spend, after.to_spend),
        pending=(before.waiting, after.waiting),
        debt=(before.debt, after.debt),
    )


def _left(now_is: Standing, cause: str) -> int:
    return sum(piece.points for piece in now_is.available if piece.lot == cause)


def undo(session: Session, shop: ShopId, key: bytes, customer: int, deed: str, actor: str, now: Instant) -> None:
    """Take back what was given by hand, or give back what was taken; done twice, it is done once.

    What was spent of it meanwhile is taken from other points, and the rest is owed.
    """
    lock_shop(session, shop)
    cause = hand_key(deed)
    account = accounts_of(session, shop, [customer]).get(customer)
    if account is None or places_of(session, shop, [cause]).get(cause) != account:
        raise NotFound
    accounts = open_accounts(session, shop, key, now)
    accounts.load([account])
    booked = accounts.causes[account][cause]
    left = _left(accounts.standing(account), cause)
    if note_undone(session, shop, cause, booked.cause.points - left, actor, now):
        _undo(accounts, account, booked)
        accounts.store()


def _undo(accounts: OpenAccounts, account: int, booked: Booked) -> None:
    match booked.cause:
        case Grant() as grant:
            accounts.put(account, replace(booked, cause=replace(grant, points=0)))
        case Use() as use:
            accounts.put(account, replace(booked, cause=replace(use, restored=(Restored(use.points, accounts.now),))))
