"""The running server: threads that drain, sweep and step tasks. The only module that starts any."""

import fcntl
import gc
import logging
import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
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
from shopify_app.tasks.queries import abandon_running, due
from shopify_app.tasks.step import run_step
from webhooks.inbox import purge

SWEEP_SECONDS = 5.0
WEB_THREADS = 64
"""Most of them wait for one commit together."""
_SWITCH_SECONDS = 0.001
"""How long a thread may compute before another has its turn: the door must not wait for a batch to be worked out."""
_HANDLED_DAYS, _PARKED_DAYS = 7, 30
_OBJECTS = 50_000
_SWEEP_EVERY = timedelta(seconds=SWEEP_SECONDS)
_GATHER_SECONDS = 0.03
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
        self._woken = {name: threading.Event() for name in ("drain", "tasks")}
        self._threads = [
            threading.Thread(target=self._repeat, args=("drain", self._drain), name="wafa-drain", daemon=True),
            threading.Thread(target=self._repeat, args=("tasks", self._tasks), name="wafa-tasks", daemon=True),
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
            self._woken["tasks"].set()
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

    def _tasks(self) -> float:
        with self._wafa.database.reading() as session:
            ready = due(session, self._wafa.clock())
        for shop, task_id in ready:
            if self._stop.is_set():
                break
            run_step(self._wafa.database, self._wafa.steps, shop, task_id, self._owner, self._wafa.clock())
        settled = run_due(self._wafa.database, self._wafa.intents, self._wafa.clock, self._owner)
        return 0.0 if ready or settled else 0.25


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
    workers = Workers(wafa)
    app = create_app(wafa=wafa, wake=workers.wake)
    collect_rarely()
    workers.start()
    return app


def main() -> None:
    """Migrate, then serve until told to stop."""
    write_logs_to(sys.stderr)
    try:
        config = Config.from_env(os.environ)
    except BadConfig as problem:
        sys.exit(str(problem))
    wafa = build(config)
    claim = _only_server(config.database_url)
    migrate(wafa.database)
    if claim is not None:
        _take_over(wafa)
    wafa.database.close()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Granian(
        "shopify_app.serve:serving",
        factory=True,
        interface=Interfaces.WSGI,
        address="127.0.0.1" if config.host.startswith("http://") else "0.0.0.0",  # noqa: S104 - behind a TLS proxy
        port=config.port,
        workers=1,
        blocking_threads=WEB_THREADS,
        log_access=False,
    ).serve()
    if claim is not None:
        claim.close()


def _take_over(wafa: Wafa) -> None:
    """Nobody else works on this file now: what a server that was killed has held need not run out first."""
    with wafa.database.transaction() as session:
        release_all(session)
        abandon_running(session, wafa.clock())


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
