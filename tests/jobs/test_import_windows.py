"""A long history is read in two windows, newest first; the page says truly how far back its numbers reach."""

from datetime import timedelta
from typing import Any

import pytest

from shopify_app.clock import Instant
from shopify_app.jobs import import_windows
from shopify_app.jobs.import_orders import IMPORT
from shopify_app.language import Words
from shopify_app.retention.progress import progress
from shopify_app.tasks import queries
from shopify_app.tasks.view import TaskView
from tests.jobs.long_history import BOUNDARY, EARLIER, RECENT, SINCE, Shop
from tests.tasks.crashes import Killed
from tests.world import World


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_windows, "ONE_GO", 20)


@pytest.fixture
def shop(small_world: World) -> Shop:
    return Shop(small_world)


def test_the_recent_orders_are_read_and_counted_before_the_others_are_asked_for(shop: Shop) -> None:
    shop.to_second_window()
    boundary = "2026-08-22T21:00:00+00:00"
    assert shop.searches() == [f"created_at:>='{boundary}'"]
    assert len(shop.stored()) == RECENT
    assert shop.since() == BOUNDARY
    view = shop.finish()
    assert (view.state, view.result) == ("done", {"orders": RECENT + EARLIER, "unreadable": 0})
    assert shop.searches()[1].startswith(f"created_at:<'{boundary}' OR created_at:>='2026-11-21T08:00")
    assert len(shop.searches()) == 2
    assert shop.since() is None
    shop.check_whole()


def test_orders_of_the_boundarys_own_second_and_of_the_one_before_are_read_once_each(shop: Shop) -> None:
    shop.to_second_window()
    placed = [row[1] for row in shop.stored()]
    assert min(placed) == BOUNDARY
    shop.finish()
    placed = [row[1] for row in shop.stored()]
    assert [placed.count(Instant(BOUNDARY - timedelta(seconds=back))) for back in (0, 1)] == [1, 1]


def test_windows_end_as_one_go_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Shop(world)
    first.finish()
    monkeypatch.setattr(import_windows, "ONE_GO", 1000)
    second = Shop(world, name="bea")
    second.finish()
    assert (len(first.searches()), second.searches()) == (2, [""])
    for window in ("all", "365d", "90d", "30d"):
        assert first.figures(window) == second.figures(window)
    assert [row[2] for row in first.stored()] == [row[2] for row in second.stored()]
    first.check_whole()
    second.check_whole()


def test_a_shop_whose_orders_are_few_or_all_of_one_window_is_read_in_one_go(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_windows, "ONE_GO", RECENT + EARLIER)
    few = Shop(small_world, name="few")
    few.finish()
    assert few.searches() == [""]
    monkeypatch.setattr(import_windows, "ONE_GO", 5)
    monkeypatch.setattr(import_windows, "RECENT", timedelta(days=900))
    young = Shop(small_world, name="young")
    young.finish()
    assert young.searches() == [""]


def test_where_shopify_shows_sixty_days_there_is_no_second_window(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_windows, "ONE_GO", 2)
    shop = Shop(small_world, limited=True)
    assert shop.finish().state == "done"
    assert shop.searches() == [""]
    # The permission comes: all that is older is read, in windows.
    shop.far.set_scopes(small_world.store.scopes)
    small_world.work()
    assert len(shop.searches()) == 2
    shop.check_whole()


def test_after_the_first_window_the_page_says_since_when_and_its_figures_stay(shop: Shop) -> None:
    assert "So far the numbers" not in shop.page()
    shop.to_second_window()
    assert SINCE in shop.page()
    assert SINCE in shop.page("/?locale=en")
    assert "23 أغسطس" in shop.page("/reports/numbers?window=90d&locale=ar")
    early = shop.figures("90d")
    assert early["orders"] not in (None, "0")
    shop.finish()
    assert "So far the numbers" not in shop.page()
    late = shop.figures("90d")
    assert {name: late[name] for name in ("orders", "net_revenue", "average_order_value")} == {
        name: early[name] for name in ("orders", "net_revenue", "average_order_value")
    }


def test_an_old_order_that_changes_meanwhile_does_not_make_the_page_reach_further(shop: Shop) -> None:
    shop.to_second_window()
    old = sorted(shop.far.orders.values(), key=lambda order: order.created_at)[1]
    shop.far.refund(old.id, amount="0.500")
    shop.world.store.deliver_due()
    shop.world.wafa.drain.sweep()
    assert old.id in [row[0] for row in shop.stored()]
    assert SINCE in shop.page()
    shop.finish()
    shop.check_whole()


def test_what_happens_between_the_two_operations_is_neither_lost_nor_stale(shop: Shop) -> None:
    shop.until(lambda task: task.phase == "reading")
    recent, old = (shop.far.orders[at] for at in (max(shop.far.orders), min(shop.far.orders)))
    shop.clock.forward(2)
    shop.far.refund(recent.id, amount="0.250")
    shop.far.place_order(None, [{"price": "3.000"}])
    shop.to_second_window()
    shop.clock.forward(2)
    shop.far.refund(old.id, amount="0.250")
    shop.far.cancel(recent.id)
    shop.far.place_order(None, [{"price": "5.000"}])
    shop.finish()
    shop.check_whole()
    updated = {row[0]: row[4] for row in shop.stored()}
    assert {one.id: updated[one.id] for one in (recent, old)} == {
        one.id: one.updated_at.replace(microsecond=0) for one in (recent, old)
    }


def test_what_the_search_did_not_know_yet_comes_with_the_second_window(small_world: World) -> None:
    """Just placed when the app is installed: nobody sends news of it, and the search finds it only minutes later."""
    shop = Shop(small_world, name="bea")
    shop.far.uninstall()
    small_world.work()
    with small_world.wafa.database.transaction() as session:
        queries.cancel_all(session, shop.shop, shop.clock())
    shop.far.index.set_lag((300.0, 300.0))
    send, small_world.store._send = small_world.store._send, lambda *_: 200
    late = shop.far.place_order(None, [{"price": "3.000"}])
    small_world.store.deliver_due()
    small_world.store._send = send
    shop.clock.forward(30)
    shop.far.install()
    assert small_world.open(shop.far).status_code == 200
    shop.to_second_window()
    assert late.id not in [row[0] for row in shop.stored()]
    shop.clock.forward(600)
    shop.finish()
    shop.check_whole()


def test_killed_after_every_step_it_ends_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step did is there, and that it did it is not: each is done twice."""
    calm = Shop(world)
    calm.finish()
    monkeypatch.setattr(import_windows, "ONE_GO", 20)
    end_step, killed = queries.end_step, set[str]()

    def ending(session: Any, task: TaskView, outcome: Any, now: Instant) -> None:
        place = f"{task.phase} {task.cursor.get('window')} {task.cursor.get('piece')}"
        if task.kind == IMPORT and place not in killed:
            killed.add(place)
            raise Killed
        end_step(session, task, outcome, now)

    shop = Shop(world, name="bea")
    monkeypatch.setattr(queries, "end_step", ending)
    for _ in range(400):
        if not shop.task.active:
            break
        try:
            shop.until(lambda task: not task.active)
        except Killed:
            world.clock.forward(queries.LEASE_SECONDS + 1)
    shop.world.work()
    assert shop.task.state == "done"
    phases = {place.split(" ")[0] for place in killed}
    assert phases == {"", "preparing", "downloading", "sorting", "reading", "counting", "finishing"}
    # Nothing was started twice, and nothing is known other than by the calm one.
    assert len(shop.searches()) == 2
    shop.check_whole()
    for window in ("all", "365d", "90d", "30d"):
        assert shop.figures(window) == calm.figures(window)


@pytest.mark.parametrize("window", [0, 1])
def test_an_hour_without_room_is_waited_for_and_told(shop: Shop, window: int) -> None:
    if window:
        shop.to_second_window()
    shop.world.store.bulk_seconds = 3600
    shop.crowd()
    shop.until(lambda task: task.phase == "" and bool(task.cursor.get("crowded")))
    assert "Shopify is still preparing something else for Wafa." in shop.page()
    began, calls = shop.clock(), len(shop.world.adapter.calls)
    while shop.clock() - began < timedelta(seconds=3500):
        shop.world.step_tasks()
    task = shop.task
    assert (task.state, task.attempts, task.phase) == ("waiting", 0, "")
    assert len(shop.world.adapter.calls) - calls < 3500 / 10
    shop.until(lambda task: task.phase == "preparing")
    assert "something else" not in shop.page()
    shop.world.store.bulk_seconds = 0
    assert shop.finish().state == "done"
    assert len(shop.searches()) == 2
    shop.check_whole()


@pytest.mark.parametrize("window", [0, 1])
def test_a_token_that_runs_out_between_start_and_file_is_replaced(shop: Shop, window: int) -> None:
    if window:
        shop.to_second_window()
    shop.world.store.bulk_seconds = 2 * 3600
    shop.until(lambda task: task.phase == "preparing" and task.cursor.get("window", 0) == window)
    shop.clock.forward(90 * 60)
    shop.world.store.bulk_seconds = 0
    assert shop.finish().state == "done"
    assert len(shop.searches()) == 2
    shop.check_whole()


@pytest.mark.parametrize("window", [0, 1])
def test_a_file_whose_address_ran_out_is_prepared_once_more(shop: Shop, window: int) -> None:
    shop.until(lambda task: task.phase == "downloading" and task.cursor.get("window", 0) == window)
    shop.clock.forward(8 * 86_400)
    assert shop.finish().state == "done"
    assert len(shop.searches()) == 3
    assert shop.searches()[window] == shop.searches()[window + 1] or window
    shop.check_whole()


@pytest.mark.parametrize("fate", ["bulk_failed", "bulk_expired"])
def test_a_window_that_ends_badly_is_asked_for_anew_and_the_others_are_left_alone(shop: Shop, fate: str) -> None:
    shop.to_second_window()
    shop.world.store.trouble.fail_next(shop.far.domain, fate, 2)
    assert shop.finish().state == "done"
    first, *others = shop.searches()
    assert len(others) == 3
    assert first not in others
    assert len(set(others)) == 1
    shop.check_whole()


def test_a_window_that_always_ends_badly_fails_and_what_was_read_stays_true(shop: Shop) -> None:
    shop.to_second_window()
    shop.world.store.trouble.fail_next(shop.far.domain, "bulk_failed", 3)
    view = shop.finish()
    assert (view.state, view.error) == ("failed", "Shopify could not prepare your orders. Please try again.")
    shop.far.place_order(None, [{"price": "3.000"}])
    shop.world.work()
    assert SINCE in shop.page()
    with shop.database.transaction() as session:
        queries.request(session, shop.shop, IMPORT, None, "system:test", shop.clock())
    assert SINCE in shop.page()
    assert shop.finish().state == "done"
    shop.check_whole()


def test_a_shop_that_comes_back_has_not_been_read(shop: Shop) -> None:
    shop.to_second_window()
    shop.far.uninstall()
    shop.world.work()
    shop.clock.forward(86_400)
    shop.far.install()
    assert shop.world.open(shop.far).status_code == 200
    assert "So far the numbers" not in shop.page()
    shop.finish()
    shop.check_whole()


@pytest.mark.parametrize("fate", [None, "bulk_failed", "file_gone"])
def test_progress_counts_all_windows_and_never_goes_backwards(shop: Shop, fate: str | None) -> None:
    words, seen = Words("en"), list[Any]()
    shop.world.store.bulk_seconds = 20

    def look(task: TaskView) -> bool:
        if fate and task.cursor.get("window") == 1 and task.phase == "" and not task.cursor.get("restarts"):
            shop.world.store.trouble.fail_next(shop.far.domain, fate, 1)
        seen.append((task.done, progress(task, False, words)))
        return not task.active

    shop.until(look)
    told = [one for _, one in seen[:-1]]
    for values in ([done for done, _ in seen], [one.bar for one in told], [one.total or 0 for one in told]):
        assert values == sorted(values)
    assert f"Reading your orders, newest first: {RECENT} of about {RECENT + EARLIER}. You can leave this page." in {
        one.sentence for one in told
    }
