"""Giving back the points of rewards that were taken back or ended unused, and deleting old codes in Shopify."""

from collections.abc import Mapping
from datetime import timedelta

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import NotApproved
from shopify_app.changes.points import settle_known
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.errors import AppError
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.programme.prize import CREDIT
from shopify_app.loyalty.rewards.asking import Uses, uses_of
from shopify_app.loyalty.rewards.model import DELETE_CODE, MADE, RETURNING, SURE, Reward
from shopify_app.loyalty.rewards.queries import due_rewards, holder_of, look_again, next_due
from shopify_app.loyalty.rewards.returning import (
    AGAIN,
    keep_working,
    note_ended,
    note_stopped,
    note_taken_out,
    settle_return,
    stop_key,
    stop_of,
)
from shopify_app.orders.queries import REWARDED, plan_refetch
from shopify_app.shops.queries import lock_shop, touch
from shopify_app.tasks.intents.kind import IntentView, Kind
from shopify_app.tasks.intents.model import DONE, REFUSED
from shopify_app.tasks.intents.queries import plan
from shopify_app.tasks.intents.run import run_intent
from shopify_app.tasks.view import Outcome, TaskView

AT_ONCE = 20
_SOON = timedelta(minutes=1)
_ACTOR = "system:codes"


def is_due(session: Session, shop: ShopId, now: Instant) -> bool:
    """Whether a shop has anything of this to do."""
    return bool(due_rewards(session, shop, now, 1))


class ReturnCodes:
    """The task: some rewards a step, until none is to be looked at; whatever is due later is left to the next hour."""

    def __init__(
        self, database: Database, admin: AdminApi, kinds: Mapping[str, Kind], lookup_key: bytes, clock: Clock
    ) -> None:
        self._database, self._admin, self._kinds = database, admin, kinds
        self._lookup_key, self._clock = lookup_key, clock

    def step(self, task: TaskView, _now: Instant) -> Outcome:
        """Look at those that are due."""
        with self._database.reading() as session:
            rewards = due_rewards(session, task.shop, self._clock(), AT_ONCE)
            returning = next_due(session, task.shop, RETURNING)
        for reward in rewards:
            self._look_at(task, reward)
        done, soon = task.done + len(rewards), Instant(self._clock() + SURE)
        if rewards:
            return Outcome({}, done)
        if returning is None or returning > soon:
            return Outcome({}, done, done, finished=True)
        # Whoever took a code back waits for its points; what Shopify cannot say now is left to the next hour.
        return Outcome({}, done, wait=max(1.0, (returning - self._clock()).total_seconds()))

    def _look_at(self, task: TaskView, reward: Reward) -> None:
        if reward.state == MADE:
            with self._database.transaction() as session:
                lock_shop(session, task.shop)
                note_ended(session, task.shop, reward, self._clock())
                touch(session, task.shop)
        elif reward.state != RETURNING:
            self._delete(task, reward)
        elif reward.stopped_at is None:
            self._stop(task, reward)
        else:
            self._ask(task, reward)

    def _stop(self, task: TaskView, reward: Reward) -> None:
        intent = self._run(task, stop_of(reward.kind), stop_key(reward.reward_id, reward.stops))
        with self._database.transaction() as session:
            lock_shop(session, task.shop)
            if intent.state == DONE and reward.kind == CREDIT:
                key = ledger_key(self._lookup_key, task.shop)
                note_taken_out(session, task.shop, key, reward, self._clock())
            elif intent.state == DONE:
                note_stopped(session, task.shop, reward, self._clock())
            elif intent.state == REFUSED:
                keep_working(session, task.shop, reward, intent.error)
            else:
                look_again(session, task.shop, reward, self._next(intent))
            touch(session, task.shop)

    def _ask(self, task: TaskView, reward: Reward) -> None:
        with self._database.reading() as session:
            customer = holder_of(session, task.shop, reward.reward_id)
        try:
            uses = uses_of(self._admin, task.shop, reward, customer)
        except NotApproved:
            raise
        except AppError:
            # Points come back when Shopify has said so, and not before.
            with self._database.transaction() as session:
                look_again(session, task.shop, reward, Instant(self._clock() + AGAIN))
            return
        if uses.order_id is not None:
            # What is not known of it, Shopify is asked for. First, as the drain does: the shop's row is held after it.
            with self._database.transaction() as session:
                plan_refetch(session, task.shop, [uses.order_id], REWARDED, self._clock())
        with self._database.transaction() as session:
            lock_shop(session, task.shop)
            self._settle(session, task.shop, reward, uses)
            touch(session, task.shop)

    def _settle(self, session: Session, shop: ShopId, reward: Reward, uses: Uses) -> None:
        now = self._clock()
        settle_return(session, shop, ledger_key(self._lookup_key, shop), reward, uses, now)
        if uses.order_id is not None:
            # What is known of it may be that it was given back.
            settle_known(session, shop, [uses.order_id], self._lookup_key, now)

    def _delete(self, task: TaskView, reward: Reward) -> None:
        now = self._clock()
        # Where Shopify refuses it, it is tried again another day.
        key = f"{reward.reward_id}/{now.date().isoformat()}"
        with self._database.transaction() as session:
            plan(session, task.shop, DELETE_CODE, key, {"reward": reward.reward_id}, _ACTOR, now)
        intent = self._run(task, DELETE_CODE, key)
        later = None if intent.state == DONE else self._next(intent)
        with self._database.transaction() as session:
            look_again(session, task.shop, reward, later)

    def _run(self, task: TaskView, kind: str, key: str) -> IntentView:
        return run_intent(self._database, self._kinds, task.shop, kind, key, self._clock(), task.owner or "")

    def _next(self, intent: IntentView) -> Instant:
        """Not before the intent itself, and of one that nobody carries out not at once."""
        soon = Instant(self._clock() + (AGAIN if intent.state == REFUSED else _SOON))
        return max(soon, intent.due_at or soon)
