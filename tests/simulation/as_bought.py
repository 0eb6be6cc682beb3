"""As which products lines were bought: the store itself forgets it with a product that is deleted."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.crash import Broken
from tests.simulation.truth import TrueOrder

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.observer import Observer

_KNOWN = "SELECT order_id, line_id, product_id FROM order_line WHERE shop_id = ?"


def named_lines(topic: str, body: bytes) -> set[int]:
    """The lines whose products a delivery names."""
    if topic not in ("orders/create", "orders/updated", "orders/cancelled"):
        return set()
    try:
        return {line["id"] for line in json.loads(body).get("line_items", ()) if line["product_id"] is not None}
    except ValueError:
        return set()


def as_bought(see: "Observer", shop: int, life: "Life", orders: list[TrueOrder]) -> list[TrueOrder]:
    """The orders with the products that the app must know; Broken where it knows another one, or lacks one.

    It may lack a product that was deleted before any word of the order came. Where the app was taken out at some time,
    words of before may have been nobody's.
    """
    known = {(order, line): product for order, line, product in see.rows(_KNOWN, shop)}
    heard = set() if life.told.left else life.world.post.named.get(life.shop.domain, set())
    return [_order_as_bought(life, order, known, heard) for order in orders]


def _order_as_bought(
    life: "Life", order: TrueOrder, known: dict[tuple[int, int], int | None], heard: set[int]
) -> TrueOrder:
    lines = []
    for line, product, paid in order.lines:
        there, true = known.get((order.order_id, line)), product or life.shelves.bought.get(line)
        lacks = there is None and product is None and line not in heard
        if there != true and not lacks:
            raise Broken(f"{life.shop.domain}: line {line} of order {order.order_id} is of {there} instead of {true}")
        lines.append((line, there, paid))
    return replace(order, lines=tuple(lines))
