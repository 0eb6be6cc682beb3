"""What points there must be in the end, worked out from the store's orders and what the merchant decided."""

import json
from datetime import datetime
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from tests.simulation.crash import Broken
from tests.simulation.truth import TrueOrder, is_opaque

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.observer import Observer

_VERSIONS = "SELECT since, rule FROM programme_version WHERE shop_id = ? ORDER BY since, number"
_CAUSES = (
    "SELECT c.cause, c.points, c.booked, m.customer_id FROM points_cause c LEFT JOIN points_member m"
    " ON m.shop_id = c.shop_id AND m.account_id = c.account_id WHERE c.shop_id = ?"
)


def points_like(
    see: "Observer", shop: int, domain: str, orders: list[TrueOrder], buyers: dict[int, int | None]
) -> None:
    """Each order has given what it gives as it is now, to whoever it is of now; Broken where one has not."""
    versions = [(see.moment(since), json.loads(rule)) for since, rule in see.rows(_VERSIONS, shop)]
    told = {cause: (points, booked, whose) for cause, points, booked, whose in see.rows(_CAUSES, shop)}
    for order in orders:
        points, booked, whose = told.pop(f"order/{order.order_id}", (0, 0, None))
        shown = buyers.get(order.customer) if order.customer is not None else None
        if (order.customer is None or is_opaque(shown)) and (points, booked) == (0, 0):
            # Of a guest, and of somebody who was forgotten before we heard of the order: nobody could have them.
            continue
        if (points, booked) != (true := _points(order, versions), true):
            raise Broken(f"{domain}: order {order.order_id} gives {true} points; {points} are known, {booked} booked")
        if booked and whose != (None if is_opaque(shown) else shown):
            raise Broken(f"{domain}: the points of order {order.order_id} are {whose}'s instead of {shown}'s")
    _rewards_like(see, shop, domain, orders, told)
    if left := [cause for cause, (points, booked, _) in told.items() if points or booked]:
        raise Broken(f"{domain}: {left[0]} gives points, and the store has no such order")


def _points(order: TrueOrder, versions: list[tuple[datetime | None, dict[str, Any]]]) -> int:
    held = [rule for since, rule in versions if since is not None and since <= order.placed_at]
    if not held or not held[-1]["earning"] or held[-1]["currency"] != order.currency:
        return 0
    if order.test or order.cancelled_at or order.given_up or order.status in ("voided", "expired"):
        return 0
    value, back = _value(order), _back(order)
    if value <= 0 or back >= value:
        return 0
    whole = floor(Fraction(value * held[-1]["points"], held[-1]["per"]))
    return whole - floor(Fraction(whole * max(back, 0), value))


_REWARDS = "SELECT reward_id, state, points, code, order_id FROM reward WHERE shop_id = ?"


def _rewards_like(
    see: "Observer", shop: int, domain: str, orders: list[TrueOrder], told: dict[str, tuple[int, int, int | None]]
) -> None:
    living = {order.order_id: order for order in orders}
    for reward, state, points, code, order_id in see.rows(_REWARDS, shop):
        _, booked, _ = told.pop(f"reward/{reward}", (0, 0, None))
        used = {"refused": 0, "used": points - _returned(points, living.get(order_id))}.get(state, points)
        if state == "asked":
            raise Broken(f"{domain}: nobody knows in the end whether there is a code for reward {reward}")
        if booked != -used:
            raise Broken(f"{domain}: {-booked} points are used by reward {reward} ({state}, {code}), not {used}")


def _returned(points: int, order: TrueOrder | None) -> int:
    if order is None or order.cancelled_at or order.given_up or order.test or order.status in ("voided", "expired"):
        return points
    value, back = _value(order), _back(order)
    return points * min(max(back, 0), value) // value if value > 0 else 0


def _value(order: TrueOrder) -> int:
    return order.gross - order.discounts + sum(added for _, added, _ in order.edits)


def _back(order: TrueOrder) -> int:
    return sum(net for _, _, net in order.refunds) + sum(removed for _, _, removed in order.edits)


def codes_like(see: "Observer", shop: int, life: "Life") -> None:
    """Each reward that has a code has one in the store, and no other has; Broken where that is not so."""
    told = {code: state for _, state, _, code, _ in see.rows(_REWARDS, shop)}
    there = {discount.code for discount in life.shop.discounts.all.values()}
    if lacking := [code for code, state in told.items() if state in ("made", "used") and code not in there]:
        raise Broken(f"{life.shop.domain}: {lacking[0]} was given out, and the store knows of no such code")
    # What was made for rewards of before the shop was erased is the merchant's to keep.
    more = [code for code in there if told.get(code, "refused") == "refused"]
    if more and not life.told.erased:
        raise Broken(f"{life.shop.domain}: {more[0]} can be used, and nobody's points were taken for it")
