"""Searching the kept deliveries for people who were redacted, and emptying those that name one.

A search goes through a shop's deliveries once, for everybody who was redacted before it began. It is made at
once, and again when Shopify has stopped repeating what it sent before: what came meanwhile is searched then.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.privacy.model import Erasure
from shopify_app.privacy.queries import end_search, erasures, join_search
from shopify_app.privacy.traces import Search
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, TaskView
from webhooks.erasing import erase, kept_ids, last_kept, naming
from webhooks.inbox import Inbox

SEARCHING = "searching"
REPEATED = timedelta(hours=5)
"""Shopify repeats a delivery that was not taken for four hours."""
_STEP = 1000
_PAGE = 50
_STEP_SECONDS = 2.0
"""After which a step begins no other page: the other tasks wait for it."""
_BEAT_SECONDS = 5.0
"""A second to search a body of 5 MB: even a page may take longer than the task's lease, which is renewed meanwhile."""
_OVERLAP = 1000
"""Deliveries before the last one that are searched again: on PostgreSQL a lower number may be seen later."""
_UNHANDLED_WAIT = 60.0
_LOOK_EVERY = 300.0
"""Seconds: somebody may be redacted while the step ends that found nothing to do."""


class EraseDeliveries:
    """The task: bodies are opened outside the writer, which is only asked to take away those that were found.

    The cursor has the piece of the inbox that is still to be searched, and the first delivery found in it that
    waits to be handled: that one is looked at again afterwards.
    """

    def __init__(self, database: Database, kept: Inbox, lookup_key: bytes, clock: Clock) -> None:
        self._database = database
        self._inbox = kept
        self._lookup_key = lookup_key
        self._clock = clock

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Begin a search, or search the next deliveries."""
        with self._database.reading() as session:
            wanted = erasures(session, task.shop)
        if not wanted:
            return Outcome(finished=True)
        return self._go_on(task, wanted, now) if task.phase == SEARCHING else self._begin(task, wanted, now)

    def _begin(self, task: TaskView, wanted: Sequence[Erasure], now: Instant) -> Outcome:
        """For everybody who was not searched for yet, or for the last time."""
        again = task.cursor.get("again", False)
        due = [one.searched_to for one in wanted if again or not one.searched_to or one.asked_at + REPEATED <= now]
        if not due:
            left = min(one.asked_at for one in wanted) + REPEATED - now
            return Outcome(wait=min(_LOOK_EVERY, left.total_seconds()))
        with self._database.transaction() as session:
            last = last_kept(session, _domain(session, task.shop))
            cursor = {"phase": SEARCHING, "after": max(0, min(due) - _OVERLAP), "to": last, "waiting": None}
            join_search(session, task.shop)
            save(session, task, Outcome(cursor), now)
        return Outcome(cursor)

    def _go_on(self, task: TaskView, wanted: Sequence[Erasure], now: Instant) -> Outcome:
        search = Search(self._lookup_key, task.shop, _people(wanted))
        cursor = dict(task.cursor)
        with self._database.reading() as session:
            ids = kept_ids(session, _domain(session, task.shop), cursor["after"], cursor["to"], _STEP)
        if not ids:
            return self._end(task, now)
        for at in range(0, len(ids), _PAGE):
            cursor = self._page(task, cursor, ids[at : at + _PAGE], search)
            if (self._clock() - now).total_seconds() >= _STEP_SECONDS:
                break
        return Outcome(cursor)

    def _page(self, task: TaskView, cursor: dict[str, Any], ids: Sequence[int], search: Search) -> dict[str, Any]:
        """Empty what is found among these; where the search is then."""
        with self._database.reading() as session:
            settled, waiting = naming(session, self._inbox, ids, search, self._beat(task, cursor))
        cursor = {**cursor, "after": ids[-1], "waiting": _first(cursor["waiting"], waiting)}
        now = self._clock()
        with self._database.transaction() as session:
            back = erase(session, task.shop, settled, now) if settled else []
            cursor["waiting"] = _first(cursor["waiting"], back)
            save(session, task, Outcome(cursor), now)
        return cursor

    def _beat(self, task: TaskView, cursor: dict[str, Any]) -> Callable[[], None]:
        """Keeps the task's lease alive while large bodies are searched; raises TaskLost once it is another's."""
        last = self._clock()

        def beat() -> None:
            nonlocal last
            now = self._clock()
            if (now - last).total_seconds() >= _BEAT_SECONDS:
                with self._database.transaction() as session:
                    save(session, task, Outcome(cursor), now)
                last = now

        return beat

    def _end(self, task: TaskView, now: Instant) -> Outcome:
        """Nobody's search is over before all that was found is handled and emptied."""
        first = task.cursor["waiting"]
        over = Instant(now - REPEATED) if first is None else None
        searched_to = task.cursor["to"] if first is None else first - 1
        cursor = {} if first is None else {"again": True}
        with self._database.transaction() as session:
            end_search(session, task.shop, searched_to, over, now)
            save(session, task, Outcome(cursor), now)
        return Outcome(cursor, wait=0.0 if first is None else _UNHANDLED_WAIT)


def _people(wanted: Sequence[Erasure]) -> dict[int, set[str]]:
    """What is sought, by the request whose certificate says what was found; 0 where an older version noted none."""
    people = defaultdict[int, set[str]](set)
    for one in wanted:
        if one.searching:
            people[one.request_id or 0].update(one.sought.split())
    return people


def _first(known: int | None, more: Sequence[int]) -> int | None:
    return min([*more, *([] if known is None else [known])], default=None)


def _domain(session: Session, shop: ShopId) -> str:
    return get_shop(session, shop).domain
