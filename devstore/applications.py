"""The discounts of an order and what each took off, whether a checkout worked them out or the order was told them."""

from devstore.pricing import Application, Shares
from devstore.records import Line, Order


def applications(order: Order) -> tuple[Application, ...]:
    """The discounts of an order; of several that it was told, the first took everything off.

    One that was told and took nothing off gave the shipping; what the merchant takes off by hand is manual.
    """
    if order.pricing:
        return order.pricing.applications
    told = order.labels.discounts or ([("manual", "Discount")] if order.discount else [])
    target = "line_item" if order.discount else "shipping_line"
    return tuple(
        Application(kind, name, target, 0 if place else order.discount) for place, (kind, name) in enumerate(told)
    )


def shares(order: Order, line: Line) -> Shares:
    """What was taken off a line, by the place of the discount; lines that edits added have none."""
    if not order.pricing:
        return ((0, line.discount),) if line.discount else ()
    known = {one.id: shares for one, shares in zip(order.lines, order.pricing.lines, strict=False)}
    return known.get(line.id, ())


def off_shipping(order: Order) -> int:
    """What discounts took off the shipping; ``order.shipping`` is what was left of it."""
    return order.pricing.off_shipping if order.pricing else 0


def gateways(order: Order) -> list[str]:
    """What an order was, or is to be, paid with."""
    credit = order.pricing.credit if order.pricing else 0
    return [*(["shopify_store_credit"] if credit else []), *(["bogus"] if order.total > credit else [])]
