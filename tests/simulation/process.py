"""One process of the app in a simulated world: its parts, its workers, its death and its return."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

from shopify_app.app import build, create_app
from shopify_app.clock import Instant
from shopify_app.jobs.rebuild_counts import count_what_is_behind
from shopify_app.jobs.reconcile_shop import RECONCILE
from shopify_app.work import Workers
from tests.simulation.crash import Crash
from tests.simulation.database import Engines, SimulatedDatabase, disk_trouble
from tests.simulation.network import Road

if TYPE_CHECKING:
    from tests.simulation.world import World

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Worker:
    """A background thread of a process, played by a greenlet: it runs until it pauses, and goes on when told."""

    def __init__(self, process: "Process", name: str, work: Callable[[], object], wait: float = 0.0) -> None:
        self.process, self.name = process, name
        self.ready_at: Instant = process.world.later(wait)
        self.vain = 0
        """How often in a row a drain found nothing."""
        self._work = work
        self._running: greenlet | None = None

    @property
    def begun(self) -> bool:
        """Whether it stands somewhere in the middle of its work."""
        return self._running is not None

    def go_on(self) -> None:
        """Run to the next pause, or to the end of the work."""
        if self._running is None:
            self._running = greenlet(self._whole)
        self._running.switch()
        self._rest()

    def pause(self, seconds: float) -> None:
        """Let others run; called from inside the work."""
        self.ready_at = self.process.world.later(seconds)
        getcurrent().parent.switch()

    def unwind(self) -> None:
        """The process is dead: let every block end, which changes nothing any more."""
        if self._running is not None:
            self._running.throw(Crash)
        self._rest()

    def is_current(self) -> bool:
        return self._running is getcurrent()

    def _whole(self) -> None:
        try:
            self.vain = 0 if self._work() else min(self.vain + 1, 5)
        except Crash:
            pass
        except Exception as problem:
            if self.process.alive:
                self.process.world.surprised(self, problem)

    def _rest(self) -> None:
        if self._running is not None and self._running.dead:
            self._running = None


class Process:
    """One process: web door, drain, tasks and housekeeping; all of it is gone when it crashes."""

    def __init__(self, world: "World", number: int) -> None:
        self.world, self.number = world, number
        self.alive = False
        self.back_at: Instant = world.clock()
        self.woken = True
        self._engines: Engines | None = None
        self.workers: tuple[Worker, ...] = ()

    def start(self) -> None:
        """Build everything anew on the same database."""
        world = self.world
        self.database = SimulatedDatabase(world.config.database_url, self, self._engines)
        self._engines = self.database.engines
        self.wafa = build(
            world.config,
            database=self.database,
            clock=world.clock,
            transport=Road(self),
            sleep=self.sleep,
            directory=world.directory / f"process-{self.number}",
        )
        night = world.nights.lived(self.wafa.steps[RECONCILE])
        self.wafa = replace(self.wafa, steps={**self.wafa.steps, RECONCILE: night})
        self.app = create_app(wafa=self.wafa, wake=self._wake).wsgi_app
        self._rounds = Workers(self.wafa)
        self._rounds._owner = f"process {self.number}"
        self.workers = (
            Worker(self, "drain", self.wafa.drain.sweep),
            Worker(self, "tasks", self._rounds._tasks),
            Worker(self, "tidy", self._tidy, world.tidies_after()),
        )
        self.alive, self.woken = True, True

    def _tidy(self) -> None:
        count_what_is_behind(self.database, self.world.clock())
        self._rounds._tidy(self.world.clock())

    def _wake(self, _domain: str) -> None:
        if not self.woken:
            self.woken = True
            self.workers[0].ready_at = self.world.later(self.world.hesitates())

    # Seams

    def may_pause(self, what: str) -> None:
        """Before a transaction, a read or a call: others may run first."""
        self.check()
        worker = self._current()
        if worker is not None and (seconds := self.world.pauses(what)) is not None:
            worker.pause(seconds)
            self.check()

    def sleep(self, seconds: float) -> None:
        """The app waits: a worker lets others run, a page just takes its time."""
        self.check()
        worker = self._current()
        if worker is None:
            self.world.clock.forward(seconds)
        else:
            worker.pause(seconds)
        self.check()

    def moment(self, what: str, statement: str = "") -> None:
        """A moment at which the process can die, or a write fail."""
        self.check()
        if self.world.fuse.burns_out(what):
            self.die(what)
            raise Crash
        if statement.startswith(_WRITES) and self._current() is not None and self.world.disk_fails():
            raise disk_trouble(statement)

    def check(self) -> None:
        """Nothing passes a seam of a dead process."""
        if not self.alive:
            raise Crash

    def _current(self) -> Worker | None:
        return next((worker for worker in self.workers if worker.is_current()), None)

    # Death

    def die(self, what: str) -> None:
        """From this moment on the process can do nothing."""
        self.alive = False
        self.back_at = Instant(self.world.clock() + timedelta(seconds=self.world.downtime()))
        if self._engines is not None:
            self._engines.kill()
        self.world.died(self, what)

    def bury(self) -> None:
        """Unwind what the dead process still had in hand."""
        for worker in self.workers:
            worker.unwind()
        self.workers = ()
        if self._engines is not None:
            self._engines.kill()
            self._engines.forget()

    def answer(self, environ: dict[str, Any]) -> tuple[int, bytes]:
        """Answer one request; Crash when the process dies meanwhile."""
        said: list[str] = []
        body = b"".join(self.app(environ, lambda status, _headers, _info=None: said.append(status)))
        self.check()
        return int(said[0].split()[0]), body
