"""Collections as Shopify has them, read page by page: what changed is changed, what is gone is dropped."""

from typing import Any

import pytest
from sqlalchemy import select

from shopify_app.admin_api.client import AdminApi, Answer
from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs import read_collections
from shopify_app.products.asking import COLLECTIONS, request_collections
from shopify_app.products.model import Collection, CollectionProduct
from shopify_app.products.queries import Listed, collections_of, reading_of
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import due, latest
from shopify_app.tasks.step import run_step
from tests.jobs.nights import number
from tests.walks.test_duplicates import night
from tests.world import World


@pytest.fixture
def shop(world: World) -> Any:
    return stocked(world)


def stocked(world: World, products: int = 60) -> Any:
    made = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    goods = [made.add_product(f"Oud {at}", "10.000") for at in range(products)]
    made.collections.add("عود", goods[:3])
    made.collections.add("Nothing yet")
    made.collections.add("All", goods)
    for at in range(12):
        made.collections.add(f"Season {at}", goods[at : at + 2])
    return made


def stored(world: World) -> dict[int, tuple[str, set[int]]]:
    with world.wafa.database.reading() as session:
        found = {row.collection_id: (row.title, set[int]()) for row in session.scalars(select(Collection))}
        for row in session.scalars(select(CollectionProduct)):
            found[row.collection_id][1].add(row.product_id)
    return found


def true(shop: Any) -> dict[int, tuple[str, set[int]]]:
    return {one.id: (one.title, {product.id for product in one.products}) for one in shop.collections.all.values()}


def read(world: World, shop: Any) -> None:
    """On request."""
    with world.wafa.database.transaction() as session:
        assert request_collections(session, number(world, shop), "test", world.clock())
    world.work()


def version(world: World, shop: Any) -> int:
    with world.wafa.database.reading() as session:
        return int(get_shop(session, number(world, shop)).facts_version)


def test_they_are_there_once_the_orders_are(world: World, shop: Any) -> None:
    world.install(shop)
    world.work()
    assert stored(world) == true(shop)
    assert sorted(len(products) for _, products in stored(world).values())[-1] == 60
    with world.wafa.database.reading() as session:
        listed = collections_of(session, number(world, shop))
        assert broken(session, number(world, shop), world.clock(), world.wafa.config.lookup_key) == []
    assert Listed(next(iter(shop.collections.all)), "عود", 3) in listed
    assert ("Nothing yet", 0) in {(one.title, one.products) for one in listed}


def test_a_night_finds_what_changed_and_a_reading_without_news_says_nothing(world: World, shop: Any) -> None:
    world.install(shop)
    world.work()
    first, second, third, *_ = shop.collections.all
    goods = list(shop.products.values())
    shop.collections.change(first, "العود", goods[1:5])
    shop.collections.change(third, products=goods[10:])
    shop.collections.delete(second)
    shop.collections.add("New", goods[:1])
    before = version(world, shop)
    night(world)
    assert stored(world) == true(shop)
    assert version(world, shop) > before, "whoever looks at collections must look again"
    before = version(world, shop)
    read(world, shop)
    assert version(world, shop) == before


def test_it_goes_on_after_being_killed_between_any_two_steps(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in {"AT_ONCE": 2, "PRODUCTS_AT_ONCE": 1, "PRODUCTS_ALONE": 7}.items():
        monkeypatch.setattr(read_collections, name, few)
    world.install(shop)
    world.work()
    goods = list(shop.products.values())
    shop.collections.change(next(iter(shop.collections.all)), products=goods[5:40])
    mine, steps, killed = number(world, shop), dict(world.wafa.steps), 0
    with world.wafa.database.transaction() as session:
        request_collections(session, mine, "test", world.clock())
    real = steps[COLLECTIONS]

    def dying(task: Any, now: Instant) -> Any:
        nonlocal killed
        outcome = real(task, now)
        killed += 1
        if killed % 2:
            raise ConnectionError
        return outcome

    while task_state(world, mine) != "done":
        with world.wafa.database.reading() as session:
            ready = due(session, world.clock())
        for each, task_id in ready:
            run_step(world.wafa.database, {**steps, COLLECTIONS: dying}, each, task_id, "test", world.clock())
        world.clock.forward(61)
    assert killed > 20
    assert stored(world) == true(shop)


def test_who_was_asked_long_ago_and_is_not_the_task_any_more_writes_nothing(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.install(shop)
    world.work()
    first, *_ = shop.collections.all
    goods = list(shop.products.values())
    shop.collections.change(first, products=goods[:1])
    real, hung = AdminApi.run, list[str]()

    def slow(*asked: Any, **about: Any) -> Any:
        answer = real(*asked, **about)
        if not hung:
            hung.append(asked[2])
            world.clock.forward(3600)
            shop.collections.change(first, products=goods[5:9])
            world.work()
            assert stored(world) == true(shop)
        return answer

    monkeypatch.setattr(AdminApi, "run", slow)
    with world.wafa.database.transaction() as session:
        assert request_collections(session, number(world, shop), "test", world.clock())
    world.work()
    assert hung == ["collections"]
    assert stored(world) == true(shop)


def task_state(world: World, shop: ShopId) -> str:
    with world.wafa.database.reading() as session:
        task = latest(session, shop, COLLECTIONS)
        assert task is not None
        return task.state


def test_no_more_are_read_than_can_be_chosen_from_and_what_is_left_out_is_known(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_collections, "MOST", 11)
    monkeypatch.setattr(read_collections, "MOST_PRODUCTS", 25)
    world.install(shop)
    world.work()
    kept = stored(world)
    assert kept == {
        number: (title, set(sorted(products)[:25])) for number, (title, products) in [*true(shop).items()][:11]
    }
    with world.wafa.database.reading() as session:
        reading = reading_of(session, number(world, shop))
        assert reading is not None
        assert (reading.left_out, reading.cut_short) == (4, 1)


def test_one_that_is_deleted_while_it_is_read_is_not_kept(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = stocked(small_world)
    small_world.install(shop)
    small_world.work()
    large, real = [*shop.collections.all][2], AdminApi.run

    def run(api: AdminApi, of: Any, name: str, **asked: Any) -> Answer:
        if name == "collection_products":
            shop.collections.all.pop(large, None)
        return real(api, of, name, **asked)

    monkeypatch.setattr(AdminApi, "run", run)
    read(small_world, shop)
    assert large not in stored(small_world)
    assert stored(small_world) == true(shop)


def test_without_the_permission_nothing_is_asked_and_what_was_read_stays(small_world: World) -> None:
    shop = stocked(small_world)
    small_world.install(shop)
    small_world.work()
    small_world.clock.forward(60)
    shop.set_scopes([one for one in small_world.store.scopes if one != "read_products"])
    small_world.work()
    with small_world.wafa.database.transaction() as session:
        assert request_collections(session, number(small_world, shop), "test", small_world.clock()) is None
    night(small_world)
    assert stored(small_world) == true(shop)


def test_two_shops_keep_their_own(small_world: World) -> None:
    first, other = stocked(small_world), small_world.store.add_shop("bob.myshopify.com", currency="KWD")
    other.collections.add("Bob's", [other.add_product("Tea", "1.000")])
    for shop in (first, other):
        small_world.install(shop)
    small_world.work()
    assert stored(small_world) == true(first) | true(other)
    other.collections.delete(next(iter(other.collections.all)))
    read(small_world, other)
    assert stored(small_world) == true(first)
