"""Whose a cart is: what is told, forgotten and counted of it is of that person alone, whoever is reached alike."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shopify_app.changes.facts import CheckoutSeen, CustomersMerged
from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.checkouts.model import Checkout, OrderCheckout
from shopify_app.customers.contacts.contact import Reachable, hashed
from shopify_app.invariants.promises import broken
from shopify_app.jobs import read_checkouts
from shopify_app.jobs.nightly import request_work
from shopify_app.orders.facts import Version
from shopify_app.privacy.queries import held_of
from shopify_app.privacy.redact import apply_and_forget, redact_customer
from tests.factories import LOOKUP, instant, make_shop, order
from tests.walks.test_left_carts import leave, number, reasons, shop, told, world
from tests.world import World

__all__ = ["shop", "world"]
PHONE = "+96550001234"


def carts(world: World) -> list[int | None]:
    with world.wafa.database.reading() as session:
        return [*session.scalars(select(Checkout.customer_id))]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_merge_that_is_told_after_a_redaction_takes_the_carts_along(request: Any, name: str) -> None:
    database = request.getfixturevalue(name)
    mine, now = make_shop(database), instant("2026-01-02")
    seen = Version(instant("2026-01-01"), instant("2026-01-01"))
    cart = CheckoutFacts("a", seen, instant("2026-01-01"), "USD", 100, customer_id=5)
    came = order(1, 5, "2025-01-01", "10")

    def applied(*facts: Any) -> None:
        with database.transaction() as session:
            apply_and_forget(session, mine, facts, now, LOOKUP)

    applied(came, order(2, 9, "2025-01-02", "10"), CheckoutSeen(cart))
    with database.transaction() as session:
        session.add(OrderCheckout(shop_id=mine, order_id=1, checkout_token="a", cart_token=""))
        redact_customer(session, mine, 9, LOOKUP, now)
    applied(CustomersMerged(9, 5, now))
    with database.reading() as session:
        assert session.scalars(select(Checkout.token).where(Checkout.shop_id == mine)).all() == []
        assert session.scalars(select(OrderCheckout.order_id).where(OrderCheckout.shop_id == mine)).all() == []
        assert broken(session, mine, now, LOOKUP, dear=True) == []


def test_what_another_customer_typed_is_that_customers(world: World, shop: Any) -> None:
    """One has the phone, the other types it at a checkout of their own: no answer, and no erasure, of the first."""
    one = shop.create_customer("A", "A", "a@x.test", phone=PHONE)
    other = shop.create_customer("B", "B", "b@x.test")
    leave(shop, customer_id=other.id, email=other.email, phone=PHONE)
    world.work()
    with world.wafa.database.reading() as session:
        assert held_of(session, number(session, shop), [one.id])["checkouts"] == []
        assert len(held_of(session, number(session, shop), [other.id])["checkouts"]) == 1
    shop.redact_customer(one.id)
    world.work()
    assert carts(world) == [other.id]


def test_a_stranger_who_asks_by_address_alone_is_told_of_their_cart(world: World, shop: Any) -> None:
    leave(shop, email="guest@x.test")
    world.work()
    with world.wafa.database.reading() as session:
        mine = number(session, shop)
        reached = hashed(Reachable("guest@x.test", None), world.wafa.config.lookup_key, mine)
        assert len(held_of(session, mine, [], [], reached)["checkouts"]) == 1


def test_who_typed_the_address_of_somebody_who_said_no_is_not_written_to(world: World, shop: Any) -> None:
    yes, no = (shop.create_customer(name, "A", f"{name}@x.test") for name in ("noura", "hamad"))
    shop.consents.give(yes.id, "email", "SUBSCRIBED")
    shop.consents.give(no.id, "email", "UNSUBSCRIBED")
    leave(shop, customer_id=yes.id, email=no.email)
    world.work()
    world.clock.forward(3700)
    assert reasons(world, shop) == {"said_no": 1}


def test_the_page_says_the_same_by_day_and_by_night(world: World, shop: Any) -> None:
    agreed, bought = (shop.create_customer(name, "A", f"{name}@x.test") for name in ("noura", "dana"))
    for each in (agreed, bought):
        shop.consents.give(each.id, "email", "SUBSCRIBED")
    shop.place_order(bought.id, [{"price": "4.000"}])
    world.work()
    world.clock.forward(3600)
    for each in (agreed, bought):
        leave(shop, customer_id=each.id, email=each.email)
    world.work()
    for _ in range(15):
        world.clock.forward(5 * 3600)
        assert reasons(world, shop) == {"may": 1, "bought_lately": 1}
        assert [told(world, shop, f"?reason={one}")["list"] != [] for one in reasons(world, shop)] == [True, True]


def test_one_cart_that_nobody_can_read_keeps_none_of_the_others_back(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, odd = read_checkouts.read_node, set[str]()

    def unreadable(node: Any, *rest: Any) -> Any:
        odd.add(min([*odd, node["id"]]))
        money = {"shopMoney": {"amount": "12.50055", "currencyCode": "KWD"}}
        return real({**node, "totalPriceSet": money} if node["id"] == min(odd) else node, *rest)

    monkeypatch.setattr(read_checkouts, "read_node", unreadable)
    for hours in range(3):
        world.store.trouble.lose_next(shop.domain, "checkouts/create")
        leave(shop, email=f"g{hours}@x.test", at=world.clock() - timedelta(hours=3 - hours))
    world.work()
    assert carts(world) == []
    world.clock.forward(86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert len(carts(world)) == 2
