"""What is too large is refused unread, and counted for shops of ours: a hint of what to ask Shopify for."""

import socket
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shopify_app.app import build, create_app
from shopify_app.clock import Instant
from shopify_app.privacy.queries import delete_shop
from tests.factories import make_shop
from tests.forging.ground import A, B, b64, digest
from tests.forging.webhooks import headers
from tests.webhooks.test_door import Doorstep
from webhooks.door import LARGEST
from webhooks.inbox import Delivery
from webhooks.refusals import RefusedDelivery, refused_since

SMALL = b'{"id": 1}'


class Endless:
    """A body without an end, that knows how much of it was read."""

    def __init__(self) -> None:
        self.read_so_far = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "all of it was asked for"
        self.read_so_far += size
        return b"x" * size


class Threshold:
    """The app, asked as a server asks it."""

    def __init__(self, config, database, clock, directory) -> None:
        self.clock = clock
        self.database = database
        self.wafa = build(config, database=database, clock=clock, directory=directory)
        self.app = create_app(wafa=self.wafa)
        self.alice, self.bob = make_shop(database, A), make_shop(database, B)

    def post(self, stream, length: str | None, domain: str = A, family: str = "X-Shopify", **more) -> int:
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/webhooks", "wsgi.input": stream, **more}
        for name, value in headers(1, b64(digest(SMALL)), family, Shop_Domain=domain):
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        if length is not None:
            environ["CONTENT_LENGTH"] = length
        statuses: list[str] = []
        self.app.wsgi_app(environ, lambda status, _headers: statuses.append(status))
        return int(statuses[0].split()[0])

    def refuse(self, domain: str = A, family: str = "X-Shopify") -> None:
        assert self.post(Endless(), str(LARGEST + 1), domain, family) == 413

    def counted(self, shop, days: float = 0) -> int:
        with self.database.reading() as session:
            return refused_since(session, shop, Instant(self.clock() - timedelta(days=days)))

    def rows(self, table=RefusedDelivery) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table))


@pytest.fixture
def threshold(config, database, clock, tmp_path) -> Threshold:
    return Threshold(config, database, clock, tmp_path)


@pytest.mark.parametrize(
    ("length", "terminated", "status", "most"),
    [
        (str(LARGEST + 1), True, 413, 0),
        ("9" * 4999, True, 413, 0),
        (None, True, 413, LARGEST + 1),
        ("", True, 413, LARGEST + 1),
        (None, False, 401, 0),
        ("10", True, 401, 10),
        (f"000{LARGEST}", True, 401, LARGEST),
        ("-1", True, 400, 0),
        ("\u00b2", True, 400, 0),
    ],
)
def test_no_more_is_read_than_may_be_kept(threshold, length, terminated, status, most):
    body = Endless()
    assert threshold.post(body, length, **{"wsgi.input_terminated": terminated}) == status
    assert body.read_so_far == most
    assert threshold.rows(Delivery) == 0


def test_refusals_are_counted_by_shop_and_day(threshold):
    for domain, family in ((A, "X-Shopify"), (A.upper(), "Shopify"), (B, "X-Shopify")):
        threshold.refuse(domain, family)
    assert (threshold.counted(threshold.alice), threshold.counted(threshold.bob)) == (2, 1)
    threshold.clock.forward(86400)
    assert threshold.counted(threshold.alice) == 0
    threshold.refuse()
    assert [threshold.counted(threshold.alice, days) for days in (0, 1, 2)] == [1, 3, 3]
    assert threshold.rows() == 3


@pytest.mark.parametrize("domain", ["", "stranger.myshopify.com", "evil.com", f"{A}\x00", "x" * 10_000])
def test_nobody_makes_rows_for_shops_that_are_not_ours(threshold, domain):
    threshold.refuse(domain)
    assert threshold.rows() == 0


def test_what_is_long_over_is_forgotten(threshold):
    for _ in range(200):
        threshold.refuse()
        threshold.clock.forward(86400)
    assert threshold.rows() == 91
    threshold.refuse(B)
    assert threshold.rows() == 92


def test_many_at_once_are_all_counted(threshold):
    threads = [threading.Thread(target=threshold.refuse) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert threshold.counted(threshold.alice) == 16


def test_the_answer_does_not_hang_on_the_count(threshold, monkeypatch, caplog):
    def fail(*_arguments):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("webhooks.door.count_refused", fail)
    threshold.refuse()
    assert "refusal not counted" in caplog.text


def test_a_redacted_shop_leaves_no_count(threshold):
    threshold.refuse()
    with threshold.database.transaction() as session:
        delete_shop(session, threshold.alice)
    assert threshold.rows() == 0
    threshold.refuse()
    assert threshold.rows() == 0


@pytest.fixture
def door(config, sqlite, clock, tmp_path):
    step = Doorstep(config, sqlite, clock, tmp_path)
    yield step
    step.close()


def chunked(door, body: bytes, pieces: int) -> bytes:
    """The first line of the answer to a body sent in pieces, without saying how long it is."""
    lines = [f"{name}: {value}\r\n" for name, value in headers(1, b64(digest(body * pieces)))]
    head = f"POST /webhooks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{''.join(lines)}\r\n"
    with socket.create_connection(("127.0.0.1", door.server.server_port), timeout=10) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(pieces):
                connection.sendall(b"%x\r\n%b\r\n" % (len(body), body))
            connection.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # refused before all of it was sent
        return connection.makefile("rb").readline()


def test_a_body_in_pieces_is_taken_while_it_is_small(door):
    assert b" 200 " in chunked(door, SMALL, 3)
    assert len(door.deliveries()) == 1
    assert b" 413 " in chunked(door, b"x" * 65536, 81)
    assert len(door.deliveries()) == 1


def test_five_megabytes_to_the_byte_are_taken(door):
    body = b"x" * LARGEST
    assert door.post(body, **dict(headers(1, b64(digest(body)))))[0] == 200
