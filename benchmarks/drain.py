"""How fast waiting deliveries become rows, on SQLite and PostgreSQL.

Promises: at least half the rate of a bare set-based loop that does the same by hand; a storm of updates coalesces;
a shop with a long queue delays another shop's single delivery by less than two seconds.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

from benchmarks import backlog
from benchmarks.by_hand import app_on, drained, plan, written
from benchmarks.measuring import ROUNDS, Duel, exit_status, interleaved, promise, say, timed
from benchmarks.parts import add_parts
from benchmarks.stores import Store, stores
from benchmarks.visitor import delays
from shopify_app.app import Wafa
from shopify_app.work import collect_rarely

SHOPS = 4
HALF = 0.5
LONGEST = 2.0


def rate(directory: Path, asked: argparse.Namespace) -> None:
    """The drain against the bare loop, which starts from the deliveries, or has the rows at hand."""

    def prepare(url: str) -> None:
        wafa = backlog.prepared(url, SHOPS)
        backlog.keep(wafa, backlog.orders_and_updates(asked.deliveries, SHOPS))
        wafa.database.close()

    with stores(directory, prepare, asked.databases) as found:
        for store in found:
            _rate_on(store, asked)


def _rate_on(store: Store, asked: argparse.Namespace) -> None:
    whole = plan(store)
    ways = {
        "ours": partial(drained, store, asked.deliveries),
        "by_hand": partial(written, store, whole, reading=True),
        "writes_alone": partial(written, store, whole, reading=False),
    }
    spent = interleaved(asked.rounds, ways)
    name = f"drain.{store.name}"
    Duel(name, "delivery", "by_hand", spent["ours"], spent["by_hand"]).tell(at_least=HALF)
    Duel(name, "delivery", "writes_alone", spent["ours"], spent["writes_alone"]).tell()
    for table, rows in sorted(whole.counts().items()):
        say(f"{name}.rows.{table}", rows, "rows")


def storm(directory: Path, asked: argparse.Namespace) -> None:
    """Many updates of few orders: most need not be stored, because a later one says all."""

    def prepare(url: str) -> None:
        wafa = backlog.prepared(url)
        backlog.keep(wafa, backlog.storm(asked.storm, asked.storm_orders))
        wafa.database.close()

    with stores(directory, prepare, asked.databases) as found:
        for store in found:
            with store.copied() as url:
                _storm_on(store, app_on(url), asked)


def _storm_on(store: Store, wafa: Wafa, asked: argparse.Namespace) -> None:
    with _written_rows(wafa) as written_rows, timed(asked.storm, *store.servers()) as spent:
        handled = wafa.drain.sweep()
    wafa.database.close()
    name = f"drain.storm.{store.name}"
    say(f"{name}.deliveries", handled, "delivery")
    say(f"{name}.orders", asked.storm_orders, "order")
    say(f"{name}.order_rows_written", written_rows["orders"], "rows")
    say(f"{name}.seconds", spent.wall, "s")
    say(f"{name}.rate", spent.rate, "delivery/s")
    say(f"{name}.cpu", spent.cpu_each, "us/delivery")
    few = handled == asked.storm and written_rows["orders"] <= asked.storm / 2
    promise(f"{name}.coalesced", kept=few, bound="at_most_one_row_written_for_two_deliveries")


@contextmanager
def _written_rows(wafa: Wafa) -> Iterator[Counter[str]]:
    """Counts rows by the table that they are inserted into."""
    counted = Counter[str]()

    def count(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO "):
            counted[statement.split()[2].strip('"')] += cursor.rowcount

    event.listen(wafa.database.writing, "after_cursor_execute", count)
    yield counted
    event.remove(wafa.database.writing, "after_cursor_execute", count)


def fairness(directory: Path, asked: argparse.Namespace) -> None:
    """One shop's long queue, another shop's single deliveries, and the real background thread."""

    def prepare(url: str) -> None:
        wafa = backlog.prepared(url, 2)
        backlog.keep(wafa, backlog.orders_and_updates(asked.queue))
        wafa.database.close()

    with stores(directory, prepare, asked.databases) as found:
        for store in found:
            with store.copied() as url:
                name = f"drain.fairness.{store.name}"
                waited, left = delays(app_on(url), asked.probes, asked.between)
                say(f"{name}.queue", asked.queue, "delivery")
                say(f"{name}.left", left, "delivery")
                say(f"{name}.longest_delay", max(waited), "s")
                promise(f"{name}.longest_delay", kept=max(waited) < LONGEST, bound=f"under_{LONGEST:g}_s")


def main() -> int:
    """Run the parts that are asked for."""
    parts = {"rate": rate, "storm": storm, "fairness": fairness}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drain", description=__doc__)
    add_parts(parser, parts)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--storm", type=int, default=100_000)
    parser.add_argument("--storm-orders", type=int, default=2_000)
    parser.add_argument("--queue", type=int, default=200_000)
    parser.add_argument("--probes", type=int, default=5)
    parser.add_argument("--between", type=float, default=1.0, help="seconds between two probes")
    asked = parser.parse_args()
    # As the real server does; whatever is compared with it runs in the same process.
    collect_rarely()
    for name in asked.parts:
        with tempfile.TemporaryDirectory(prefix="wafa-bench-") as place:
            parts[name](Path(place), asked)
    return exit_status()


if __name__ == "__main__":
    raise SystemExit(main())
