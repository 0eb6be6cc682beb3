"""Reports > Numbers of a shop with a million orders, of one with ten thousand, and the page alone.

Promises: the server's time for a shop of a million orders is at most one and a half times that for one of ten
thousand, and at most four times that of the same page with nothing to work out. Each page is asked for just after
another order came in, so that no figure on it may be an old one.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import jwt
from sqlalchemy import update
from werkzeug.test import Client

from benchmarks import backlog
from benchmarks.bodies import KEY, SECRET, domain
from benchmarks.measuring import Duel, Spent, interleaved, say, timed
from benchmarks.stores import Store
from benchmarks.two_shops import run
from shopify_app.app import Wafa, create_app
from shopify_app.changes import queries
from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import OrderSeen
from shopify_app.changes.state import OrderState, State
from shopify_app.clock import Instant, system_clock
from shopify_app.db.base import ShopId
from shopify_app.orders.facts import LineFacts, OrderFacts, Version
from shopify_app.retention import panel
from shopify_app.retention.counting import Booking, Countable, bookings, numbered
from shopify_app.shops.access import NEEDS
from shopify_app.shops.model import Shop
from shopify_app.shops.token_exchange import Granted

GROWTH, OVERHEAD = 1.5, 4.0
PAGES = 20
"""Asked for in one round."""
YEARS = timedelta(days=3 * 365)
_EACH = 3
"""Orders of a customer, about."""
PRODUCTS = 40
_AT_ONCE = 20_000
SHOP = ShopId(1)
_LONG = 365 * 86_400
_ADDRESS = f"/reports/numbers?shop={domain(0)}&host=abc&locale=en"


@dataclass(slots=True)
class Reader:
    """A merchant who looks at the numbers, in one process with the app; `wafa` has one shop."""

    wafa: Wafa
    client: Client
    orders: int

    @classmethod
    def of(cls, url: str, orders: int, filled: Callable[[Wafa, int], None] | None = None) -> "Reader":
        """Of a new shop with so many orders, which `filled` gives it where nobody else is to."""
        wafa = backlog.prepared(url)
        scopes = ",".join(sorted(need.scope for need in NEEDS))
        with wafa.database.transaction() as session:
            wafa.tokens.store(session, SHOP, Granted("access", "refresh", scopes, _LONG, _LONG), wafa.clock())
        (filled or fill)(wafa, orders)
        return cls(wafa, Client(create_app(wafa=wafa)), orders)

    def look(self) -> float:
        """One page, and how long the server took for it in seconds; ValueError when it is none."""
        headers = {"Authorization": f"Bearer {token(self.wafa)}"}
        with timed(1) as spent:
            answer = self.client.get(_ADDRESS, headers=headers)
        if answer.status_code != 200 or "data-figure" not in answer.text:
            raise ValueError(f"{answer.status_code}: {answer.text[:300]}")
        return spent.wall

    def look_after_an_order(self) -> Spent:
        """Some pages, each after another order; only the pages are timed."""
        total = Spent(PAGES)
        for _ in range(PAGES):
            self.orders += 1
            with self.wafa.database.transaction() as session:
                seen = an_order(self.orders, 1 + self.orders % 1000, self.wafa.clock())
                apply_facts(session, SHOP, [seen], self.wafa.clock(), backlog.MASTER)
            with timed(1) as spent:
                self.look()
            total.wall += spent.wall
            total.cpu += spent.cpu
        return total

    def look_at_nothing_new(self) -> Spent:
        """The same pages with everything worked out beforehand."""
        work, found = panel._numbers_page, []
        panel._numbers_page = lambda *what: found.append(work(*what)) or found[-1]
        self.look()
        panel._numbers_page = lambda *_what: found[-1]
        try:
            with timed(PAGES) as spent:
                for _ in range(PAGES):
                    self.look()
        finally:
            panel._numbers_page = work
        return spent


def token(wafa: Wafa) -> str:
    """An ID token of the merchant who looks."""
    now = int(wafa.clock().timestamp())
    home = f"https://{domain(0)}"
    claims = {"iss": f"{home}/admin", "dest": home, "aud": KEY, "sub": "1", "jti": "1", "sid": "1"}
    return jwt.encode({**claims, "iat": now, "nbf": now, "exp": now + 60}, SECRET, "HS256")


def an_order(number: int, customer: int, at: Instant) -> OrderSeen:
    """One order of a customer, as news of it comes in."""
    amounts = (1000 + number % 9000, 500, 900)[: 1 + number % 3]
    lines = tuple(_line(number, place, amount) for place, amount in enumerate(amounts))
    order = OrderFacts(number, f"#{number}", at, "USD", customer, financial_status="paid", created_at=at, lines=lines)
    return OrderSeen(order, Version(at, at, "filled"))


def _line(number: int, place: int, amount: int) -> LineFacts:
    product = 1 + (7 * number + 13 * place) % PRODUCTS
    return LineFacts(number * 3 + place, f"Oud {product}", 1, amount, 0, product_id=product)


def fill(wafa: Wafa, orders: int) -> None:
    """Give the shop so many orders of the last three years, known and counted, as an import leaves them."""
    chance, end = random.Random(1), wafa.clock()
    began = Instant(end - YEARS)
    customers = orders // _EACH
    facts = [
        an_order(number, chance.randrange(1, customers + 1), Instant(began + chance.random() * YEARS))
        for number in range(1, orders + 1)
    ]
    for start in range(0, orders, _AT_ONCE):
        _store(wafa, facts[start : start + _AT_ONCE], end)
    rows = _rows(facts)
    for start in range(0, len(rows), _AT_ONCE):
        with wafa.database.transaction() as session:
            queries.add_bookings(session, SHOP, 1, rows[start : start + _AT_ONCE], first=True)
    with wafa.database.transaction() as session:
        session.execute(update(Shop).values(imported_at=end, installed_at=began))


def _store(wafa: Wafa, facts: Sequence[OrderSeen], now: Instant) -> None:
    state = State(ZoneInfo("UTC"), "USD")
    states = [OrderState.of(fact.order, fact.version, 1) for fact in facts]
    with wafa.database.transaction() as session:
        known_at = queries.next_moment(session, SHOP, now)
        queries.store_orders(session, SHOP, states, first=True)
        queries.store_versions(session, SHOP, state, states, known_at, first=True)


def _rows(facts: Sequence[OrderSeen]) -> list[Booking]:
    found: dict[tuple[str, int], list[Booking]] = {}
    for fact in facts:
        order = Countable.of(OrderState.of(fact.order, fact.version, 1), "USD")
        for row in bookings(order, (), (), ZoneInfo("UTC")):
            found.setdefault((row.basis, row.buyer_id), []).append(row)
    return sorted((row for mine in found.values() for row in numbered(mine)), key=lambda row: row[:2])


def measure(store: Store, asked: argparse.Namespace) -> None:
    """Two shops in two databases of one kind, and the larger one's page alone."""
    readers = {}
    for name, orders in (("small", asked.small), ("large", asked.large)):
        readers[name] = Reader.of(store.copy(), orders)
        say(f"numbers.{store.name}.{name}.first_page", readers[name].look() * 1000, "ms_(sums_of_nothing_kept)")
    small, large = readers["small"], readers["large"]
    ways: dict[str, Callable[[], Spent]] = {
        "large": large.look_after_an_order,
        "small": small.look_after_an_order,
        "bare": large.look_at_nothing_new,
    }
    spent = interleaved(asked.rounds, ways)
    for reader in readers.values():
        reader.wafa.database.close()
    name = f"numbers.{store.name}"
    Duel(name, "page", "small_shop", spent["large"], spent["small"]).tell(at_most=GROWTH)
    Duel(name, "page", "bare_page", spent["large"], spent["bare"]).tell(at_most=OVERHEAD)


def main() -> int:
    """Measure on each database; 1 when a promise was broken."""
    say("numbers.moment", f"{datetime.fromtimestamp(system_clock().timestamp(), UTC):%H:%M}", "UTC")
    return run(measure, __doc__)


if __name__ == "__main__":
    raise SystemExit(main())
