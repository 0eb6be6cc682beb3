"""Booking points that can be spent from now on or that ended, and once a day an anchor under the whole ledger."""

from datetime import timedelta

from shopify_app.clock import Instant, not_ahead
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.loyalty.ledger.anchoring import LAG, take_anchor
from shopify_app.loyalty.ledger.endings import rules_by
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.queries import due_accounts, newest_anchor
from shopify_app.loyalty.programme.queries import endings_of
from shopify_app.loyalty.settling import let_time_pass
from shopify_app.shops.queries import lock_shop, touch
from shopify_app.tasks.view import Outcome, Step, TaskView

_ANCHORED = timedelta(days=1)


def is_due(session: Session, shop: ShopId, now: Instant) -> bool:
    """Whether a shop with a programme has anything of this to do."""
    rules = rules_by(endings_of(session, shop), now)
    return bool(due_accounts(session, shop, now, rules, 1)) or _may_anchor(session, shop, now)


def release_and_anchor(database: Database, lookup_key: bytes) -> Step:
    """The task: some accounts a step, then the anchor."""

    def step(task: TaskView, now: Instant) -> Outcome:
        key = ledger_key(lookup_key, task.shop)
        with database.transaction() as session:
            lock_shop(session, task.shop)
            if settled := let_time_pass(session, task.shop, key, now):
                touch(session, task.shop)
                return Outcome({}, task.done + settled)
            if _may_anchor(session, task.shop, now):
                take_anchor(session, task.shop, key, now)
        return Outcome({}, task.done, task.done, finished=True)

    return step


def _may_anchor(session: Session, shop: ShopId, now: Instant) -> bool:
    """A day after the last; one that a clock ahead of ours dated is no reason to wait."""
    anchor = newest_anchor(session, shop)
    if anchor is None or not_ahead(anchor.at, now) is None:
        return True
    return now - anchor.at >= _ANCHORED + LAG
