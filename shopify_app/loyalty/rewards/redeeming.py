"""Redeeming points for a reward, giving them back where none comes about, and taking up what orders say of codes."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import AppError, NotFound
from shopify_app.loyalty.earning.order import Earned
from shopify_app.loyalty.ledger.accounts import open_accounts
from shopify_app.loyalty.ledger.booking import Booked
from shopify_app.loyalty.ledger.causes import Restored, Use
from shopify_app.loyalty.ledger.queries import accounts_of, places_of
from shopify_app.loyalty.programme.prize import AMOUNT, CREDIT, FIRST, PERCENT, PRODUCT, Prize
from shopify_app.loyalty.programme.prizes import prize_of
from shopify_app.loyalty.programme.rule import Rule, Version
from shopify_app.loyalty.rewards.model import CREDITED, KEPT, MAKE_CODE, PAY_CREDIT, REFUSED, USED, Reward
from shopify_app.loyalty.rewards.queries import add_reward, credits_of, move, reward_of, with_codes, with_orders
from shopify_app.shops.queries import lock_shop
from shopify_app.tasks.intents.queries import plan
from shopify_app.tasks.queries import hasten, request

CODES = "make_codes"
"""The kind of task that sees rewards through."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_BLOCKS, _BLOCK = 3, 4


class NotEnough(AppError):
    """Somebody has fewer points than the reward takes."""

    status = 409

    def __init__(self) -> None:
        super().__init__("There are not enough points for this reward any more.")


class NotOffered(AppError):
    """The programme has no such reward, or not any more."""

    status = 409

    def __init__(self) -> None:
        super().__init__("The programme has no such reward any more.")


class OtherCurrency(AppError):
    """What a reward is worth is said in a currency that the shop has given up."""

    status = 409

    def __init__(self) -> None:
        super().__init__("The programme is in a currency that your shop has given up. Change the programme first.")


def use_key(reward_id: str) -> str:
    """The cause of the points of a reward."""
    return f"reward/{reward_id}"


def new_code() -> str:
    """A code that nobody guesses: sixty bits, without letters that are taken for digits."""
    blocks = ("".join(secrets.choice(_LETTERS) for _ in range(_BLOCK)) for _ in range(_BLOCKS))
    return "-".join(blocks)


def redeem(
    session: Session,
    shop: ShopId,
    key: bytes,
    customer: int,
    reward_id: str,
    version: Version,
    actor: str,
    now: Instant,
    prize_id: str = FIRST,
) -> Reward:
    """Take the points of a reward from a customer and plan its code, or its payment.

    NotOffered where the version has no such reward, NotEnough where the points are not there, OtherCurrency where the
    shop sells in another than the programme's.
    Whoever asks again with the same id gets the same reward: its points are taken once.
    """
    if lock_shop(session, shop).told_currency != version.rule.currency:
        raise OtherCurrency
    account = accounts_of(session, shop, [customer]).get(customer)
    if account is None:
        raise NotEnough
    accounts = open_accounts(session, shop, key, now)
    accounts.load([account])
    prize = prize_of(version.rule, prize_id)
    if prize is None:
        raise NotOffered
    ends_at = _ends(session, shop, account, version.rule, prize, now)
    if add_reward(session, shop, {**_asked(reward_id, account, version.rule, prize, actor, now), "ends_at": ends_at}):
        if accounts.standing(account).to_spend < prize.points:
            raise NotEnough
        use = Use(use_key(reward_id), prize.points, accounts.now)
        accounts.put(account, Booked(use, actor, rule=version.number))
        accounts.store()
        _plan(session, shop, reward_id, prize.kind, actor, now)
    reward = reward_of(session, shop, reward_id)
    if reward.account_id != account:
        raise NotFound
    return reward


def intent_of(kind: str) -> str:
    """The kind of intent by which a kind of reward comes about."""
    return PAY_CREDIT if kind == CREDIT else MAKE_CODE


def _plan(session: Session, shop: ShopId, reward_id: str, kind: str, actor: str, now: Instant) -> None:
    plan(session, shop, intent_of(kind), reward_id, {"reward": reward_id}, actor, now)
    request(session, shop, CODES, None, actor, now)
    hasten(session, shop, CODES, now)


def _ends(session: Session, shop: ShopId, account: int, rule: Rule, prize: Prize, now: Instant) -> Instant:
    """Until when a reward is good: of credit a second in which no other of the account lapses, by which it is found."""
    if prize.kind != CREDIT:
        return Instant(now + timedelta(days=rule.code_days))
    at, taken = Instant(now.replace(microsecond=0) + CREDITED), set(credits_of(session, shop, account).values())
    while at in taken:
        at = Instant(at + timedelta(seconds=1))
    return at


def _asked(reward_id: str, account: int, rule: Rule, prize: Prize, actor: str, now: Instant) -> dict[str, Any]:
    """The row of a reward that is asked for, with a code of its own."""
    return {
        "reward_id": reward_id,
        "account_id": account,
        "kind": prize.kind,
        "points": prize.points,
        "amount": prize.value if prize.kind in (AMOUNT, PRODUCT, CREDIT) else 0,
        "percent": prize.value if prize.kind == PERCENT else None,
        "product_id": prize.product_id,
        "currency": rule.currency,
        "code": new_code(),
        "asked_at": now,
        "actor": actor,
    }


def give_back(session: Session, shop: ShopId, key: bytes, reward: Reward, error: str | None, now: Instant) -> None:
    """There is no code or credit and none will be: the points come back."""
    if move(session, shop, reward.reward_id, REFUSED, refused_at=now, error=error):
        put_uses(session, shop, key, {use_key(reward.reward_id): (Restored(reward.points, now),)}, now)


def follow_codes(session: Session, shop: ShopId, key: bytes, orders: Sequence[Earned], now: Instant) -> None:
    """Note which rewards these orders were paid with, and give back points as far as the orders were given back."""
    paid = {code.upper(): order for order in orders for code in order.codes}
    used = [(reward, paid[code]) for code, reward in with_codes(session, shop, paid).items()]
    # Of an order with several codes only the first is kept: that ours was among them was told once.
    by_id, known = {order.order_id: order for order in orders}, {reward.reward_id for reward, _ in used}
    more = [reward for reward in with_orders(session, shop, by_id) if reward.reward_id not in known]
    used += [(reward, by_id[reward.order_id]) for reward in more if reward.order_id is not None]
    uses: dict[str, tuple[Restored, ...]] = {}
    for reward, order in used:
        note_used(session, shop, reward, order.order_id, now)
        uses[use_key(reward.reward_id)] = returned(reward, order)
    put_uses(session, shop, key, uses, now)


def note_used(session: Session, shop: ShopId, reward: Reward, order_id: int | None, now: Instant) -> None:
    """A reward was used for an order, of which the number may not be known; whatever we thought of it before."""
    move(
        session, shop, reward.reward_id, USED, order_id=order_id, closed_at=now, due_at=Instant(now + KEPT), error=None
    )


def returned(reward: Reward, order: Earned) -> tuple[Restored, ...]:
    """The points of a reward that come back with its order: the share of what was given back, each at its moment.

    Those of a free product come back with the whole order alone: what was given back of it is what was paid for.
    """
    points = reward.points
    if order.nothing:
        # Of one that was never paid nobody says when that was settled.
        return (Restored(points, order.gone_at or order.placed_at),)
    if reward.kind == PRODUCT:
        return ()
    back = done = 0
    restored = []
    for at, amount in sorted(order.later):
        back = max(0, back + amount)
        due = points * min(back, order.value) // order.value if order.value > 0 else 0
        if due > done:
            restored.append(Restored(due - done, at))
            done = due
    return tuple(restored)


def put_uses(session: Session, shop: ShopId, key: bytes, uses: dict[str, tuple[Restored, ...]], now: Instant) -> None:
    """Have what came back of uses, by cause, be as it is told here."""
    places = places_of(session, shop, uses)
    if not places:
        return
    accounts = open_accounts(session, shop, key, now)
    accounts.load(set(places.values()))
    for cause, account in places.items():
        booked = accounts.causes[account][cause]
        if isinstance(booked.cause, Use) and booked.cause.restored != uses[cause]:
            accounts.put(account, replace(booked, cause=replace(booked.cause, restored=uses[cause])))
    accounts.store()
