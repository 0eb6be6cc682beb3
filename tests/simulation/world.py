"""One simulated world: two processes of the app, one store, one clock, and who runs next."""

import heapq
import json
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
from shopify_app.products.asking import request_collections
from shopify_app.shops.queries import find_shop
from tests.simulation.chance import Chance
from tests.simulation.crash import Broken, Crash, Fuse
from tests.simulation.ending import settle
from tests.simulation.life import Life
from tests.simulation.network import environ_of
from tests.simulation.nights import Nights
from tests.simulation.observer import Observer
from tests.simulation.post import Post
from tests.simulation.process import Process, Worker
from tests.simulation.profile import Profile
from tests.simulation.promises import Promises
from tests.simulation.readings import Readings
from tests.simulation.settings import VirtualClock, settings
from tests.simulation.trace import Trace
from webhooks.inbox import replay

DAY = timedelta(days=1)
_EAGER, _RARE = 8.0, 0.06
"""Weights of a worker that has something to do, and of one that would look without having been called."""

_TAXES = ((0, False), (500, False), (1500, True))
"""Basis points, and whether prices include them."""


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
        self.happened: set[str] = set()
        """What went wrong, by kind, beside the store's own faults."""
        self._plan: list[tuple[Instant, int, Callable[[], object]]] = []
        self._planned = 0
        self._disk_until = self.clock()
        self._next_day = self.clock()
        self.nights = Nights(self)
        self.store = self._new_store()
        self.observer, self.readings = Observer(url), Readings(self)
        self.outside = Database(url)
        self.promises = Promises(self, self.observer)
        self.lives = [self._new_life("alice", "KWD", "Asia/Kuwait", 1.0)]
        if seed % 3 == 0:
            # A second shop, where less happens: nothing of one may reach the other.
            self.lives.append(self._new_life("bob", "USD", "UTC", 0.15))
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
        shop.tax_rate, shop.taxes_included = _TAXES[(self.seed + len(name)) % len(_TAXES)]
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
        seconds = 3600 * self.profile.hours
        opens = timedelta(seconds=self._trouble.between(0, 86_400 - seconds))
        for life in self.lives:
            for after, happening in life.day(seconds):
                self.plan(opens + after, happening)
        for often, trouble in ((self.profile.crashes, self._light), (self.profile.disk, self._fill_disk)):
            for _ in range(self._trouble.about(often)):
                self.plan(opens + timedelta(seconds=self._trouble.between(0, seconds)), trouble)

    def _light(self) -> None:
        # Most moments are statements: without a wish for the others hardly a call would ever be cut off.
        kind = self._trouble.weighted([(4, ""), *((1, kind) for kind in ("call", "answer", "commit", "committed"))])
        self.fuse.light(self._trouble.whole(1, 8 if kind else 120), kind)

    def _fill_disk(self) -> None:
        self._disk_until = self.later(self._trouble.between(30, 400))

    @property
    def planned(self) -> bool:
        """Whether anything is still to happen."""
        return bool(self._plan)

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
                worker.ready_at = self.later(self._rest(worker))
            elif (seconds := self.stalls()) is not None:
                worker.ready_at = self.later(seconds)

        return act

    def _rest(self, worker: Worker) -> float:
        """Seconds until a worker that has come to an end looks again; more where it has looked in vain."""
        if worker.name == "tidy":
            return self._order.between(90_000, 160_000)
        if worker.name == "drain":
            # Deliveries of a shop that is not known yet may wait for days.
            return self._order.between(20, 900) * 2.0**worker.vain
        longest = 14_000 if self._order.happens(self.profile.rests) else 60
        return longest * self._order.between(0.005, 1)

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
        self.happened.add("stalled")
        return float(self._trouble.weighted([(3, 300), (1, 15_000)]) * self._trouble.between(0.11, 1))

    def hesitates(self) -> float:
        """Seconds until a process that was woken looks at its inbox; what comes meanwhile is one batch with it."""
        return self._order.weighted([(1, 0.0), (2, 2400.0)]) * self._order.between(0, 1)

    def disk_fails(self) -> bool:
        fails = self.clock() < self._disk_until and self._trouble.happens(0.4)
        self.happened.update(["disk full"] if fails else [])
        return fails

    def tidies_after(self) -> float:
        """Seconds from the start of a process to its first housekeeping."""
        return self._order.between(0, 80_000)

    def downtime(self) -> float:
        """Seconds until a dead process is back."""
        return float(self._trouble.weighted([(3, 1), (2, 60), (1, 1200)]) * self._trouble.between(0, 1))

    def died(self, process: Process, what: str) -> None:
        """A process died; now and then the whole machine did."""
        self.crashes += 1
        self.happened.add(f"crash at {what}")
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

    def open(self, shop: Shop, path: str, method: str = "GET", sent: dict[str, str] | str | None = None) -> None:
        """A merchant's browser asks for a page of the app, as JSON, or sends something: a form, or a file as text."""
        process = self.any_process()
        if process is None:
            return
        headers = {"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json"}
        try:
            asked = (sent if isinstance(sent, str) else json.dumps(sent)).encode() if sent is not None else b""
            kind = "text/csv" if isinstance(sent, str) else "application/json"
            headers |= {"Content-Type": kind} if sent is not None else {}
            status, body = process.answer(environ_of(method, f"{self.config.host}{path}", headers, asked))
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

    def read_collections(self, domain: str) -> None:
        """What every night asks for."""
        process = self.any_process()
        if process is None:
            return
        try:
            with process.database.transaction() as session:
                if found := find_shop(session, domain):
                    request_collections(session, found.id, "night", self.clock())
        except Crash:
            return

    def import_again(self, life: Life) -> None:
        """A merchant who is told that the import failed presses the button."""
        statement = (
            "SELECT t.state FROM task t JOIN shop s ON s.id = t.shop_id"
            " WHERE s.domain = ? AND t.kind = 'import_orders' ORDER BY t.created_at DESC LIMIT 1"
        )
        if self.observer.rows(statement, life.shop.domain) == [("failed",)]:
            self.open(life.shop, f"/settings/import?shop={life.shop.domain}&host=abc&locale=en", "POST")

    def may_be_gone(self, key: tuple[str, str]) -> bool:
        """Whether an acknowledged delivery may be out of the inbox by now."""
        life = next(life for life in self.lives if life.shop.domain == key[0])
        return life.told.erased or self.promises.is_over(key)

    # The whole of it

    def live(self, days: int, steps: int | None) -> None:
        """Live through some days, or through so many steps; then be quiet and compare."""
        end = self.clock() + days * DAY
        every = max(1, days // self.profile.looks)
        while self.clock() < end and (steps is None or self.number < steps):
            if self.clock() >= self._next_day:
                self._next_day = Instant(self._next_day + DAY)
                self.promises.inbox_complete()
                if self.day and self.day % every == 0:
                    self.trace.line(f"day {self.day} {self.observer.digest()}")
                    self.promises.dear(all_of_them=self.day // every % self.profile.proofs == 0)
                self.day += 1
                self.begin_day()
            self.step()
        settle(self)

    def calm_down(self) -> None:
        """From now on nothing is planned and nothing goes wrong."""
        self.quiet, self.lived = True, self.number
        self.nights.demand()
        self.store.set_faults(Faults())
        self.fuse.quench()
        self._disk_until = self.clock()
        self._plan.clear()

    def nothing(self) -> None:
        """Only time passes."""

    def close(self) -> None:
        """Let go of everything."""
        for process in self.processes:
            process.alive = False
            process.bury()
        self.observer.close()
        self.outside.close()
