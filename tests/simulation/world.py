"""One simulated world: two processes of the app, one store, one clock, and who runs next."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from devstore.faults import Faults
from devstore.shop import Shop
from devstore.store import DevStore
from shopify_app.clock import Instant
from shopify_app.db.base import Database
from tests.simulation.chance import Chance
from tests.simulation.crash import Broken, Crash, Fuse
from tests.simulation.life import Life
from tests.simulation.network import environ_of
from tests.simulation.observer import Observer
from tests.simulation.post import Post
from tests.simulation.process import Process, Worker
from tests.simulation.profile import Profile
from tests.simulation.promises import Promises
from tests.simulation.settings import VirtualClock, settings
from tests.simulation.trace import Trace
from webhooks.inbox import replay

DAY = timedelta(days=1)
_NIGHT = timedelta(hours=36)
"""Long enough for a night in every zone, however late the housekeeping asks for it."""
_MOST_NIGHTS = 4
_PROOFS = 3
"""One look in so many is at all of the app's own promises; the others leave out those that take long."""
_NEVER_ENDS = 40_000
_EAGER, _RARE = 8.0, 0.06
"""Weights of a worker that has something to do, and of one that would look without having been called."""


class World:
    """Everything there is; `step` lets one actor do one thing."""

    def __init__(self, seed: int, profile: Profile, url: str, directory: Path, trace: Trace) -> None:
        self.seed, self.profile, self.directory, self.trace = seed, profile, directory, trace
        self._order, self._trouble = Chance(seed, "scheduling"), Chance(seed, "trouble")
        start = datetime(2026, 1, 5, 6, tzinfo=UTC) + timedelta(days=self._order.whole(0, 300))
        self.clock = VirtualClock(start)
        self.config = settings(url)
        self.fuse, self.post = Fuse(), Post(self)
        self.number = self.lived = self.day = self.crashes = 0
        self.quiet = False
        self._plan: list[tuple[Instant, int, Callable[[], object]]] = []
        self._planned = 0
        self._disk_until = self.clock()
        self._next_day = self.clock()
        self.slept: dict[int, Instant] = {}
        # Not every seed has its first night on the same day.
        self._began = Instant(self.clock() - DAY * (seed % profile.nights))
        self.store = self._new_store()
        self.observer = Observer(url)
        self.outside = Database(url)
        self.promises = Promises(self, self.observer)
        self.lives = [self._new_life("alice", "KWD", "Asia/Kuwait", 1.0), self._new_life("bob", "USD", "UTC", 0.15)]
        self.processes = [Process(self, number) for number in range(2)]

    def _new_store(self) -> DevStore:
        store = DevStore(
            api_key=self.config.api_key,
            api_secret=self.config.api_secret,
            app_url=self.config.host,
            public_url=str(self.config.admin_url),
            clock=self.clock,
            seed=self.seed,
            send=self.post.bring,
            bulk_seconds=8.0,
            faults=self.profile.faults(),
        )
        queue = store.queue

        def queued(*about: Any) -> Any:
            delivery = queue(*about)
            self.post.queued(delivery)
            return delivery

        store.queue = queued  # type: ignore[method-assign]
        return store

    def _new_life(self, name: str, currency: str, zone: str, share: float) -> Life:
        shop = self.store.add_shop(f"{name}.myshopify.com", currency=currency, timezone=zone, name=name.title())
        life = Life(self, shop, share)
        life.past(round(self.profile.history * share))
        self.plan(timedelta(hours=5 * (1 - share)), life.come_back)
        return life

    # Time

    def later(self, seconds: float) -> Instant:
        return Instant(self.clock() + timedelta(seconds=seconds))

    def plan(self, after: timedelta, happening: Callable[[], object]) -> None:
        """Let something happen then."""
        self._planned += 1
        heapq.heappush(self._plan, (Instant(self.clock() + after), self._planned, happening))

    def begin_day(self) -> None:
        """Plan what happens until tomorrow, crashes and full disks included."""
        now = self.clock()
        for life in self.lives:
            for at, happening in life.day(now):
                self.plan(at - now, happening)
        for often, happening in ((self.profile.crashes, self._light), (self.profile.disk, self._fill_disk)):
            for _ in range(self._trouble.about(often)):
                self.plan(timedelta(seconds=self._trouble.whole(0, 86399)), happening)

    def _light(self) -> None:
        self.fuse.light(self._trouble.whole(1, 120))

    def _fill_disk(self) -> None:
        self._disk_until = self.later(self._trouble.between(30, 400))

    # Steps

    def step(self) -> None:
        """Let one actor, chosen by the seed, do one thing; then the cheap promises must hold."""
        self.number += 1
        name, act = self._order.weighted(self._choices())
        self.note(name)
        act()
        for process in self.processes:
            if not process.alive and process.workers:
                process.bury()
        self.promises.cheap()

    def note(self, what: str) -> None:
        """Put a line into the trace."""
        self.trace.line(f"{self.number} {self.clock().isoformat()} {what}")

    def _choices(self) -> list[tuple[float, tuple[str, Callable[[], object]]]]:
        now = self.clock()
        found: list[tuple[float, tuple[str, Callable[[], object]]]] = []
        if self._plan and self._plan[0][0] <= now:
            found.append((6, ("life", self._live)))
        if any(delivery.due_at <= now for delivery in self.store._waiting):
            found.append((4, ("post", self.store.deliver_due)))
        waits = self.observer.waits(now)
        sweeps: list[tuple[float, tuple[str, Callable[[], object]]]] = []
        for process in self.processes:
            if process.alive:
                for one in self._ready(process, waits):
                    called = one.begun or process.woken or one.name != "drain"
                    (found if called else sweeps).append((_EAGER, (f"{one.name} {process.number}", self._slice(one))))
            elif process.back_at <= now:
                found.append((4, (f"start {process.number}", process.start)))
        clock = (1.0, ("clock", self._tick if found else self._jump))
        # The sweeper finds what was woken for in vain; where somebody was woken, it comes between only now and then.
        return [*found, *((_RARE if found else 1.0, act) for _, act in sweeps), clock]

    def _ready(self, process: Process, waits: tuple[bool, bool]) -> list[Worker]:
        drain, tasks, tidy = process.workers
        ready = [one for one in process.workers if one.begun]
        ready += [] if drain.begun or not (waits[0] or process.woken) else [drain]
        ready += [] if tasks.begun or not waits[1] else [tasks]
        ready += [] if tidy.begun else [tidy]
        now = self.clock()
        return [one for one in ready if one.ready_at <= now]

    def _slice(self, worker: Worker) -> Callable[[], None]:
        def act() -> None:
            if worker.name == "drain" and not worker.begun:
                worker.process.woken = False
            worker.go_on()
            if not worker.begun:
                rest = {"drain": (20, 900), "tasks": (0.3, 60), "tidy": (40_000, 70_000)}[worker.name]
                worker.ready_at = self.later(self._order.between(*rest))
            elif (seconds := self.stalls()) is not None:
                worker.ready_at = self.later(seconds)

        return act

    def _live(self) -> None:
        _, _, happening = heapq.heappop(self._plan)
        self.note(getattr(happening, "__name__", "?"))
        happening()

    def _tick(self) -> None:
        self.clock.forward(self._order.weighted([(4, 0.2), (3, 1.0), (2, 5.0), (1, 35.0), (0.5, 90.0)]))

    def _jump(self) -> None:
        """Nothing can run now: go on to when something can."""
        now = self.clock()
        moments = [self._plan[0][0]] if self._plan else []
        moments += [Instant(delivery.due_at) for delivery in self.store._waiting]
        moments += self.observer.next_due()
        waits = self.observer.waits(now)
        for process in self.processes:
            moments += self._awaited(process, waits) if process.alive else [process.back_at]
        soonest = min((moment for moment in moments if moment > now), default=self.later(60))
        self.clock.now = Instant(max(soonest, self.later(0.001)))

    def _awaited(self, process: Process, waits: tuple[bool, bool]) -> list[Instant]:
        drain, tasks, tidy = process.workers
        awaited = [one for one in process.workers if one.begun or one is tidy]
        return [one.ready_at for one in [*awaited, *([drain] if waits[0] else []), *([tasks] if waits[1] else [])]]

    # What the actors ask

    def any_process(self) -> Process | None:
        """A living process, if there is one."""
        alive = [process for process in self.processes if process.alive]
        return self._order.one_of(alive) if alive else None

    def pauses(self, what: str) -> float | None:
        """How long a worker stands still at this seam; None when it goes straight on."""
        return 0.0 if self._order.happens(self.profile.pauses) else None

    def passes(self) -> None:
        """A message is on its way between the two programs."""
        self.clock.forward(self._order.between(0.03, 0.3))

    def stalls(self) -> float | None:
        """For how long a worker sleeps after this slice, if it does: past its leases, at times past an afternoon."""
        if self.quiet or not self._trouble.happens(self.profile.stalls):
            return None
        return float(self._trouble.weighted([(3, 300), (1, 15_000)]) * self._trouble.between(0.11, 1))

    def hesitates(self) -> float:
        """Seconds until a process that was woken looks at its inbox; what comes meanwhile is one batch with it."""
        return self._order.weighted([(1, 0.0), (2, 2400.0)]) * self._order.between(0, 1)

    def wants_night(self, shop: int) -> bool:
        """Whether the last good night is so long ago that the app's reconciliation runs tonight."""
        return self.clock() - self.slept.get(shop, self._began) > self.profile.nights * DAY

    def disk_fails(self) -> bool:
        return self.clock() < self._disk_until and self._trouble.happens(0.4)

    def downtime(self) -> float:
        """Seconds until a dead process is back."""
        return float(self._trouble.weighted([(3, 1), (2, 60), (1, 1200)]) * self._trouble.between(0, 1))

    def died(self, process: Process, what: str) -> None:
        """A process died; now and then the whole machine did."""
        self.crashes += 1
        self.note(f"crash of {process.number} at {what}")
        others = [one for one in self.processes if one.alive]
        if others and self._trouble.happens(0.3):
            others[0].die("the same moment")

    def surprised(self, worker: Worker, problem: Exception) -> None:
        """Work that ended in an exception: the loop around it tries again, but only a bad disk is an excuse."""
        if isinstance(problem, OperationalError) and self.profile.disk:
            self.note(f"{worker.name} failed")
            return
        raise Broken(f"{worker.name} ended with {type(problem).__name__}: {problem}") from problem

    def open(self, shop: Shop, path: str, method: str = "GET") -> None:
        """A merchant's browser asks for a page of the app, as JSON."""
        process = self.any_process()
        if process is None:
            return
        headers = {"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json"}
        try:
            status, body = process.answer(environ_of(method, f"{self.config.host}{path}", headers))
        except Crash:
            return
        self.note(f"page {path.partition('?')[0]} {status}")
        if status == 500:
            raise Broken(f"{path} answered 500: {body[:200]!r}")

    def replay(self, domain: str) -> None:
        """The operator's command."""
        process = self.any_process()
        if process is None:
            return
        try:
            with process.database.transaction() as session:
                replay(session, domain, self.clock())
        except Crash:
            return

    def may_be_gone(self, key: tuple[str, str]) -> bool:
        """Whether an acknowledged delivery may be out of the inbox by now."""
        life = next(life for life in self.lives if life.shop.domain == key[0])
        return life.told.erased or self.promises.is_over(key)

    # The whole of it

    def live(self, days: int, steps: int | None) -> None:
        """Live through some days, or through so many steps; then be quiet and compare."""
        end = self.clock() + days * DAY
        every = max(1, days // 20)
        while self.clock() < end and (steps is None or self.number < steps):
            if self.clock() >= self._next_day:
                self._next_day = Instant(self._next_day + DAY)
                self.promises.inbox_complete()
                if self.day and self.day % every == 0:
                    self.trace.line(f"day {self.day} {self.observer.digest()}")
                    self.promises.dear(all_of_them=self.day // every % _PROOFS == 0)
                self.day += 1
                self.begin_day()
            self.step()
        self.settle()

    def settle(self) -> None:
        """Faults end, the app is installed everywhere, all that waits is worked off; then all must be right."""
        self.quiet, self.lived = True, self.number
        self.store.set_faults(Faults())
        self.fuse.quench()
        self._disk_until = self.clock()
        self._plan.clear()
        for life in self.lives:
            life.come_back()
            self.plan(timedelta(minutes=31), life.look)
        self._until_calm()
        for life in self.lives:
            self.replay(life.shop.domain)
            self.import_again(life)
        self._until_calm()
        self._sleep_on_it()
        self.promises.settled()
        self.trace.line(f"end {self.observer.digest()}")

    def _sleep_on_it(self) -> None:
        """Nights until each shop has had a good one, in which whatever was lost must be found.

        A night may fail because the app has lost its token: then the merchant, who is told so, opens the app.
        """
        for _ in range(_MOST_NIGHTS):
            began = self.clock()
            for life in self.lives:
                life.look()
            self.plan(_NIGHT, self._nothing)
            while self._plan:
                self.step()
            self._until_calm()
            if all(self._slept_well(life, began) for life in self.lives):
                return
        raise Broken(f"a shop had no good night in {_MOST_NIGHTS}, though nothing goes wrong any more")

    def _nothing(self) -> None:
        """Only time passes."""

    def _slept_well(self, life: Life, since: Instant) -> bool:
        if not self.profile.reconcile:
            return True
        statement = (
            "SELECT t.created_at FROM task t JOIN shop s ON s.id = t.shop_id"
            " WHERE s.domain = ? AND t.kind = 'reconcile_shop' AND t.state = 'done'"
        )
        return any(self.observer.moment(at) > since for (at,) in self.observer.rows(statement, life.shop.domain))

    def import_again(self, life: Life) -> None:
        """A merchant who is told that the import failed presses the button."""
        statement = (
            "SELECT t.state FROM task t JOIN shop s ON s.id = t.shop_id"
            " WHERE s.domain = ? AND t.kind = 'import_orders' ORDER BY t.created_at DESC LIMIT 1"
        )
        if self.observer.rows(statement, life.shop.domain) == [("failed",)]:
            self.open(life.shop, f"/settings/import?shop={life.shop.domain}&host=abc&locale=en", "POST")

    def _until_calm(self) -> None:
        for _ in range(_NEVER_ENDS):
            if self._calm():
                return
            self.step()
        raise Broken("the work does not end, though nothing happens any more")

    def _calm(self) -> bool:
        alive = all(process.alive for process in self.processes)
        if not alive or self._plan or self.store._waiting:
            return False
        if any(worker.begun for process in self.processes for worker in process.workers):
            return False
        soon = self.clock() + timedelta(hours=6)
        return all(moment > soon for moment in self.observer.next_due())

    def close(self) -> None:
        """Let go of everything."""
        for process in self.processes:
            process.alive = False
            process.bury()
        self.observer.close()
        self.outside.close()
