"""Posts deliveries as fast as it can, or at a rate, over connections that stay open; a program of its own.

Lean on purpose: prebuilt requests on raw sockets, so that it needs a fraction of what the server needs. At a rate
it does not wait for answers (open loop): a delivery's time counts from the moment it was due, whether a
connection was free then or not, so that a server that stalls is not asked less and cannot hide it.
"""

import argparse
import json
import select
import selectors
import signal
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.bodies import Bodies, domain, signed
from benchmarks.measuring import cpu_of_self, percentile

Build = Callable[[int], list[bytes]]
_PATIENCE = 30.0
_SPARE = 2000
"""Different bodies of a sender that has no time to write each anew."""


@dataclass(slots=True)
class Wire:
    """One connection: what it waits for, and what has come of the answer."""

    socket: socket.socket
    due: float = 0.0
    heard: bytes = b""


@dataclass(slots=True)
class Report:
    """What became of the deliveries; times in milliseconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    """How long after its time a delivery left although a connection was free: our own fault, not the server's."""
    seconds: float = 0.0
    cpu: float = 0.0

    def document(self) -> dict[str, object]:
        """For whoever started us."""
        return {
            "accepted": self.statuses[200],
            "other": sum(self.statuses.values()) - self.statuses[200],
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "seconds": self.seconds,
            "cpu": self.cpu,
            **{f"p{share:g}": percentile(self.times, share / 100) for share in (50, 90, 99, 99.9)},
            "max": max(self.times, default=0.0),
            "late_p99": percentile(self.late, 0.99),
        }


def fresh(shops: int, size: int, first: int, port: int) -> Build:
    """Each delivery a new order, written and signed as it leaves."""
    bodies = Bodies(size)

    def build(number: int) -> list[bytes]:
        body = bodies.of(first + number, number % 5000)
        return [*_head(port, domain(number % shops), b"orders/create", first + number, body, signed(body)), body]

    return build


def repeated(shops: int, first: int, port: int) -> Build:
    """Deliveries of their own, but of a stock of bodies: nothing is left to do but to send."""
    bodies = Bodies()
    stock = [bodies.of(number, number % 500) for number in range(_SPARE)]
    signatures = [signed(body) for body in stock]
    heads = [
        _head(port, domain(at % shops), b"orders/create", 0, body, signatures[at]) for at, body in enumerate(stock)
    ]

    def build(number: int) -> list[bytes]:
        at = number % _SPARE
        before, _, after = heads[at]
        return [before, b"%d" % (10_000_000 + first + number), after, stock[at]]

    return build


def _head(port: int, shop: str, topic: bytes, number: int, body: bytes, signature: bytes) -> list[bytes]:
    """The head in three parts; the second, which has one length for all, is the delivery's number."""
    before = (
        b"POST /webhooks HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: Shopify-Captain-Hook\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\nX-Shopify-Topic: %s\r\n"
        b"X-Shopify-Hmac-Sha256: %s\r\nX-Shopify-Shop-Domain: %s\r\nX-Shopify-API-Version: 2026-10\r\n"
        b"X-Shopify-Webhook-Id: b54557e4-bdd9-4b37-8a5f-"
    )
    after = b"\r\nX-Shopify-Event-Id: 98880550-7158-44d4-b7cd-2c97c8a091b5\r\n\r\n"
    filled = before % (port, len(body), topic, signature, shop.encode())
    return [filled, b"%d" % (10_000_000 + number), after]


class Sender:
    """Some connections to one server, and one thread that minds them all."""

    def __init__(self, port: int, connections: int, build: Build) -> None:
        self._address = ("127.0.0.1", port)
        self._build = build
        self._heard = selectors.DefaultSelector()
        self._free = deque(self._open() for _ in range(connections))
        self._busy = 0
        self._sent = 0
        self._stopped = False
        self.report = Report()

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True

    def run(self, seconds: float, rate: float) -> Report:
        """Send for so long; a rate of 0 sends the next delivery when the one before is answered."""
        began, cpu = time.perf_counter(), cpu_of_self()
        if rate:
            self._paced(began, int(seconds * rate), rate)
        else:
            self._flat_out(began + seconds)
        self.report.seconds = time.perf_counter() - began
        self._wait_for_the_rest()
        self.report.cpu = cpu_of_self() - cpu
        return self.report

    def _flat_out(self, until: float) -> None:
        while (now := time.perf_counter()) < until and not self._stopped:
            while self._free:
                self._send(self._free.popleft(), now)
            self._hear(0.05)

    def _paced(self, began: float, count: int, rate: float) -> None:
        held_up = began
        for number in range(count):
            if self._stopped:
                return
            due = began + number / rate
            while (left := due - time.perf_counter()) > 0:
                self._hear(left)
            if self._free and due >= held_up:
                self.report.late.append((time.perf_counter() - due) * 1000)
            while not self._free:
                self._hear(1.0)
                held_up = time.perf_counter()
            self._send(self._free.popleft(), due)

    def _wait_for_the_rest(self) -> None:
        """What has no answer after half a minute counts as refused."""
        until = time.perf_counter() + _PATIENCE
        while self._busy and time.perf_counter() < until:
            self._hear(0.1)
        self.report.statuses[0] += self._busy

    def _send(self, wire: Wire, due: float) -> None:
        parts = self._build(self._sent)
        self._sent += 1
        self._busy += 1
        wire.due, wire.heard = due, b""
        try:
            whole = wire.socket.sendmsg(parts) == sum(map(len, parts))
        except OSError:
            whole = False
        if not whole:
            self._settle(wire, 0)

    def _hear(self, wait: float) -> None:
        # The selector itself counts in whole milliseconds; waiting for it as for one file does not.
        if not select.select([self._heard.fileno()], [], [], wait)[0]:
            return
        for key, _ in self._heard.select(0):
            wire: Wire = key.data
            try:
                piece = wire.socket.recv(65536)
            except OSError:
                piece = b""
            wire.heard += piece
            if not piece:
                self._settle(wire, 0)
            elif _complete(wire.heard):
                self._settle(wire, int(wire.heard[9:12]))

    def _settle(self, wire: Wire, status: int) -> None:
        """Book an answer; 0 stands for a connection that was lost."""
        if wire.due:
            self._busy -= 1
            self.report.statuses[status] += 1
            self.report.times.append((time.perf_counter() - wire.due) * 1000)
        wire.due = 0.0
        if not status:
            self._heard.unregister(wire.socket)
            wire.socket.close()
            wire = self._open()
        self._free.append(wire)

    def _open(self) -> Wire:
        connection = socket.create_connection(self._address, timeout=_PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(connection)
        self._heard.register(connection, selectors.EVENT_READ, wire)
        return wire


def _complete(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    _, _, length = head.lower().partition(b"\r\ncontent-length:")
    return len(body) >= int(length.partition(b"\r\n")[0] or 0)


def main() -> None:
    """Send as told on the command line and print the report as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sender", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=0.0, help="deliveries a second; 0: as fast as answers come")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--shops", type=int, default=1)
    parser.add_argument(
        "--size", type=int, default=0, help="bytes of a body, each a new order; 0: a stock of 6 to 8 kB"
    )
    parser.add_argument("--first", type=int, default=0, help="number of the first delivery")
    asked = parser.parse_args()
    if asked.size:
        build = fresh(asked.shops, asked.size, asked.first, asked.port)
    else:
        build = repeated(asked.shops, asked.first, asked.port)
    sender = Sender(asked.port, asked.connections, build)
    signal.signal(signal.SIGTERM, lambda *_: sender.stop())
    json.dump(sender.run(asked.seconds, asked.rate).document(), sys.stdout)


if __name__ == "__main__":
    main()
