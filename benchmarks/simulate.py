"""A programme tried on the orders of twelve months: 100,000 of them, and a tenth as many.

Promises: two rules are gone through on 100,000 orders in less than 30 s, on each database; and the process then holds
at most 20 MB more than it did for a tenth of them, though one customer has a fifth of all orders.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from benchmarks import backlog
from benchmarks.measuring import exit_status, peak_memory, promise, say, timed
from benchmarks.numbers import SHOP, an_order
from benchmarks.stores import Store, stores
from shopify_app.app import Wafa, build
from shopify_app.changes import queries
from shopify_app.changes.facts import OrderSeen
from shopify_app.changes.state import OrderState, State
from shopify_app.clock import Instant
from shopify_app.loyalty.programme.form import ready
from shopify_app.loyalty.simulator.model import SIMULATE
from shopify_app.loyalty.simulator.queries import ask, found_of
from shopify_app.loyalty.simulator.trial import beside
from shopify_app.orders.facts import RefundFacts
from shopify_app.tasks.queries import get
from shopify_app.tasks.step import run_step

ORDERS, PART = 100_000, 10
SECONDS, MEGABYTES = 30.0, 20.0
_AT_ONCE, _EACH, _WALK_IN = 10_000, 3, 5
"""Orders written at once; of a customer, about; and every so-manieth is that of one customer alone."""
_YEAR = timedelta(days=364)


def placed(orders: int, end: Instant) -> Iterator[OrderSeen]:
    """Orders of a year, sent two days later, every tenth partly refunded."""
    chance = random.Random(1)
    for number in range(1, orders + 1):
        customer = 1 if number % _WALK_IN == 0 else chance.randrange(2, orders // _EACH + 3)
        at = Instant(end - chance.random() * _YEAR)
        seen = an_order(number, customer, at)
        back = (RefundFacts(number, number, at, 300),) if number % 10 == 0 else ()
        sent = Instant(at + timedelta(days=2))
        yield OrderSeen(replace(seen.order, fulfilled_at=sent, refunds=back), seen.version)


def fill(url: str, orders: int) -> None:
    """Give a new shop in this database so many orders."""
    wafa = backlog.prepared(url)
    end, facts, state = wafa.clock(), list[OrderSeen](), State(ZoneInfo("UTC"), "USD")
    for fact in placed(orders, end):
        facts.append(fact)
        if len(facts) == _AT_ONCE:
            _store(wafa, facts, state, end)
            facts = []
    _store(wafa, facts, state, end)
    wafa.database.close()


def _store(wafa: Wafa, facts: list[OrderSeen], state: State, end: Instant) -> None:
    with wafa.database.transaction() as session:
        known_at = queries.next_moment(session, SHOP, end)
        states = [OrderState.of(fact.order, fact.version, 1) for fact in facts]
        queries.store_orders(session, SHOP, states, first=True)
        queries.store_refunds(session, SHOP, [refund for fact in facts for refund in fact.order.refunds])
        queries.store_versions(session, SHOP, state, states, known_at, first=True)


def simulate(store: Store, orders: int) -> float:
    """Have the task go through a new shop's orders; how many seconds it took."""
    url = store.copy()
    # In a process of its own: the memory that it takes is not ours.
    subprocess.run([sys.executable, "-m", "benchmarks.simulate", "--fill", url, "--orders", str(orders)], check=True)
    wafa, steps, name = build(backlog.config_for(url)), 0, f"simulate.{store.name}.orders_{orders}"
    with wafa.database.transaction() as session:
        trials = beside({}, ready("USD"), "USD")
        task = ask(session, SHOP, trials, "benchmark", wafa.clock())
    with timed(orders) as spent:
        while _is_active(wafa, task):
            run_step(wafa.database, wafa.steps, SHOP, task, "benchmark", wafa.clock())
            steps += 1
    with wafa.database.reading() as session:
        found = found_of(session, SHOP)
    if found is None or found.sums.sold.orders != orders:
        raise ValueError("not all orders were gone through")
    wafa.database.close()
    store.drop(url)
    say(name, spent.wall, "s")
    say(f"{name}.cpu", spent.cpu, "s")
    say(f"{name}.steps", steps, "times_progress_was_shown")
    return spent.wall


def _is_active(wafa: Wafa, task: str) -> bool:
    with wafa.database.reading() as session:
        view = get(session, SHOP, task)
    if view is None or view.state == "failed":
        raise ValueError(f"{SIMULATE} failed")
    return view.active


def measure(store: Store, orders: int) -> None:
    """A part of the orders, then all of them."""
    simulate(store, max(orders // PART, 1))
    before = peak_memory(os.getpid())
    seconds = simulate(store, orders)
    promise(f"simulate.{store.name}", kept=seconds <= SECONDS, bound=f"at_most_{SECONDS:g}_s")
    grown = peak_memory(os.getpid()) - before
    say(f"simulate.{store.name}.peak_memory", before + grown, "MB")
    say(f"simulate.{store.name}.memory_grown", grown, "MB")
    promise(f"simulate.{store.name}.memory_grown", kept=grown <= MEGABYTES, bound=f"at_most_{MEGABYTES:g}_MB")


def main() -> int:
    """Measure on each database; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    parser.add_argument("--fill", metavar="URL", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fill:
        fill(asked.fill, asked.orders)
        return 0
    with tempfile.TemporaryDirectory() as place, stores(Path(place), lambda _url: None, asked.databases) as found:
        for store in found:
            measure(store, asked.orders)
    return exit_status()


if __name__ == "__main__":
    raise SystemExit(main())
