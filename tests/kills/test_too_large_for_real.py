"""The real server refuses an endless body without holding it in memory."""

import http.client
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.factories import make_shop
from tests.forging.ground import A, b64, digest
from tests.forging.webhooks import headers
from tests.kills.server import Server
from webhooks.inbox import Delivery
from webhooks.refusals import RefusedDelivery

MEGABYTE = 1 << 20


def peaks(group: int) -> dict[int, int]:
    """The most memory that each process of a group has held so far, in bytes."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                status = (folder / "status").read_text()
                found[int(folder.name)] = int(status.split("VmHWM:")[1].split()[0]) * 1024
        except (OSError, IndexError):
            continue  # gone meanwhile
    return found


def post_endlessly(server: Server, declared: bool) -> int:
    """200 MB that nobody should wait for; the status."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", "/webhooks")
    for name, value in headers(1, b64(digest(b""))):
        connection.putheader(name, value)
    connection.putheader(*(("Content-Length", str(200 * MEGABYTE)) if declared else ("Transfer-Encoding", "chunked")))
    connection.endheaders()
    piece = b"x" * MEGABYTE
    try:
        for _ in range(200):
            connection.send(piece if declared else b"%x\r\n%b\r\n" % (len(piece), piece))
    except OSError:
        pass  # refused long before the end
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_an_endless_body_is_refused_and_not_held(sqlite, tmp_path):
    shop = make_shop(sqlite, A)
    server = Server(sqlite, tmp_path)
    server.start()
    try:
        before = peaks(server.process.pid)
        assert [post_endlessly(server, declared) for declared in (True, False, True, False)] == [413] * 4
        after = peaks(server.process.pid)
    finally:
        server.kill()
    assert before
    assert max(after[pid] - before.get(pid, 0) for pid in after) < 30 * MEGABYTE
    with sqlite.reading() as session:
        assert session.execute(select(RefusedDelivery.shop_id, RefusedDelivery.count)).all() == [(shop, 4)]
        assert session.scalars(select(Delivery)).all() == []
