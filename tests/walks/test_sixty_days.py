"""A shop that shows us 60 days of orders, which is how every shop begins, beside one that shows us all of them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shopify_app.changes.rebuild import drift
from shopify_app.customers.model import CustomerHistory
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs.nightly import request_work
from shopify_app.shops.access import ALL_ORDERS
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import find_shop
from tests.small_shop import said
from tests.world import World

WINDOWS = ("30d", "2026-11-01..2026-11-21")
BASES = ("kept", "shopify")
ABOUT_PEOPLE = ("returning_rate", "returning_revenue_share", "repeat_rate", "customers", "orders", "net_revenue")


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, config: Any, clock: Any, tmp_path: Any) -> World:
    return World(config, request.getfixturevalue(request.param), clock, tmp_path)


def add(world: World, domain: str, *, limited: bool) -> Any:
    """People who have bought long ago, lately, both, or twice lately; installed, with or without all orders."""
    shop = world.store.add_shop(domain, currency="KWD", timezone="Asia/Kuwait")
    now = world.clock()
    histories = {"veteran": (300, 200, 10), "sleeper": (300,), "newcomer": (10,), "twice": (20, 5), "back": (90, 20)}
    with shop.history():
        for name, days in histories.items():
            person = shop.create_customer(name, "A", f"{name}@x.test", at=now - timedelta(days=max(days)))
            for ago in days:
                shop.place_order(person.id, [{"price": "10.000"}], at=now - timedelta(days=ago))
        shop.place_order(None, [{"price": "4.000"}], at=now - timedelta(days=7))
    shop.install([one for one in world.store.scopes if one != ALL_ORDERS] if limited else None)
    assert world.open(shop).status_code == 200
    world.work()
    return shop


def page(world: World, shop: Any, path: str) -> str:
    return said(world.open(shop, f"{path}?locale=en").text)


def person(shop: Any, name: str) -> int:
    return next(one.id for one in shop.customers.values() if one.first_name == name)


def buy(shop: Any, name: str, price: str = "7.000") -> Any:
    return shop.place_order(person(shop, name), [{"price": price}])


def figures(world: World, shop: Any, window: str, basis: str) -> dict[str, str]:
    told = world.json(shop, f"/reports/numbers?window={window}&basis={basis}")["metrics"]
    return {name: told[name]["value"] for name in ABOUT_PEOPLE}


def number(world: World, shop: Any) -> ShopId:
    with world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        assert row is not None
        return ShopId(row.id)


def earlier(world: World, shop: Any) -> dict[str, int]:
    mine = number(world, shop)
    names = {one.id: one.first_name for one in shop.customers.values()}
    with world.wafa.database.reading() as session:
        rows = session.scalars(select(CustomerHistory).where(CustomerHistory.shop_id == mine)).all()
        return {names[row.customer_id]: row.earlier for row in rows}


def check_alike(world: World, limited: Any, full: Any, windows: tuple[str, ...] = WINDOWS) -> None:
    for window in windows:
        for basis in BASES:
            assert figures(world, limited, window, basis) == figures(world, full, window, basis), (window, basis)
    for shop in (limited, full):
        mine = number(world, shop)
        with world.wafa.database.reading() as session:
            assert drift(session, mine) == 0
            assert not [*broken(session, mine, world.clock(), world.wafa.config.lookup_key, dear=True)]


def live(world: World, shop: Any) -> None:
    """People from before come back, new ones come; one order is refunded and one is put under another customer."""
    buy(shop, "sleeper")
    buy(shop, "veteran")
    shop.create_customer("fresh", "B", "fresh@x.test")
    first = buy(shop, "fresh", "9.000")
    world.work()
    buy(shop, "fresh")
    shop.refund(first.id, amount="2.000")
    world.work()


def test_who_comes_back_is_known_from_the_first_day(world: World) -> None:
    """By hand, 30 days: veteran, newcomer, twice and back bought; all but the newcomer had bought before: 3 of 4."""
    limited, full = (add(world, f"{name}.myshopify.com", limited=name == "limited") for name in ("limited", "full"))
    assert earlier(world, limited) == {"veteran": 2, "newcomer": 0, "twice": 0, "back": 1}
    assert not earlier(world, full)
    assert figures(world, limited, "30d", "kept")["returning_rate"] == "0.75"
    check_alike(world, limited, full)
    for shop in (limited, full):
        live(world, shop)
    assert earlier(world, limited) | {"sleeper": 1, "fresh": 0} == earlier(world, limited)
    check_alike(world, limited, full)


def test_a_permission_in_month_three_fills_the_past(world: World) -> None:
    """And what Shopify stopped showing meanwhile was never taken for deleted."""
    limited, full = (add(world, f"{name}.myshopify.com", limited=name == "limited") for name in ("limited", "full"))
    for _ in range(3):
        for shop in (limited, full):
            buy(shop, "newcomer")
        world.work()
        world.clock.forward(25 * 86_400)
        request_work(world.wafa.database, world.clock())
        world.work()
    check_alike(world, limited, full, ("30d",))
    limited.set_scopes(world.store.scopes)
    world.work()
    check_alike(world, limited, full, ("30d", "365d", "all"))
    assert not earlier(world, limited)


def test_two_people_who_become_one_keep_what_both_had_bought(world: World) -> None:
    limited, full = (add(world, f"{name}.myshopify.com", limited=name == "limited") for name in ("limited", "full"))
    for shop in (limited, full):
        shop.merge_customers(person(shop, "newcomer"), person(shop, "back"))
        world.work()
    # All orders that moved are told anew, also those that we could not see before.
    assert earlier(world, limited)["newcomer"] == 0
    check_alike(world, limited, full)


def test_an_order_that_gets_another_customer_takes_nothing_along(world: World) -> None:
    limited, full = (add(world, f"{name}.myshopify.com", limited=name == "limited") for name in ("limited", "full"))
    for shop in (limited, full):
        order = next(one for one in shop.orders.values() if one.customer and one.customer.first_name == "newcomer")
        old, new = order.customer, shop.customers[person(shop, "back")]
        old.orders.remove(order.id)
        order.customer = new
        new.orders.append(order.id)
        world.clock.forward(60)
        shop._touch(order, None)
        shop.tell(order, "orders/updated")
        world.work()
    assert earlier(world, limited)["back"] == 1
    check_alike(world, limited, full)


def test_the_night_mends_what_was_told_wrongly(world: World) -> None:
    """As an order that came while the import ran might have been: Shopify counted it, and we did not have it yet."""
    limited, full = (add(world, f"{name}.myshopify.com", limited=name == "limited") for name in ("limited", "full"))
    mine, newcomer = number(world, limited), person(limited, "newcomer")
    with world.wafa.database.transaction() as session:
        row = session.get(CustomerHistory, (mine, newcomer))
        assert row is not None
        row.earlier, row.told = 1, 2
        session.get_one(Shop, mine).behind = True
    world.clock.forward(60)
    for shop in (limited, full):
        shop.update_customer(person(shop, "newcomer"), last_name="Z")
    world.clock.forward(86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert earlier(world, limited)["newcomer"] == 0
    check_alike(world, limited, full)


def test_whoever_was_forgotten_still_counts_as_coming_back(world: World) -> None:
    limited, full = (add(world, f"{name}.myshopify.com", limited=name == "limited") for name in ("limited", "full"))
    gone = {shop.domain: person(shop, "veteran") for shop in (limited, full)}
    for shop in (limited, full):
        shop.redact_customer(gone[shop.domain])
    world.work()
    with world.wafa.database.reading() as session:
        rows = session.scalars(select(CustomerHistory.customer_id)).all()
    assert gone[limited.domain] not in rows
    check_alike(world, limited, full)


def test_the_page_says_since_when_it_knows_and_what_about_the_time_before(world: World) -> None:
    limited, full = (add(world, f"{name}.myshopify.com", limited=name == "limited") for name in ("limited", "full"))
    sentence = "Shopify lets Wafa read your orders since"
    assert sentence in world.open(limited, "/reports/numbers?locale=en").text
    assert "تسمح شوبيفاي لوفاء بقراءة طلباتك منذ" in world.open(limited, "/reports/numbers?locale=ar").text
    assert sentence not in world.open(full, "/reports/numbers?locale=en").text
    assert sentence in world.open(limited, "/?locale=en").text
    # Four of them had bought before; twice within 60 days did only one.
    assert "3 people had bought before." in page(world, limited, "/")
    assert "3 people have bought more than once." in page(world, full, "/")
    hidden = "This period cannot be seen in full"
    assert hidden in world.open(limited, "/reports/match?window=2026-08-01..2026-08-31&locale=en").text
    assert hidden not in world.open(limited, "/reports/match?window=2026-10-01..2026-10-31&locale=en").text
    assert hidden not in world.open(full, "/reports/match?window=2026-08-01..2026-08-31&locale=en").text


def test_a_merge_after_a_redaction_names_nobody_again(world: World) -> None:
    shop = add(world, "limited.myshopify.com", limited=True)
    kept, gone = person(shop, "newcomer"), person(shop, "veteran")
    shop.redact_customer(kept)
    world.work()
    world.clock.forward(10)
    shop.merge_customers(kept, gone)
    world.work()
    with world.wafa.database.reading() as session:
        assert not {kept, gone} & set(session.scalars(select(CustomerHistory.customer_id)))


def test_a_deletion_that_only_the_night_finds_leaves_the_earlier_orders(world: World) -> None:
    limited, full = (add(world, f"{name}.myshopify.com", limited=name == "limited") for name in ("limited", "full"))
    for shop in (limited, full):
        order = buy(shop, "back")
        world.work()
        world.clock.forward(600)
        send, world.store._send = world.store._send, lambda *_: 200
        shop.delete_order(order.id)
        world.store.deliver_due()
        world.store._send = send
        world.clock.forward(600)
        buy(shop, "back")
        world.work()
    for _ in range(2):
        world.clock.forward(86_400)
        request_work(world.wafa.database, world.clock())
        world.work()
    assert earlier(world, limited)["back"] == 1
    check_alike(world, limited, full, ("30d",))
