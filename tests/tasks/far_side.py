"""A pretend far side of effects, and a desk at which intents are planned and carried out."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from shopify_app.admin_api.errors import Unavailable
from shopify_app.clock import Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.tasks.intents import queries
from shopify_app.tasks.intents.kind import CannotTell, Found, IntentView, Kind, NotThere, Seen
from shopify_app.tasks.intents.model import Intent
from shopify_app.tasks.intents.run import run_due, run_intent

if TYPE_CHECKING:
    from tests.conftest import MovedClock

A, B = ShopId(1), ShopId(2)
PATIENCE = 120.0
LOOKED, ONCE = "looked", "once"
Call = Callable[[IntentView], None]


class FarSide:
    """Has effects when told to; `on_call` runs in place of the call and may lose it, its answer or the process."""

    def __init__(self, clock: "MovedClock") -> None:
        self.clock = clock
        self.effects: Counter[tuple[ShopId, str]] = Counter()
        self.calls: Counter[tuple[ShopId, str]] = Counter()
        self.under_way: list[tuple[Instant, tuple[ShopId, str]]] = []
        self.looks = 0
        self.on_call: Call = self.act
        self.on_look: Callable[[IntentView], Seen] = self.seen

    def send(self, intent: IntentView) -> dict[str, Any]:
        self.calls[intent.shop, intent.key] += 1
        self.on_call(intent)
        return {"number": self.effects[intent.shop, intent.key]}

    def look(self, intent: IntentView) -> Seen:
        self.looks += 1
        self.arrive()
        return self.on_look(intent)

    def act(self, intent: IntentView) -> None:
        self.effects[intent.shop, intent.key] += 1

    def seen(self, intent: IntentView) -> Seen:
        number = self.effects[intent.shop, intent.key]
        return Found({"number": number}) if number else NotThere()

    def answer_lost(self, intent: IntentView) -> None:
        self.act(intent)
        raise Unavailable("time-out")

    def lost(self, intent: IntentView) -> None:
        raise Unavailable("time-out")

    def slow(self, intent: IntentView, seconds: float) -> None:
        """The caller gives up; the call arrives all the same, later."""
        self.under_way.append((Instant(self.clock() + timedelta(seconds=seconds)), (intent.shop, intent.key)))
        raise Unavailable("time-out")

    def arrive(self) -> None:
        """What has been under way for long enough is there now."""
        for one in [one for one in self.under_way if one[0] <= self.clock()]:
            self.under_way.remove(one)
            self.effects[one[1]] += 1


class Desk:
    """Two kinds over one far side: one that can be looked up, one that is sent at most once."""

    def __init__(self, database: Database, clock: "MovedClock") -> None:
        self.database, self.clock, self.far = database, clock, FarSide(clock)
        self.kinds = {
            LOOKED: Kind(self.far.send, lambda intent: self.far.look(intent), PATIENCE),
            ONCE: Kind(self.far.send, None, PATIENCE),
        }

    def plan(self, kind: str = LOOKED, key: str = "k", shop: ShopId = A) -> bool:
        with self.database.transaction() as session:
            return queries.plan(session, shop, kind, key, {"of": key}, "staff 7", self.clock())

    def run(self, kind: str = LOOKED, key: str = "k", shop: ShopId = A) -> IntentView:
        return run_intent(self.database, self.kinds, shop, kind, key, self.clock(), "w")

    def sweep(self) -> int:
        return run_due(self.database, self.kinds, self.clock, "sweeper")

    def view(self, kind: str = LOOKED, key: str = "k", shop: ShopId = A) -> IntentView:
        with self.database.reading() as session:
            return queries.get(session, shop, kind, key)

    def put(self, values: Mapping[str, Any], kind: str = LOOKED, key: str = "k", shop: ShopId = A) -> IntentView:
        """Bring a row into a state, past all rules."""
        with self.database.transaction() as session:
            rows = update(Intent).where(Intent.shop_id == shop, Intent.kind == kind, Intent.key == key)
            session.execute(rows.values(**values))
        return self.view(kind, key, shop)


def cannot_tell(_intent: IntentView) -> Seen:
    return CannotTell()
