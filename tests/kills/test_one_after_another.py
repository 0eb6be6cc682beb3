"""A worker that dies is replaced by another, which begins where it was; no second server gets in between."""

import http.client
import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from shopify_app.clock import system_clock
from shopify_app.db import lease
from tests.factories import make_shop
from tests.kills.senders import Posting
from tests.kills.server import Server
from tests.kills.test_kill_nine import unhandled, wait_until_handled
from webhooks.inbox import Delivery

LONG = 80
"""Seconds of a lease that does not run out while we look, and is not too long to be believed."""
DEAD = "the dead one"


@pytest.fixture
def server_on(tmp_path):
    """Starts servers, each on the database that it is given, and leaves none behind."""
    started = []

    def start(database):
        directory = tmp_path / f"server-{len(started)}"
        directory.mkdir()
        server = Server(database, directory)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process is not None and server.process.poll() is None:
            server.kill()


def post(server: Server, posting: Posting) -> int:
    body, headers = posting.message()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", "/webhooks", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def another_worker(server: Server, than: int) -> int:
    """The one that stands in its place, once it answers."""
    for _ in range(600):
        found = [pid for pid in server.workers() if pid != than]
        if found and server.get("/readyz") == 200:
            return found[0]
        assert server.process.poll() is None, "the supervisor has ended too"
        time.sleep(0.1)
    raise AssertionError("nobody stands in its place")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_killed_worker_is_replaced_and_what_it_held_is_given_back(request, server_on, name):
    database = request.getfixturevalue(name)
    shop, server = make_shop(database), server_on(database)
    server.start()
    (worker,) = server.workers()
    if name == "sqlite":
        # As the worker would leave it behind; another server's on PostgreSQL runs out in its own time.
        with database.transaction() as session:
            assert lease.claim(session, shop, lease.DRAIN, DEAD, system_clock(), LONG)
    posted = [Posting(number, "order", 0, f"before-{number}") for number in range(5)]
    assert {post(server, one) for one in posted} == {200}
    if name == "sqlite":
        assert unhandled(database) == len(posted)
    os.kill(worker, signal.SIGKILL)
    assert another_worker(server, than=worker)
    with database.reading() as session:
        assert DEAD not in session.scalars(select(lease.Lease.owner)).all()
    assert post(server, Posting(9, "order", 0, "after")) == 200
    assert wait_until_handled(database) == 0
    with database.reading() as session:
        assert len(session.scalars(select(Delivery.id)).all()) == len(posted) + 1
    if name == "sqlite":
        assert "Another server is running on" in server_on(database).refused()


def test_a_port_that_somebody_listens_on_is_refused(sqlite, server_on, tmp_path):
    """The web server would share it, and each of two servers would get half of what comes."""
    first, second = server_on(sqlite), server_on(sqlite)
    first.start()
    second.environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'other.db'}"
    second.environment["PORT"] = str(first.port)
    said = second.refused()
    assert f"Port {first.port} of 127.0.0.1 cannot be used: Address already in use." in said
    assert "set PORT" in said
    assert first.get("/readyz") == 200
