"""Carrying out an intent: marked as sent and committed, then the call, then its outcome.

Whoever finds one that was sent and never answered for looks first. Nothing whose outcome is unknown is sent again.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from shopify_app.admin_api.errors import AccessDenied, AccessRevoked, Rejected, ShopClosed, Throttled, Unavailable
from shopify_app.clock import Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.tasks.intents import queries
from shopify_app.tasks.intents.kind import CannotTell, Found, IntentView, Kind, NotWanted, NotYet, Seen
from shopify_app.tasks.intents.model import DONE, PLANNED, REFUSED, SENT, UNKNOWN

MOST_LOST = 5
"""Sendings that never arrived, after which it is given up."""

LOST = "LOST"
NOT_WANTED = "NOT_WANTED"

_REFUSALS = (AccessRevoked, AccessDenied, ShopClosed, Rejected)
# Shopify's own words for "something broke on our side": the mutation may have been carried out all the same.
_BROKEN_THERE = frozenset({"INTERNAL_SERVER_ERROR"})
_LOOK_AGAIN = (60.0, 3600.0)

_log = logging.getLogger(__name__)

Move = tuple[str, Mapping[str, Any]]


def run_intent(
    database: Database,
    kinds: Mapping[str, Kind],
    shop: ShopId,
    kind: str,
    key: str,
    now: Instant,
    owner: str = "",
) -> IntentView:
    """Take an intent as far as it goes now, and where it stands then; `owner` names the worker.

    Opens its own transactions, none of them around a call. Nothing happens where another worker is at it.
    """
    with database.reading() as session:
        intent = queries.get(session, shop, kind, key)
    if intent.state in (SENT, UNKNOWN):
        intent = _look(database, kinds[kind], intent, now)
    if intent.state == PLANNED:
        intent = _send(database, kinds[kind], intent, owner, now)
    return intent


def run_due(database: Database, kinds: Mapping[str, Kind], clock: Callable[[], Instant], owner: str) -> int:
    """For the sweeper: take whatever is due as far as it goes; how many there were."""
    with database.reading() as session:
        ready = queries.due_intents(session, kinds, clock())
    for shop, kind, key in ready:
        run_intent(database, kinds, shop, kind, key, clock(), owner)
    return len(ready)


def after(send: Callable[[], Mapping[str, Any]], now: Instant) -> Move:
    """Do it, and the state that follows: known to have happened, known not to have, or unknown."""
    try:
        return DONE, {"outcome": json.dumps(dict(send())), "error": None}
    except NotYet as later:
        return PLANNED, {"due_at": now + timedelta(seconds=later.wait), "error": later.why}
    except Throttled as later:
        return PLANNED, {"due_at": now + timedelta(seconds=later.wait), "error": None}
    except NotWanted:
        return REFUSED, {"outcome": _codes(NOT_WANTED), "error": None}
    except _REFUSALS as error:
        codes = error.codes if isinstance(error, Rejected) else {type(error).__name__}
        if codes & _BROKEN_THERE:
            return UNKNOWN, {"error": None}
        return REFUSED, {"outcome": _codes(*sorted(codes)), "error": error.message}
    except Exception:
        # Also a bug of ours: the call may have left before it showed.
        _log.warning("the outcome of a call is unknown", exc_info=True)
        return UNKNOWN, {"error": None}


def _send(database: Database, kind: Kind, intent: IntentView, owner: str, now: Instant) -> IntentView:
    until = Instant(now + timedelta(seconds=kind.patience))
    with database.transaction() as session:
        mine = queries.mark_sent(session, intent, owner[:64], until, now)
        intent = queries.get(session, intent.shop, intent.kind, intent.key)
    if not mine:
        return intent
    state, values = after(lambda: kind.send(intent), now)
    if state == UNKNOWN:
        values = {"due_at": until if kind.look else None, "error": None}
        _log.error("shop %s: %s %s was sent, its outcome is unknown", intent.shop, intent.kind, intent.key)
    return _settled(database, intent, (state, values), now)


def _look(database: Database, kind: Kind, intent: IntentView, now: Instant) -> IntentView:
    move = _seen(intent, _asked(kind, intent), now)
    if move is None:
        return intent
    if move[0] == UNKNOWN:
        _log.error("shop %s: nobody can tell what became of %s %s", intent.shop, intent.kind, intent.key)
        move = (UNKNOWN, {"due_at": _next_look(intent, now) if kind.look else None})
    return _settled(database, intent, move, now)


def _asked(kind: Kind, intent: IntentView) -> Seen:
    if kind.look is None:
        return CannotTell()
    try:
        return kind.look(intent)
    except Exception:
        _log.warning("shop %s: %s %s cannot be looked up", intent.shop, intent.kind, intent.key, exc_info=True)
        return CannotTell()


def _seen(intent: IntentView, seen: Seen, now: Instant) -> Move | None:
    """What follows from a look; None when it is too early to say, or when nobody is to come by any more."""
    if isinstance(seen, Found):
        # Settles it at once, even while its sender still waits for the answer.
        return DONE, {"outcome": json.dumps(dict(seen.outcome)), "error": None}
    if intent.due_at is None or now < intent.due_at:
        return None
    if isinstance(seen, CannotTell):
        return UNKNOWN, {}
    lost = intent.lost + 1
    if lost >= MOST_LOST:
        return REFUSED, {"lost": lost, "outcome": _codes(LOST), "error": Unavailable().message}
    return PLANNED, {"lost": lost, "due_at": now}


def _next_look(intent: IntentView, now: Instant) -> Instant:
    """As long again as it has been open, within bounds."""
    open_for = (now - intent.created_at).total_seconds()
    return Instant(now + timedelta(seconds=min(_LOOK_AGAIN[1], max(_LOOK_AGAIN[0], open_for))))


def _settled(database: Database, intent: IntentView, move: Move, now: Instant) -> IntentView:
    with database.transaction() as session:
        if not queries.settle(session, intent, *move, now):
            _log.info("shop %s: %s %s had been settled already", intent.shop, intent.kind, intent.key)
        return queries.get(session, intent.shop, intent.kind, intent.key)


def _codes(*codes: str) -> str:
    return json.dumps({"codes": codes})
