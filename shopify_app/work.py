"""The running server's other half: drains, sweeps and steps tasks, in a process of its own.

Python lets one thread of a process compute at a time, and lets them take turns as it happens: beside a batch that is
worked out, the webhook door would stand in line for it.
"""

import gc
import logging
import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from shopify_app.app import Wafa, build
from shopify_app.clock import Instant
from shopify_app.config import Config
from shopify_app.db.lease import ASK, DRAIN, release_all
from shopify_app.embedded.request_log import write_logs_to
from shopify_app.jobs.import_orders import drop_orphans
from shopify_app.jobs.nightly import request_work
from shopify_app.jobs.rebuild_counts import count_what_is_behind
from shopify_app.privacy.keeping import let_go
from shopify_app.tasks.intents.run import run_due
from shopify_app.tasks.lanes import Lanes
from shopify_app.tasks.queries import abandon_running, due
from shopify_app.tasks.step import run_step
from shopify_app.wake import Bell
from webhooks.inbox import purge

SWEEP_SECONDS = 5.0
_TASK_THREADS = ("tasks-slow", "tasks-1", "tasks-2", "tasks-3")
SWITCH_SECONDS = 0.001
"""How long a thread may compute before another has its turn: who holds the writer, or answers, must not wait long."""
_HANDLED_DAYS, _PARKED_DAYS = 7, 30
_OBJECTS = 50_000
_SWEEP_EVERY = timedelta(seconds=SWEEP_SECONDS)
_GATHER_SECONDS = 0.03
_LOOK_SECONDS, _GLANCE_SECONDS = 0.25, 1.0
_TIDY_EVERY = timedelta(hours=1)
_WATCH_SECONDS = 1.0
log = logging.getLogger("wafa.work")


class Workers:
    """Background threads of one process; a lost wake-up only costs the time to the next sweep."""

    def __init__(self, wafa: Wafa) -> None:
        self._wafa = wafa
        self._owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._stop = threading.Event()
        self._done_at: dict[str, Instant] = {}
        self._lanes = Lanes(wafa.clock)
        slow, *quick = _TASK_THREADS
        works: dict[str, Callable[[], float]] = {"drain": self._drain, slow: self._tasks}
        works |= {name: partial(self._tasks, slow=False) for name in quick}
        self._woken = {name: threading.Event() for name in works}
        self._threads = [
            threading.Thread(target=self._repeat, args=(name, work), name=f"wafa-{name}", daemon=True)
            for name, work in works.items()
        ]

    def wake(self, _domain: str = "") -> None:
        """Look at the inbox now."""
        self._woken["drain"].set()

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the step at hand and end."""
        self._stop.set()
        for event in self._woken.values():
            event.set()
        for thread in self._threads:
            thread.join(10)

    def _repeat(self, name: str, work: Callable[[], float]) -> None:
        while not self._stop.is_set():
            # Cleared before the work: a wake-up during it is not lost.
            self._woken[name].clear()
            try:
                pause = work()
            except Exception:
                log.exception("%s failed; it is tried again", name)
                pause = SWEEP_SECONDS
            if pause and self._woken[name].wait(pause):
                # More comes on the heels of what woke us: together it costs less.
                self._stop.wait(_GATHER_SECONDS)

    def _drain(self) -> float:
        handled = self._wafa.drain.round()
        if handled:
            for name in _TASK_THREADS:
                self._woken[name].set()
        now = self._wafa.clock()
        if self._is_due("sweep", now, _SWEEP_EVERY):
            count_what_is_behind(self._wafa.database, now)
        if self._is_due("tidy", now, _TIDY_EVERY):
            self._tidy(now)
        return 0.0 if handled else SWEEP_SECONDS

    def _is_due(self, what: str, now: Instant, every: timedelta) -> bool:
        last = self._done_at.get(what)
        if last is not None and now - last < every:
            return False
        self._done_at[what] = now
        return True

    def _tidy(self, now: Instant) -> None:
        purge(self._wafa.database, _before(now, _HANDLED_DAYS), _before(now, _PARKED_DAYS))
        let_go(self._wafa.database, now)
        drop_orphans(self._wafa.imports, self._wafa.database)
        request_work(self._wafa.database, now)

    def _tasks(self, *, slow: bool = True) -> float:
        with self._wafa.database.reading() as session:
            ready = due(session, self._wafa.clock())
        with self._lanes.turn(ready, slow=slow) as chosen:
            worked = chosen is not None and run_step(
                self._wafa.database, self._wafa.steps, *chosen, self._owner, self._wafa.clock()
            )
        if slow:
            worked |= run_due(self._wafa.database, self._wafa.intents, self._wafa.clock, self._owner) > 0
        if not worked:
            return _LOOK_SECONDS if slow else _GLANCE_SECONDS
        # A shop that stood back for one of them goes on at once.
        self._woken["drain"].set()
        return 0.0


def _before(now: Instant, days: int) -> Instant:
    return Instant(now - timedelta(days=days))


def collect_rarely() -> None:
    """Let Python look for circles among its objects less often.

    Batches make thousands of short-lived objects and no circles; at its own setting it looks every 700 of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)


def _take_over(wafa: Wafa) -> None:
    """Nobody else works on this file now: what a process that was killed has held need not run out first.

    Refreshing tokens is not among it: the web process may be at that.
    """
    with wafa.database.transaction() as session:
        release_all(session, (DRAIN, ASK))
        abandon_running(session, wafa.clock())


def orphaned(server: int) -> bool:
    """Whether the process that started this one is gone: nobody would ever stop it, and a new one could not start."""
    return os.getppid() != server


def main() -> None:
    """Work until told to stop, or until the server of that process id is gone that started this."""
    server = int(sys.argv[1]) if len(sys.argv) > 1 else None
    over = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: over.set())
    sys.setswitchinterval(SWITCH_SECONDS)
    write_logs_to(sys.stderr)
    wafa = build(Config.from_env(os.environ))
    if server is not None and wafa.database.dialect == "sqlite":
        _take_over(wafa)
    workers, bell = Workers(wafa), Bell.of(wafa.config.port)
    collect_rarely()
    workers.start()
    while not over.is_set():
        if bell.heard(_WATCH_SECONDS):
            workers.wake()
        if server is not None and orphaned(server):
            log.error("the server process is gone; ending")
            os._exit(1)
    workers.stop()


if __name__ == "__main__":
    main()
