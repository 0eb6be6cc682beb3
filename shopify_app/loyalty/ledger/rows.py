"""Causes as rows of a table, and back."""

import json
from typing import Any

from shopify_app.clock import Instant, parse_instant
from shopify_app.loyalty.ledger.booking import Booked, Cause
from shopify_app.loyalty.ledger.causes import End, Grant, Restored, Use
from shopify_app.loyalty.ledger.model import END, GRANT, USE

CAUSE = ("cause", "sort", "points", "at", "available_at", "lot", "restored")
"""Columns of a cause."""
BOOKED = ("actor", "by_hand", "rule", "booked", "released", "entries", "first", "told")
"""Columns of what was booked of it, in the order of Booked's fields."""


def booked_from(
    key: str,
    sort: str,
    points: int,
    at: Instant,
    available_at: Instant | None,
    lot: str | None,
    restored: str,
    *booked: Any,
) -> Booked:
    """The cause of a row, with what was booked of it, in the order of Booked's fields."""
    if sort == GRANT:
        return Booked(Grant(key, points, at, available_at), *booked)
    if sort == USE:
        back = tuple(Restored(some, parse_instant(moment)) for some, moment in json.loads(restored or "[]"))
        return Booked(Use(key, points, at, back), *booked)
    return Booked(End(key, lot or "", at), *booked)


def row_of(booked: Booked) -> dict[str, Any]:
    """The columns of a cause and of what was booked of it, but for how often it was told."""
    return {
        "cause": booked.cause.key,
        "points": booked.cause.points,
        "actor": booked.actor,
        "by_hand": booked.by_hand,
        "rule": booked.rule,
        "booked": booked.points,
        "released": booked.released,
        "entries": booked.entries,
        "first": booked.first,
        **_own_values(booked.cause),
    }


def _own_values(cause: Cause) -> dict[str, Any]:
    none: dict[str, Any] = {"available_at": None, "lot": None, "restored": ""}
    match cause:
        case Grant():
            return none | {"sort": GRANT, "at": cause.earned_at, "available_at": cause.available_at}
        case Use():
            back = [[each.points, each.at.isoformat()] for each in cause.restored]
            return none | {"sort": USE, "at": cause.at, "restored": json.dumps(back) if back else ""}
        case End():
            return none | {"sort": END, "at": cause.at, "lot": cause.lot}
