"""A shop's whole history, a million orders with lines, read in by one import.

Promises: at most three times what a bare executemany (SQLite) or COPY (PostgreSQL) of the same rows takes, with the
same indexes and durability; less than 400 MB of memory; and the webhook door answers within 100 ms meanwhile.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import make_url

from benchmarks import backlog, bare, bulk_file, programs
from benchmarks.bulk_file import Written
from benchmarks.importing import ask, installed, ready
from benchmarks.measuring import (
    ROUNDS,
    Duel,
    Spent,
    cpu_of_tree,
    exit_status,
    interleaved,
    peak_memory,
    promise,
    say,
    timed,
)
from benchmarks.parts import add_parts
from benchmarks.stores import Store, stores
from shopify_app.jobs.import_orders import IMPORT

TIMES = 3.0
MEMORY = 400.0
DOOR = 100.0
A_COMMIT = 10_000
"""Rows in one transaction of the bare loop."""


class Rounds:
    """Imports into fresh copies, and bare copies of what the first of them left."""

    def __init__(self, store: Store, shop: str, written: Written) -> None:
        self._store = store
        self._shop = shop
        self._written = written
        self._imported = ""
        self.peaks: list[float] = []

    def ours(self) -> Spent:
        """One import, in a process of its own."""
        url = self._store.copy()
        servers = sum(map(cpu_of_tree, self._store.servers()))
        said = programs.Running("benchmarks.importing", "--url", url, "--shop", self._shop).result()
        servers = sum(map(cpu_of_tree, self._store.servers())) - servers
        self.peaks.append(said["peak_mb"])
        self._check(url)
        if self._imported:
            self._store.drop(url)
        self._imported = self._imported or url
        return Spent(said["orders"], said["wall"], said["cpu"] + servers)

    def by_hand(self) -> Spent:
        """The same rows by the raw driver; fetching them is not counted."""
        total = Spent(self._written.orders)
        connect, imported = bare.connect, self._imported
        with self._store.copied() as url, closing(connect(imported)) as source, closing(connect(url)) as target:
            for table in bare.fact_tables():
                for rows in source.pages(table, A_COMMIT):
                    with timed(len(rows), *self._store.servers()) as spent:
                        target.add(table, rows)
                    total.wall += spent.wall
                    total.cpu += spent.cpu
        return total

    def _check(self, url: str) -> None:
        with closing(bare.connect(url)) as found:
            ((orders, gross),) = found.read("SELECT count(*), sum(gross) FROM orders")
            ((lines,),) = found.read("SELECT count(*) FROM order_line")
            ((counted,),) = found.read("SELECT count(DISTINCT order_id) FROM counted_order")
        if (orders, lines, gross, counted) != (self._written.orders, self._written.lines, self._written.gross, orders):
            raise ValueError(f"imported {orders} orders, {lines} lines, {gross} in all; counted {counted}")

    def tell_rows(self, name: str) -> None:
        """How many rows there are to write."""
        with closing(bare.connect(self._imported)) as found:
            for table in bare.fact_tables():
                ((rows,),) = found.read(f'SELECT count(*) FROM "{table}"')
                say(f"{name}.rows.{table}", rows, "rows")


@contextmanager
def bulk_shop(directory: Path, orders: int) -> Iterator[tuple[str, Written]]:
    """A shop with that many orders; where it answers, and what it has."""
    file, port = directory / "bulk.jsonl", programs.free_port()
    written = bulk_file.write(file, orders)
    words = ["--port", port, "--file", file, "--orders", written.orders, "--lines", written.lines]
    command = [sys.executable, "-m", "benchmarks.bulk_shop", *map(str, words)]
    with programs.server(command, directory, port, {}):
        yield f"http://127.0.0.1:{port}", written


def against_bare(directory: Path, asked: argparse.Namespace) -> None:
    """Time and memory, on both databases."""
    with bulk_shop(directory, asked.orders) as (shop, written), stores(directory, ready, asked.databases) as found:
        for store in found:
            rounds, name = Rounds(store, shop, written), f"import.{store.name}"
            spent = interleaved(asked.rounds, {"ours": rounds.ours, "bare": rounds.by_hand})
            Duel(name, "order", "bare", spent["ours"], spent["bare"]).tell(at_most=TIMES)
            rounds.tell_rows(name)
            say(f"{name}.peak_memory", max(rounds.peaks), "MB")
            promise(f"{name}.peak_memory", kept=max(rounds.peaks) < MEMORY, bound=f"under_{MEMORY:g}_MB")


def door_meanwhile(directory: Path, asked: argparse.Namespace) -> None:
    """The real server imports while deliveries come in."""
    url, port = backlog.sqlite_url(directory), programs.free_port()
    with bulk_shop(directory, asked.orders) as (shop, _):
        installed(url)
        settings = {**backlog.environment_for(url, port), "SHOPIFY_ADMIN_URL": shop}
        with programs.app(directory, settings) as pid:
            sender = programs.sending(port, seconds=asked.longest, rate=asked.rate, size=7000, first=2_000_000)
            _wait(url, sender, "SELECT count(*) FROM delivery", [0], 60)
            began = time.perf_counter()
            ask(url)
            state = _wait(url, sender, _STATE, ["waiting", "running"], asked.longest)
            took = time.perf_counter() - began
            report = sender.stop()
            say("import.door.import_state", str(state), "(at the end)")
            say("import.door.import_seconds", took, "s")
            say("import.door.server_peak_memory", peak_memory(pid), "MB")
    for key in ("accepted", "other"):
        say(f"import.door.{key}", report[key], "delivery")
    for key in ("p50", "p99", "max"):
        say(f"import.door.{key}", report[key], "ms")
    promise("import.door.p99", kept=report["p99"] < DOOR and not report["other"], bound=f"under_{DOOR:g}_ms")


_STATE = f"SELECT state FROM task WHERE kind = '{IMPORT}'"


def _wait(url: str, sender: programs.Running, query: str, not_yet: Sequence[object], longest: float) -> object:
    """Until the query answers something else, the sender has ended, or the seconds are over; the last answer."""
    until = time.monotonic() + longest
    with closing(sqlite3.connect(f"file:{make_url(url).database}?mode=ro", uri=True)) as connection:
        while True:
            (answer,) = connection.execute(query).fetchone()
            if answer not in not_yet or sender.over() or time.monotonic() > until:
                return answer
            time.sleep(0.05)


def main() -> int:
    """Run the parts that are asked for."""
    parts = {"bare": against_bare, "door": door_meanwhile}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_million", description=__doc__)
    add_parts(parser, parts)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=50.0, help="deliveries a second during the import")
    parser.add_argument("--longest", type=float, default=3600.0, help="seconds after which an import is too slow")
    asked = parser.parse_args()
    for name in asked.parts:
        with tempfile.TemporaryDirectory(prefix="wafa-bench-") as place:
            parts[name](Path(place), asked)
    return exit_status()


if __name__ == "__main__":
    raise SystemExit(main())
