"""The import: to its end, after a kill anywhere, twice, beside webhooks, and when Shopify will not."""

import json
import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from shopify_app.changes.apply import apply_facts, store
from shopify_app.changes.facts import OrderSeen
from shopify_app.changes.generations import queries as generations
from shopify_app.changes.rebuild import drift
from shopify_app.clock import parse_instant
from shopify_app.db.base import ShopId
from shopify_app.db.lease import DRAIN, Lease, claim, release
from shopify_app.jobs import import_orders
from shopify_app.jobs.import_orders import IMPORT
from shopify_app.orders.bulk_payload import Unreadable, read_orders
from shopify_app.orders.facts import Version
from shopify_app.orders.model import OrderLine
from shopify_app.shops.model import UNINSTALLED
from shopify_app.tasks import queries
from shopify_app.tasks.view import TaskView
from tests.jobs.pretend import Pretend, Works, history, store_at_once, stored
from tests.orders.bulk_lines import line, order

if TYPE_CHECKING:
    from tests.conftest import MovedClock


@pytest.mark.usefixtures("small_steps")
def test_an_import_goes_through_its_phases_to_the_end(works: Works) -> None:
    shop, phases, done = works.add_shop(), list[str](), list[int]()
    task = works.request(shop, IMPORT)
    view = works.finish(shop, task, lambda seen: (phases.append(seen.phase), done.append(seen.done)))
    # What has ended keeps no cursor, and so no phase.
    assert list(dict.fromkeys(phases)) == ["preparing", "downloading", "sorting", "reading", "finishing", ""]
    assert done == sorted(done)
    assert (view.state, view.done, view.total) == ("done", 40, 40)
    assert view.result == {"orders": 40, "unreadable": 0}
    assert len(stored(works, shop)) == 40
    row = works.shop(shop)
    assert row.imported_at is not None
    assert (row.shopify_id, row.name, row.currency, row.timezone) == (99, "Bazaar", "KWD", "Asia/Kuwait")
    assert list(works.directory.iterdir()) == []


def test_a_shop_without_orders_is_done_at_once(works: Works, far: Pretend) -> None:
    far.lines = []
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert (view.state, view.result) == ("done", {"orders": 0, "unreadable": 0})
    assert works.shop(shop).imported_at is not None


@pytest.mark.usefixtures("small_steps")
def test_a_second_import_changes_nothing(works: Works) -> None:
    shop = works.add_shop()
    works.finish(shop, works.request(shop, IMPORT))
    before = stored(works, shop)
    random.Random(1).shuffle(works.far.lines)
    assert works.finish(shop, works.request(shop, IMPORT)).state == "done"
    assert stored(works, shop) == before


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("lose_disk", [False, True])
def test_killed_in_the_middle_it_goes_on_where_it_was(works: Works, lose_disk: bool) -> None:
    shop = works.add_shop()
    task = works.request(shop, IMPORT)
    batches = []

    class Killed(BaseException):
        pass

    with pytest.MonkeyPatch.context() as patch:

        def killed_store(*args: Any) -> bool:
            if len(batches) == 7:  # in the middle of a piece
                raise Killed
            batches.append(args)
            return store(*args)

        patch.setattr(import_orders, "store", killed_store)
        works.restart()
        with pytest.raises(Killed):
            works.finish(shop, task)
    half = works.view(shop, task)
    assert half.state == "running"
    assert 0 < half.done < 40
    assert len(stored(works, shop)) == half.done
    if lose_disk:
        import_orders.spool_of(works.directory, half).discard()
    works.restart()
    works.clock.forward(queries.LEASE_SECONDS + 1)
    view = works.finish(shop, task)
    assert (view.state, view.done) == ("done", 40)
    assert [row[0] for row in stored(works, shop)] == list(range(1, 41))
    # Nothing was read twice unless the file was lost.
    assert works.far.calls.count("file") == (2 if lose_disk else 1)


def test_a_line_that_stands_twice_in_a_long_order_is_stored_once(works: Works, far: Pretend) -> None:
    far.lines = [order(1), *(line(at, 1) for at in range(1, 61)), line(60, 1)]
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert (view.state, view.result) == ("done", {"orders": 1, "unreadable": 0})
    with works.database.reading() as session:
        lines = session.scalars(select(OrderLine.line_id).where(OrderLine.shop_id == shop).order_by(OrderLine.line_id))
        assert lines.all() == list(range(1, 61))


def test_killed_at_every_step_it_still_ends(works: Works) -> None:
    shop = works.add_shop()
    task = works.request(shop, IMPORT)
    works.finish(shop, task, lambda _view: works.restart())
    assert len(stored(works, shop)) == 40


def test_a_webhook_that_came_first_is_not_undone(works: Works) -> None:
    shop = works.add_shop()
    task = works.request(shop, IMPORT)
    works.step(shop, task)
    nodes = [order(5, customer={"id": "gid://shopify/Customer/500"}), line(50, 5)]
    started = parse_instant("2026-11-21T09:00:00Z")
    (one,) = read_orders([json.dumps(node).encode() for node in nodes], started)
    assert not isinstance(one, Unreadable)
    # The same whole second, but known after the bulk operation began.
    newer = Version(one[1].updated_at, parse_instant("2026-11-21T09:00:01Z"), "webhook")
    with works.database.transaction() as session:
        apply_facts(session, shop, [OrderSeen(one[0], newer)], works.clock(), works.config.lookup_key)
    works.finish(shop, task)
    assert next(row for row in stored(works, shop) if row[0] == 5)[1] == 500


def test_it_waits_for_its_turn_with_the_drain(works: Works, clock: "MovedClock") -> None:
    shop = works.add_shop()
    task = works.request(shop, IMPORT)
    while works.view(shop, task).phase != "reading":
        works.step(shop, task)
    with works.database.transaction() as session:
        assert claim(session, shop, DRAIN, "drain", clock())
    assert works.step(shop, task).done == 0
    with works.database.transaction() as session:
        release(session, shop, DRAIN, "drain")
    assert works.finish(shop, task).done == 40
    with works.database.reading() as session:
        assert session.scalars(select(Lease)).all() == []


def test_a_busy_shop_waits(works: Works, far: Pretend) -> None:
    far.refusals = ["LIMIT_REACHED", "OPERATION_IN_PROGRESS"]
    shop = works.add_shop()
    assert works.finish(shop, works.request(shop, IMPORT)).state == "done"
    assert far.calls.count("start_orders_import") == 3


def test_progress_is_told_while_shopify_prepares(works: Works, far: Pretend) -> None:
    far.statuses = ["CREATED", "RUNNING", "COMPLETED"]
    shop = works.add_shop()
    task = works.request(shop, IMPORT)
    seen = [works.step(shop, task) for _ in range(3)]
    assert [(view.done, view.total) for view in seen] == [(0, 40)] * 3
    assert seen[-1].cursor["prepared"] == 20
    assert works.finish(shop, task).state == "done"


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_ran_out_is_made_again(works: Works, far: Pretend, status: int) -> None:
    far.file_status = [status]
    shop = works.add_shop()
    assert works.finish(shop, works.request(shop, IMPORT)).state == "done"
    assert far.calls.count("start_orders_import") == 2


def test_a_file_that_always_runs_out_fails_with_a_sentence(works: Works, far: Pretend) -> None:
    far.file_status = [404] * 9
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert view.state == "failed"
    assert view.error
    assert "try again" in view.error.lower()


@pytest.mark.parametrize("status", ["FAILED", "CANCELED", "CANCELING", "EXPIRED"])
def test_a_bulk_operation_that_ended_badly_fails_and_can_be_tried_again(
    works: Works, far: Pretend, status: str
) -> None:
    far.statuses = [status]
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert view.state == "failed"
    assert view.error == "Shopify could not prepare your orders. Please try again."
    far.statuses = ["COMPLETED"]
    assert works.finish(shop, works.request(shop, IMPORT)).state == "done"


def test_a_token_that_ran_out_under_it_starts_it_again(works: Works, far: Pretend) -> None:
    far.statuses, far.error_code = ["FAILED", "COMPLETED"], "ACCESS_DENIED"
    shop = works.add_shop()
    assert works.finish(shop, works.request(shop, IMPORT)).state == "done"


def test_a_query_that_shopify_refuses_fails(works: Works, far: Pretend) -> None:
    far.refusals = ["INVALID"]
    shop = works.add_shop()
    assert works.finish(shop, works.request(shop, IMPORT)).state == "failed"


def test_without_access_it_says_to_open_the_app(works: Works, far: Pretend) -> None:
    far.dead = True
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert view.state == "failed"
    assert view.error
    assert "Open Wafa" in view.error


def test_a_database_that_is_away_blames_no_order(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    away = [OperationalError("INSERT", {}, Exception("the connection was lost"))] * 3

    def away_store(*args: Any) -> bool:
        if away:
            raise away.pop()
        return store(*args)

    monkeypatch.setattr(import_orders, "store", away_store)
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert (view.state, view.result) == ("done", {"orders": 40, "unreadable": 0})


def test_webhooks_that_keep_the_turn_between_two_batches_lose_nothing(
    works: Works, far: Pretend, clock: "MovedClock", monkeypatch: pytest.MonkeyPatch
) -> None:
    far.lines += [order(99), line(990, 99, quantity=2**70)]
    store_at_once(monkeypatch, 3)
    shop = works.add_shop()
    stores = []

    def drained_store(session: Any, *args: Any) -> bool:
        stores.append(args)
        return store(session, *args)

    def hand_over(session: Any, which: ShopId, purpose: str, owner: str) -> None:
        """Gives the lease back; a drain is there at once."""
        release(session, which, purpose, owner)
        if len(stores) > 2:
            claim(session, which, purpose, "drain", clock())
            monkeypatch.setattr("shopify_app.db.lease.release", release)

    monkeypatch.setattr(import_orders, "store", drained_store)
    monkeypatch.setattr("shopify_app.db.lease.release", hand_over)
    task = works.request(shop, IMPORT)
    while works.view(shop, task).phase != "reading":
        works.step(shop, task)
    half = works.step(shop, task)
    assert (half.phase, half.state, half.done) == ("reading", "waiting", len(stored(works, shop)))
    assert 0 < half.done < 40
    with works.database.transaction() as session:
        release(session, shop, DRAIN, "drain")
    view = works.finish(shop, task)
    assert (view.state, view.result) == ("done", {"orders": 40, "unreadable": 1})


@pytest.mark.usefixtures("small_steps")
def test_the_newest_part_is_counted_while_the_rest_is_still_to_be_read(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_orders, "HALTS", (5, 20))
    shop, counted = works.add_shop(), list[tuple[str, int, bool]]()

    def look(view: TaskView) -> None:
        with works.database.reading() as session:
            rows = generations.rows_in(session, shop, works.shop(shop).generation)
        counted.append((view.phase, rows, works.shop(shop).behind))

    works.finish(shop, works.request(shop, IMPORT), look)
    shown = [rows for phase, rows, _ in counted if phase == "reading"]
    assert shown == sorted(shown)
    assert 0 < shown[-1] < counted[-1][1]
    assert counted[-1][2] is False
    with works.database.reading() as session:
        assert drift(session, shop) == 0


@pytest.mark.usefixtures("small_steps")
def test_how_far_back_a_halt_reaches_is_told_by_when_orders_were_created(
    works: Works, far: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that was imported into Shopify and dated back is read with those that were created with it."""
    monkeypatch.setattr(import_orders, "HALTS", (5,))
    far.lines, created = [], {}
    for number in range(1, 41):
        created[number] = parse_instant(f"2026-{1 + number // 4:02}-01T1{number % 4}:00:00Z")
        processed = "2019-05-05T05:00:00Z" if number == 40 else created[number].isoformat()
        far.lines += [order(number, createdAt=created[number].isoformat(), processedAt=processed), line(number, number)]
    shop, told = works.add_shop(), set[Any]()
    task = works.request(shop, IMPORT)

    def look(_view: TaskView) -> None:
        since = works.shop(shop).read_since
        told.add(since)
        if since is not None:
            read = [row[0] for row in stored(works, shop)]
            assert {number for number, moment in created.items() if moment >= since} <= set(read)

    works.finish(shop, task, look)
    assert len(told) == 2
    assert min(moment for moment in told if moment) > parse_instant("2026-01-01T00:00:00Z")


def test_a_file_with_lines_whose_address_shopify_no_longer_tells_is_made_again(works: Works, far: Pretend) -> None:
    far.told = [False, True]
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert (view.state, view.done) == ("done", 40)
    assert far.calls.count("start_orders_import") == 2


def test_an_uninstalled_shop_is_left_alone(works: Works, far: Pretend) -> None:
    shop = works.add_shop(state=UNINSTALLED)
    view = works.finish(shop, works.request(shop, IMPORT))
    assert view.state == "failed"
    assert far.calls == []


def test_a_cancelled_import_stops(works: Works, clock: "MovedClock") -> None:
    shop = works.add_shop()
    task = works.request(shop, IMPORT)
    while works.view(shop, task).phase != "reading":
        works.step(shop, task)
    with works.database.transaction() as session:
        queries.cancel(session, shop, task, clock())
    assert works.step(shop, task).state == "cancelled"
    assert stored(works, shop) == []


def test_what_another_machine_has_left_of_an_earlier_file_is_not_read(works: Works, far: Pretend) -> None:
    """Two workers with a disk each: one went on with the first import, the other has its pieces still."""
    shop = works.add_shop()

    def until_reading() -> str:
        task = works.request(shop, IMPORT)
        while works.view(shop, task).phase != import_orders.READING:
            works.step(shop, task)
        return task

    first = until_reading()
    other = works.directory.with_name("other")
    shutil.copytree(works.directory, other)
    works.finish(shop, first)
    far.lines, far.number = history(60), far.number + 1
    second = until_reading()
    shutil.rmtree(works.directory)
    shutil.copytree(other, works.directory)
    assert works.finish(shop, second).result == {"orders": 60, "unreadable": 0}
    assert [row[0] for row in stored(works, shop)] == list(range(1, 61))
