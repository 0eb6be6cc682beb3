"""Reading and moving rewards; every move is one conditional UPDATE."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, insert_once, rows_changed
from shopify_app.errors import NotFound
from shopify_app.loyalty.ledger.model import USE, PointsCause, PointsMember
from shopify_app.loyalty.programme.prize import CREDIT
from shopify_app.loyalty.rewards.model import ASKED, MAKE_CODE, PAY_CREDIT, TRANSITIONS, Reward
from shopify_app.tasks.intents.model import UNKNOWN, Intent

_AT_ONCE = 500


def add_reward(session: Session, shop: ShopId, row: Mapping[str, Any]) -> bool:
    """Write down that a reward is asked for; False where one of this id is known."""
    return insert_once(session, Reward, {"shop_id": shop, "state": ASKED, **row})


def reward_of(session: Session, shop: ShopId, reward_id: str) -> Reward:
    """One reward of this shop; NotFound where there is none."""
    found = session.scalar(select(Reward).where(Reward.shop_id == shop, Reward.reward_id == reward_id))
    if found is None:
        raise NotFound
    return found


def rewards_named(session: Session, shop: ShopId, reward_ids: Collection[str]) -> dict[str, Reward]:
    """By id those of these rewards that this shop has."""
    found: dict[str, Reward] = {}
    wanted = sorted(reward_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        own = Reward.shop_id == shop, Reward.reward_id.in_(wanted[start : start + _AT_ONCE])
        found |= {reward.reward_id: reward for reward in session.scalars(select(Reward).where(*own))}
    return found


def move(session: Session, shop: ShopId, reward_id: str, state: str, *, of: str | None = None, **values: Any) -> bool:
    """Put a reward into another state, where it is in the state `of`; False where it is in one that leads elsewhere."""
    before = [name for name, following in TRANSITIONS.items() if state in following and of in (None, name)]
    own = Reward.shop_id == shop, Reward.reward_id == reward_id, Reward.state.in_(before)
    statement = update(Reward).where(*own).values(state=state, **values)
    return rows_changed(session.execute(statement.execution_options(synchronize_session=False))) == 1


def look_again(session: Session, shop: ShopId, reward: Reward, at: Instant | None, **values: Any) -> None:
    """Have a reward looked at next at that moment, or never; not where it is in another state by now."""
    own = Reward.shop_id == shop, Reward.reward_id == reward.reward_id, Reward.state == reward.state
    statement = update(Reward).where(*own).values(due_at=at, **values)
    session.execute(statement.execution_options(synchronize_session=False))


def due_rewards(session: Session, shop: ShopId, now: Instant, limit: int) -> Sequence[Reward]:
    """Rewards that are to be looked at now, longest due first."""
    due = select(Reward).where(Reward.shop_id == shop, Reward.due_at <= now)
    return session.scalars(due.order_by(Reward.due_at, Reward.reward_id).limit(limit)).all()


def next_due(session: Session, shop: ShopId, state: str) -> Instant | None:
    """When the first of the rewards in a state is to be looked at."""
    due = select(Reward.due_at).where(Reward.shop_id == shop, Reward.state == state, Reward.due_at.is_not(None))
    return session.scalar(due.order_by(Reward.due_at).limit(1))


def open_rewards(session: Session, shop: ShopId, limit: int) -> Sequence[Reward]:
    """Rewards of which nobody knows yet whether there is a code, oldest first; last those of which nobody can tell."""
    own = Reward.shop_id == shop, Reward.state == ASKED
    its = and_(Intent.shop_id == shop, Intent.kind.in_((MAKE_CODE, PAY_CREDIT)), Intent.key == Reward.reward_id)
    order = func.coalesce(Intent.state, "") == UNKNOWN, Reward.asked_at
    return session.scalars(select(Reward).outerjoin(Intent, its).where(*own).order_by(*order).limit(limit)).all()


def with_codes(session: Session, shop: ShopId, codes: Collection[str]) -> dict[str, Reward]:
    """The shop's rewards among these codes, by code in capitals."""
    if not codes:
        return {}
    own = Reward.shop_id == shop, Reward.code.in_([code.upper() for code in codes])
    return {reward.code: reward for reward in session.scalars(select(Reward).where(*own))}


def with_orders(session: Session, shop: ShopId, orders: Collection[int]) -> Sequence[Reward]:
    """The shop's rewards that were used for these orders."""
    return session.scalars(select(Reward).where(Reward.shop_id == shop, among(session, Reward.order_id, orders))).all()


def held_in(shop: ShopId, accounts: Collection[int]) -> ColumnElement[bool]:
    """Whether a reward's points are in one of these accounts now, as a condition."""
    own = PointsCause.shop_id == shop, PointsCause.account_id.in_(accounts), PointsCause.sort == USE
    # From the accounts to their rewards: the other way round, all rewards of the shop are gone through.
    return Reward.reward_id.in_(select(func.substr(PointsCause.cause, len("reward/") + 1)).where(*own))


def rewards_in(session: Session, shop: ShopId, account: int, limit: int) -> Sequence[Reward]:
    """The newest rewards whose points are in this account."""
    mine = select(Reward).where(Reward.shop_id == shop, held_in(shop, [account]))
    return session.scalars(mine.order_by(Reward.asked_at.desc(), Reward.reward_id).limit(limit)).all()


def credits_of(session: Session, shop: ShopId, account: int) -> dict[str, Instant]:
    """When the store credits lapse whose points are in this account, by reward."""
    mine = Reward.shop_id == shop, Reward.kind == CREDIT, held_in(shop, [account])
    return dict(session.execute(select(Reward.reward_id, Reward.ends_at).where(*mine)).tuples().all())


def credits_beside(session: Session, shop: ShopId, reward: Reward) -> set[Instant]:
    """When the other store credits lapse of whoever has this one."""
    use = PointsCause.shop_id == shop, PointsCause.cause == f"reward/{reward.reward_id}"
    account = session.scalar(select(PointsCause.account_id).where(*use))
    found = credits_of(session, shop, account) if account is not None else {}
    return {ends_at for other, ends_at in found.items() if other != reward.reward_id}


def holder_of(session: Session, shop: ShopId, reward_id: str) -> int | None:
    """The customer whose account the reward's points are in now; None for whoever was forgotten."""
    use = PointsCause.shop_id == shop, PointsCause.cause == f"reward/{reward_id}"
    same = PointsMember.account_id == PointsCause.account_id
    return session.scalar(select(PointsMember.customer_id).where(PointsMember.shop_id == shop, *use, same))


def shops_with_open_rewards(session: Session) -> list[ShopId]:
    """Shops in which nobody knows of some reward whether there is a code."""
    return [ShopId(shop) for shop in session.scalars(select(Reward.shop_id).where(Reward.state == ASKED).distinct())]
