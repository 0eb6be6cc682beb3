"""The webhook door under load while everything else goes on: an import, the drain, a merchant's page.

Promises: at 500 deliveries of 25 kB a second for a minute no answer but 2xx, 99 of 100 within 100 ms; and no page
waits longer than 300 ms for a lock. The real server on SQLite with real fsync, a real development store, a sender
that does not wait for answers (benchmarks/sender.py).
"""

import argparse
import csv
import http.client
import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import bodies, programs
from benchmarks.importing import ask
from benchmarks.measuring import cpu_of_tree, exit_status, peak_memory, percentile, promise, say
from benchmarks.probed import FILE, waits
from demo.merchant import Merchant
from demo.programs import Plan
from shopify_app.jobs.import_orders import IMPORT

DOOR = 100.0
LOCK = 300.0
_BETWEEN = 0.2
"""Seconds between two looks, or two clicks, of the merchant."""
_TOKEN_LIFE = 20.0
_LOOK = 0.5


def history(path: Path, orders: int) -> None:
    """A transaction log for the development store: something to import."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["customer_id", "date", "amount"])
        for number in range(orders):
            day = (bodies.PLACED - timedelta(days=1 + number % 700)).date()
            rows.writerow([number % max(1, orders // 4), day, f"{5 + number % 90}.50"])


@contextmanager
def running(directory: Path, orders: int) -> Iterator[tuple[Plan, int, Path]]:
    """Store and app, both up; the app's process id, and where it notes its waits."""
    log, waited = directory / "orders.csv", directory / "waits"
    history(log, orders)
    plan = Plan(
        directory,
        programs.free_port(),
        programs.free_port(),
        ["--transactions", str(log), "--currency", "USD", "--timezone", "UTC"],
        shop=bodies.domain(0).removesuffix(".myshopify.com"),
        api_key=bodies.KEY,
        api_secret=bodies.SECRET,
    )
    settings = {**plan.settings(), FILE: str(waited)}
    store = ["-m", "devstore", "--port", str(plan.store_port), "--app-url", plan.app_url, "--shop", plan.domain]
    state = f"/store/{plan.shop}/control/state"
    with (
        programs.server([sys.executable, *store, *plan.world], directory, plan.store_port, settings, state),
        programs.server([sys.executable, "-m", "benchmarks.probed"], directory, plan.app_port, settings) as pid,
    ):
        yield plan, pid, waited


class Visits:
    """A merchant who looks at a page again and again, or changes something; milliseconds of each visit."""

    def __init__(self, plan: Plan, method: str, path: str, body: object = None) -> None:
        self._plan = plan
        self._asked = (method, path, None if body is None else json.dumps(body))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go)
        self.times: list[float] = []
        self.failed = 0

    def __enter__(self) -> "Visits":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _go(self) -> None:
        merchant, renewed, token = Merchant(self._plan), 0.0, ""
        while not self._over.wait(_BETWEEN):
            if time.monotonic() - renewed > _TOKEN_LIFE:
                token, renewed = merchant.id_token(), time.monotonic()
            began = time.perf_counter()
            status = self._visit(token)
            self.times.append((time.perf_counter() - began) * 1000)
            self.failed += status != 200

    def _visit(self, token: str) -> int:
        method, path, body = self._asked
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self._plan.app_port, timeout=30)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        return 0

    def tell(self, name: str) -> None:
        """How long the merchant waited."""
        say(f"{name}.visits", len(self.times), "visits")
        say(f"{name}.failed", self.failed, "visits")
        for share in (50, 99):
            say(f"{name}.p{share}", percentile(self.times, share / 100), "ms")
        say(f"{name}.max", max(self.times, default=0.0), "ms")


class Importing:
    """Keeps an import going: one that has ended is asked for again, as any program may ask for work."""

    def __init__(self, directory: Path) -> None:
        self._path = directory.resolve() / "wafa.db"
        self.looks = self.seen = 0

    def handled(self) -> int:
        """Deliveries that the drain has dealt with."""
        return int(self._read("SELECT count(*) FROM delivery WHERE state = 'handled'"))

    def look(self) -> None:
        """See whether an import goes on."""
        self.looks += 1
        if self._read(f"SELECT count(*) FROM task WHERE kind = '{IMPORT}' AND state IN ('waiting', 'running')"):
            self.seen += 1
            return
        ask(f"sqlite:///{self._path}")

    def _read(self, query: str) -> Any:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchone()[0]


def measure(directory: Path, asked: argparse.Namespace) -> None:
    """Everything at once, and what came of it."""
    with running(directory, asked.orders) as (plan, pid, waited):
        merchant = Merchant(plan)
        merchant.control("install")
        merchant.read("/")
        importing, cpu, began = Importing(directory), cpu_of_tree(pid), time.perf_counter()
        language = {"language": "en", "back": "/"}
        with (
            Visits(plan, "GET", "/reports/numbers?window=all") as looks,
            Visits(plan, "POST", "/settings/language", language) as clicks,
        ):
            before = importing.handled()
            sender = programs.sending(plan.app_port, seconds=asked.seconds, rate=asked.rate, size=asked.size)
            while not sender.over():
                importing.look()
                time.sleep(_LOOK)
            report, handled = sender.result(), importing.handled() - before
        took = time.perf_counter() - began
        say("door.server_cpu", (cpu_of_tree(pid) - cpu) / took * 100, "%_of_one_processor")
        say("door.server_peak_memory", peak_memory(pid), "MB")
    _tell_deliveries(report)
    say("door.handled_meanwhile", handled, "delivery")
    say("door.import_going_on", importing.seen / importing.looks * 100, "%_of_the_time")
    looks.tell("door.page_read")
    clicks.tell("door.page_write")
    _tell_waits(waited)


def _tell_deliveries(report: Any) -> None:
    say("door.sent", report["accepted"] + report["other"], "delivery")
    say("door.rate", (report["accepted"] + report["other"]) / report["seconds"], "delivery/s")
    say("door.non_2xx", report["other"], "delivery")
    for key in ("p50", "p90", "p99", "p99.9", "max"):
        say(f"door.{key}", report[key], "ms")
    say("door.sender_late_p99", report["late_p99"], "ms_(the_sender's_own)")
    promise("door.non_2xx", kept=not report["other"], bound="none")
    promise("door.p99", kept=report["p99"] < DOOR, bound=f"under_{DOOR:g}_ms")


def _tell_waits(file: Path) -> None:
    for who in ("door", "page", "work"):
        longest = max(waits(file, who), default=0.0) * 1000
        say(f"door.lock_wait.{who}.max", longest, "ms_(0:_under_10)")
        if who == "page":
            promise("door.lock_wait.page.max", kept=longest <= LOCK, bound=f"at_most_{LOCK:g}_ms")


def main() -> int:
    """Measure once: a minute is long enough to be steady."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.door", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=500.0, help="deliveries a second")
    parser.add_argument("--size", type=int, default=25_000, help="bytes of a body")
    parser.add_argument("--orders", type=int, default=60_000, help="orders of the store's history")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wafa-bench-") as place:
        measure(Path(place), asked)
    return exit_status()


if __name__ == "__main__":
    raise SystemExit(main())
