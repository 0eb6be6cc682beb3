"""A shop in which a few people have bought, and what is asked of it."""

from datetime import timedelta
from typing import Any

from tests.small_shop import add_shop, address
from tests.world import World

LINES: list[Any] = [{"price": "10.000", "quantity": 1}]


def bought(world: World) -> Any:
    """Two people who bought twice, three who bought once, and a guest."""
    made = add_shop(world, repeaters=2, once=3)
    made.place_order(None, LINES, at=world.clock() - timedelta(days=3))
    world.install(made)
    world.work()
    return made


def listed(world: World, shop: Any, query: str = "") -> Any:
    return world.json(shop, address(f"/customers{query}"))


def numbers(told: Any) -> list[int]:
    return [int(one["customer_id"]) for one in told["customers"]]


def by_orders(shop: Any, orders: int) -> list[int]:
    return sorted(one.id for one in shop.customers.values() if len(one.orders) == orders)
