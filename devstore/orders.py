"""How an order is put together and how refunds change it: pure arithmetic on records."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from devstore.money import spread, to_minor
from devstore.pricing import Pricing
from devstore.records import Customer, Duty, DutyPart, Edit, Line, LinePart, Order, Refund, Return

NewId = Callable[[str], int]
STATUSES = frozenset({"paid", "pending", "authorized", "expired", "voided"})


class LineInput(TypedDict):
    """One line of an order to place; ``price`` is a decimal text in the shop's currency."""

    price: str
    quantity: NotRequired[int]
    title: NotRequired[str]
    gift_card: NotRequired[bool]
    product_id: NotRequired[int | None]


def build_lines(
    new_id: NewId, currency: str, inputs: Sequence[LineInput], discount: int, pricing: Pricing | None = None
) -> list[Line]:
    """Lines with the discount spread over them, or what ``pricing`` takes off each.

    Raises ValueError for impossible amounts or quantities.
    """
    if not inputs:
        raise ValueError("an order needs at least one line")
    lines = [_line(new_id, currency, given) for given in inputs]
    gross = sum(line.total for line in lines)
    if not 0 <= discount <= gross:
        raise ValueError("the discount must lie between nothing and the sum of the lines")
    shares = spread(discount, [line.total for line in lines])
    if pricing:
        shares = [sum(amount for _, amount in given) for given in pricing.lines]
    for line, share in zip(lines, shares, strict=True):
        line.discount = share
    return lines


def _line(new_id: NewId, currency: str, given: LineInput) -> Line:
    price, quantity = to_minor(str(given["price"]), currency), int(given.get("quantity", 1))
    if price < 0 or quantity < 1:
        raise ValueError("a line needs a price of zero or more and a quantity of one or more")
    title = given.get("title") or ("Gift card" if given.get("gift_card") else "Item")
    return Line(new_id("line"), title, price, quantity, 0, bool(given.get("gift_card")), given.get("product_id"))


def levy(lines: Sequence[Line], rate: int, *, included: bool) -> None:
    """Tax of so many basis points on all lines but gift cards, rounded to the nearest unit line by line."""
    base = 10_000 + rate if included else 10_000
    for line in lines:
        if not line.gift_card:
            line.tax_rate, line.tax = rate, (2 * line.discounted * rate + base) // (2 * base)


def charge_duties(new_id: NewId, lines: Sequence[Line], amount: int) -> None:
    """Import duties on all goods, each line's share by what was paid for it; ValueError for less than nothing."""
    if amount < 0:
        raise ValueError("duties cannot be less than nothing")
    goods = [line for line in lines if not line.gift_card]
    if not amount:
        return
    for line, share in zip(goods, spread(amount, [line.discounted for line in goods]), strict=True):
        line.duty = Duty(new_id("duty"), share) if share else None


def tip_lines(new_id: NewId, amount: int) -> list[Line]:
    """A tip, as the line of an order that Shopify makes of it; none for nothing."""
    if amount < 0:
        raise ValueError("a tip cannot be less than nothing")
    return [Line(new_id("line"), "Tip", amount, 1, tip=True)] if amount else []


def build_order(
    new_id: NewId, number: int, currency: str, customer: Customer | None, lines: list[Line], at: datetime
) -> Order:
    """A paid order of these lines, placed at ``at``."""
    discount = sum(line.discount for line in lines)
    return Order(new_id("order"), number, currency, at, at, customer, lines, discount=discount)


def refund_amount(new_id: NewId, order: Order, amount: int, at: datetime) -> Refund:
    """Money back without goods back; raises ValueError when there is not that much left to give."""
    if not 0 < amount <= order.received - order.refunded:
        raise ValueError(f"order {order.name} has less than that left to refund")
    refund = Refund(new_id("refund"), at, [], amount, discrepancy=amount - min(amount, order.overpaid))
    order.refunds.append(refund)
    return refund


def refund_shipping(new_id: NewId, order: Order, amount: int, at: datetime) -> Refund:
    """Shipping back, and nothing else; raises ValueError when not so much was paid for it."""
    if not 0 < amount <= order.current_shipping:
        raise ValueError(f"order {order.name} has less shipping than that left to refund")
    return refund_lines(new_id, order, {}, at, amount)


def refund_duties(new_id: NewId, order: Order, at: datetime) -> Refund:
    """All duties that are left, and nothing else: the parcel came back from the customs."""
    if not order.current_duties or not order.received:
        raise ValueError(f"order {order.name} has no duties left to refund")
    return refund_lines(new_id, order, {}, at, duties={line.id: line.quantity for line in order.lines if line.duty})


def duties_back(order: Order, quantities: Mapping[int, int]) -> list[DutyPart]:
    """Gives back the duty on so many pieces of each line, as far as there is some."""
    parts = []
    for line in order.lines:
        amount = line.duty_of(quantities.get(line.id, 0))
        if line.duty and amount:
            line.duty.given_back += amount
            parts.append(DutyPart(line, amount))
    return parts


def settle(order: Order, status: str) -> None:
    """Give an awaited payment its end; who pays late pays for the order as edits have left it."""
    order.status = status
    if status == "paid" and order.edits:
        order.edits[-1].paid = order.current_total - order.original_total


def refund_lines(
    new_id: NewId,
    order: Order,
    quantities: Mapping[int, int],
    at: datetime,
    shipping: int = 0,
    owed: int = 0,
    duties: Mapping[int, int] | None = None,
    fee: int = 0,
) -> Refund:
    """Goods back for what was paid for them; raises ValueError for unknown lines or too many pieces.

    ``owed`` is what goes back beside that for pieces that an edit took off before, ``duties`` for how many pieces of
    each line the duty does.
    Where an earlier refund already gave part of the money back, only the rest moves and the difference is
    booked as a discrepancy, so that nobody gets more than they paid.
    """
    known = {line.id: line for line in order.lines}
    for line_id, quantity in quantities.items():
        if line_id not in known or not 0 < quantity <= known[line_id].current_quantity:
            raise ValueError(f"order {order.name} has not {quantity} of line {line_id} left to refund")
    given_back = []
    for line_id, quantity in quantities.items():
        line = known[line_id]
        given_back.append(LinePart(new_id("refund_line"), line, quantity, line.worth(quantity), line.tax_of(quantity)))
        line.taken_quantity += quantity
    levied = duties_back(order, duties or {})
    due = sum(part.subtotal + order.added(part.tax) for part in given_back) + shipping + owed
    due += sum(part.amount for part in levied) + fee
    amount = min(due, order.received - order.refunded) if order.received else 0
    discrepancy = amount - due if order.received else 0
    refund = Refund(new_id("refund"), at, given_back, amount, shipping, discrepancy, duties=levied, fee=fee)
    order.refunds.append(refund)
    return refund


def refund_as_asked(new_id: NewId, order: Order, terms: Mapping[str, Any], duties: bool, at: datetime) -> Refund:
    """An amount, or lines, or shipping, as the one of them that is told, else all duties or everything that is left.

    ``duties`` go back with lines, or alone. Raises ValueError for two of them, and when there is not that much left.
    """
    told = {name: value for name, value in terms.items() if value is not None}
    if len(told) > 1 or (duties and told.keys() - {"lines"}):
        raise ValueError("refund an amount or lines or shipping, not two of them; duties go back with lines or alone")
    if "shipping" in told:
        return refund_shipping(new_id, order, to_minor(told["shipping"], order.currency), at)
    if "amount" in told:
        return refund_amount(new_id, order, to_minor(told["amount"], order.currency), at)
    if "lines" in told:
        return refund_lines(new_id, order, told["lines"], at, duties=told["lines"] if duties else None)
    refund = refund_duties(new_id, order, at) if duties else refund_rest(new_id, order, at)
    if refund is None:
        raise ValueError(f"order {order.name} has nothing left to refund")
    return refund


def refund_rest(new_id: NewId, order: Order, at: datetime) -> Refund | None:
    """Everything still there to refund, shipping, duties and fee included; None when nothing is left."""
    left = {line.id: line.current_quantity for line in order.lines if line.current_quantity}
    shipping, owed, fee = order.current_shipping, order.overpaid, order.current_fee
    if not (left or shipping or owed or fee or order.current_duties):
        return None
    duties = {line.id: line.quantity for line in order.lines}
    return refund_lines(new_id, order, left, at, shipping, owed, duties, fee)


def edit_order(
    new_id: NewId,
    order: Order,
    added: Sequence[Line],
    taken_off: Mapping[int, int],
    at: datetime,
    rate: int,
    of: Return | None = None,
) -> Edit:
    """Lines added, taxed at so many basis points, and pieces taken off; raises ValueError where that cannot be.

    The customer pays at once what is more; what is less waits to be refunded. ``of`` is the return that does so.
    """
    known = {line.id: line for line in order.lines}
    for line_id, quantity in taken_off.items():
        if line_id not in known or not 0 < quantity <= known[line_id].current_quantity:
            raise ValueError(f"order {order.name} has not {quantity} of line {line_id} left to take off")
    if not added and not taken_off:
        raise ValueError("an edit adds lines, or takes pieces off")
    levy(added, rate, included=order.taxes_included)
    parts = [LinePart(new_id("sale"), line, line.quantity, line.discounted, line.tax) for line in added]
    for line_id, quantity in taken_off.items():
        line = known[line_id]
        parts.append(LinePart(new_id("sale"), line, -quantity, -line.worth(quantity), -line.tax_of(quantity)))
        line.taken_quantity += quantity
    order.lines += added
    edit = Edit(new_id("edit"), at, parts, of=of, fee=of.fee if of else 0)
    order.edits.append(edit)
    if order.received:
        edit.paid = max(0, order.current_total - (order.received - order.refunded) - order.discrepancy)
    return edit
