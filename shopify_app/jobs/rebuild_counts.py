"""Counting everything anew from the stored orders, while webhooks go on: see changes/rebuild.py."""

from collections.abc import Callable, Sequence

from shopify_app.changes import queries, rebuild
from shopify_app.changes.generations.queries import drop_some, give_up_building, shops_building
from shopify_app.changes.rebuild import Building
from shopify_app.clock import Clock, Instant
from shopify_app.customers.queries import count_redacted
from shopify_app.db.base import Database, DatabaseRefused, Session, ShopId
from shopify_app.db.lease import DRAIN, claim, release
from shopify_app.db.portion import Portion
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.jobs.forecast_customers import request_forecast
from shopify_app.jobs.keep_sums import keep_sums
from shopify_app.jobs.learn_shop import REBUILD
from shopify_app.retention.counting import Booking
from shopify_app.retention.people.queries import add_customers
from shopify_app.retention.people.row import customers_of
from shopify_app.shops.queries import get_shop, shops_behind
from shopify_app.tasks.queries import latest, request, save
from shopify_app.tasks.view import Outcome, Step, TaskView

COUNTING = "counting"
CATCHING_UP = "catching up"
DROPPING = "dropping"
IMPORT = "import_orders"

_GIVING_UP = "giving up"
_TURN_WAIT = 1.0
PIECE = (250, 2000)
"""Orders counted in one transaction, at least and at most."""
CATCH_UP = (25, 200)
"""Buyers made anew in one."""
DROP = (250, 2000)
"""Rows deleted in one."""
_PIECES = 20
"""Pieces in one step: other tasks get their turn between two steps."""


class RebuildCounts:
    """The task's phases, one method each: begin, count, catch up and show, drop what was shown before."""

    def __init__(self, database: Database, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._database = database
        self._clock = clock
        self._piece = Portion(database, clock, PIECE)
        self._caught = Portion(database, clock, CATCH_UP)
        self._dropped = Portion(database, clock, DROP)
        self._turns = DrainTurns(database, clock, sleep)
        self._phases = {"": self._begin, COUNTING: self._count, CATCHING_UP: self._catch_up, DROPPING: self._drop}

    def step(self, task: TaskView, _now: Instant) -> Outcome:
        """Do the next pieces of the rebuild."""
        return self._phases[task.phase](task)

    def _begin(self, task: TaskView) -> Outcome:
        """Drop what a rebuild that was cancelled has left, then open a generation."""
        if self._drop_some(task):
            return Outcome()
        begun: list[Building] = []

        def work(session: Session, now: Instant) -> None:
            begun.append(rebuild.begin(session, task.shop))
            save(session, task, _outcome(COUNTING, begun[0]), now)

        if not self._turns.take(task.shop, _owner(task), work):
            return Outcome(wait=_TURN_WAIT)
        return _outcome(COUNTING, begun[0])

    def _count(self, task: TaskView) -> Outcome:
        """Read a piece beside the writer, then write it: each piece and how far it is in one transaction."""
        at: Building | None = Building.of(task.cursor)
        for _ in range(_PIECES):
            here = at or Building.of(task.cursor)
            with self._database.reading() as session:
                forgotten = count_redacted(session, task.shop)
                rows, there = rebuild.next_piece(session, task.shop, here, self._piece.size)
            if there is None:
                return _outcome(CATCHING_UP, here)
            try:
                written = self._write(task, (here, there), rows, forgotten, first=True)
            except DatabaseRefused:
                # An order that moved to another buyer meanwhile was counted with both: the catching up sees to it.
                written = self._write(task, (here, there), rows, forgotten, first=False)
            # Else it is read again: somebody in it was forgotten meanwhile.
            at = there if written else here
        return _outcome(COUNTING, at or Building.of(task.cursor))

    def _write(
        self, task: TaskView, way: tuple[Building, Building], rows: Sequence[Booking], forgotten: int, *, first: bool
    ) -> bool:
        """False, and nothing is written, where somebody was redacted after the rows were read: they may name them."""
        here, there = way
        with self._database.transaction() as session, self._piece.stored():
            # A redaction that has not ended yet holds the task: this waits for it, or it for this.
            save(session, task, _outcome(COUNTING, there), self._clock())
            if count_redacted(session, task.shop) != forgotten:
                save(session, task, _outcome(COUNTING, here), self._clock())
                return False
            queries.add_bookings(session, task.shop, there.generation, rows, first=first)
            add_customers(session, task.shop, there.generation, customers_of(rows).values(), first=first)
            return True

    def _catch_up(self, task: TaskView) -> Outcome:
        """Count the touched buyers anew, many at a time: where it never rests, the drain touches others meanwhile."""
        building, shown = Building.of(task.cursor), list[bool]()

        def work(session: Session, now: Instant) -> None:
            with self._caught.stored():
                shown.append(rebuild.catch_up(session, task.shop, building, self._caught.size, now))
                save(session, task, Outcome({"phase": DROPPING}) if shown[-1] else Outcome(task.cursor), now)

        with self._turns.hold(task.shop, _owner(task)) as ours:
            for _ in range(_PIECES if ours else 0):
                self._turns.write(task.shop, _owner(task), work)
                if shown[-1]:
                    return Outcome({"phase": DROPPING})
        return Outcome(task.cursor, wait=0.0 if ours else _TURN_WAIT)

    def _drop(self, task: TaskView) -> Outcome:
        over = not self._drop_some(task)
        if over:
            keep_sums(self._database, task.shop, self._clock())
            self._expect_anew(task)
        return Outcome(task.cursor, finished=over)

    def _expect_anew(self, task: TaskView) -> None:
        """Days or currency may be others now; while a history is still being read, nothing is expected yet."""
        with self._database.transaction() as session:
            if get_shop(session, task.shop).imported_at is not None:
                request_forecast(session, task.shop, task.actor, self._clock())

    def _drop_some(self, task: TaskView) -> bool:
        for _ in range(_PIECES):
            with self._database.transaction() as session, self._dropped.stored():
                save(session, task, Outcome(task.cursor), self._clock())
                if not rebuild.drop_leftover(session, task.shop, self._dropped.size):
                    return False
        return True


def rebuild_counts(database: Database, clock: Clock, sleep: Callable[[float], None]) -> Step:
    """The step of this kind."""
    return RebuildCounts(database, clock, sleep).step


def count_what_is_behind(database: Database, now: Instant) -> None:
    """Request a rebuild where an import has stored facts and ended, well or badly, before they were counted.

    And where a rebuild has failed or was cancelled, give up what it was building.
    """
    give_up_buildings(database, now)
    with database.reading() as session:
        waiting = [shop for shop in shops_behind(session) if not _at_work(session, shop)]
    for shop in waiting:
        with database.transaction() as session:
            request(session, shop, REBUILD, None, "system:behind", now)


def give_up_buildings(database: Database, now: Instant) -> None:
    """Where no rebuild goes on any more, drop what was built, and let no more buyers be marked for it.

    Nobody would ever make them anew, and meanwhile they may be redacted. Of many rows some are dropped each time.
    """
    with database.reading() as session:
        given_up = [shop for shop in shops_building(session) if not _is_active(session, shop, REBUILD)]
    for shop in given_up:
        if not _drop_built(database, shop):
            continue
        with database.transaction() as session:
            # In a turn of its own: what the drain is working out now may mark buyers still.
            if claim(session, shop, DRAIN, _GIVING_UP, now):
                if not _is_active(session, shop, REBUILD):
                    give_up_building(session, shop)
                release(session, shop, DRAIN, _GIVING_UP)


def _drop_built(database: Database, shop: ShopId) -> bool:
    """Whether nothing is left of what was being built."""
    for _ in range(_PIECES):
        with database.transaction() as session:
            built = get_shop(session, shop).building
            # A rebuild that was asked for meanwhile drops it itself, and builds another.
            if built is None or _is_active(session, shop, REBUILD):
                return False
            if not drop_some(session, shop, built, DROP[0]):
                return True
    return False


def _at_work(session: Session, shop: ShopId) -> bool:
    return any(_is_active(session, shop, kind) for kind in (IMPORT, REBUILD))


def _is_active(session: Session, shop: ShopId, kind: str) -> bool:
    task = latest(session, shop, kind)
    return task is not None and task.active


def _owner(task: TaskView) -> str:
    return task.owner or task.id


def _outcome(phase: str, building: Building) -> Outcome:
    return Outcome({"phase": phase, **building.cursor()})
