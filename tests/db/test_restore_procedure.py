"""Whoever does what docs/operations.md says after a disaster has everything again that Shopify has."""

import re
import shlex
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from shopify_app.changes.rebuild import drift
from shopify_app.db.base import ShopId
from shopify_app.orders.model import Order, OrderLine, OrderVersion
from shopify_app.retention.model import CountedOrder
from shopify_app.shops.queries import find_shop
from tests.db.test_backup import LINES, opened, run, take
from tests.small_shop import add_shop

PAPER = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
RECONCILED = 15 * 60
"""Seconds after which the comparison that waits for the import has begun."""


def told(title: str) -> list[list[str]]:
    """The operator's commands that a section of the paper has its reader type, in their order."""
    section = PAPER.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    typed = re.findall(r"^ *\.venv/bin/flask --app shopify_app\.app (.+)$", section, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in typed]


class Disaster:
    """A shop with a history, its backup, and what Shopify has told since."""

    def __init__(self, world, config, directory) -> None:
        self.world, self.config, self.directory = world, config, directory
        self.safe = directory / "safe"
        self.shop = add_shop(world, repeaters=3, once=4)
        world.install(self.shop)
        world.work()

    def type(self, words: list[str]) -> str:
        """One of the paper's lines, with our own place for its own."""
        return run(self.world.app, *(word.replace("/safe/wafa", str(self.safe)) for word in words))

    def back_up(self) -> None:
        backup, write_keys = told("Backup")
        self.type(backup)
        self._live_on()
        self.type(write_keys)

    def _live_on(self) -> None:
        """New orders, a refund, a cancellation, a merge, and an order of the last 60 days that is deleted."""
        first, last, second = list(self.shop.orders)[:3]
        customer, *_, kept, gone = self.shop.customers
        for _ in range(5):
            self.shop.place_order(customer, [{"price": "7.000", "quantity": 1}])
            self.world.clock.forward(60)
        self.shop.refund(first, amount="2.000")
        self.shop.cancel(second)
        self.shop.delete_order(last)
        self.shop.merge_customers(kept, gone)
        self.world.work()

    def restore(self, clock):
        """The copy in the place of the database, and every command that the paper names; what they said."""
        database = take(self.safe, self.directory / "restored.db")
        self.world.wafa, self.world.app = opened(self.config, database, clock, self.world, self.directory)
        self.world.client = type(self.world.client)(self.world.app)
        return [self.type(words) for words in told("Restore") if "--delete-keyless" not in words]

    def serve(self) -> None:
        self.world.work()
        self.world.clock.forward(RECONCILED)
        self.world.work()

    def orders(self) -> set[int]:
        with self.world.wafa.database.reading() as session:
            return set(session.scalars(select(Order.order_id).where(Order.deleted_at.is_(None))))

    def drift(self) -> int:
        with self.world.wafa.database.reading() as session:
            return drift(session, ShopId(find_shop(session, self.shop.domain).id))

    def figures(self):
        document = self.world.json(self.shop, "/reports/numbers?window=all")
        return document["metrics"]


@pytest.fixture
def disaster(small_world, config, tmp_path):
    made = Disaster(small_world, config, tmp_path)
    yield made
    made.world.wafa.database.close()


def test_the_restore_procedure_ends_with_what_shopify_has(disaster, clock):
    disaster.back_up()
    before = disaster.figures()
    said = disaster.restore(clock)
    assert disaster.orders() != set(disaster.shop.orders), "the backup is from before"
    assert "run import-orders" in said[1]
    assert "broken 0" in said[-3]
    assert "alice.myshopify.com  will be read again" in said[-2]
    disaster.serve()
    assert disaster.orders() == set(disaster.shop.orders)
    assert disaster.figures() == before
    assert disaster.drift() == 0
    assert re.search(r"alice\.myshopify\.com  done  14 orders", run(disaster.world.app, "imports"))
    assert run(disaster.world.app, "prove").endswith("broken 0\n")


def test_a_shop_whose_tokens_have_ended_meanwhile_is_read_when_its_merchant_comes(disaster, clock):
    run(disaster.world.app, "backup", disaster.safe)
    for _ in range(3):
        # The server goes on, and renews its tokens: those of the backup are dead after that.
        clock.forward(2 * 3600)
        disaster.shop.place_order(None, LINES)
        disaster.world.work()
        run(disaster.world.app, "import-orders")
        disaster.world.work()
    run(disaster.world.app, "write-keys", disaster.safe / "keys.json")
    disaster.restore(clock)
    disaster.serve()
    assert "alice.myshopify.com  failed" in run(disaster.world.app, "imports")
    assert disaster.orders() < set(disaster.shop.orders)
    disaster.world.open(disaster.shop)
    disaster.serve()
    assert disaster.orders() == set(disaster.shop.orders)


def test_orders_are_read_again_though_they_were_read(small_world):
    """A merchant's button does not do that; an operator may have a reason."""
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    small_world.work()
    app = small_world.app
    assert f"{shop.domain}  done  2 orders" in run(app, "imports", "--shop", shop.domain)
    with small_world.wafa.database.transaction() as session:
        session.execute(delete(CountedOrder))
        session.execute(delete(OrderVersion))
        session.execute(delete(OrderLine))
        session.execute(delete(Order))
    assert f"{shop.domain}  will be read again" in run(app, "import-orders", "--shop", shop.domain)
    assert f"{shop.domain}  waiting  0 orders" in run(app, "imports")
    small_world.step_tasks()
    assert f"{shop.domain}  is being read already" in run(app, "import-orders")
    small_world.work()
    assert f"{shop.domain}  done  2 orders" in run(app, "imports")
    assert small_world.json(shop, "/reports/numbers?window=all")["metrics"]["orders"]["value"] == "2"


def test_a_shop_that_left_cannot_be_read(small_world):
    shop = add_shop(small_world)
    small_world.install(shop)
    small_world.work()
    shop.uninstall()
    small_world.work()
    assert "is not installed" in run(small_world.app, "import-orders", "--shop", shop.domain)
    assert shop.domain not in run(small_world.app, "import-orders")
