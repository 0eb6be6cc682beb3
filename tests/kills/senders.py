"""Shopify as 64 senders: what they post, what was acknowledged, and what may have been kept without a word."""

import base64
import collections
import hashlib
import hmac
import http.client
import itertools
import json
import queue
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.kills.server import SECRET

SENDERS = 64
REFUND = 25
"""Minor units that each refund gives back."""
_UPDATE, _REFUND, _TWIN = 0.35, 0.15, 0.1


@dataclass
class Told:
    """What was said of one order: versions and refund ids, acknowledged or sent in vain."""

    versions: int = 0
    refunds: int = 0
    acknowledged: set[tuple[str, int]] = field(default_factory=set)
    sent: set[tuple[str, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Posting:
    """One delivery: a version of an order, or one of its refunds."""

    order: int
    kind: str
    number: int
    webhook_id: str

    def message(self) -> tuple[bytes, dict[str, str]]:
        topic = {("order", 0): "orders/create"}.get((self.kind, self.number), "orders/updated")
        body = json.dumps(self._order() if self.kind == "order" else self._refund()).encode()
        signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
        return body, {
            "X-Shopify-Topic": topic if self.kind == "order" else "refunds/create",
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Shop-Domain": "alice.myshopify.com",
            "X-Shopify-Webhook-Id": self.webhook_id,
            "X-Shopify-API-Version": "2026-10",
        }

    def _order(self) -> dict[str, object]:
        return {
            "id": self.order,
            "name": f"#{self.order}.{self.number}",
            "created_at": "2026-11-20T10:00:00+00:00",
            "updated_at": f"2026-11-20T10:{self.number // 60:02}:{self.number % 60:02}+00:00",
            "currency": "USD",
            "customer": {"id": self.order % 97 + 1},
            "financial_status": "paid",
            "line_items": [{"id": self.order * 10, "price": f"{10 + self.number}.00", "quantity": 1}],
            "note": "x" * 4000,
        }

    def _refund(self) -> dict[str, object]:
        lines = [{"subtotal": f"{REFUND / 100:.2f}", "line_item_id": self.order * 10}]
        refund_id = self.order * 1000 + self.number
        stamp = "2026-11-21T10:00:00+00:00"
        return {"id": refund_id, "order_id": self.order, "created_at": stamp, "refund_line_items": lines}


class Senders:
    """Threads that post what they are allowed to, each on a connection of its own that it keeps.

    A delivery without an answer is sent again under the same id once the server is back, or, half of them, never:
    then it may have been kept or not. A few are sent twice although they were acknowledged, under the same id or
    under a new one, as Shopify does.
    """

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.orders: dict[int, Told] = collections.defaultdict(Told)
        self.answered = 0
        self.refused: collections.Counter[int] = collections.Counter()
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self._guard = threading.Condition()
        self._todo: queue.SimpleQueue[Posting | None] = queue.SimpleQueue()
        self._up = threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def post(self, count: int) -> None:
        """Put so many deliveries into the senders' hands; the server is there."""
        self._up.set()
        with self._guard:
            for posting in itertools.islice(self._postings(), count):
                self._todo.put(posting)

    def wait_for(self, answers: int) -> None:
        """Until so many deliveries have been acknowledged in all."""
        with self._guard:
            assert self._guard.wait_for(lambda: self.answered >= answers, timeout=120), self.answered

    def hold(self) -> None:
        """The server is about to go: nothing new is tried until the next `post`."""
        self._up.clear()

    def end(self) -> None:
        """Everything that is still to be sent is sent, then the threads end."""
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()

    def _postings(self) -> Iterator[Posting]:
        """New orders, and news of orders that are known; each order in the order of its versions or not."""
        while True:
            dice = self._chance.random()
            if dice < _UPDATE + _REFUND and self.orders:
                order = self._chance.choice([*self.orders][-200:])
                yield self._news(order, "order" if dice < _UPDATE else "refund")
            else:
                yield self._news(next(self._numbers), "order")

    def _news(self, order: int, kind: str) -> Posting:
        told = self.orders[order]
        if kind == "refund":
            told.refunds += 1
        elif told.sent:
            told.versions += 1
        number = told.refunds if kind == "refund" else told.versions
        told.sent.add((kind, number))
        return Posting(order, kind, number, f"kill-{order}-{kind}-{number}")

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while (posting := self._todo.get()) is not None:
            self._up.wait()
            status = _answer(connection, posting)
            with self._guard:
                self._book(posting, status)
                self._guard.notify_all()
        connection.close()

    def _book(self, posting: Posting, status: int | None) -> None:
        if status is None:
            if self._chance.random() < 0.5:
                self._todo.put(posting)
            return
        if status != 200:
            self.refused[status] += 1
            return
        self.answered += 1
        self.orders[posting.order].acknowledged.add((posting.kind, posting.number))
        if self._chance.random() < _TWIN and not posting.webhook_id.endswith("+"):
            again = self._chance.choice([posting.webhook_id, f"{posting.webhook_id}+"])
            self._todo.put(Posting(posting.order, posting.kind, posting.number, again))


def _answer(connection: http.client.HTTPConnection, posting: Posting) -> int | None:
    """The status; None when the server died before it answered."""
    body, headers = posting.message()
    try:
        connection.request("POST", "/webhooks", body, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()  # the next request opens it again
        return None
    return answer.status
