"""Which orders an import asks for: all at once, or first those of the last months and then the others. Pure.

Windows are cut by the moment an order was created: that never changes, and nothing is placed later than it was
created (`orders/facts.py:OrderFacts`). So whatever was placed since a window began is in that window or a newer one,
and what was imported into Shopify and dated back is there too early rather than too late.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, LocalDay, day_start, parse_instant

RECENT = timedelta(days=90)
"""The first window: of as many days as the longest period that pages offer below a year."""
ONE_GO = 5_000
"""Orders that are asked for all at once: before there are more of them no figure would come sooner."""
_LAG = timedelta(hours=1)
"""How much later than Shopify itself its search may know of an order."""

BOUNDARY = "boundary"
"""In the cursor: where the first window begins; empty where all orders are asked for at once."""
WINDOW = "window"
RESTARTS = "restarts"
_BEFORE, _UNREADABLE_BEFORE = "before", "unreadable_before"
_FIRST_AT = "first_at"
_KEPT = (BOUNDARY, WINDOW, RESTARTS, _BEFORE, _UNREADABLE_BEFORE, _FIRST_AT, "halts", "way")
"""What outlives one bulk operation."""

Cursor = Mapping[str, Any]


def boundary(today: LocalDay, zone: ZoneInfo) -> Instant:
    """Where the first window begins: with a whole day of the shop's."""
    return day_start(LocalDay(today - RECENT), zone)


def worth_it(total: int, recent: int) -> bool:
    """Whether windows show figures sooner, where so many of all orders are recent."""
    return total > ONE_GO and 0 < recent < total


def since(moment: str) -> str:
    """A search for the orders that were created at this moment or after it."""
    return f"created_at:>='{moment}'"


def search(cursor: Cursor) -> str:
    """What the window's orders are searched by; empty for all of them.

    The last one also looks where the first may have looked too early, for what was created just before.
    """
    begins = cursor.get(BOUNDARY, "")
    if not begins or not cursor.get(WINDOW, 0):
        return since(begins) if begins else ""
    missed = Instant(parse_instant(cursor[_FIRST_AT]) - _LAG)
    return f"created_at:<'{begins}' OR {since(written(missed))}"


def written(moment: Instant) -> str:
    """A moment as a search takes it, without fractions of its second."""
    return moment.replace(microsecond=0).isoformat()


def is_last(cursor: Cursor) -> bool:
    """Whether no other window follows this one."""
    return not cursor.get(BOUNDARY) or bool(cursor.get(WINDOW, 0))


def orders_read(cursor: Cursor) -> int:
    """Orders of all windows so far; those that are read a second time, after a restart, are not counted twice."""
    return int(cursor.get(_BEFORE, 0)) + int(cursor.get("read", 0))


def unreadable(cursor: Cursor) -> int:
    """Lines of all windows so far that could not be read."""
    return int(cursor.get(_UNREADABLE_BEFORE, 0)) + int(cursor.get("unreadable", 0))


def total(cursor: Cursor, orders: int, known: int | None) -> int:
    """How many orders there are in all windows, where this one has so many."""
    so_far = int(cursor.get(_BEFORE, 0)) + orders
    return so_far if is_last(cursor) else max(so_far, known or 0)


def started(cursor: Cursor, operation: str, at: str) -> dict[str, Any]:
    """The cursor once the window's bulk operation has been started."""
    return {_FIRST_AT: at, **_kept(cursor), "bulk": operation, "started_at": at}


def anew(cursor: Cursor) -> dict[str, Any]:
    """The cursor from which the same window is asked for once more."""
    return {**_kept(cursor), RESTARTS: cursor.get(RESTARTS, 0) + 1}


def following(cursor: Cursor) -> dict[str, Any]:
    """The cursor from which the next window is asked for."""
    read = {_BEFORE: orders_read(cursor), _UNREADABLE_BEFORE: unreadable(cursor)}
    return {**_kept(cursor), **read, WINDOW: cursor.get(WINDOW, 0) + 1, RESTARTS: 0}


def _kept(cursor: Cursor) -> dict[str, Any]:
    return {name: cursor[name] for name in _KEPT if name in cursor}
