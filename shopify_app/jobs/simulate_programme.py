"""Going through the orders of the last twelve months under rules that did not hold, some customers at a time.

Nothing is kept but sums, so that the step's memory does not grow with the orders; those of one customer are read some
at a time, too.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct, json

from shopify_app.changes.numbers.queries import numbers_of
from shopify_app.changes.parts.queries import with_parts
from shopify_app.changes.points import earned_orders
from shopify_app.clock import Clock, Instant, LocalDay, day_start, local_day
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.loyalty.simulator.found import Found
from shopify_app.loyalty.simulator.queries import START, Place, asked_for, count_orders, keep_found, next_orders
from shopify_app.loyalty.simulator.replay import Replay, Span, Sums
from shopify_app.loyalty.simulator.trial import Trial
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, TaskView

ROWS = 2000
"""Orders read at once."""
_PIECES = 5
"""Pieces in one step: other tasks get their turn between two steps."""
_BACK = timedelta(days=365)
_LAST = 2**63 - 1
"""No order has a higher number."""
_NOBODY = Place(None, 0)


class _Work(Struct):
    """What the next step needs to go on: in the cursor as one text."""

    trials: list[Trial]
    span: Span
    facts: int
    currency: str
    place: Place
    sums: Sums | None = None


class SimulateProgramme:
    """The task: orders of customers first, then those that name nobody."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def step(self, task: TaskView, _now: Instant) -> Outcome:
        """Go through the next orders."""
        if not task.cursor:
            return self._begin(task)
        work, done = json.decode(task.cursor["work"], type=_Work), task.done
        for _ in range(_PIECES):
            with self._database.reading() as session:
                read = go_on(session, task.shop, work)
            if not read and work.place.customer is None:
                return self._finish(task, work)
            done += read
            if not read:
                work.place = _NOBODY
        return Outcome(_cursor(work), done, task.total)

    def _begin(self, task: TaskView) -> Outcome:
        with self._database.reading() as session:
            shop, now = get_shop(session, task.shop), self._clock()
            zone = ZoneInfo(shop.timezone)
            span = Span(day_start(LocalDay(local_day(now, zone) - _BACK), zone), now)
            trials = asked_for(session, task.shop)
            work = _Work(trials, span, shop.facts_version, shop.currency, START)
            total = count_orders(session, task.shop, span)
        return Outcome(_cursor(work), 0, total)

    def _finish(self, task: TaskView, work: _Work) -> Outcome:
        outcome, sums = Outcome(task.cursor, task.done, task.total), Replay(work.trials, work.span, work.sums).sums
        with self._database.transaction() as session:
            save(session, task, outcome, self._clock())
            keep_found(session, task.shop, Found(work.span, work.facts, work.currency, work.trials, sums))
        return Outcome(outcome.cursor, task.done, task.done, finished=True, result={"orders": sums.sold.orders})


def _cursor(work: _Work) -> dict[str, str]:
    return {"work": json.encode(work).decode()}


def go_on(session: Session, shop: ShopId, work: _Work) -> int:
    """Go through the orders of the next customers, each one's whole; how many orders they were."""
    replay, done, over = Replay(work.trials, work.span, work.sums), 0, False
    numbers: dict[int, int] = {}
    while not over and (places := next_orders(session, shop, work.place, work.span, ROWS)):
        begun = work.place.customer if done else places[0].customer
        over, places = _whole(places, begun)
        known = earned_orders(session, shop, [one.order for one in places])
        orders = with_parts(session, shop, known, [version.rule for version in replay.versions])
        unseen = {one.customer for one in places if one.customer is not None} - ({begun} if done else set())
        for version in replay.versions:
            # The same order has the same number, whichever rule gives a bonus for it.
            numbers |= numbers_of(session, shop, unseen, [version])
        for place in places:
            replay.add(orders[place.order], numbers.get(place.order))
            work.place, done = place, done + 1
    if work.place.customer is not None:
        work.place = Place(work.place.customer, _LAST)
    replay.close()
    work.sums = replay.sums
    return done


def _whole(places: list[Place], begun: int | None) -> tuple[bool, list[Place]]:
    """Those of whole customers, and whether that is all for now; else they are some of one who has been begun."""
    last = places[-1].customer
    if len(places) < ROWS or last is None:
        return True, places
    return last != begun, [place for place in places if last == begun or place.customer != last]
