"""What of an order was sent, and what is left to send: pure arithmetic on records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devstore.orders import NewId
    from devstore.records import Line, Order


@dataclass(slots=True)
class Fulfilment:
    """So many pieces by line that left together; called off, they are to be sent again."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    pieces: dict[int, int]
    cancelled: bool = False

    @property
    def status(self) -> str:
        """SUCCESS or CANCELLED."""
        return "CANCELLED" if self.cancelled else "SUCCESS"


def sent(order: "Order", line: "Line") -> int:
    """How many pieces of a line were sent."""
    return sum(one.pieces.get(line.id, 0) for one in order.fulfilments if not one.cancelled)


def left(order: "Order", line: "Line") -> int:
    """How many are still to be sent: what was taken off is taken off those first, and a tip is never sent."""
    return 0 if line.tip else max(0, line.current_quantity - sent(order, line))


def status(order: "Order") -> str:
    """UNFULFILLED, PARTIALLY_FULFILLED, FULFILLED; FULFILLMENT_NOT_REQUIRED where nothing was sent nor is to be."""
    gone, waiting = any(sent(order, line) for line in order.lines), any(left(order, line) for line in order.lines)
    if gone:
        return "PARTIALLY_FULFILLED" if waiting else "FULFILLED"
    return "UNFULFILLED" if waiting else "FULFILLMENT_NOT_REQUIRED"


STATUS_IN_WEBHOOKS = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}
"""Null for the others."""


def send(new_id: "NewId", order: "Order", pieces: Mapping[int, int] | None, at: datetime) -> Fulfilment:
    """Send so many pieces of each line, or all that are left; ValueError where there are not so many."""
    waiting = {line.id: left(order, line) for line in order.lines if left(order, line)}
    if order.cancelled_at or not waiting:
        raise ValueError(f"order {order.name} has nothing left to send")
    for line_id, quantity in (pieces or {}).items():
        if not 0 < quantity <= waiting.get(line_id, 0):
            raise ValueError(f"order {order.name} has not {quantity} of line {line_id} left to send")
    name = f"{order.name}.{len(order.fulfilments) + 1}"
    made = Fulfilment(new_id("fulfilment"), name, at, at, dict(pieces or waiting))
    order.fulfilments.append(made)
    return made


def send_at_once(new_id: "NewId", order: "Order") -> None:
    """What nobody has to pack: all that is sold at the till, and gift cards that were paid for."""
    paid = order.status == "paid"
    lines = (line for line in order.lines if order.source == "pos" or (line.gift_card and paid))
    pieces = {line.id: line.quantity for line in lines if not line.tip}
    if pieces:
        send(new_id, order, pieces, order.created_at)


def call_off(order: "Order", fulfilment_id: int, at: datetime) -> Fulfilment:
    """Its pieces have not left after all; KeyError for none of this order's, ValueError for one called off before."""
    found = next((one for one in order.fulfilments if one.id == fulfilment_id), None)
    if found is None:
        raise KeyError(fulfilment_id)
    if found.cancelled:
        raise ValueError(f"{found.name} of order {order.name} is called off already")
    found.cancelled, found.updated_at = True, at
    return found
