"""Giving the points of a reward back that nobody used: taken back by the merchant, or, of a code, ended.

First the code stops working, then a while passes, then Shopify is asked whether it was used, and only then do the
points come back. Whatever turns up later takes them again: see redeeming.py:follow_codes. Store credit is taken out
of the account again, if all of it is left, and the points come back at once: nothing of it can turn up later. What
lapses after its five years is gone.
"""

from datetime import timedelta
from enum import Enum

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import AppError
from shopify_app.loyalty.ledger.causes import Restored
from shopify_app.loyalty.programme.prize import CREDIT
from shopify_app.loyalty.rewards.asking import Uses
from shopify_app.loyalty.rewards.model import (
    KEPT,
    MADE,
    RETURNED,
    RETURNING,
    STOP_CODE,
    SURE,
    TAKE_CREDIT,
    Reward,
)
from shopify_app.loyalty.rewards.queries import look_again, move, reward_of
from shopify_app.loyalty.rewards.redeeming import note_used, put_uses, use_key
from shopify_app.shops.queries import lock_shop
from shopify_app.tasks.intents.queries import plan
from shopify_app.tasks.queries import hasten, request

RETURNS = "return_codes"
"""The kind of task that sees it through."""
AGAIN = timedelta(hours=1)
"""After how long Shopify is asked again where its answer settled nothing."""
PATIENCE = timedelta(days=2)
"""For how long an order is looked for that a code was counted as used for."""


class NotUnused(AppError):
    """Only what was made and not used can be taken back."""

    status = 409

    def __init__(self) -> None:
        super().__init__("This code cannot be taken back any more.")


class Verdict(Enum):
    """What Shopify's answer means for a code that stopped working."""

    USED = "used"
    UNUSED = "unused"
    WORKS = "it works still, or again"
    UNCLEAR = "it was used, and nobody knows yet what for"


def verdict(uses: Uses, stopped_at: Instant, now: Instant) -> Verdict:
    """Pure. What is counted as used is used in the end, also where no order is found: the merchant deleted it."""
    if uses.order_id is not None:
        return Verdict.USED
    if uses.count:
        return Verdict.USED if now - stopped_at > PATIENCE else Verdict.UNCLEAR
    return Verdict.WORKS if uses.works else Verdict.UNUSED


def stop_key(reward_id: str, stops: int) -> str:
    """The key of the effect that switches a code off; each time it is wanted is another."""
    return f"{reward_id}/{stops}"


def stop_of(kind: str) -> str:
    """The kind of intent by which a kind of reward is taken back."""
    return TAKE_CREDIT if kind == CREDIT else STOP_CODE


def take_back(session: Session, shop: ShopId, reward_id: str, actor: str, now: Instant) -> Reward:
    """Have a code switched off, or credit taken out, to give its points back once nobody can have used it.

    Asked twice, it is once.

    NotUnused where it was used, or there is none.
    """
    lock_shop(session, shop)
    reward = reward_of(session, shop, reward_id)
    if reward.state == MADE:
        _stop(session, shop, reward, actor, now)
        session.refresh(reward)
    elif reward.state not in (RETURNING, RETURNED):
        raise NotUnused
    return reward


def _stop(session: Session, shop: ShopId, reward: Reward, actor: str, now: Instant) -> None:
    stops = reward.stops + 1
    kind, key = stop_of(reward.kind), stop_key(reward.reward_id, stops)
    plan(session, shop, kind, key, {"reward": reward.reward_id}, actor, now)
    if reward.state == MADE:
        move(session, shop, reward.reward_id, RETURNING, of=MADE, due_at=now, stopped_at=None, stops=stops, error=None)
    else:
        look_again(session, shop, reward, now, stopped_at=None, stops=stops)
    request(session, shop, RETURNS, None, actor, now)
    hasten(session, shop, RETURNS, now)


def good_until(reward: Reward) -> Instant | None:
    """When it is looked at whether a reward ended unused; None of credit, which is money."""
    return None if reward.kind == CREDIT else Instant(reward.ends_at + SURE)


def note_ended(session: Session, shop: ShopId, reward: Reward, now: Instant) -> None:
    """A code ended, and as far as we know nobody used it."""
    due = max(now, Instant(reward.ends_at + SURE))
    move(session, shop, reward.reward_id, RETURNING, of=MADE, stopped_at=reward.ends_at, due_at=due, error=None)


def note_stopped(session: Session, shop: ShopId, reward: Reward, now: Instant) -> None:
    """Shopify has switched the code off."""
    look_again(session, shop, reward, Instant(now + SURE), stopped_at=now)


def keep_working(session: Session, shop: ShopId, reward: Reward, error: str | None) -> None:
    """Shopify does not switch the code off, or take the credit out: it is good as it was."""
    ended = good_until(reward)
    move(session, shop, reward.reward_id, MADE, of=RETURNING, due_at=ended, stopped_at=None, error=error)


def settle_return(session: Session, shop: ShopId, key: bytes, reward: Reward, uses: Uses, now: Instant) -> None:
    """Do what follows from Shopify's answer; the caller has locked the shop."""
    match verdict(uses, reward.stopped_at or now, now):
        case Verdict.USED:
            note_used(session, shop, reward, uses.order_id, now)
        case Verdict.UNCLEAR:
            look_again(session, shop, reward, Instant(now + AGAIN))
        case Verdict.WORKS:
            _stop(session, shop, reward, reward.actor, now)
        case Verdict.UNUSED:
            kept = Instant(now + KEPT)
            if move(session, shop, reward.reward_id, RETURNED, of=RETURNING, closed_at=now, due_at=kept):
                put_uses(session, shop, key, {use_key(reward.reward_id): (Restored(reward.points, now),)}, now)


def note_taken_out(session: Session, shop: ShopId, key: bytes, reward: Reward, now: Instant) -> None:
    """Its store credit was taken out of the account: the points come back. The caller has locked the shop."""
    if move(session, shop, reward.reward_id, RETURNED, of=RETURNING, stopped_at=now, closed_at=now, due_at=None):
        put_uses(session, shop, key, {use_key(reward.reward_id): (Restored(reward.points, now),)}, now)
