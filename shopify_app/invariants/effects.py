"""Promises about effects outside: each is written down before it is had, and settled or known to be open."""

from sqlalchemy import and_, or_, select

from shopify_app.invariants.search import SHOP, Cost, moment, never
from shopify_app.tasks.intents.model import DONE, PLANNED, REFUSED, SENT, TRANSITIONS, UNKNOWN, Intent

_OURS = Intent.shop_id == SHOP
_NAMED = (Intent.kind.label("kind"), Intent.key.label("key"), Intent.state.label("state"))

EFFECTS = (
    never(
        "an effect outside is in a state that there is",
        select(*_NAMED).where(_OURS, Intent.state.not_in(TRANSITIONS)),
        "{kind} {key} is in the unknown state {state}.",
        Cost.CHEAP,
    ),
    never(
        "an effect was marked before it was sent",
        select(*_NAMED).where(
            _OURS,
            Intent.state.in_((SENT, UNKNOWN)),
            or_(Intent.sent_at.is_(None), Intent.attempts < 1, Intent.sent_at > moment("soon")),
        ),
        "{kind} {key} is {state}, but was never marked as sent.",
        Cost.CHEAP,
    ),
    never(
        "an effect that is open is come back to",
        select(*_NAMED).where(_OURS, Intent.state.in_((PLANNED, SENT)), Intent.due_at.is_(None)),
        "{kind} {key} is {state}, and nobody will come back to it.",
        Cost.CHEAP,
    ),
    never(
        "an effect that is settled says how, and is left alone",
        select(*_NAMED).where(
            _OURS,
            or_(
                and_(Intent.state == DONE, Intent.outcome.is_(None)),
                and_(Intent.state.in_((DONE, REFUSED)), Intent.due_at.is_not(None)),
            ),
        ),
        "{kind} {key} is {state}, and its outcome or its next visit does not fit that.",
        Cost.CHEAP,
    ),
    never(
        "no more sendings were lost than were sent",
        select(*_NAMED, Intent.lost.label("lost"), Intent.attempts.label("attempts")).where(
            _OURS, Intent.lost > Intent.attempts
        ),
        "{kind} {key} was lost {lost} times, but sent only {attempts} times.",
        Cost.CHEAP,
    ),
)
