"""Returns of Shopify's: opened, processed, paid for. What comes back leaves the order when a return is processed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from devstore.orders import NewId, duties_back, edit_order
from devstore.records import Edit, Line, LinePart, Order, Refund, Return


def open_return(
    new_id: NewId, order: Order, taken_off: Mapping[int, int], exchange: Sequence[Line], at: datetime, fee: int = 0
) -> Return:
    """What is to come back, and what goes out instead; nothing of the order changes yet.

    Raises ValueError for pieces that are not there, or that another open return waits for.
    """
    if order.cancelled_at:
        raise ValueError(f"order {order.name} is cancelled: nothing of it can be returned")
    if not taken_off:
        raise ValueError("a return needs pieces that come back")
    if fee < 0:
        raise ValueError("a fee cannot be less than nothing")
    for line_id, quantity in taken_off.items():
        if not 0 < quantity <= _returnable(order, line_id):
            raise ValueError(f"order {order.name} has not {quantity} of line {line_id} left to return")
    name = f"{order.name}-R{len(order.returns) + 1}"
    found = Return(new_id("return"), name, at, dict(taken_off), list(exchange), fee)
    order.returns.append(found)
    return found


def _returnable(order: Order, line_id: int) -> int:
    """A tip is never sent, so it cannot come back."""
    left = sum(line.current_quantity for line in order.lines if line.id == line_id and not line.tip)
    return left - sum(one.taken_off.get(line_id, 0) for one in order.returns if one.status == "OPEN")


def cancel_return(order: Order, found: Return) -> None:
    """Call an open return off; ValueError for one that is not."""
    if found.status != "OPEN":
        raise ValueError(f"return {found.name} of order {order.name} is not open")
    found.cancelled = True


def process(new_id: NewId, order: Order, found: Return, at: datetime, rate: int) -> Edit:
    """The pieces are back, the others go out: from now on the order is without and with them.

    ValueError for a return that is not open, or whose pieces were refunded or taken off meanwhile.
    """
    if found.status != "OPEN" or order.cancelled_at:
        raise ValueError(f"return {found.name} of order {order.name} is not open")
    found.processed = edit_order(new_id, order, found.exchange, found.taken_off, at, rate, found)
    return found.processed


def refund_return(
    new_id: NewId, order: Order, found: Return, at: datetime, amount: int | None = None, *, duties: bool = False
) -> Refund:
    """The money for what came back: what is owed for it, with the duties on it if told, or another amount.

    What is more or less than owed is a discrepancy. Raises ValueError when the return is not processed, was paid
    for before, or there is not that much to give.
    """
    if found.processed is None or found.refunded:
        raise ValueError(f"return {found.name} of order {order.name} is not there to be refunded")
    owed, left = order.overpaid, order.received - order.refunded
    back = [part for part in found.processed.parts if part.quantity < 0]
    levied = sum(part.line.duty_of(-part.quantity) for part in back) if duties else 0
    paid = min(owed + levied, left) if amount is None else amount
    if not 0 < paid <= left:
        raise ValueError(f"order {order.name} has nothing, or less than that, left to refund")
    refund = Refund(new_id("refund"), at, [], paid, discrepancy=paid - owed - levied, of=found)
    refund.duties = duties_back(order, found.taken_off) if duties else []
    refund.returned = [
        LinePart(new_id("refund_line"), part.line, -part.quantity, -part.subtotal, -part.tax) for part in back
    ]
    found.refunded = True
    order.refunds.append(refund)
    return refund
