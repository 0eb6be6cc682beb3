"""Counting an opening gift, giving it, and taking it back, some customers at a time."""

from dataclasses import replace

from shopify_app.changes.gift import ROWS, portion
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.loyalty.gift.giving import give, take_back
from shopify_app.loyalty.gift.model import COUNTED, COUNTING, GIVEN, GIVING, UNDOING, UNDONE, OpeningGift, prefix_of
from shopify_app.loyalty.gift.queries import gift_at_work, move_gift
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.simulator.queries import START, Place, count_orders
from shopify_app.loyalty.simulator.replay import Span
from shopify_app.loyalty.to_many.queries import lots_under
from shopify_app.shops.queries import touch
from shopify_app.tasks.view import Outcome, TaskView

_PIECES = 5
"""Pieces in one step."""


class GiveGift:
    """The task: it does what the state of its gift asks for."""

    def __init__(self, database: Database, lookup_key: bytes, clock: Clock) -> None:
        self._database = database
        self._lookup_key = lookup_key
        self._clock = clock

    def step(self, task: TaskView, _now: Instant) -> Outcome:
        """The next customers: some pieces, each of its own, before other tasks have their turn."""
        outcome = self._piece(task)
        for _ in range(_PIECES - 1):
            if outcome.finished:
                break
            task = replace(task, cursor=outcome.cursor, done=outcome.done, total=outcome.total)
            outcome = self._piece(task)
        return outcome

    def _piece(self, task: TaskView) -> Outcome:
        with self._database.reading() as session:
            gift = gift_at_work(session, task.shop)
        if gift is None:
            return Outcome({}, task.done, task.done, finished=True)
        if (task.cursor.get("gift"), task.phase) != (gift.gift_id, gift.state):
            # Asked for while the task was at another one, or at something else with this one.
            task = replace(task, cursor={}, done=0, total=None)
        outcome = self._of(task, gift)
        return replace(outcome, cursor=outcome.cursor and {**outcome.cursor, "gift": gift.gift_id})

    def _of(self, task: TaskView, gift: OpeningGift) -> Outcome:
        match gift.state:
            case "counting":
                return self._count(task, gift)
            case "giving":
                return self._give(task, gift)
            case _:
                return self._undo(task, gift)

    def _count(self, task: TaskView, gift: OpeningGift) -> Outcome:
        found, read, place = self._next(task, gift)
        cheapest = self._cheapest(gift)
        more = {
            "people": len(found),
            "points": sum(found.values()),
            "reach": sum(points >= cheapest for points in found.values()),
        }
        sums = {name: task.cursor.get(name, 0) + value for name, value in more.items()}
        if read:
            return Outcome({"phase": COUNTING, "place": place, **sums}, task.done + read, self._total(task, gift))
        kept = {f"found_{name}": value for name, value in sums.items()}
        with self._database.transaction() as session:
            people, points = sums["people"], sums["points"]
            move_gift(session, task.shop, gift.gift_id, COUNTED, people=people, points=points, **kept)
            touch(session, task.shop)
        return Outcome({}, task.done, task.done, finished=True)

    def _give(self, task: TaskView, gift: OpeningGift) -> Outcome:
        found, read, place = self._next(task, gift)
        key = ledger_key(self._lookup_key, task.shop)
        with self._database.transaction() as session:
            if found:
                give(session, task.shop, key, gift, found, self._clock())
            if not read:
                move_gift(session, task.shop, gift.gift_id, GIVEN)
            touch(session, task.shop)
        if read:
            return Outcome({"phase": GIVING, "place": place}, task.done + read, self._total(task, gift))
        return Outcome({}, task.done, task.done, finished=True)

    def _undo(self, task: TaskView, gift: OpeningGift) -> Outcome:
        after = task.cursor.get("after", "")
        key = ledger_key(self._lookup_key, task.shop)
        with self._database.transaction() as session:
            lots = lots_under(session, task.shop, prefix_of(gift.gift_id), after, ROWS)
            if lots:
                take_back(session, task.shop, key, gift.gift_id, lots, self._clock())
            else:
                move_gift(session, task.shop, gift.gift_id, UNDONE, undone_at=self._clock())
            touch(session, task.shop)
        if lots:
            return Outcome({"phase": UNDOING, "after": lots[-1][0]}, task.done + len(lots), gift.people)
        return Outcome({}, task.done, task.done, finished=True)

    def _next(self, task: TaskView, gift: OpeningGift) -> tuple[dict[int, int], int, list[int]]:
        """What the next customers get, how many orders that takes, and where to go on."""
        place = Place(*task.cursor["place"]) if task.cursor.get("place") else START
        with self._database.reading() as session:
            return portion(session, task.shop, gift, place)

    def _cheapest(self, gift: OpeningGift) -> int:
        with self._database.reading() as session:
            versions = versions_of(session, ShopId(gift.shop_id))
        return next(one.rule.cheapest for one in versions if one.number == gift.rule)

    def _total(self, task: TaskView, gift: OpeningGift) -> int:
        if task.total is not None:
            return task.total
        with self._database.reading() as session:
            return count_orders(session, task.shop, Span(gift.since, gift.until))
