"""The import's bulk operation against the development store: one a key, whatever is lost or killed on the way."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from sqlalchemy import func, select

from devstore.bulk import CONCURRENT
from shopify_app.admin_api import bulk
from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.jobs.import_orders import IMPORT
from shopify_app.jobs.intents import build_intents
from shopify_app.jobs.start_bulk import START_BULK
from shopify_app.orders.model import Order
from shopify_app.shops.queries import find_shop
from shopify_app.tasks import queries
from shopify_app.tasks.intents.model import Intent
from shopify_app.tasks.intents.queries import unknown_intents
from shopify_app.tasks.intents.run import run_due
from shopify_app.tasks.step import run_step
from shopify_app.tasks.view import TaskView
from tests.tasks.crashes import Crash, Killed

if TYPE_CHECKING:
    from tests.world import World

START = "start_orders_import"
PATIENCE = 120
Send = Callable[..., requests.Response]


class Imports:
    """Imports of one shop with some orders, asked for and stepped by hand."""

    def __init__(self, world: "World") -> None:
        self.world, self.database, self.clock = world, world.wafa.database, world.clock
        self.far = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
        customer = self.far.create_customer("Noura", "Ali", "noura@example.com", "ar").id
        for _ in range(5):
            self.far.place_order(customer, [{"price": "10.000", "quantity": 1}])
        world.install(self.far)
        world.work()
        with self.database.reading() as session:
            self.shop = ShopId(find_shop(session, self.far.domain).id)

    def request(self) -> str:
        with self.database.transaction() as session:
            return queries.request(session, self.shop, IMPORT, None, "system:test", self.clock())

    def step(self, task: str) -> bool:
        return run_step(self.database, self.world.wafa.steps, self.shop, task, "w", self.clock())

    def sweep(self) -> int:
        kinds = build_intents(self.database, self.world.wafa.admin)
        return run_due(self.database, kinds, self.clock, "sweeper")

    def finish(self, task: str) -> TaskView:
        for _ in range(100):
            if not self.view(task).active:
                return self.view(task)
            self.clock.forward(10)
            self.step(task)
        raise AssertionError(f"it never ends: {self.view(task)}")

    def view(self, task: str) -> TaskView:
        with self.database.reading() as session:
            found = queries.get(session, self.shop, task)
        assert found is not None
        return found

    def operations(self, task: str) -> int:
        """How many bulk operations Shopify has of this task."""
        return sum(task in one.query for one in self.far.bulk.listed(self.clock()))

    def orders(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).where(Order.shop_id == self.shop)) or 0

    def ended_well(self, task: str, operations: int = 1) -> bool:
        view = self.finish(task)
        result = {"orders": 5, "unreadable": 0}
        assert (view.state, view.result, self.operations(task), self.orders()) == ("done", result, operations, 5)
        return True

    @contextmanager
    def starting(self, instead: Callable[[Send], requests.Response], name: str = START) -> Iterator[None]:
        """The next start of a bulk operation goes as `instead` has it; it is given the real one."""
        plain: Send = self.world.adapter.send

        def send(request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
            if name not in str(request.body):
                return plain(request, *arguments, **options)
            self.world.adapter.send = plain
            return instead(lambda: plain(request, *arguments, **options))

        self.world.adapter.send = send
        yield
        self.world.adapter.send = plain


@pytest.fixture
def imports(world: "World") -> Imports:
    return Imports(world)


def test_killed_before_any_statement_one_operation_is_started(imports: Imports) -> None:
    task = imports.request()
    with Crash(imports.database) as counted:
        imports.step(task)
    assert imports.ended_well(task)
    assert counted.statements > 15
    stride = 1 if imports.database.dialect == "sqlite" else 3
    for at in range(1, counted.statements + 1, stride):
        task = imports.request()
        with Crash(imports.database, at):
            imports.step(task)
        assert imports.operations(task) <= 1, f"statement {at}"
        assert imports.ended_well(task), f"statement {at}"


def refused(_send: Send) -> requests.Response:
    raise requests.ConnectionError("refused")


def killed(_send: Send) -> requests.Response:
    raise Killed


def answer_lost(send: Send) -> requests.Response:
    send()
    raise requests.ReadTimeout("no answer")


def killed_after(send: Send) -> requests.Response:
    send()
    raise Killed


def broken_gateway(send: Send) -> requests.Response:
    answer = send()
    answer.status_code = 502
    return answer


def html(send: Send) -> requests.Response:
    answer = send()
    answer._content = b"<html>One moment</html>"
    return answer


def half_an_answer(send: Send) -> requests.Response:
    answer = send()
    answer._content = answer.content[: len(answer.content) // 2]
    return answer


def broken_inside(send: Send) -> requests.Response:
    answer = send()
    error = {"message": "Internal error.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    answer._content = json.dumps({"errors": [error]}).encode()
    return answer


@pytest.mark.parametrize(
    ("trouble", "arrived"),
    [
        (refused, False),
        (killed, False),
        (answer_lost, True),
        (killed_after, True),
        (broken_gateway, True),
        (html, True),
        (half_an_answer, True),
        (broken_inside, True),
    ],
)
def test_trouble_at_the_call_starts_one_operation(
    imports: Imports, trouble: Callable[[Send], requests.Response], arrived: bool
) -> None:
    task, began = imports.request(), imports.clock()
    with imports.starting(trouble), suppress(Killed):
        imports.step(task)
    assert imports.operations(task) == arrived
    while imports.view(task).phase == "":
        imports.clock.forward(10)
        imports.step(task)
    waited = (imports.clock() - began).total_seconds()
    # What is there is found as soon as the step may be taken again; what is not may still be under way.
    assert waited < PATIENCE if arrived else waited >= PATIENCE
    assert imports.ended_well(task)


def test_a_worker_that_is_overtaken_in_its_call_starts_nothing_twice(imports: Imports) -> None:
    task = imports.request()

    def overtaken(send: Send) -> requests.Response:
        imports.clock.forward(queries.LEASE_SECONDS + 1)
        assert imports.step(task)
        assert imports.operations(task) == 0
        return send()

    with imports.starting(overtaken):
        imports.step(task)
    assert imports.ended_well(task)


def test_cancelled_before_it_meant_to_it_starts_nothing(imports: Imports) -> None:
    task = imports.request()

    def cancelled(send: Send) -> requests.Response:
        with imports.database.transaction() as session:
            assert queries.cancel(session, imports.shop, task, imports.clock())
        return send()

    with imports.starting(cancelled, "count_orders"):
        imports.step(task)
    with imports.database.reading() as session:
        assert session.scalars(select(Intent).where(Intent.key.startswith(task))).all() == []
    assert imports.operations(task) == 0


def test_a_call_that_arrives_late_is_waited_for(imports: Imports) -> None:
    task, late = imports.request(), []

    def slow(send: Send) -> requests.Response:
        late.append(send)
        raise requests.ReadTimeout("no answer")

    with imports.starting(slow):
        imports.step(task)
    for _ in range(5):
        imports.clock.forward(10)
        imports.step(task)
    assert imports.operations(task) == 0
    late.pop()()
    assert imports.ended_well(task)


def test_as_many_as_may_run_it_waits_for_room(imports: Imports) -> None:
    task = imports.request()
    imports.world.store.bulk_seconds = 60
    for number in range(CONCURRENT):
        bulk.start(imports.world.wafa.admin, imports.shop, START, "orders_bulk", f"other_{number}")
    imports.step(task)
    assert imports.operations(task) == 0
    assert imports.ended_well(task)


def test_each_round_and_each_restart_has_an_operation_of_its_own(imports: Imports) -> None:
    task = imports.request()
    imports.step(task)
    assert imports.request() == task
    assert imports.ended_well(task, operations=2)
    task = imports.request()
    imports.step(task)
    (operation,) = [one for one in imports.far.bulk.listed(imports.clock()) if task in one.query]
    operation.finish("FAILED", imports.clock(), "ACCESS_DENIED")
    assert imports.ended_well(task, operations=2)


@pytest.mark.parametrize("trouble", [answer_lost, refused])
def test_the_sweeper_finds_out_for_a_task_that_was_cancelled(
    imports: Imports, trouble: Callable[[Send], requests.Response]
) -> None:
    task = imports.request()
    with imports.starting(trouble):
        imports.step(task)
    with imports.database.transaction() as session:
        assert len(unknown_intents(session, imports.shop)) == 1
        assert queries.cancel(session, imports.shop, task, imports.clock())
    assert imports.sweep() == 0
    imports.clock.forward(PATIENCE)
    assert imports.sweep() == 1
    with imports.database.reading() as session:
        assert unknown_intents(session, imports.shop) == []
        ended = session.scalar(select(Intent.state).where(Intent.key.startswith(task)))
    # Nobody wants it any more: what did not arrive is not sent again.
    assert (ended, imports.operations(task)) == (("done", 1) if trouble is answer_lost else ("refused", 0))


def test_an_operation_is_found_among_many_and_no_other_is_taken_for_it(imports: Imports) -> None:
    admin, shop, since = imports.world.wafa.admin, imports.shop, Instant(imports.clock() - timedelta(minutes=1))
    imports.world.store.bulk_seconds = 0
    made = {}
    for number in range(1, 56):
        made[number] = bulk.start(admin, shop, START, "orders_bulk", f"t_0_{number}").id
    assert len(set(made.values())) == 55
    for number in (1, 5, 50, 51, 55):
        found = bulk.find(admin, shop, "orders_bulk", f"t_0_{number}", since)
        assert found is not None
        assert found.id == made[number]
    assert bulk.find(admin, shop, "orders_bulk", "t_0_56", since) is None
    assert bulk.find(admin, shop, "orders_bulk", "t_0", since) is None
    later = Instant(imports.clock() + timedelta(minutes=1))
    assert bulk.find(admin, shop, "orders_bulk", "t_0_1", later) is None


def test_an_intent_names_nobody(imports: Imports) -> None:
    with imports.database.reading() as session:
        rows = session.scalars(select(Intent).where(Intent.shop_id == imports.shop)).all()
    assert [row.kind for row in rows] == [START_BULK]
    assert set(json.loads(rows[0].arguments)) == {"task", "operation", "query", "without", "search"}
    assert set(json.loads(rows[0].outcome or "")) == {"id", "created_at"}
