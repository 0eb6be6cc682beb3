"""Reports > Coming back in a shop with a million orders, and in one with ten thousand.

Promise: the server's time for each standard page, asked for just after another order came in, is in a shop of a
million orders at most one and a half times that in one of ten thousand; so is that for a page of the people of one
month. An earlier day and people put into groups go through all orders, and print their own time; so do the people of
one cell, of whom the small shop has one or none.
"""

import argparse
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from benchmarks import backlog
from benchmarks.bodies import domain
from benchmarks.customers import count_people
from benchmarks.measuring import Duel, Spent, interleaved, say, timed
from benchmarks.numbers import GROWTH, SHOP, Reader, an_order, token
from benchmarks.stores import Store
from benchmarks.two_shops import run
from shopify_app.changes.apply import apply_facts
from shopify_app.clock import local_day
from shopify_app.retention.coming_back.splits import Split

PAGES = 5
"""Asked for in one round."""
STANDARD = {
    "months": "",
    "quarters": "?by=quarter",
    "weeks": "?by=week&show=net_so_far",
}
PEOPLE, OF_A_CELL = "/people?cohort={cohort}", "&later=1&show={show}"


@dataclass(slots=True)
class Looking:
    """A merchant who looks at who comes back."""

    reader: Reader
    size: str

    @classmethod
    def of(cls, url: str, orders: int, size: str) -> "Looking":
        """At those of a new shop with so many orders."""
        reader = Reader.of(url, orders)
        count_people(reader.wafa)
        return cls(reader, size)

    def look(self, path: str) -> Spent:
        """One page; ValueError when it is none."""
        separator = "&" if "?" in path else "?"
        address = f"/reports/coming-back{path}{separator}shop={domain(0)}&host=abc&locale=en"
        with timed(1) as spent:
            answer = self.reader.client.get(address, headers={"Authorization": f"Bearer {token(self.reader.wafa)}"})
        if answer.status_code != 200 or 'id="main"' not in answer.text:
            raise ValueError(f"{answer.status_code}: {answer.text[:300]}")
        return spent

    def look_after_an_order(self, path: str) -> Spent:
        """The page some times, each after another order; only the pages are timed."""
        total, wafa = Spent(PAGES), self.reader.wafa
        for _ in range(PAGES):
            self.reader.orders += 1
            another = an_order(self.reader.orders, 1 + self.reader.orders % 1000, wafa.clock())
            with wafa.database.transaction() as session:
                apply_facts(session, SHOP, [another], wafa.clock(), backlog.MASTER)
            spent = self.look(path)
            total.wall += spent.wall
            total.cpu += spent.cpu
        return total


def measure(store: Store, asked: argparse.Namespace) -> None:
    """Two shops in two databases of one kind."""
    small = Looking.of(store.copy(), asked.small, "small")
    large = Looking.of(store.copy(), asked.large, "large")
    today = local_day(large.reader.wafa.clock(), ZoneInfo("UTC"))
    for name, path in STANDARD.items():
        for one in (small, large):
            say(
                f"coming_back.{store.name}.{name}.{one.size}.first_page",
                one.look(path).wall * 1000,
                "ms_(nothing_kept)",
            )
        compare(store, name, large, small, path, asked.rounds)
    cohort = (today - timedelta(days=200)).isoformat()
    people = PEOPLE.format(cohort=cohort)
    compare(store, "people", large, small, people, asked.rounds)
    for show in ("back", "bought"):
        cell = large.look(people + OF_A_CELL.format(show=show))
        say(f"coming_back.{store.name}.people_{show}.page", cell.wall * 1000, "ms")
    then = (today - timedelta(days=100)).isoformat()
    say(f"coming_back.{store.name}.earlier_day.page", large.look(f"?as_of={then}&seen=now").wall * 1000, "ms")
    for split in Split:
        say(f"coming_back.{store.name}.by_{split.value}.page", large.look(f"?split={split.value}").wall * 1000, "ms")
    for looking in (small, large):
        looking.reader.wafa.database.close()


def compare(store: Store, name: str, large: Looking, small: Looking, path: str, rounds: int) -> None:
    """One page of both shops, round by round."""
    ways = {"large": lambda: large.look_after_an_order(path), "small": lambda: small.look_after_an_order(path)}
    spent = interleaved(rounds, ways)
    Duel(f"coming_back.{store.name}.{name}", "page", "small_shop", spent["large"], spent["small"]).tell(at_most=GROWTH)


if __name__ == "__main__":
    raise SystemExit(run(measure, __doc__))
