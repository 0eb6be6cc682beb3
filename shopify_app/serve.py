"""The running server: a supervisor, the process that answers requests, and the one that works (work.py)."""

import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy import make_url

from shopify_app.app import build, create_app
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.db.lease import release_all
from shopify_app.db.migrate import migrate
from shopify_app.embedded.request_log import write_logs_to
from shopify_app.errors import BadConfig
from shopify_app.wake import Bell
from shopify_app.work import SWITCH_SECONDS, collect_rarely, orphaned

WEB_THREADS = 64
"""Most of them wait for one commit together."""
WORK = (sys.executable, "-m", "shopify_app.work")
_WATCH_SECONDS = 1.0
_PATIENCE = 10.0
_SERVER = "WAFA_SERVER"
"""Tells the web process who has started it; the work process is told by its words."""
log = logging.getLogger("wafa.serve")


def serving() -> Flask:
    """The app: what the web server loads."""
    server = int(os.environ[_SERVER])
    sys.setswitchinterval(SWITCH_SECONDS)
    write_logs_to(sys.stderr)
    wafa = build(Config.from_env(os.environ))
    app = create_app(wafa=wafa, wake=Bell.of(wafa.config.port).ring)
    collect_rarely()
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    return app


def _end_with(server: int) -> None:
    while not orphaned(server):
        time.sleep(_WATCH_SECONDS)
    log.error("the server process is gone; ending")
    os._exit(1)


@contextmanager
def _working() -> Iterator[None]:
    """Keep a process at work for the length of the block: one that dies is replaced by another."""
    over, started = threading.Event(), [_start_work()]

    def keep() -> None:
        while True:
            status = started[0].wait()
            # Whoever stops the server may have told all its processes at once.
            if over.wait(_WATCH_SECONDS):
                return
            log.error("the work process has ended (%s); another begins", status)
            try:
                started[0] = _start_work()
            except OSError:
                # No memory, or too many processes: it is tried again.
                log.exception("the work process could not be started")

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        _end(started, keeper)


def _start_work() -> subprocess.Popen[bytes]:
    # Spawned, not forked: the web server forks meanwhile, and its child would hold open the pipe by which a fork tells
    # that it has begun. What should not be inherited is marked so by Python.
    return subprocess.Popen([*WORK, str(os.getpid())], close_fds=False)  # noqa: S603 - our own words


def _end(started: list[subprocess.Popen[bytes]], keeper: threading.Thread) -> None:
    for way in (subprocess.Popen.terminate, subprocess.Popen.kill):
        for process in started:
            way(process)
        keeper.join(_PATIENCE)
        if not keeper.is_alive():
            return


def main() -> None:
    """Migrate, then serve until told to stop; a process that dies is replaced by another."""
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
    if claim is not None:
        _take_over(wafa.database)
    wafa.database.close()
    os.environ[_SERVER] = str(os.getpid())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _working():
        _answer(address, config.port)
    if claim is not None:
        claim.close()


def _answer(address: str, port: int) -> None:
    Granian(
        "shopify_app.serve:serving",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=port,
        workers=1,
        respawn_failed_workers=True,
        blocking_threads=WEB_THREADS,
        log_access=False,
    ).serve()


def _take_over(database: Database) -> None:
    """Nobody else works on this file now: what a server that was killed has held need not run out first."""
    with database.transaction() as session:
        release_all(session)


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
