"""A shop whose history is read in two windows, and whose import is stepped by hand."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from devstore.bulk import CONCURRENT
from shopify_app.admin_api import bulk
from shopify_app.changes.rebuild import drift
from shopify_app.clock import Instant, parse_instant
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs.import_orders import IMPORT
from shopify_app.orders.model import Order
from shopify_app.shops.access import ALL_ORDERS
from shopify_app.shops.queries import find_shop, get_shop
from shopify_app.tasks import queries
from shopify_app.tasks.view import TaskView
from tests.small_shop import said
from tests.world import World

BOUNDARY = parse_instant("2026-08-22T21:00:00Z")
"""Where 23 August begins in Kuwait, ninety days before the clock's today."""
SINCE = "So far the numbers below are about orders since 23 August 2026."
RECENT, EARLIER = 16, 14
LOOKUP_KEY = b"l" * 32


class Shop:
    """A shop with some recent and some older orders, installed, whose import is stepped by hand."""

    def __init__(self, world: World, *, limited: bool = False, name: str = "alice") -> None:
        self.world, self.clock, self.database = world, world.clock, world.wafa.database
        self.far = world.store.add_shop(f"{name}.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
        with self.far.history():
            people = [self.far.create_customer(f"C{at}", at=at_day(self.clock(), 400)).id for at in range(5)]
            # Both sides of the boundary, to the second.
            moments = [BOUNDARY, Instant(BOUNDARY - timedelta(seconds=1))]
            moments += [at_day(self.clock(), 5 * day + 1) for day in range(RECENT - 1)]
            moments += [at_day(self.clock(), 100 + 20 * day) for day in range(EARLIER - 1)]
            for at, moment in enumerate(sorted(moments)):
                line = {"price": f"{at + 1}.250", "quantity": 1 + at % 3}
                self.far.place_order(None if at % 7 == 0 else people[at % 5], [line], at=moment)
            for at, order in enumerate(list(self.far.orders.values())):
                if at % 5 == 0:
                    self.far.refund(order.id, amount="1.000")
        self.far.install([one for one in world.store.scopes if one != ALL_ORDERS] if limited else None)
        assert world.open(self.far).status_code == 200
        with self.database.reading() as session:
            row = find_shop(session, self.far.domain)
            assert row is not None
            self.shop = ShopId(row.id)

    @property
    def task(self) -> TaskView:
        with self.database.reading() as session:
            found = queries.latest(session, self.shop, IMPORT)
        assert found is not None
        return found

    def until(self, wanted: Callable[[TaskView], bool], rounds: int = 600) -> TaskView:
        """Let everybody work until the import is so."""
        for _ in range(rounds):
            task = self.task
            if wanted(task):
                return task
            self.world.store.deliver_due()
            self.world.wafa.drain.sweep()
            self.world.step_tasks()
        raise AssertionError(f"never: {self.task}")

    def finish(self) -> TaskView:
        view = self.until(lambda task: not task.active)
        self.world.work()
        return view

    def to_second_window(self) -> TaskView:
        return self.until(lambda task: task.cursor.get("window") == 1)

    def searches(self) -> list[str]:
        """What each bulk operation of the import searched for, oldest first; empty where it took all orders."""
        texts = [one.query for one in self.far.bulk.listed(self.clock()) if self.task.id in one.query]
        return [found[1] if (found := re.search(r'orders\(query: "([^"]*)"', text)) else "" for text in texts]

    def stored(self) -> list[tuple[Any, ...]]:
        with self.database.reading() as session:
            rows = session.scalars(select(Order).where(Order.shop_id == self.shop).order_by(Order.order_id)).all()
            return [(row.order_id, row.placed_at, row.gross, row.customer_id, row.updated_at) for row in rows]

    def since(self) -> Instant | None:
        with self.database.reading() as session:
            return get_shop(session, self.shop).read_since

    def figures(self, window: str = "all") -> dict[str, str | None]:
        told = self.world.json(self.far, f"/reports/numbers?window={window}")["metrics"]
        return {name: one["value"] for name, one in told.items()}

    def page(self, path: str = "/reports/numbers?window=90d&locale=en") -> str:
        return said(self.world.open(self.far, path).text)

    def crowd(self) -> None:
        for number in range(CONCURRENT):
            bulk.start(self.world.wafa.admin, self.shop, "start_orders_import", "orders_bulk", f"other_{number}")

    def check_whole(self) -> None:
        """All orders of the store, each as it is, and every promise kept."""
        assert [row[0] for row in self.stored()] == sorted(self.far.orders)
        with self.database.reading() as session:
            assert drift(session, self.shop) == 0
            assert not list(broken(session, self.shop, self.clock(), LOOKUP_KEY))


def at_day(now: Instant, days: int) -> Instant:
    return Instant(now - timedelta(days=days))
