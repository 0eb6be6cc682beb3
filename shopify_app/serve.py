"""The running server: threads that drain, sweep and step tasks. The only module that starts any."""

import fcntl
import gc
import logging
import os
import signal
import socket
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy import make_url

from shopify_app.app import Wafa, build, create_app
from shopify_app.clock import Instant
from shopify_app.config import Config
from shopify_app.db.lease import release_all
from shopify_app.db.migrate import migrate
from shopify_app.embedded.request_log import write_logs_to
from shopify_app.errors import BadConfig
from shopify_app.jobs.import_orders import drop_orphans
from shopify_app.jobs.nightly import request_work
from shopify_app.jobs.rebuild_counts import count_what_is_behind
from shopify_app.tasks.intents.run import run_due
from shopify_app.tasks.lanes import Lanes
from shopify_app.tasks.queries import abandon_running, due
from shopify_app.tasks.step import run_step
from webhooks.inbox import purge

SWEEP_SECONDS = 5.0
WEB_THREADS = 64
"""Most of them wait for one commit together."""
_TASK_THREADS = ("tasks-slow", "tasks-1", "tasks-2", "tasks-3")
_SWITCH_SECONDS = 0.001
"""How long a thread may compute before another has its turn: the door must not wait for a batch to be worked out."""
_HANDLED_DAYS, _PARKED_DAYS = 7, 30
_OBJECTS = 50_000
_SWEEP_EVERY = timedelta(seconds=SWEEP_SECONDS)
_GATHER_SECONDS = 0.03
_LOOK_SECONDS, _GLANCE_SECONDS = 0.25, 1.0
_TIDY_EVERY = timedelta(hours=1)
log = logging.getLogger("wafa.work")


class Workers:
    """Background threads of one process; a lost wake-up only costs the time to the next sweep."""

    def __init__(self, wafa: Wafa) -> None:
        self._wafa = wafa
        self._owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._stop = threading.Event()
        self._parent = os.getppid()
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

    def wake(self, _domain: str) -> None:
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
        if self._parent != os.getppid():
            # The server above was killed: nobody would ever stop this process, and a new one could not start.
            log.error("the server process is gone; ending")
            os._exit(1)
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


def serving() -> Flask:
    """The app with its workers running: what the web server loads."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    write_logs_to(sys.stderr)
    wafa = build(Config.from_env(os.environ))
    if wafa.database.dialect == "sqlite":
        _take_over(wafa)
    workers = Workers(wafa)
    app = create_app(wafa=wafa, wake=workers.wake)
    collect_rarely()
    workers.start()
    return app


def main() -> None:
    """Migrate, then serve until told to stop; a worker process that dies is replaced by another."""
    write_logs_to(sys.stderr)
    try:
        config = Config.from_env(os.environ)
    except BadConfig as problem:
        sys.exit(str(problem))
    wafa = build(config)
    claim = _only_server(config.database_url)
    address = "127.0.0.1" if config.host.startswith("http://") else "0.0.0.0"  # noqa: S104 - behind a TLS proxy
    _demand_free(address, config.port)
    migrate(wafa.database)
    wafa.database.close()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Granian(
        "shopify_app.serve:serving",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=config.port,
        workers=1,
        respawn_failed_workers=True,
        blocking_threads=WEB_THREADS,
        log_access=False,
    ).serve()
    if claim is not None:
        claim.close()


def _take_over(wafa: Wafa) -> None:
    """Nobody else works on this file now: what a worker that was killed has held need not run out first.

    The server above holds the file, for all its workers one after the other.
    """
    with wafa.database.transaction() as session:
        release_all(session)
        abandon_running(session, wafa.clock())


def _demand_free(address: str, port: int) -> None:
    """The web server shares its port with whoever wants it too: each of two servers would get half of the requests."""
    with socket.socket() as probe:
        # Connections that have just ended may still be on the port; only who listens is in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as problem:
            why = f"Port {port} of {address} cannot be used: {problem.strerror}."
            sys.exit(f"{why} Stop whoever listens there, perhaps another server, or set PORT to another.")


def _only_server(url: str) -> IO[str] | None:
    """Hold the SQLite file for this server: two would wait for each other and neither would know of the other."""
    if make_url(url).get_backend_name() != "sqlite":
        return None
    path = Path(f"{make_url(url).database}.server")
    path.parent.mkdir(parents=True, exist_ok=True)
    claim = path.open("w")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another server is running on {url}. Stop it first, or use PostgreSQL for more than one.")
    return claim


if __name__ == "__main__":
    main()
