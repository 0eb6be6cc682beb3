"""A cart that gets as far as the checkout: heard of, left, come back to, bought; and nothing readable kept of whose."""

from typing import Any

import pytest
from sqlalchemy import select, text

from shopify_app.changes.rebuild import drift
from shopify_app.checkouts.abandoned import LEFT, OPEN, ORDERED, standing
from shopify_app.checkouts.model import Checkout
from shopify_app.checkouts.payload import sealed_as
from shopify_app.checkouts.queries import known_of, load_checkouts
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.privacy.keeping import let_go
from shopify_app.shops.queries import find_shop
from tests.world import World

ADDRESS = "noura@x.test"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, config: Any, clock: Any, tmp_path: Any) -> World:
    return World(config, request.getfixturevalue(request.param), clock, tmp_path)


@pytest.fixture
def shop(world: World) -> Any:
    made = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    made.add_product("Oud", "12.500")
    world.install(made)
    world.work()
    return made


def number(world: World, shop: Any) -> ShopId:
    with world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        assert row is not None
        return ShopId(row.id)


def begin(shop: Any, **said: Any) -> Any:
    return shop.begin_checkout({next(iter(shop.products)): 2}, **({"email": ADDRESS} | said))


def standings(world: World, shop: Any) -> dict[str, str]:
    mine, now = number(world, shop), world.clock()
    with world.wafa.database.reading() as session:
        tokens = session.scalars(select(Checkout.token).where(Checkout.shop_id == mine)).all()
        held = load_checkouts(session, mine, tokens)
        beside = known_of(session, mine, list(held.values()))
        assert drift(session, mine) == 0
        assert not [*broken(session, mine, now, world.wafa.config.lookup_key, dear=True)]
    return {token: standing(one, beside[token], now) for token, one in held.items()}


def test_who_leaves_has_left_after_an_hour_and_who_comes_back_and_buys_has_not(world: World, shop: Any) -> None:
    left, bought = begin(shop), begin(shop, email="dana@x.test")
    world.work()
    assert standings(world, shop) == {left.token: OPEN, bought.token: OPEN}
    world.clock.forward(3600)
    assert standings(world, shop) == {left.token: LEFT, bought.token: LEFT}
    shop.complete_checkout(bought.token)
    world.work()
    assert standings(world, shop) == {left.token: LEFT, bought.token: ORDERED}


def test_the_order_alone_says_so_before_the_checkout_does(world: World, shop: Any) -> None:
    """orders/create is there; checkouts/update is lost."""
    bought = begin(shop)
    world.work()
    world.clock.forward(3600)
    shop.complete_checkout(bought.token)
    before = len(world.store.deliveries)
    assert before
    world.work()
    with world.wafa.database.transaction() as session:
        session.execute(text("UPDATE checkout SET completed_at = NULL"))
    assert standings(world, shop) == {bought.token: ORDERED}


def test_a_cart_that_shopify_deletes_is_nobodys(world: World, shop: Any) -> None:
    left = begin(shop)
    world.work()
    shop.delete_checkout(left.token)
    world.work()
    world.clock.forward(7200)
    assert standings(world, shop) == {left.token: "deleted"}


def test_whose_it_is_and_how_to_come_back_to_it_can_be_read_with_the_shops_key_alone(world: World, shop: Any) -> None:
    left = begin(shop, phone="+96550001234", country="KW")
    world.work()
    mine = number(world, shop)
    with world.wafa.database.reading() as session:
        rows = session.execute(text("SELECT * FROM checkout")).all()
        assert ADDRESS not in str(rows)
        assert "50001234" not in str(rows)
        assert left.key not in str(rows)
        one = load_checkouts(session, mine, [left.token])[left.token]
        assert one.recovery is not None
        url = world.wafa.keys.open(session, mine, one.recovery, sealed_as(left.token)).decode()
    assert left.key in url
    assert [(line.quantity, line.total, line.title) for line in one.lines] == [(2, 25_000, "Oud")]
    assert (one.email_hash is not None, one.phone_hash is not None, one.country) == (True, True, "KW")


def test_two_who_become_one_have_both_their_carts(world: World, shop: Any) -> None:
    one, other = (shop.create_customer(name, "A", f"{name}@x.test") for name in ("mona", "huda"))
    for each in (one, other):
        begin(shop, customer_id=each.id, email=each.email)
        world.clock.forward(60)
    world.work()
    shop.merge_customers(one.id, other.id)
    world.work()
    with world.wafa.database.reading() as session:
        assert set(session.scalars(select(Checkout.customer_id))) <= {one.id, other.id}
        assert len(set(session.scalars(select(Checkout.customer_id)))) == 1
    assert sorted(standings(world, shop).values()) == ["followed", "open"]


def test_nothing_is_kept_of_a_cart_for_longer_than_pages_tell_of_it(world: World, shop: Any) -> None:
    left = begin(shop)
    world.work()
    world.clock.forward(91 * 86_400)
    fresh = begin(shop, email="dana@x.test")
    world.work()
    let_go(world.wafa.database, world.clock())
    assert [*standings(world, shop)] == [fresh.token]
    assert left.token not in standings(world, shop)
