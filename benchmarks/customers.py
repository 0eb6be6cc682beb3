"""The list of customers and one customer's page in a shop with a million orders, and in one with ten thousand.

Promise: the server's time for each page of the list that every shop has, and for the page about one customer, is in a
shop of a million orders at most one and a half times that in one of ten thousand. Lists that are narrowed further
print their own time.
"""

import argparse
import random
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import Client

from benchmarks.bodies import domain
from benchmarks.measuring import Duel, Spent, interleaved, say, timed
from benchmarks.numbers import GROWTH, SHOP, Reader, token
from benchmarks.stores import Store
from benchmarks.two_shops import run
from shopify_app.app import Wafa
from shopify_app.clock import LocalDay, local_day
from shopify_app.retention.counting import Booking
from shopify_app.retention.forecasts.queries import keep_fit, keep_forecasts
from shopify_app.retention.forecasts.row import ForecastRow
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.retention.people.queries import add_customers
from shopify_app.retention.people.row import customers_of
from shopify_app.retention.queries import BOOKING
from shopify_app.retention.rfm.queries import keep_cuts, work_out
from shopify_app.retention.window import Basis

PAGES = 10
"""Asked for in one round."""
_AT_ONCE, _EACH = 20_000, 3
STANDARD = {
    "last_order": "",
    "best": "sort=-net",
    "most_orders": "sort=-orders",
    "oldest": "sort=first_order",
    "newest_in_shopify": "sort=-customer",
    "most_expected": "sort=-expected&columns=expected_value,chance_30_days",
    "deep": "sort=-net&after=15000_1",
}
NARROWED = {
    "came_back": "bought=again",
    "late": "late=1",
    "late_best": "late=1&sort=-net",
    "spent": "spent_min=150&orders_min=3",
    "lately": "last_from=2026-01-01&bought=again&sort=orders",
}


@dataclass(slots=True)
class Looking:
    """A merchant who looks at customers; `person` has some orders, as many in either shop."""

    wafa: Wafa
    client: Client
    person: int

    @classmethod
    def of(cls, url: str, orders: int) -> "Looking":
        """At those of a new shop with so many orders."""
        reader = Reader.of(url, orders)
        count_people(reader.wafa)
        expect_of_people(reader.wafa)
        with reader.wafa.database.reading() as session:
            person = _somebody(session)
        return cls(reader.wafa, reader.client, person)

    def look(self, path: str) -> Spent:
        """Some times the same page; ValueError when it is none."""
        separator = "&" if "?" in path else "?"
        address = f"{path}{separator}shop={domain(0)}&host=abc&locale=en"
        with timed(PAGES) as spent:
            for _ in range(PAGES):
                answer = self.client.get(address, headers={"Authorization": f"Bearer {token(self.wafa)}"})
                if answer.status_code != 200 or 'id="main"' not in answer.text:
                    raise ValueError(f"{answer.status_code}: {answer.text[:300]}")
        return spent


def _somebody(session: Session) -> int:
    """A customer with three orders."""
    thrice = select(CountedCustomer.customer_id).where(CountedCustomer.shop_id == SHOP, CountedCustomer.orders == _EACH)
    return session.scalars(thrice.limit(1)).one()


def count_people(wafa: Wafa) -> None:
    """Give every customer of a filled shop their row."""
    kept = select(*BOOKING)
    with wafa.database.reading() as session:
        rows = [Booking(Basis(basis), *rest) for basis, *rest in session.execute(kept) if basis == Basis.KEPT.value]
    people = list(customers_of(rows).values())
    for start in range(0, len(people), _AT_ONCE):
        with wafa.database.transaction() as session:
            add_customers(session, SHOP, 1, people[start : start + _AT_ONCE], first=True)
    with wafa.database.transaction() as session:
        # As the night does, and every rebuild.
        keep_cuts(session, SHOP, work_out(session, SHOP), LocalDay(wafa.clock().date()))


def expect_of_people(wafa: Wafa) -> None:
    """Give every customer of a filled shop a forecast, in no order that a table has."""
    with wafa.database.reading() as session:
        numbers = list(session.scalars(select(CountedCustomer.customer_id).order_by(CountedCustomer.customer_id)))
    today, chance = local_day(wafa.clock(), ZoneInfo("UTC")), random.Random(1)
    fit = {"level": "full", "missing_repeaters": 0, "missing_days": 0, "customers": len(numbers), "repeaters": 0}
    with wafa.database.transaction() as session:
        keep_fit(session, SHOP, today, "USD", {**fit, "parameters": {}, "sums": {}})
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        values = [chance.randrange(100_000) for _ in some]
        rows = [ForecastRow(*one, False) for one in zip(*_likely(some), values, values, values, strict=True)]
        with wafa.database.transaction() as session:
            keep_forecasts(session, SHOP, today, rows, some[0] - 1, some[-1])


def _likely(some: list[int]) -> tuple[list[Any], ...]:
    """Customers, their chances, and between which days they order next: the same of each."""
    each = (0.5, 0.2, 0.4, 10, 40)
    return some, *([value] * len(some) for value in each)


def measure(store: Store, asked: argparse.Namespace) -> None:
    """Two shops in two databases of one kind."""
    small, large = (Looking.of(store.copy(), orders) for orders in (asked.small, asked.large))
    pages = {name: f"/customers?{query}" for name, query in STANDARD.items()}
    for name, path in pages.items():
        compare(store, name, (large, path), (small, path), asked.rounds)
    for name, end in (("story", ""), ("orders", "/orders"), ("data", "/data")):
        paths = ((one, f"/customers/{one.person}{end}") for one in (large, small))
        compare(store, name, *paths, rounds=asked.rounds)
    for name, query in NARROWED.items():
        spent = large.look(f"/customers?{query}")
        say(f"customers.{store.name}.{name}.page", spent.wall / spent.items * 1000, "ms")
    for looking in (small, large):
        looking.wafa.database.close()


def compare(
    store: Store,
    name: str,
    large: tuple[Looking, str],
    small: tuple[Looking, str],
    rounds: int,
    under: str = "customers",
) -> None:
    """One page of both shops, round by round; `under` is what its figures are called after."""
    for looking, path in (large, small):
        # What is kept for the next reader is kept by then.
        looking.look(path)
    ways = {"large": lambda: large[0].look(large[1]), "small": lambda: small[0].look(small[1])}
    spent = interleaved(rounds, ways)
    Duel(f"{under}.{store.name}.{name}", "page", "small_shop", spent["large"], spent["small"]).tell(at_most=GROWTH)


if __name__ == "__main__":
    raise SystemExit(run(measure, __doc__))
