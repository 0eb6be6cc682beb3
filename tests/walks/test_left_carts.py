"""Messages > Left carts: whom a reminder would reach, and why not the others, on whatever the store did."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from shopify_app.checkouts.asking import READ_CHECKOUTS
from shopify_app.checkouts.queries import load_checkouts
from shopify_app.customers.contacts.model import ContactReading
from shopify_app.db.base import Session, ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs import read_checkouts
from shopify_app.jobs.nightly import request_work
from shopify_app.orders.facts import ASKED
from shopify_app.shops.queries import find_shop
from tests.small_shop import page
from tests.world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, config: Any, clock: Any, tmp_path: Any) -> World:
    return World(config, request.getfixturevalue(request.param), clock, tmp_path)


@pytest.fixture
def shop(world: World) -> Any:
    made = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    made.add_product("Oud", "12.500")
    made.add_product("Musk", "4.000")
    world.install(made)
    world.work()
    return made


def number(session: Session, shop: Any) -> ShopId:
    row = find_shop(session, shop.domain)
    assert row is not None
    return ShopId(row.id)


def leave(shop: Any, **said: Any) -> Any:
    return shop.begin_checkout({next(iter(shop.products)): 1}, **said)


def told(world: World, shop: Any, query: str = "") -> Any:
    return world.json(shop, f"/messages{query}")


def reasons(world: World, shop: Any) -> dict[str, int]:
    return {one["reason"]: one["carts"] for one in told(world, shop)["reach"] if one["carts"]}


def test_before_anybody_has_left_a_cart_the_page_says_what_comes_here(world: World, shop: Any) -> None:
    assert "No left carts" in page(world, shop, "/messages")
    assert told(world, shop)["carts"] == 0


def test_each_cart_has_the_first_reason_that_stays(world: World, shop: Any) -> None:
    """By hand: one agreed, one said nothing, one no, one is a stranger, one a phone alone, one has bought since."""
    agreed = shop.create_customer("Noura", "A", "noura@x.test")
    shop.consents.give(agreed.id, "email", "SUBSCRIBED")
    refused = shop.create_customer("Hamad", "A", "hamad@x.test")
    shop.consents.give(refused.id, "email", "UNSUBSCRIBED")
    silent = shop.create_customer("Salem", "A", "salem@x.test")
    buyer = shop.create_customer("Dana", "A", "dana@x.test")
    shop.consents.give(buyer.id, "email", "SUBSCRIBED")
    for each in (agreed, refused, silent, buyer):
        leave(shop, customer_id=each.id, email=each.email)
    leave(shop, email="new@x.test")
    leave(shop, phone="+96550001234")
    world.work()
    assert reasons(world, shop) == {}, "nobody has left before an hour has passed"
    world.clock.forward(3700)
    shop.place_order(buyer.id, [{"price": "4.000"}])
    world.work()
    assert reasons(world, shop) == {"may": 1, "never_asked": 1, "said_no": 1, "no_address": 2, "bought": 1}
    text = page(world, shop, "/messages")
    assert "In the last 30 days 6 carts were left at the checkout, worth KWD 75.000." in text
    assert "1 of them was left by somebody who agreed to your e-mails and has bought nothing since." in text
    mine = told(world, shop, "?reason=may")["list"]
    assert [one["customer_id"] for one in mine] == [str(agreed.id)]
    assert world.open(shop, "/messages?format=csv").text.count("\n") == 7


def test_whoever_the_same_phone_reaches_and_has_bought_counts(world: World, shop: Any) -> None:
    """One person with two accounts: the cart under one, the order under the other."""
    phone = "+96550001234"
    one = shop.create_customer("mona", "A", "mona@x.test")
    other = shop.create_customer("mona", "A", "mona@work.test", phone=phone)
    shop.consents.give(one.id, "email", "SUBSCRIBED")
    leave(shop, customer_id=one.id, email=one.email, phone=phone)
    world.work()
    world.clock.forward(3700)
    assert reasons(world, shop) == {"may": 1}
    shop.place_order(other.id, [{"price": "4.000"}])
    world.work()
    assert reasons(world, shop) == {"bought": 1}


def test_what_was_left_a_month_ago_is_not_told_any_more(world: World, shop: Any) -> None:
    leave(shop, email="new@x.test")
    world.work()
    world.clock.forward(timedelta(days=31).total_seconds())
    assert told(world, shop)["carts"] == 0


def test_one_shops_carts_are_not_anothers(world: World, shop: Any) -> None:
    other = world.store.add_shop("bob.myshopify.com", currency="USD", timezone="UTC")
    world.install(other)
    leave(shop, email="new@x.test")
    world.work()
    world.clock.forward(3700)
    assert told(world, shop)["carts"] == 1
    assert told(world, other)["carts"] == 0


@pytest.mark.parametrize("query", ["reason=nobody", "from=x", "from=-1", "from=٣"])
def test_an_address_that_nobody_was_given_is_refused(world: World, shop: Any, query: str) -> None:
    assert world.open(shop, f"/messages?{query}").status_code == 400


def test_carts_from_before_the_app_was_there_are_read_with_the_orders(world: World) -> None:
    """What Shopify lists of the last month: what was bought counts as bought, and nobody is taken for a stranger."""
    made = world.store.add_shop("carol.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    made.add_product("Oud", "12.500")
    buyer = made.create_customer("Noura", "A", "noura@x.test")
    made.consents.give(buyer.id, "email", "SUBSCRIBED")
    for days in (40, *range(1, 21)):
        leave(made, customer_id=buyer.id, email=f"guest{days}@x.test", at=world.clock() - timedelta(days=days))
    back = leave(made, email="dana@x.test", at=world.clock() - timedelta(days=2))
    made.complete_checkout(back.token, world.clock() - timedelta(days=1))
    world.install(made)
    world.work()
    listed = told(world, made)
    assert listed["carts"] == 1, "each was followed by the next, but for the last"
    assert reasons(world, made) == {"may": 1}
    with world.wafa.database.reading() as session:
        assert not [*broken(session, number(session, made), world.clock(), world.wafa.config.lookup_key, dear=True)]


def test_a_webhook_that_was_lost_is_made_up_for_at_night(world: World, shop: Any) -> None:
    leave(shop, email="dana@x.test")
    world.work()
    world.store.trouble.lose_next(shop.domain, "checkouts/create")
    lost = leave(shop, email="lost@x.test")
    world.clock.forward(86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert told(world, shop)["carts"] == 2
    with world.wafa.database.reading() as session:
        held = load_checkouts(session, number(session, shop), [lost.token])
    assert held[lost.token].version.source == ASKED


def test_a_purchase_that_nobody_told_of_is_known_after_the_night(world: World, shop: Any) -> None:
    left = leave(shop, email="dana@x.test")
    world.work()
    world.clock.forward(3700)
    for topic in ("orders/create", "orders/updated", "checkouts/update"):
        world.store.trouble.lose_next(shop.domain, topic)
    shop.complete_checkout(left.token)
    world.work()
    assert told(world, shop)["carts"] == 1
    world.clock.forward(86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    assert told(world, shop)["carts"] == 0


def test_while_it_is_not_known_who_agreed_the_page_says_so(world: World, shop: Any) -> None:
    leave(shop, email="dana@x.test")
    world.work()
    world.clock.forward(3700)
    assert told(world, shop)["unsure"] == []
    with world.wafa.database.transaction() as session:
        session.execute(update(ContactReading).values(read_until=None))
    assert "Wafa is still reading what your customers agreed to" in page(world, shop, "/messages")
    with world.wafa.database.transaction() as session:
        session.execute(update(ContactReading).values(withheld="email phone"))
    assert "nobody looks as if they may be written to" in page(world, shop, "/messages")


def test_before_everything_is_read_nobody_says_that_there_are_no_carts(world: World) -> None:
    made = world.store.add_shop("dora.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    world.install(made)
    assert "No left carts" not in page(world, made, "/messages")
    world.work()
    assert "No left carts" in page(world, made, "/messages")


@pytest.mark.parametrize("trouble", ["killed", "throttled", "expired"])
def test_the_reading_goes_on_whatever_happens(world: World, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies after each step, Shopify that asks to wait, a token that ends in between: nothing is lost."""
    monkeypatch.setattr(read_checkouts, "AT_ONCE", 2)
    made = world.store.add_shop("erin.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    made.add_product("Oud", "12.500")
    begun = {leave(made, email=f"g{n}@x.test", at=world.clock() - timedelta(days=n)).token for n in range(1, 8)}
    steps, bad = dict(world.wafa.steps), 0
    real = steps[READ_CHECKOUTS]

    def troubled(task: Any, now: Any) -> Any:
        nonlocal bad
        if trouble == "expired":
            world.clock.forward(3601)
        outcome = real(task, now)
        bad += 1
        if trouble == "killed" and bad % 2:
            raise RuntimeError("killed before it was written down")
        return outcome

    monkeypatch.setitem(world.wafa.steps, READ_CHECKOUTS, troubled)
    world.install(made)
    if trouble == "throttled":
        world.store.trouble.fail_next(made.domain, "throttled", 3)
    world.work()
    for _ in range(12):
        world.clock.forward(600)
        world.work()
    with world.wafa.database.reading() as session:
        assert load_checkouts(session, number(session, made), begun).keys() == begun
    assert bad >= 4
