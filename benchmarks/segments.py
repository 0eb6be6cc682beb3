"""Counting a segment in a shop with a million orders: each condition alone, and rules as merchants make them.

Promise: every count takes less than half a second. The shop has 430,000 customers, 1.5 million lines and 300 products,
of which the most wanted is in every thirteenth line. A collection from which two of three customers have bought prints
its own time. The list of segments shows what was counted before: at most one and a half times the server's time of a
shop of ten thousand.
"""

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text, update

from benchmarks.customers import Looking, compare
from benchmarks.measuring import promise, say, timed
from benchmarks.numbers import SHOP, YEARS, Reader
from benchmarks.stores import Store
from benchmarks.two_shops import run
from shopify_app.app import Wafa
from shopify_app.changes import queries
from shopify_app.changes.state import OrderState, State
from shopify_app.clock import Instant
from shopify_app.customers.consent import EMAIL, SMS
from shopify_app.customers.model import Customer
from shopify_app.db.dialect import insert_many, table_of
from shopify_app.jobs.keep_sums import keep_sums
from shopify_app.orders.facts import LineFacts, OrderFacts, Version
from shopify_app.products.queries import store_collection
from shopify_app.retention.counting import Booking, Countable, bookings, numbered, sold_of
from shopify_app.retention.forecasts.model import CustomerForecast
from shopify_app.retention.people.queries import add_customers
from shopify_app.retention.people.row import customers_of
from shopify_app.segments.ready import READY
from shopify_app.segments.rules.queries import Standpoint, size_of
from shopify_app.segments.rules.rule import Rule, read_rule
from shopify_app.shops.model import Shop

AT_MOST = 0.5
"""Seconds for a count."""
PRODUCTS, FIRST_PRODUCT = 300, 1001
_AT_ONCE = 20_000
_UTC = ZoneInfo("UTC")
_CHANNELS = ("web",) * 14 + ("pos",) * 3 + ("shopify_draft_order", "3890849", "3890849")
_COUNTRIES = ("KW",) * 6 + ("SA", "SA", "AE", "QA")
_STATES = ("subscribed", "not_subscribed", "unsubscribed", "")
_SMALL_COLLECTION, _LARGE_COLLECTION = 1, 2

ALONE = {
    "orders": ("at_least", "3"),
    "spend": ("at_least", "200"),
    "average_order": ("at_least", "60"),
    "last_order": ("at_least", "90"),
    "first_order": ("at_most", "180"),
    "first_order_day": ("since", "2026-01-01"),
    "late": ("is", "yes"),
    "big_spender": ("is", "yes"),
    "group": ("is", "might_lose"),
    "product": ("is", str(FIRST_PRODUCT)),
    "collection": ("is", str(_SMALL_COLLECTION)),
    "channel": ("is", "web"),
    "country": ("is_not", "KW"),
    "discounts": ("at_least", "50"),
    "email_consent": ("is", "yes"),
    "sms_consent": ("is", "no"),
    "chance": ("at_least", "40"),
    "still_customer": ("at_most", "30"),
    "expected": ("at_least", "50"),
}
"""Each field by itself."""
TOGETHER = {
    "late_regulars_who_agreed": [("orders", "at_least", "4"), ("late", "is", "yes"), ("email_consent", "is", "yes")],
    "product_not_since": [("product", "is", str(FIRST_PRODUCT)), ("last_order", "at_least", "120")],
    "till_and_web_at_full_price": [("channel", "is", "pos"), ("channel", "is", "web"), ("discounts", "at_most", "0")],
    "never_the_best_seller": [("product", "is_not", str(FIRST_PRODUCT)), ("spend", "at_least", "300")],
}
OWN_TIME = {"large_collection": [("collection", "is", str(_LARGE_COLLECTION))]}
"""Bought from by two of three customers: the more have, the longer it takes, and the page says how long."""


def rules() -> Iterator[tuple[str, Rule]]:
    """All that are counted, by name."""
    for field, (how, value) in ALONE.items():
        yield field, _rule([(field, how, value)])
    for name, conditions in TOGETHER.items():
        yield name, _rule(conditions)
    yield from ((f"ready_{name.replace('-', '_')}", ready.rule) for name, ready in READY.items())


def _rule(conditions: Sequence[tuple[str, str, str]]) -> Rule:
    parts = [dict(zip(("field", "is", "value"), each, strict=True)) for each in conditions]
    return read_rule({"match": "all", "parts": parts})


# ---- the shop ----


@dataclass(slots=True)
class Filling:
    """A shop as an import leaves it, written some thousand orders at a time."""

    wafa: Wafa
    now: Instant
    facts: list[OrderState]
    lines: list[OrderFacts]
    rows: list[Booking]

    def buy(self, customer: int, numbers: Sequence[int], chance: random.Random) -> None:
        """Orders of one customer."""
        began = self.now - YEARS
        moments = sorted(Instant(began + chance.random() * YEARS) for _ in numbers)
        kept: Mapping[str, list[Booking]] = {"kept": [], "shopify": []}
        for number, at in zip(numbers, moments, strict=True):
            order = _order(number, customer, at, chance)
            state = OrderState.of(order, Version(at, at, "filled"), 1)
            self.facts.append(state)
            self.lines.append(order)
            for row in bookings(Countable.of(state, "USD", sold_of(state)), (), (), _UTC):
                kept[row.basis.value].append(row)
        self.rows += [row for mine in kept.values() for row in numbered(mine)]
        if len(self.facts) >= _AT_ONCE:
            self.write()

    def write(self) -> None:
        """What has come together."""
        state = State(_UTC, "USD")
        with self.wafa.database.transaction() as session:
            known_at = queries.next_moment(session, SHOP, self.now)
            queries.store_orders(session, SHOP, self.facts, first=True)
            queries.store_lines(session, SHOP, self.lines, first=True)
            queries.store_versions(session, SHOP, state, self.facts, known_at, first=True)
        with self.wafa.database.transaction() as session:
            people = customers_of(self.rows)
            queries.add_bookings(session, SHOP, 1, self.rows, first=True)
            add_customers(session, SHOP, 1, people.values(), first=True)
            agreed = [[SHOP, one, self.now, self.now, _STATES[one % 4], _STATES[one % 3]] for one in people]
            columns = ("shop_id", "customer_id", "created_at", "updated_at", f"{EMAIL}_consent", f"{SMS}_consent")
            insert_many(session, Customer, columns, agreed)
            insert_many(session, CustomerForecast, _FORECAST, [_forecast(one, self.now.date()) for one in people])
        self.facts, self.lines, self.rows = [], [], []


_FORECAST = tuple(column.name for column in table_of(CustomerForecast).c)


def _forecast(customer: int, day: date) -> list[Any]:
    share = customer * 7919 % 1000 / 1000
    value = 10 * (customer * 7919 % 1000)
    told = {"shop_id": SHOP, "customer_id": customer, "as_of": day, "alive": share, "chance_30": share / 2}
    told |= {"chance_90": share / 1.5, "next_from": None, "next_to": None, "regular": False}
    told |= {"value_12m": value, "value_low": 0, "value_high": 2 * value}
    return [told[name] for name in _FORECAST]


def _order(number: int, customer: int, at: Instant, chance: random.Random) -> OrderFacts:
    discount = 500 if chance.random() < 0.3 else 0
    amounts = [1000 + number % 9000, 500][: 1 + (chance.random() < 0.5)]
    products = [FIRST_PRODUCT + int(PRODUCTS * chance.random() ** 2.2) for _ in amounts]
    lines = tuple(
        LineFacts(2 * number + at, "Oud", 1, amount, 0 if at else discount, False, product)
        for at, (amount, product) in enumerate(zip(amounts, products, strict=True))
    )
    return OrderFacts(
        number,
        f"#{number}",
        at,
        "USD",
        customer,
        financial_status="paid",
        created_at=at,
        lines=lines,
        source_name=chance.choice(_CHANNELS),
        country=chance.choice(_COUNTRIES),
        discount_code="",
    )


def fill(wafa: Wafa, orders: int) -> None:
    """Give the shop so many orders of the last three years, of half as many people, most of whom bought at all."""
    chance, now = random.Random(1), wafa.clock()
    numbers: list[list[int]] = [[] for _ in range(orders // 2 + 1)]
    for number in range(1, orders + 1):
        chance.choice(numbers).append(number)
    filling = Filling(wafa, now, [], [], [])
    for customer, mine in enumerate(numbers, start=1):
        if mine:
            filling.buy(customer, mine, chance)
    filling.write()
    with wafa.database.transaction() as session:
        session.execute(update(Shop).values(imported_at=now, installed_at=Instant(now - timedelta(days=3 * 365))))
        rare = range(FIRST_PRODUCT + PRODUCTS // 2, FIRST_PRODUCT + PRODUCTS // 2 + 40)
        store_collection(session, SHOP, _SMALL_COLLECTION, "Rare", set(rare), now)
        store_collection(session, SHOP, _LARGE_COLLECTION, "Wanted", set(range(FIRST_PRODUCT, FIRST_PRODUCT + 20)), now)
    keep_sums(wafa.database, SHOP, now)


def seen(store: Store, wafa: Wafa) -> None:
    """Let PostgreSQL look at its tables, as it does by itself within minutes."""
    if store.name == "postgresql":
        with wafa.database.writing.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


# ---- measuring ----


def measure(store: Store, asked: argparse.Namespace) -> None:
    """Every rule, and the list of segments."""
    small, large = (Reader.of(store.copy(), orders, fill) for orders in (asked.small, asked.large))
    for reader in (small, large):
        seen(store, reader.wafa)
    for name, rule in rules():
        count(store, large.wafa, name, rule, asked.rounds, promised=True)
    for name, conditions in OWN_TIME.items():
        count(store, large.wafa, name, _rule(conditions), asked.rounds, promised=False)
    pages = [(Looking(reader.wafa, reader.client, 0), "/customers/segments") for reader in (large, small)]
    compare(store, "list", *pages, rounds=asked.rounds, under="segments")
    for reader in (small, large):
        reader.wafa.database.close()


def count(store: Store, wafa: Wafa, name: str, rule: Rule, rounds: int, *, promised: bool) -> None:
    """One rule, some times."""
    took, used = [], []
    for _ in range(rounds + 1):
        with wafa.database.reading() as session, timed(1, *store.servers()) as spent:
            size = size_of(Standpoint.of(session, SHOP, wafa.clock()), rule)
        took.append(spent.wall)
        used.append(spent.cpu)
    # The first one reads from the disk what the others find in memory.
    wall, cpu = median(took[1:]), median(used[1:])
    say(f"segments.{store.name}.{name}.people", size.people, "people")
    say(f"segments.{store.name}.{name}.count", wall * 1000, f"ms_({cpu * 1000:.0f}_of_processors)")
    if promised:
        promise(
            f"segments.{store.name}.{name}", kept=min(wall, cpu) < AT_MOST, bound=f"at_most_{AT_MOST * 1000:.0f}_ms"
        )


if __name__ == "__main__":
    raise SystemExit(run(measure, __doc__))
