"""What points there must be in the end, worked out from the store's orders and what the merchant decided."""

import json
from collections import Counter
from datetime import datetime
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from devstore.store_credit.account import CREDIT, DEBIT
from tests.simulation.by_line import Stood, points_by_line
from tests.simulation.crash import Broken
from tests.simulation.occasions import occasions_like
from tests.simulation.truth import TrueOrder, is_opaque

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.observer import Observer

_VERSIONS = "SELECT since, rule FROM programme_version WHERE shop_id = ? ORDER BY since, number"
_ITEMISED = "SELECT refund_id FROM refund WHERE shop_id = ? AND lines IS NOT NULL"
"""Of the others no wire has said what went back of which line: that counts like an amount."""
_CAUSES = (
    "SELECT c.cause, c.points, c.booked, m.customer_id FROM points_cause c LEFT JOIN points_member m"
    " ON m.shop_id = c.shop_id AND m.account_id = c.account_id WHERE c.shop_id = ?"
)


def points_like(
    see: "Observer", shop: int, domain: str, orders: list[TrueOrder], buyers: dict[int, int | None], stood: Stood
) -> None:
    """Each order has given what it gives as it is now, to whoever it is of now; Broken where one has not."""
    versions = [(see.moment(since), json.loads(rule)) for since, rule in see.rows(_VERSIONS, shop)]
    told = {cause: (points, booked, whose) for cause, points, booked, whose in see.rows(_CAUSES, shop)}
    itemised = {refund for (refund,) in see.rows(_ITEMISED, shop)}
    for order in orders:
        points, booked, whose = told.pop(f"order/{order.order_id}", (0, 0, None))
        shown = buyers.get(order.customer) if order.customer is not None else None
        if (order.customer is None or is_opaque(shown)) and (points, booked) == (0, 0):
            # Of a guest, and of somebody who was forgotten before we heard of the order: nobody could have them.
            continue
        if (points, booked) != (true := _points(order, versions, stood, itemised), true):
            raise Broken(f"{domain}: order {order.order_id} gives {true} points; {points} are known, {booked} booked")
        if booked and whose != (None if is_opaque(shown) else shown):
            raise Broken(f"{domain}: the points of order {order.order_id} are {whose}'s instead of {shown}'s")
    _rewards_like(see, shop, domain, orders, told)
    _bonuses_like(domain, orders, versions, told)
    occasions_like(see, shop, domain, versions, told)
    _by_hand_like(see, shop, domain, told)
    _ends_like(domain, told)
    _gifts_like(see, shop, domain, told)
    _brought_like(see, shop, domain, told)
    if left := [cause for cause, (points, booked, _) in told.items() if points or booked]:
        raise Broken(f"{domain}: {left[0]} gives points, and the store has no such order")


def _points(
    order: TrueOrder, versions: list[tuple[datetime | None, dict[str, Any]]], stood: Stood, itemised: set[int]
) -> int:
    held = [rule for since, rule in versions if since is not None and since <= order.placed_at]
    if not held or not held[-1]["earning"] or held[-1]["currency"] != order.currency:
        return 0
    if _is_gone(order):
        return 0
    value, back = _value(order), _back(order)
    if value <= 0 or back >= value:
        return 0
    if held[-1]["rates"]:
        return points_by_line(order, held[-1], value, back, stood, itemised)
    whole = floor(Fraction(value * held[-1]["points"], held[-1]["per"])) + held[-1]["per_order"]
    whole = min(whole, held[-1]["most"] or whole)
    return whole - floor(Fraction(whole * max(back, 0), value))


_Told = dict[str, tuple[int, int, int | None]]


def _bonuses_like(
    domain: str, orders: list[TrueOrder], versions: list[tuple[datetime | None, dict[str, Any]]], told: _Told
) -> None:
    """A bonus is whole while anything is left of its order; which order it is of, tests/loyalty says."""
    living = {order.order_id: order for order in orders}
    for cause in [cause for cause in told if cause.startswith("nth/")]:
        _, nth, order_id = cause.split("/")
        points, booked, _ = told.pop(cause)
        order = living.get(int(order_id))
        held = [rule for since, rule in versions if order and since is not None and since <= order.placed_at]
        offered = 0 if not held else held[-1]["first_order"] if nth == "1" else held[-1]["nth_points"]
        stands = order is not None and not _is_gone(order) and _value(order) > max(0, _back(order))
        if (points, booked) != (true := offered if stands else 0, true):
            raise Broken(f"{domain}: the bonus {cause} is {true} points; {points} are known, {booked} booked")


_HANDS = "SELECT cause, points, undone_at FROM points_by_hand WHERE shop_id = ?"


def _by_hand_like(see: "Observer", shop: int, domain: str, told: _Told) -> None:
    reasons = {cause: (points, undone) for cause, points, undone in see.rows(_HANDS, shop)}
    for cause in [cause for cause in told if cause.startswith("hand/")]:
        _, booked, whose = told.pop(cause)
        if cause not in reasons:
            if whose is not None:
                raise Broken(f"{domain}: nobody knows why {cause} was done for {whose}")
            continue
        points, undone = reasons.pop(cause)
        if booked != (0 if undone else points):
            raise Broken(f"{domain}: {cause} is {points} points by hand (undone {undone}); {booked} are booked")
    if reasons:
        raise Broken(f"{domain}: {next(iter(reasons))} was written down and not booked")


def _ends_like(domain: str, told: _Told) -> None:
    for cause in [cause for cause in told if cause.startswith("end/")]:
        _, booked, _ = told.pop(cause)
        if booked > 0:
            raise Broken(f"{domain}: the end {cause} gives points")


_DELETED = "SELECT code FROM reward WHERE shop_id = ? AND state IN ('used', 'returned') AND due_at IS NULL"
_GIFTS = "SELECT gift_id, state, people, points, taken_back, most FROM opening_gift WHERE shop_id = ?"


def _gifts_like(see: "Observer", shop: int, domain: str, told: _Told) -> None:
    """What a gift says that it gave is what was booked of it, less what was taken back."""
    for gift, state, people, points, back, most in see.rows(_GIFTS, shop):
        lots = [told.pop(cause) for cause in [one for one in told if one.startswith(f"gift/{gift}/")]]
        if state in ("counting", "giving", "undoing"):
            raise Broken(f"{domain}: the gift {gift} is {state} in the end")
        booked = sum(each[1] for each in lots)
        if booked != (true := points - back if state in ("given", "undone") else 0):
            raise Broken(f"{domain}: {booked} points of the gift {gift} are booked, not {true} ({state})")
        if state in ("given", "undone") and (len(lots) != people or any(each[1] > most for each in lots)):
            raise Broken(f"{domain}: the gift {gift} was for {people}, and {len(lots)} have it")


_FILES = "SELECT file_id, state, people, points, taken_back FROM brought_file WHERE shop_id = ?"


def _brought_like(see: "Observer", shop: int, domain: str, told: _Told) -> None:
    """What a file of balances says that it gave is what was booked of it, less what was taken back."""
    for file, state, people, points, back in see.rows(_FILES, shop):
        lots = [told.pop(cause) for cause in [one for one in told if one.startswith(f"brought/{file}/")]]
        if state in ("checking", "giving", "undoing"):
            raise Broken(f"{domain}: the file {file} is {state} in the end")
        booked = sum(each[1] for each in lots)
        if (len(lots), booked) != (people, points - back):
            raise Broken(f"{domain}: {len(lots)} have {booked} points of the file {file}, not {people} {points - back}")


_REWARDS = "SELECT reward_id, state, points, code, order_id, kind FROM reward WHERE shop_id = ?"


def _rewards_like(
    see: "Observer", shop: int, domain: str, orders: list[TrueOrder], told: dict[str, tuple[int, int, int | None]]
) -> None:
    living = {order.order_id: order for order in orders}
    for reward, state, points, code, order_id, kind in see.rows(_REWARDS, shop):
        _, booked, _ = told.pop(f"reward/{reward}", (0, 0, None))
        used = {"refused": 0, "returned": 0}.get(state, points)
        if state == "used" and order_id is not None:
            used -= _returned(points, living.get(order_id), whole=kind == "product")
        if state == "asked":
            raise Broken(f"{domain}: nobody knows in the end whether there is a code for reward {reward}")
        if booked != -used:
            raise Broken(f"{domain}: {-booked} points are used by reward {reward} ({state}, {code}), not {used}")


def _returned(points: int, order: TrueOrder | None, *, whole: bool) -> int:
    """What comes back of a reward with its order, or of a free product with the whole order alone."""
    if order is None or _is_gone(order):
        return points
    if whole:
        return 0
    value, back = _value(order), _back(order)
    return points * min(max(back, 0), value) // value if value > 0 else 0


def _is_gone(order: TrueOrder) -> bool:
    return bool(order.test or order.cancelled_at or order.given_up or order.status in ("voided", "expired"))


def _value(order: TrueOrder) -> int:
    return order.gross - order.discounts + sum(added for _, added, _ in order.edits)


def _back(order: TrueOrder) -> int:
    return sum(net for _, _, net in order.refunds) + sum(removed for _, _, removed in order.edits)


def codes_like(see: "Observer", shop: int, life: "Life") -> None:
    """Each reward that has a code has one in the store, and no other has; Broken where that is not so."""
    told = {code: state for _, state, _, code, _, kind in see.rows(_REWARDS, shop) if kind != "credit"}
    there = {discount.code for discount in life.shop.discounts.all.values()}
    deleted = {code for (code,) in see.rows(_DELETED, shop)}
    if lacking := [code for code in told.keys() - deleted if told[code] in ("made", "used") and code not in there]:
        raise Broken(f"{life.shop.domain}: {lacking[0]} was given out, and the store knows of no such code")
    now, back = life.world.clock(), {code for code, state in told.items() if state == "returned"}
    if works := [
        one.code for one in life.shop.discounts.all.values() if one.code in back and one.status(now) == "ACTIVE"
    ]:
        raise Broken(f"{life.shop.domain}: {works[0]} can be used, and its points came back")
    for order in life.shop.orders.values():
        known = order.customer is not None and order.customer.id not in life.told.redacted
        if known and (twice := back & {code.upper() for code in order.labels.codes}):
            raise Broken(
                f"{life.shop.domain}: the points of {twice.pop()} came back, and order {order.id} was paid with it"
            )
    # What was made for rewards of before the shop was erased is the merchant's to keep.
    more = [code for code in there if told.get(code, "refused") == "refused"]
    if more and not life.told.erased:
        raise Broken(f"{life.shop.domain}: {more[0]} can be used, and nobody's points were taken for it")


_CREDITS = "SELECT state, amount, ends_at, discount_id FROM reward WHERE shop_id = ? AND kind = 'credit'"


def credits_like(see: "Observer", shop: int, life: "Life") -> None:
    """Each store credit that was paid is in the store once, and no other; Broken where that is not so."""
    moves = [one for account in life.shop.credit.all() for one in account.entries if one.event == "ADJUSTMENT"]
    there = Counter((one.expires_at, one.amount) for one in moves if one.kind == CREDIT)
    told, sure = Counter[tuple[object, int]](), Counter[tuple[object, int]]()
    rows = see.rows(_CREDITS, shop)
    for state, amount, ends_at, paid in rows:
        told[see.moment(ends_at), amount] += state not in ("asked", "refused")
        # Of who was forgotten meanwhile nobody asks whether it was paid.
        sure[see.moment(ends_at), amount] += paid is not None
    if lacking := sure - there:
        raise Broken(f"{life.shop.domain}: store credit {next(iter(lacking))} was paid, and the store has none")
    if (more := there - told) and not life.told.erased:
        raise Broken(f"{life.shop.domain}: store credit {next(iter(more))} was paid, and nobody's points were taken")
    taken = sum(one.kind == DEBIT for one in moves)
    back = sum(state == "returned" for state, *_ in rows)
    if not life.told.erased and (taken > back or (taken < back and not life.told.redacted)):
        raise Broken(f"{life.shop.domain}: {taken} store credits were taken out, and the points of {back} came back")


_HEADS = (
    "SELECT m.customer_id, a.available, a.pending FROM points_member m JOIN points_account a"
    " ON a.shop_id = m.shop_id AND a.account_id = m.account_id WHERE m.shop_id = ?"
)


def shown_like(see: "Observer", shop: int, life: "Life") -> None:
    """Each customer with points has them in the store, too; Broken where the store shows something else."""
    for customer, available, pending in see.rows(_HEADS, shop):
        if customer not in life.shop.customers:
            continue
        written = life.shop.customers[customer].metafields.items()
        held = {key: one.value for (namespace, key), one in written if namespace != "facts"}
        if held != {"points": str(available), "points_pending": str(pending)}:
            raise Broken(f"{life.shop.domain}: customer {customer} has {available}, {pending}; the store shows {held}")
