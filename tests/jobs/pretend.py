"""The far side of the jobs' tests: a transport that answers our operations from a list of bulk lines."""

import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from sqlalchemy import select

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import AccessRevoked
from shopify_app.admin_api.http import new_session
from shopify_app.clock import Clock
from shopify_app.config import Config
from shopify_app.db.base import Database, ShopId
from shopify_app.db.portion import Portion
from shopify_app.jobs.steps import build_steps
from shopify_app.orders.model import Order
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import Shop
from shopify_app.tasks import queries
from shopify_app.tasks.step import run_step
from shopify_app.tasks.view import TaskView
from tests.orders.bulk_lines import line, order, refund
from webhooks.inbox import Inbox

FILE = "https://files.test/orders.jsonl"


@dataclass
class Pretend(BaseAdapter):
    """Shopify for one shop: change its fields to change what it answers."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=lambda: ["COMPLETED"])
    error_code: str | None = None
    refusals: list[str] = field(default_factory=list)
    file_status: list[int] = field(default_factory=list)
    buyers: int | None = 30
    currency: str = "KWD"
    zone: str = "Asia/Kuwait"
    calls: list[str] = field(default_factory=list)
    dead: bool = False
    number: int = 1
    """Of the bulk operation."""
    told: list[bool] = field(default_factory=list)
    """Whether it still tells the address of the file, look by look; always once these are used up."""
    started: list[str] = field(default_factory=list)
    """The bulk queries that were started."""

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.url == FILE:
            self.calls.append("file")
            status = self.file_status.pop(0) if self.file_status else 200
            return _response(request, status, "".join(f"{json.dumps(line)}\n" for line in self.lines))
        asked = json.loads(request.body or b"")
        name, self.variables = asked["operationName"], asked["variables"]
        self.calls.append(name)
        if self.dead:
            return _response(request, 401, "{}")
        return _response(request, 200, json.dumps({"data": getattr(self, f"_{name}")()}))

    def close(self) -> None:
        pass

    def _shop(self) -> dict[str, Any]:
        details = {"id": "gid://shopify/Shop/99", "name": "Bazaar", "myshopifyDomain": "a.myshopify.com"}
        return {"shop": {**details, "currencyCode": self.currency, "ianaTimezone": self.zone}}

    def _count_customers(self) -> dict[str, Any]:
        counted = None if self.buyers is None else {"totalCount": self.buyers}
        return {"buyers": counted, "repeaters": {"totalCount": 9}}

    def _count_orders(self) -> dict[str, Any]:
        return {"ordersCount": {"count": self._roots()}}

    def _count_orders_where(self) -> dict[str, Any]:
        return {"ordersCount": {"count": self._roots()}}

    def _start_orders_import(self) -> dict[str, Any]:
        if self.refusals:
            error = {"field": ["query"], "message": "no", "code": self.refusals.pop(0)}
            return {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": [error]}}
        self.started.append(self.variables["query"])
        return {"bulkOperationRunQuery": {"bulkOperation": self._operation("CREATED"), "userErrors": []}}

    def _bulk_operations(self) -> dict[str, Any]:
        nodes = [{**self._operation("RUNNING"), "query": query} for query in self.started]
        return {"bulkOperations": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}}

    def _bulk_operation(self) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        told = self.told.pop(0) if self.told else True
        operation = self._operation(status)
        return {"bulkOperation": operation if told else {**operation, "url": None}}

    def _operation(self, status: str) -> dict[str, Any]:
        done = status == "COMPLETED"
        return {
            "id": f"gid://shopify/BulkOperation/{self.number}",
            "status": status,
            "errorCode": self.error_code,
            "createdAt": "2026-11-21T09:00:00Z",
            "objectCount": str(len(self.lines) if done else 0),
            "rootObjectCount": str(self._roots() if done else self._roots() // 2),
            "url": FILE if done and self.lines else None,
        }

    def _roots(self) -> int:
        return sum("__parentId" not in line for line in self.lines)


def _response(request: requests.PreparedRequest, status: int, body: str) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request, response.url = status, request, str(request.url)
    response.raw = io.BytesIO(body.encode())
    return response


class Keyring:
    """One token that is always the same."""

    def domain(self, shop: ShopId) -> str:
        return "a.myshopify.com"

    def access_token(self, shop: ShopId, clock: Clock) -> str:
        return "token"

    def replace(self, shop: ShopId, refused: str, clock: Clock) -> str:
        raise AccessRevoked


@dataclass
class Works:
    """The app's task machinery over one database, built anew at will as after a restart."""

    database: Database
    clock: Any
    config: Config
    far: Pretend
    directory: Path

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget everything but the database and the disk."""
        admin = AdminApi(self.config, new_session(self.far), Keyring(), self.clock, self.clock.forward)
        key, keys = self.config.lookup_key, ShopKeys(self.config.encryption_keys)
        kept = Inbox(keys, keys.stray_keys)
        self.steps = build_steps(self.database, admin, self.clock, self.clock.forward, self.directory, key, kept, keys)

    def add_shop(self, **fields: Any) -> ShopId:
        with self.database.transaction() as session:
            row = Shop(domain="a.myshopify.com", installed_at=self.clock(), **fields)
            session.add(row)
            session.flush()
            return ShopId(row.id)

    def request(self, shop: ShopId, kind: str) -> str:
        with self.database.transaction() as session:
            return queries.request(session, shop, kind, None, "system:test", self.clock())

    def step(self, shop: ShopId, task: str) -> TaskView:
        """One step, waiting for it to be due."""
        view = self.view(shop, task)
        if view.due_at > self.clock():
            self.clock.forward((view.due_at - self.clock()).total_seconds() + 0.001)
        run_step(self.database, self.steps, shop, task, "test", self.clock())
        return self.view(shop, task)

    def step_others(self, task: str) -> None:
        """What else is due has its turn too: an import waits for its orders to be counted."""
        with self.database.reading() as session:
            ready = [(shop, other) for shop, other in queries.due(session, self.clock()) if other != task]
        for shop, other in ready:
            run_step(self.database, self.steps, shop, other, "test", self.clock())

    def finish(self, shop: ShopId, task: str, each: Callable[[TaskView], object] = bool) -> TaskView:
        """Steps until it has ended."""
        for _ in range(200):
            view = self.step(shop, task)
            each(view)
            self.step_others(task)
            if not view.active:
                return view
        raise AssertionError(f"{view.kind} never ended: {view}")

    def view(self, shop: ShopId, task: str) -> TaskView:
        with self.database.reading() as session:
            found = queries.get(session, shop, task)
        assert found is not None
        return found

    def shop(self, shop: ShopId) -> Shop:
        with self.database.reading() as session:
            found = session.get(Shop, shop)
        assert found is not None
        return found


def store_at_once(monkeypatch: pytest.MonkeyPatch, orders: int) -> None:
    """So many orders in each transaction, whoever waits."""
    monkeypatch.setattr(
        Portion, "size", property(lambda _portion: orders, lambda _portion, _learned: None), raising=False
    )


def history(orders: int) -> list[dict[str, Any]]:
    """Orders of a few customers, some refunded, their lines scattered through the file."""
    choose = random.Random(orders)
    nodes = []
    for number in range(1, orders + 1):
        customer = {"id": f"gid://shopify/Customer/{choose.randint(1, 9)}"}
        refunds = [refund(number, "18.0")] if number % 7 == 0 else []
        fields = {"current": "0.0"} if refunds else {}
        nodes.append(order(number, customer=customer, refunds=refunds, test=number % 11 == 0, **fields))
        nodes.append(line(10 * number, number))
    choose.shuffle(nodes)
    return nodes


def stored(works: Works, shop: ShopId) -> list[tuple[Any, ...]]:
    with works.database.reading() as session:
        rows = session.scalars(select(Order).where(Order.shop_id == shop).order_by(Order.order_id)).all()
    return [
        (row.order_id, row.customer_id, row.gross, row.discounts, row.test, row.updated_at, row.version_number)
        for row in rows
    ]
