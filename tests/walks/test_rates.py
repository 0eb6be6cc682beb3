"""Some products and seasons earn more, or nothing: typed, seen, switched on, earned, given back, taken out."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devstore.checkout.cart import Buyer, Cart, Goods
from shopify_app.admin_api.client import AdminApi
from shopify_app.invariants.promises import broken
from shopify_app.products.asking import request_collections
from shopify_app.shops.queries import find_shop
from tests.small_shop import address, page, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_points import SIMPLE, points, switch_on
from tests.world import World


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


@pytest.fixture
def person(world: World, shop: Any) -> int:
    return by_orders(shop, 2)[0]


def add(world: World, shop: Any, **typed: Any) -> Any:
    return post(world, shop, "/loyalty/rates/add", typed)


def rates(world: World, shop: Any) -> Any:
    return world.json(shop, address("/loyalty/rates"))["rates"]


def buy(world: World, shop: Any, customer: int, *goods: Any) -> Any:
    world.clock.forward(60)
    cart = Cart(tuple(Goods(one, 1) for one in goods), ())
    order = shop.checkout.place(cart, Buyer(shop.customers[customer], signed_in=True))
    world.clock.forward(60)
    world.work()
    return order


def read(world: World) -> None:
    """Collections, by request."""
    with world.wafa.database.transaction() as session:
        request_collections(session, find_shop(session, "alice.myshopify.com").id, "test", world.clock())
    world.work()


def give_back(world: World, shop: Any, order: Any, line: int) -> None:
    world.clock.forward(60)
    shop.refund(order.id, lines={order.lines[line].id: 1})
    world.work()


def proven(world: World) -> None:
    with world.wafa.database.reading() as session:
        shop = find_shop(session, "alice.myshopify.com").id
        assert broken(session, shop, world.clock(), world.wafa.config.lookup_key) == []


def test_products_earn_what_their_collection_says_and_give_back_what_they_gave(
    world: World, shop: Any, person: int
) -> None:
    oud, musk, box = (shop.add_product(name, "10.000") for name in ("Oud", "Musk", "Box"))
    perfumes = shop.collections.add("Perfumes", [oud])
    boxes = shop.collections.add("Boxes", [box])
    switch_on(world, shop)
    world.clock.forward(86_400)
    read(world)
    text = page(world, shop, f"/loyalty/rates?what=collections&season=always&times=2&of={perfumes.id}")
    assert "What stands in Perfumes: twice the points." in text
    assert add(world, shop, what="collections", season="always", times="2", of=str(perfumes.id)).status_code == 200
    assert add(world, shop, what="collections", season="always", times="0", of=[str(boxes.id)]).status_code == 200
    world.work()
    assert [one["percent"] for one in rates(world, shop)] == [200, 0]
    order = buy(world, shop, person, oud, musk, box)
    bought = page(world, shop, f"/loyalty/rates?what=collections&season=always&times=0&of={perfumes.id}")
    assert (
        "In the last 12 months 1 customer bought this, for KWD 10.000: all year, that would be 100 points fewer"
        in bought
    )
    bought = page(world, shop, f"/loyalty/rates?what=products&season=ramadan&times=2.5&of={musk.id}&of={box.id}")
    assert "In Ramadan, on Musk, Box: 2.5 times the points." in bought
    assert "for KWD 20.000: all year, that would be 300 points more." in bought
    assert points(world, shop, person)["pending"] == 200 + 100 + 0
    give_back(world, shop, order, 2)
    assert points(world, shop, person)["pending"] == 300, "what earned nothing takes nothing with it"
    give_back(world, shop, order, 0)
    assert points(world, shop, person)["pending"] == 100
    give_back(world, shop, order, 1)
    assert points(world, shop, person)["pending"] == 0
    proven(world)


def test_a_product_that_leaves_its_collection_changes_no_earlier_order(world: World, shop: Any, person: int) -> None:
    oud = shop.add_product("Oud", "10.000")
    perfumes = shop.collections.add("Perfumes", [oud])
    switch_on(world, shop)
    read(world)
    add(world, shop, what="collections", season="always", times="3", of=[str(perfumes.id)])
    world.work()
    order = buy(world, shop, person, oud, oud)
    assert points(world, shop, person)["pending"] == 600
    shop.collections.change(perfumes.id, products=[])
    world.clock.forward(60)
    read(world)
    later = buy(world, shop, person, oud)
    assert points(world, shop, person)["pending"] == 600 + 100
    give_back(world, shop, order, 0)
    give_back(world, shop, later, 0)
    assert points(world, shop, person)["pending"] == 300, "what is left of it earns as it did"
    proven(world)


@pytest.mark.parametrize("ahead", [0, 30], ids=["clocks agree", "Shopify's clock is ahead"])
def test_an_order_that_comes_while_collections_are_read_keeps_what_it_earned(
    world: World, shop: Any, person: int, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    oud = shop.add_product("Oud", "10.000")
    perfumes = shop.collections.add("Perfumes")
    switch_on(world, shop)
    read(world)
    add(world, shop, what="collections", season="always", times="3", of=[str(perfumes.id)])
    world.work()
    shop.collections.change(perfumes.id, products=[oud])
    real, orders = AdminApi.run, list[Any]()

    def slow(*asked: Any, **about: Any) -> Any:
        answer = real(*asked, **about)
        if asked[2] == "collections" and not orders:
            world.clock.forward(60)
            lines, at = [{"price": "10.000", "product_id": oud.id}] * 2, world.clock() + timedelta(seconds=ahead)
            orders.append(shop.place_order(person, lines, at=at))
            world.clock.forward(1)
            assert world.store.deliver_due()
            assert world.wafa.drain.sweep()
        return answer

    monkeypatch.setattr(AdminApi, "run", slow)
    read(world)
    assert points(world, shop, person)["pending"] == 200, "nobody knew yet where it stands"
    give_back(world, shop, orders[0], 0)
    assert points(world, shop, person)["pending"] == 100, "and whatever is told of it later changes nothing of that"
    buy(world, shop, person, oud)
    assert points(world, shop, person)["pending"] == 100 + 300
    proven(world)


def test_a_season_is_shown_in_both_calendars_and_earns_until_it_is_taken_out(
    world: World, shop: Any, person: int
) -> None:
    switch_on(world, shop)
    today = world.clock().astimezone(ZoneInfo("Asia/Kuwait")).date().isoformat()
    text = page(world, shop, f"/loyalty/rates?what=all&season=days&times=1.5&first={today}&last={today}")
    assert "1.5 times the points." in text
    assert "1448" in text or "1447" in text
    text = page(world, shop, "/loyalty/rates?what=all&season=ramadan&times=2", "ar")
    assert "في رمضان: ضعف النقاط." in text
    assert "In Ramadan: twice the points." in page(world, shop, "/loyalty/rates?what=all&season=ramadan&times=2")
    for typed in (
        {"season": "ramadan", "times": "2"},
        {"season": "days", "times": "1.5", "first": today, "last": today},
    ):
        for _ in range(2):
            assert add(world, shop, what="all", **typed).status_code == 200
    ramadan, now = rates(world, shop)
    assert (ramadan["percent"], now["percent"], now["zone"]) == (200, 150, "Asia/Kuwait")
    said = page(world, shop, "/loyalty")
    assert "In Ramadan: twice the points." in said, "the terms say so"
    told = world.json(shop, address("/loyalty"))["version"]["rule"]["rates"]
    assert [one["when"]["type"] for one in told] == ["moon", "days"]
    listed = page(world, shop, "/loyalty/rates")
    assert "Coming" in listed
    assert "1.5 times the points" in listed
    buy(world, shop, person, shop.add_product("Oud", "10.000"))
    assert points(world, shop, person)["pending"] == 150
    post(world, shop, "/loyalty/switch-on", SIMPLE | {"points": "20"})
    buy(world, shop, person, shop.add_product("Musk", "10.000"))
    assert points(world, shop, person)["pending"] == 150 + 300, "another programme keeps them"
    assert post(world, shop, "/loyalty/rates/take-out", {"rate": now["id"]}).status_code == 200
    buy(world, shop, person, shop.add_product("Amber", "10.000"))
    assert points(world, shop, person)["pending"] == 150 + 300 + 200
    proven(world)


def test_a_season_that_is_over_is_told_to_nobody_but_the_merchant(world: World, shop: Any) -> None:
    switch_on(world, shop)
    today = world.clock().astimezone(ZoneInfo("Asia/Kuwait")).date().isoformat()
    assert add(world, shop, what="all", season="days", times="1.5", first=today, last=today).status_code == 200
    first = world.open(shop, address("/loyalty"))
    assert "1.5 times the points" in first.text
    world.clock.forward(86_400)
    later = world.open(shop, address("/loyalty"), **{"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    terms = later.text.partition("data-terms")[2].partition("</s-unordered-list>")[0]
    assert "You earn" in terms
    assert "1.5 times the points" not in terms
    listed = page(world, shop, "/loyalty/rates")
    assert "1.5 times the points" in listed
    assert "Over" in listed
    proven(world)


@pytest.mark.parametrize(
    "typed",
    [
        {"what": "all", "season": "always", "times": "2"},
        {"what": "all", "season": "ramadan", "times": "1"},
        {"what": "all", "season": "ramadan", "times": "10.01"},
        {"what": "all", "season": "ramadan", "times": "²"},
        {"what": "all", "season": "ramadan", "times": "1" * 400},
        {"what": "all", "season": "ramadan"},
        {"what": "all", "season": "days", "times": "2", "first": "2026-02-30", "last": "2026-03-01"},
        {"what": "all", "season": "days", "times": "2", "first": "2026-03-02", "last": "2026-03-01"},
        {"what": "all", "season": "moon", "times": "2", "first_day": "31", "first_month": "1"},
        {"what": "products", "season": "always", "times": "2", "of": "²"},
        {"what": "products", "season": "always", "times": "2", "of": {"a": 1}},
        {"what": "collections", "season": "always", "times": "2", "of": [1, 2]},
        {"what": ["all"], "season": "gold", "times": 2},
        {},
    ],
)
def test_what_cannot_be_is_not_added(world: World, shop: Any, typed: dict[str, Any]) -> None:
    switch_on(world, shop)
    assert add(world, shop, **typed).status_code == 400
    assert rates(world, shop) == []
    asked = "&".join(f"{name}={value}" for name, value in typed.items())
    assert world.open(shop, address(f"/loyalty/rates?{asked}")).status_code in (200, 400)


def test_points_are_never_worth_more_than_what_earned_them(world: World, shop: Any) -> None:
    switch_on(world, shop, reward="10.000")
    assert add(world, shop, what="all", season="ramadan", times="5").status_code == 400
    assert add(world, shop, what="all", season="ramadan", times="4").status_code == 200
    assert post(world, shop, "/loyalty/switch-on", SIMPLE | {"reward": "13.000"}).status_code == 400
    assert len(rates(world, shop)) == 1


def test_without_a_programme_nothing_earns_more(world: World, shop: Any) -> None:
    assert add(world, shop, what="all", season="ramadan", times="2").status_code == 400
    assert "There is no programme yet" in page(world, shop, "/loyalty/rates")


def test_what_it_would_have_cost_is_asked_before_it_is_switched_on(world: World, shop: Any) -> None:
    switch_on(world, shop)
    # All orders of the shop's year are of the last hundred days.
    first, last = (world.clock().date() + timedelta(days=one) for one in (-200, 1))
    typed = {"what": "all", "season": "days", "times": "2", "first": first.isoformat(), "last": last.isoformat()}
    assert post(world, shop, "/loyalty/rates/work-out", typed).status_code == 200
    world.work()
    costs = world.json(shop, address("/loyalty/cost"))["found"]
    assert costs["rules"]["typed"]["rates"][0]["percent"] == 200
    # Two who bought for 10 and 20, three for 5; the guest has no points.
    given = {one["programme"]: one["points"] for one in costs["costs"]}
    assert {name: int(points) for name, points in given.items()} == {"holds": 750, "typed": 1500}
