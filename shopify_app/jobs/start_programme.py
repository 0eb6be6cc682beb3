"""Switching a draft on by itself, on the day that the merchant has said."""

from datetime import timedelta

from shopify_app.changes.points import decide
from shopify_app.clock import Instant
from shopify_app.db.base import Database, Session
from shopify_app.errors import Malformed
from shopify_app.loyalty.programme.prizes import carried
from shopify_app.loyalty.programme.queries import dated_draft, save_draft, versions_of
from shopify_app.loyalty.settling import POINTS
from shopify_app.shops.queries import lock_shop
from shopify_app.tasks.queries import hasten, request
from shopify_app.tasks.step import GiveUp
from shopify_app.tasks.view import Outcome, Step, TaskView

TOO_LATE = timedelta(days=1)
"""So long after its day nobody expects it any more: Wafa was not at work, or not in the shop."""
PASSED = "Your programme was to be switched on by itself, and its day passed before that could be done."
OTHER_CURRENCY = "Your programme was to be switched on by itself, but your shop sells in another currency now."
NOT_SO = "Your programme was to be switched on by itself, and it cannot be as it is."


def start_programme(database: Database, lookup_key: bytes) -> Step:
    """The task: it waits for the day, and has nothing to do where the merchant thinks otherwise by then."""

    def step(task: TaskView, now: Instant) -> Outcome:
        with database.transaction() as session:
            outcome, sentence = _start(session, task, lookup_key, now)
        if sentence:
            raise GiveUp(sentence)
        return outcome

    return step


def _start(session: Session, task: TaskView, lookup_key: bytes, now: Instant) -> tuple[Outcome, str]:
    shop, done = lock_shop(session, task.shop), Outcome({}, task.done, task.done, finished=True)
    draft = dated_draft(session, task.shop)
    if draft is None:
        return done, ""
    if draft.starts_at > now:
        return Outcome({}, wait=(draft.starts_at - now).total_seconds()), ""
    sentence = PASSED if now - draft.starts_at > TOO_LATE else ""
    sentence = OTHER_CURRENCY if shop.told_currency != draft.rule.currency else sentence
    try:
        rule = carried(versions_of(session, task.shop), draft.rule)
    except Malformed:
        sentence = sentence or NOT_SO
    if sentence:
        # It stays a draft, that somebody may look at it.
        save_draft(session, task.shop, draft.rule, draft.actor, now)
        return done, sentence
    decide(session, task.shop, rule, draft.actor, lookup_key, now)
    request(session, task.shop, POINTS, None, draft.actor, now)
    hasten(session, task.shop, POINTS, now)
    return done, ""
