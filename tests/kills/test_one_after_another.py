"""A process that dies is replaced by another, which begins where it was; no second server gets in between."""

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
from tests.kills.server import Server, command_of
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


def another(server: Server, kind: str, than: int) -> int:
    """The process that stands in its place, once the server answers."""
    for _ in range(600):
        found = server.processes().get(kind, than)
        if found != than and server.get("/readyz") == 200:
            return found
        assert server.process.poll() is None, "the supervisor has ended too"
        time.sleep(0.1)
    raise AssertionError("nobody stands in its place")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("kind", ["web", "work"])
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_killed_process_is_replaced_and_what_it_held_is_given_back(request, server_on, name, kind):
    database = request.getfixturevalue(name)
    shop, server = make_shop(database), server_on(database)
    server.start()
    killed, gives_back = server.processes()[kind], (name, kind) == ("sqlite", "work")
    if gives_back:
        # As it would leave it behind; another server's on PostgreSQL runs out in its own time.
        with database.transaction() as session:
            assert lease.claim(session, shop, lease.DRAIN, DEAD, system_clock(), LONG)
    posted = [Posting(number, "order", 0, f"before-{number}") for number in range(5)]
    assert {post(server, one) for one in posted} == {200}
    if gives_back:
        assert unhandled(database) == len(posted)
    os.kill(killed, signal.SIGKILL)
    assert another(server, kind, than=killed)
    assert post(server, Posting(9, "order", 0, "after")) == 200
    assert wait_until_handled(database) == 0
    with database.reading() as session:
        assert DEAD not in session.scalars(select(lease.Lease.owner)).all()
        assert len(session.scalars(select(Delivery.id)).all()) == len(posted) + 1
    if name == "sqlite":
        assert "Another server is running on" in server_on(database).refused()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")
def test_a_server_that_is_stopped_ends_all_its_processes_in_order(sqlite, server_on):
    server = server_on(sqlite)
    server.start()
    children = server.processes()
    assert children.keys() == {"web", "work"}
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert not [pid for pid in children.values() if command_of(pid)]


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
