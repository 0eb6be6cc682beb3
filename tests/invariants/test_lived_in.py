"""In a shop that is lived in, every promise holds after every single step of the work."""

from functools import partial
from itertools import islice

from sqlalchemy import select

from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.invariants.shops import gone_shops
from shopify_app.shops.model import Shop
from tests.invariants.planted import PLANTED, delivery, task
from tests.small_shop import add_shop


def proven(world, *, dear=True):
    with world.wafa.database.reading() as session:
        shops = [ShopId(shop) for shop in session.scalars(select(Shop.id))]
        for shop in (*shops, *gone_shops(session)):
            assert broken(session, shop, world.clock(), world.wafa.config.lookup_key, dear=dear) == []


def work(world, meanwhile=()):
    """Do all that waits, and look at the cheap promises after each step, at all of them at the end.

    `meanwhile` says what else happens, one thing before each round.
    """
    happening = iter(meanwhile)
    for _ in range(500):
        for happens in islice(happening, 1):
            happens()
        busy = 0
        for move in (world.store.deliver_due, world.wafa.drain.round, world.step_tasks):
            busy += move()
            proven(world, dear=False)
        if not busy:
            proven(world)
            return
    raise AssertionError("the work does not end")


def bought(shop, customer, amount="10.000"):
    return shop.place_order(customer, [{"price": amount, "quantity": 1}])


def test_every_promise_holds_in_a_shop_that_is_lived_in(world):
    shop = add_shop(world, repeaters=4, once=4)
    world.install(shop)
    work(world)
    noura, sara, maha = (shop.create_customer(name, "A", f"{name}@x.test", "ar").id for name in ("n", "s", "m"))
    orders = [bought(shop, customer) for customer in (noura, sara, maha, None, noura)]
    work(world)
    shop.refund(orders[0].id, amount="4.000")
    shop.cancel(orders[1].id)
    shop.delete_order(orders[3].id)
    work(world)
    # What was on its way when it was deleted.
    shop.tell(orders[3], "orders/updated")
    shop.merge_customers(noura, sara)
    bought(shop, noura)
    work(world)
    # Two states in one second: nobody can tell which came last.
    shop.cancel(bought(shop, None).id)
    work(world)
    # Bought, cancelled and deleted while everything is counted anew.
    shop.change(currency="SAR", timezone="Asia/Riyadh")
    buy = partial(bought, shop, maha, "12.00")
    work(world, [buy, partial(shop.cancel, orders[4].id), buy, partial(shop.delete_order, orders[0].id), buy, buy])
    shop.redact_customer(maha)
    shop.request_data(noura)
    work(world)
    world.clock.forward(2 * 24 * 3600)
    work(world)
    shop.uninstall()
    work(world)
    world.install(shop)
    world.clock.forward(60)
    shop.uninstall()
    work(world)
    shop.redact_shop()
    work(world)


def test_an_operator_can_have_it_proven(small_world):
    world = small_world
    world.install(add_shop(world, repeaters=1))
    world.work()
    printed = world.app.test_cli_runner().invoke(args=["prove"])
    assert printed.exit_code == 0
    lines = printed.output.splitlines()
    assert (lines[0], lines[-1]) == ("alice.myshopify.com", "broken 0")
    assert [line for line in lines[1:-1] if not line.startswith("  holds   ")] == []
    assert len(lines) == len(PLANTED) + 1 + 2
    with world.wafa.database.transaction() as session:
        delivery(state="parked")(session, None)
    printed = world.app.test_cli_runner().invoke(args=["prove", "--shop", "alice.myshopify.com"])
    assert printed.exit_code == 1
    assert "  BROKEN  a parked delivery says why\n          Delivery" in printed.output
    assert printed.output.endswith("broken 1\n")


def test_what_is_left_of_a_shop_that_is_gone_is_proven_too(small_world):
    world = small_world
    with world.wafa.database.transaction() as session:
        task()(session, 404)
    printed = world.app.test_cli_runner().invoke(args=["prove"])
    assert "shop 404, which is gone" in printed.output
    assert "task has rows of shop 404" in printed.output
    assert printed.exit_code == 1
