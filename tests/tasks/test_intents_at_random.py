"""A far side that loses calls and answers, workers that die or overlap: what happened happened once."""

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from shopify_app.admin_api.errors import Rejected, Throttled
from shopify_app.db.base import Database
from shopify_app.tasks.intents.kind import CannotTell, IntentView, NotYet, Seen
from shopify_app.tasks.intents.run import MOST_LOST
from tests.tasks.crashes import Crash, Killed
from tests.tasks.far_side import LOOKED, ONCE, PATIENCE, A, B, Desk

if TYPE_CHECKING:
    from tests.conftest import MovedClock

SEEDS = range(60)


class Chance:
    """One seed's luck: what becomes of each call and each look, as long as there is trouble."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.far, self.choose, self.overlapping = desk, desk.far, random.Random(seed), False
        self.met: set[str] = set()
        desk.far.on_call, desk.far.on_look = self.call, self.look

    def call(self, intent: IntentView) -> None:
        fates = [self.far.act, self.lost, self.far.answer_lost, self.slow, self.later, self.killed, self.overlapped]
        fate = self.choose.choice([*fates, self.refused, self.killed_after])
        self.met.add(fate.__name__)
        fate(intent)

    def look(self, intent: IntentView) -> Seen:
        return CannotTell() if self.choose.random() < 0.2 else self.far.seen(intent)

    def lost(self, intent: IntentView) -> None:
        if intent.lost < MOST_LOST - 1:
            self.far.lost(intent)
        self.far.act(intent)

    def slow(self, intent: IntentView) -> None:
        self.far.slow(intent, self.choose.uniform(0, PATIENCE - 1))

    def later(self, _intent: IntentView) -> None:
        raise self.choose.choice([Throttled(2.0), NotYet(5.0)])

    def refused(self, _intent: IntentView) -> None:
        raise Rejected([{"message": "no", "code": "TAKEN"}])

    def killed(self, _intent: IntentView) -> None:
        raise Killed

    def killed_after(self, intent: IntentView) -> None:
        self.far.act(intent)
        raise Killed

    def overlapped(self, intent: IntentView) -> None:
        """Other workers come by while the call is out; no call outlives the patience."""
        if not self.overlapping:
            self.overlapping = True
            self.desk.clock.forward(self.choose.uniform(0, PATIENCE - 1))
            self.visit()
            self.overlapping = False
        self.far.act(intent)

    def visit(self) -> None:
        with suppress(Killed):
            if self.choose.random() < 0.5:
                self.desk.sweep()
            else:
                kind = self.choose.choice([*self.desk.kinds])
                self.desk.run(kind, self.choose.choice("xyz"), self.choose.choice([A, B]))

    def trouble(self) -> None:
        for _ in range(40):
            with Crash(self.desk.database, self.choose.randrange(1, 60)):
                self.visit()
            self.overlapping = False
            self.desk.clock.forward(self.choose.choice([0, 1, 20, PATIENCE, 500]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", [LOOKED, ONCE])
def test_whatever_is_lost_each_key_happens_once(database: Database, clock: "MovedClock", kind: str, seed: int) -> None:
    desk = Desk(database, clock)
    desk.kinds = {kind: desk.kinds[kind]}
    keys = [(shop, key) for shop in (A, B) for key in "xyz"]
    for shop, key in keys:
        desk.plan(kind, key, shop)
    chance = Chance(desk, seed)
    chance.trouble()
    assert len(chance.met) > 2, "luck too good to prove anything"
    desk.far.on_call, desk.far.on_look = desk.far.act, desk.far.seen
    for _ in range(8):
        desk.clock.forward(3601)
        desk.sweep()
    allowed = {"done": [1], "refused": [0], "unknown": [0, 1] if kind == ONCE else []}
    desk.far.arrive()
    for shop, key in keys:
        after, happened = desk.view(kind, key, shop), desk.far.effects[shop, key]
        assert happened in allowed.get(after.state, []), f"{after} happened {happened} times"
