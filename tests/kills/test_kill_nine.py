"""The real server is killed with SIGKILL under load: every 200 is handled, exactly once, and nothing drifts."""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from shopify_app.changes.rebuild import drift
from shopify_app.db.base import Database
from shopify_app.orders.model import Order
from tests.factories import make_shop
from tests.postgres import _free_port
from webhooks.inbox import HANDLED, Delivery

SECRET = "test-secret-of-more-than-32-bytes"
KILLS = {"default": 4, "long": 100}[os.environ.get("HYPOTHESIS_PROFILE", "default")]
SENDERS = 16


class Server:
    """The app as its own process group, on a database that outlives it."""

    def __init__(self, database: Database, directory) -> None:
        self.port = _free_port()
        self.directory = directory
        key = base64.b64encode(b"k" * 32).decode()
        self.environment = {
            **os.environ,
            "SHOPIFY_API_KEY": "test-key",
            "SHOPIFY_API_SECRET": SECRET,
            "HOST": f"http://127.0.0.1:{self.port}",
            "PORT": str(self.port),
            "DATABASE_URL": database.url,
            "ENCRYPTION_KEYS": key,
            "LOOKUP_KEY": base64.b64encode(b"l" * 32).decode(),
            "PYTHONPATH": str(Path.cwd()),
        }
        self.process = None

    def start(self) -> None:
        command = [sys.executable, "-m", "shopify_app.serve"]
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, cwd=self.directory, stdout=log, stderr=log, start_new_session=True
            )
        while self.get("/healthz") != 200:
            assert self.process.poll() is None, (self.directory / "server.log").read_text()[-2000:]
            time.sleep(0.05)

    def get(self, path: str) -> int | None:
        return answered(self.port, "GET", path)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Senders:
    """Threads that post new orders without a pause and remember which were acknowledged."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.numbers = itertools.count(1)
        self.acknowledged: set[int] = set()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _send(self) -> None:
        while not self.stop.is_set():
            number = next(self.numbers)
            body, headers = delivery(number)
            if answered(self.port, "POST", "/webhooks", body, headers) == 200:
                self.acknowledged.add(number)

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


def answered(port: int, method: str, path: str, body=None, headers=None) -> int | None:
    """The status; None when the server died before it answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        time.sleep(0.05)
        return None
    else:
        return answer.status
    finally:
        connection.close()


def delivery(number: int) -> tuple[bytes, dict[str, str]]:
    order = {
        "id": number,
        "name": f"#{number}",
        "created_at": "2026-11-20T10:00:00+00:00",
        "updated_at": "2026-11-20T10:00:00+00:00",
        "currency": "USD",
        "customer": {"id": number % 97 + 1},
        "financial_status": "paid",
        "line_items": [{"id": number * 10, "price": "1.00", "quantity": 1}],
        "note": "x" * 4000,
    }
    body = json.dumps(order).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    return body, {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": signature,
        "X-Shopify-Shop-Domain": "alice.myshopify.com",
        "X-Shopify-Webhook-Id": f"kill-{number}",
        "X-Shopify-API-Version": "2026-10",
    }


def unhandled(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.state != HANDLED))


def wait_until_handled(database: Database) -> int:
    """How many are left when none are, or when a minute has passed without any being handled."""
    least, patience = unhandled(database), 600
    while least and patience:
        time.sleep(0.1)
        left = unhandled(database)
        least, patience = (left, 600) if left < least else (least, patience - 1)
    return least


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_what_was_acknowledged_is_handled_once_whatever_is_killed(request, name, tmp_path):
    database: Database = request.getfixturevalue(name)
    shop = make_shop(database)
    server, chance = Server(database, tmp_path), random.Random(9)
    server.start()
    senders = Senders(server.port)
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.3, 1.2))
        server.kill()
        server.start()
    senders.end()
    assert wait_until_handled(database) == 0
    server.kill()
    with database.reading() as session:
        orders = set(session.scalars(select(Order.order_id)))
        kept = session.scalars(select(Delivery.webhook_id)).all()
        assert drift(session, shop) == 0
    assert len(kept) == len(set(kept))
    assert senders.acknowledged
    assert senders.acknowledged <= orders
    sys.stdout.write(f"kills {KILLS} acknowledged {len(senders.acknowledged)} orders {len(orders)} on {name}\n")


def test_a_server_killed_alone_takes_its_worker_with_it(sqlite, tmp_path):
    """Else the next start would find the database held by a process that nobody stops."""
    server = Server(sqlite, tmp_path)
    server.start()
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    for _ in range(300):
        if server.get("/healthz") is None:
            break
        time.sleep(0.1)
    server.start()
    assert server.get("/readyz") == 200
    server.kill()
