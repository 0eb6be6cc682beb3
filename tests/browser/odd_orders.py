"""A shop whose orders did not stay what they were: refunded, edited, called off, and of people who are forgotten."""

from datetime import timedelta
from typing import Any

from devstore.shop import Shop
from shopify_app.jobs.nightly import request_work
from tests.world import World

DAYS = 45
"""Of its life, before the day on which the pages are looked at."""
NOVEMBER = "window=2026-11-01..2026-11-30"
NET = f"/reports/numbers/net_revenue?{NOVEMBER}"
PAGES = {
    "behind": "/reports/numbers/net_revenue?window=all&basis=shopify",
    "then": f"{NET}&as_of=2026-11-12&seen=then",
    "since": f"{NET}&as_of=2026-11-12&seen=now",
    "unchanged": "/reports/numbers/orders?window=all&as_of=2026-11-20",
    "stored": "/reports/numbers/net_revenue?report=2026-10",
    "months": "/reports/numbers?window=all",
    "stored-months": "/reports/numbers?report=2026-10",
    "nowhere": "/reports/orders/999",
}

"""What the whole shop shows."""
TELLING = ("behind", "then", "stored", "months", "nowhere", "order-foreign", "order-refunded-twice", "order-deleted")
TELLING += ("order-edited-and-refunded", "order-redacted", "order-merged", "order-asked", "order-returned")
"""The pages with something on them that no other has."""


def lived(world: World, shop: Shop) -> dict[str, str]:
    """Let the shop live until today; the addresses to look at, by name. Leaves one edit that is being asked about."""
    today = world.clock()
    world.clock.forward(-DAYS * 24 * 3600)
    people = [shop.create_customer(name, "", f"{name}@x.test").id for name in ("noura", "sara", "layla", "amal")]
    orders = {"foreign": _sold_in_dollars(world, shop, people[0])}
    orders |= _october(shop, people)
    _nights(world, 35)
    _november(shop, people, orders)
    world.work()
    _nights(world, 7)
    shop.redact_customer(people[2])
    shop.merge_customers(people[0], people[3])
    world.work()
    world.clock.forward((today - world.clock()).total_seconds())
    orders["asked"] = _edited_a_moment_ago(world, shop)
    return PAGES | {f"order-{name}": f"/reports/orders/{number}" for name, number in orders.items()}


def _sold_in_dollars(world: World, shop: Shop, customer: int) -> int:
    with shop.history():
        order = shop.place_order(customer, [{"price": "45.50"}], at=world.clock() - timedelta(days=20))
        shop.refund(order.id, amount="5.25", at=world.clock() - timedelta(days=18))
    world.install(shop)
    world.work()
    _nights(world, 1)
    shop.change(currency="KWD")
    world.work()
    return order.id


def _october(shop: Shop, people: list[int]) -> dict[str, int]:
    noura, sara, layla, amal = people

    def sold(customer: int | None, price: str = "10.000", **how: Any) -> int:
        return shop.place_order(customer, [{"price": price, "quantity": 2, "title": "Oud"}], **how).id

    orders = {
        "refunded": sold(noura),
        "refunded-twice": sold(sara, "7.250", discount="1.500", shipping="2.000"),
        "edited": sold(noura, "12.500"),
        "edited-and-refunded": sold(amal, "8.000"),
        "redacted": sold(layla),
        "redacted-again": sold(layla, "3.000"),
        "merged": sold(amal, "4.500"),
        "cancelled": sold(sara),
        "deleted": sold(sara, "6.000"),
        "test": sold(None, "1.000", test=True),
        "gift-cards": shop.place_order(sara, [{"price": "25.000", "gift_card": True}]).id,
        "guest": sold(None, "5.125"),
        "unpaid": sold(None, "9.000", financial_status="pending"),
        "tip": sold(noura, "11.000", tip="1.500"),
        "free": sold(sara, "5.000", discount="10.000"),
        "returned": sold(noura, "10.000", shipping="1.500", duties="3.000", fee="0.500"),
    }
    shop.tax_rate, shop.taxes_included = 500, True
    orders["tax-included"] = sold(sara, "21.000")
    shop.tax_rate, shop.taxes_included = 0, False
    return orders


def _november(shop: Shop, people: list[int], orders: dict[str, int]) -> None:
    first = {name: shop.orders[number].lines[0].id for name, number in orders.items()}
    shop.refund(orders["refunded"], lines={first["refunded"]: 1})
    shop.refund(orders["refunded-twice"], amount="1.125")
    shop.refund(orders["refunded-twice"], shipping="2.000")
    shop.refund(orders["tax-included"], lines={first["tax-included"]: 1})
    shop.edit(orders["edited"], [{"price": "6.750"}], {first["edited"]: 1})
    shop.edit(orders["edited"], [{"price": "2.500"}])
    shop.edit(orders["edited-and-refunded"], [{"price": "9.000"}], {first["edited-and-refunded"]: 1})
    shop.refund(orders["edited-and-refunded"], amount="3.000")
    _came_back(shop, orders["returned"], first["returned"])
    shop.cancel(orders["cancelled"])
    shop.delete_order(orders["deleted"])
    shop.place_order(people[1], [{"price": "4.000"}])
    shop.place_order(people[2], [{"price": "2.000"}])


def _came_back(shop: Shop, order: int, line: int) -> None:
    """One piece for its money and its duty, the other for something else."""
    money = shop.returns.open(order, {line: 1})
    shop.returns.process(order, money.id)
    shop.returns.refund(order, money.id, duties=True)
    other = shop.returns.open(order, {line: 1}, [{"price": "12.250"}], "0.750")
    shop.returns.process(order, other.id)


def _edited_a_moment_ago(world: World, shop: Shop) -> int:
    """The webhooks are in; what the edit changed has not been asked yet."""
    order = shop.place_order(min(shop.customers), [{"price": "10.000"}])
    world.work()
    shop.edit(order.id, [{"price": "6.000"}])
    while world.store.deliver_due() + world.wafa.drain.sweep():
        pass
    return order.id


def _nights(world: World, count: int) -> None:
    for _ in range(count):
        world.clock.forward(24 * 3600)
        request_work(world.wafa.database, world.clock())
        world.work()
