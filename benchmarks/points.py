"""A shop with a loyalty programme: deliveries with and without it, one customer's points, and the proof of all.

Promises: with a programme, also one that tells lines apart, waiting deliveries become rows at least half as fast as
without; the server's time for the
points of a customer, and for the log of all, is in a shop of a million entries at most one and a half times that in
one of ten thousand; and all that a million entries say is proven in less than 120 s, with at most 150 MB more memory
than ten thousand take.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import select

from benchmarks import backlog
from benchmarks.bodies import PLACED
from benchmarks.by_hand import app_on, drained
from benchmarks.customers import Looking, compare
from benchmarks.measuring import ROUNDS, Duel, Spent, exit_status, interleaved, peak_memory, promise, say, timed
from benchmarks.numbers import SHOP
from benchmarks.parts import add_parts
from benchmarks.stores import Store, stores
from shopify_app.app import Wafa
from shopify_app.clock import Instant, system_clock
from shopify_app.db.base import Database, ShopId
from shopify_app.loyalty.ledger.accounts import open_accounts
from shopify_app.loyalty.ledger.anchoring import take_anchor
from shopify_app.loyalty.ledger.booking import Booked
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.proving import prove_points
from shopify_app.loyalty.programme.form import ready
from shopify_app.loyalty.programme.queries import add_version
from shopify_app.loyalty.programme.rate import COLLECTIONS, PRODUCTS, RAMADAN, Rate
from shopify_app.orders.model import Order
from shopify_app.shops.model import Shop

RATES = (
    Rate("a", 200, COLLECTIONS, ((1, "Sale"),)),
    Rate("b", 150, PRODUCTS, ((1, "Oud"),)),
    Rate("c", 300, when=RAMADAN),
)
"""Lines are told apart."""
HALF, SECONDS, MEGABYTES = 0.5, 120.0, 150.0
ENTRIES_OF_AN_ORDER = 2
_AT_ONCE = 2_000


def drain(directory: Path, asked: argparse.Namespace) -> None:
    """The same deliveries, of shops without a programme and of shops that have one."""

    def prepare(url: str) -> None:
        wafa = backlog.prepared(url)
        backlog.keep(wafa, backlog.orders_and_updates(asked.deliveries))
        wafa.database.close()

    with stores(directory, prepare, asked.databases) as found:
        for store in found:
            ways = {
                "with": lambda store=store: rewarded(store, asked.deliveries),
                "by_line": lambda store=store: rewarded(store, asked.deliveries, RATES),
                "without": lambda store=store: drained(store, asked.deliveries),
            }
            spent = interleaved(asked.rounds, ways)
            name = f"points.drain.{store.name}"
            Duel(name, "delivery", "no_programme", spent["with"], spent["without"]).tell(at_least=HALF)
            Duel(f"{name}.by_line", "delivery", "no_programme", spent["by_line"], spent["without"]).tell(at_least=HALF)


def rewarded(store: Store, count: int, rates: tuple[Rate, ...] = ()) -> Spent:
    """Deliveries that give points."""
    with store.copied() as url:
        wafa = app_on(url)
        switch_on(wafa, rates)
        with timed(count, *store.servers()) as spent:
            handled = wafa.drain.sweep()
        wafa.database.close()
    if handled != count:
        raise ValueError(f"{handled} of {count} deliveries were handled")
    return spent


def switch_on(wafa: Wafa, rates: tuple[Rate, ...] = ()) -> None:
    """Let a programme hold in every shop, from before the first order."""
    with wafa.database.transaction() as session:
        for shop in session.scalars(select(Shop.id)).all():
            rule = replace(ready("USD")["balanced"], rates=rates)
            add_version(session, ShopId(shop), rule, "benchmark", Instant(PLACED - timedelta(days=3650)))


def pages(directory: Path, asked: argparse.Namespace) -> None:
    """A customer's points and the log of all, in a large and a small shop; then the proof of each."""
    with stores(directory, lambda _url: None, asked.databases) as found:
        for store in found:
            urls = [store.copy() for _ in range(2)]
            orders = [entries // ENTRIES_OF_AN_ORDER for entries in (asked.large, asked.small)]
            large, small = (Looking.of(url, number) for url, number in zip(urls, orders, strict=True))
            for looking in (large, small):
                give_points(looking.wafa, store.name)
            for name, path in (("member", "/customers/{person}/points"), ("log", "/loyalty/log")):
                both = ((one, path.format(person=one.person)) for one in (large, small))
                compare(store, name, *both, rounds=asked.rounds, under="points")
            for looking in (large, small):
                looking.wafa.database.close()
            _prove_both(store, urls, asked)


def give_points(wafa: Wafa, store: str) -> None:
    """Each order of the shop gives points that can be spent; the whole is anchored."""
    switch_on(wafa)
    key, now = ledger_key(backlog.MASTER, SHOP), wafa.clock()
    with wafa.database.reading() as session:
        rows = session.execute(select(Order.customer_id, Order.order_id, Order.placed_at).order_by(Order.customer_id))
        orders = [row for row in rows.all() if row[0] is not None]
    start = 0
    while start < len(orders):
        end = min(start + _AT_ONCE, len(orders))
        while end < len(orders) and orders[end][0] == orders[end - 1][0]:
            end += 1
        with wafa.database.transaction() as session:
            accounts, mine = open_accounts(session, SHOP, key, now), dict[int, int]()
            for customer, order, placed_at in orders[start:end]:
                account = mine[customer] = mine.get(customer) or accounts.open(customer)
                accounts.put(account, Booked(Grant(f"order/{order}", 100, placed_at, placed_at), "benchmark", rule=1))
            accounts.store()
        start = end
    with wafa.database.transaction() as session, timed(1) as spent:
        take_anchor(session, SHOP, key, Instant(now + timedelta(days=1)))
    say(f"points.{store}.anchor_of_entries_{len(orders) * ENTRIES_OF_AN_ORDER}", spent.wall, "s")


def _prove_both(store: Store, urls: list[str], asked: argparse.Namespace) -> None:
    name, held = f"points.prove.{store.name}", []
    for url, entries in zip(reversed(urls), (asked.small, asked.large), strict=True):
        with timed(entries) as spent:
            command = [sys.executable, "-m", "benchmarks.points", "--prove", url]
            held.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        say(f"{name}.entries_{entries}", spent.wall, "s")
        store.drop(url)
    promise(name, kept=spent.wall <= SECONDS, bound=f"at_most_{SECONDS:g}_s")
    say(f"{name}.peak_memory", held[1], "MB")
    promise(f"{name}.memory", kept=held[1] - held[0] <= MEGABYTES, bound=f"at_most_{MEGABYTES:g}_MB_more")


def prove(url: str) -> None:
    """In a process of its own: the proof of the shop there, and the memory that it took."""
    database = Database(url)
    with database.reading() as session:
        faults = list(prove_points(session, SHOP, ledger_key(backlog.MASTER, SHOP), system_clock()))
    database.close()
    if faults:
        raise ValueError(f"{len(faults)} faults, the first: {faults[0]}")
    sys.stdout.write(f"{peak_memory(os.getpid())}\n")


PARTS = {"drain": drain, "pages": pages}


def main() -> int:
    """Measure what is asked for; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.points", description=__doc__)
    add_parts(parser, PARTS)
    parser.add_argument("--deliveries", type=int, default=8_000)
    parser.add_argument("--small", type=int, default=10_000, help="entries of the small shop")
    parser.add_argument("--large", type=int, default=1_000_000, help="entries of the large shop")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    parser.add_argument("--prove", metavar="URL", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.prove:
        prove(asked.prove)
        return 0
    for part in asked.parts:
        with tempfile.TemporaryDirectory() as directory:
            PARTS[part](Path(directory), asked)
    return exit_status()


if __name__ == "__main__":
    raise SystemExit(main())
