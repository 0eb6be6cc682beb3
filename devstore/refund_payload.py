"""A refund as webhooks carry it, by itself and inside its order."""

from typing import TYPE_CHECKING

from devstore.money import to_text
from devstore.order_parts import Payload, line_payload, moment, money_set, pair, shipping_lines
from devstore.records import LinePart, Order, Refund, Return

if TYPE_CHECKING:
    from devstore.shop import Shop

_NOT_IN_REFUNDS = frozenset({"attributed_staffs", "current_quantity", "sales_line_item_group_id"})


def refund_payload(shop: "Shop", order: Order, refund: Refund) -> Payload:
    """The body of refunds/create, the same as inside an order's ``refunds``."""
    return {
        "id": refund.id,
        "admin_graphql_api_id": f"gid://shopify/Refund/{refund.id}",
        "created_at": moment(shop, refund.created_at),
        "note": refund.note,
        "order_id": order.id,
        "processed_at": moment(shop, refund.created_at),
        "restock": bool(refund.lines),
        "total_duties_set": money_set(order, sum(part.amount for part in refund.duties)),
        "user_id": None,
        "order_adjustments": _adjustments(order, refund),
        "transactions": _transactions(shop, order, refund),
        "refund_line_items": [
            *(_refund_line(order, part, "no_restock") for part in refund.lines),
            *(_refund_line(order, part, "return") for part in refund.returned),
        ],
        "refund_shipping_lines": _refundedshipping_lines(order, refund),
        "duties": [
            {"duty_id": part.line.duty.id, "amount_set": money_set(order, part.amount)}
            for part in refund.duties
            if part.line.duty
        ],
        "return": _return(refund.of) if refund.of else None,
    }


def _return(found: Return) -> Payload:
    return {"id": found.id, "admin_graphql_api_id": f"gid://shopify/Return/{found.id}"}


def _adjustments(order: Order, refund: Refund) -> list[Payload]:
    """What no line says: shipping that goes back, and where more or less moved than all parts come to."""
    told = ((1, refund.discrepancy, "refund_discrepancy"), (4, refund.shipping, "shipping_refund"))
    return [
        {
            "id": refund.id + place,
            **pair("amount", -amount, order),
            "kind": kind,
            "order_id": order.id,
            "reason": kind.replace("_", " ").capitalize(),
            "refund_id": refund.id,
            **pair("tax_amount", 0, order),
        }
        for place, amount, kind in told
        if amount
    ]


def _transactions(shop: "Shop", order: Order, refund: Refund) -> list[Payload]:
    if not refund.amount:
        return []
    return [
        {
            "id": refund.id + 2,
            "admin_graphql_api_id": f"gid://shopify/OrderTransaction/{refund.id + 2}",
            # A transaction is in the currency that was paid in.
            "amount": to_text(order.presented(refund.amount), order.presentment_currency),
            "amount_rounding": None,
            "authorization": None,
            "created_at": moment(shop, refund.created_at),
            "currency": order.presentment_currency,
            "device_id": None,
            "error_code": None,
            "gateway": "bogus",
            "kind": "refund",
            "location_id": None,
            "manual_payment_gateway": False,
            "message": None,
            "order_id": order.id,
            "parent_id": order.id + 2,
            "payment_id": f"{order.name}.1",
            "processed_at": moment(shop, refund.created_at),
            "receipt": {},
            "source_name": order.source,
            "status": "success",
            "test": order.test,
            "total_unsettled_set": _unsettled(order),
            "user_id": None,
        }
    ]


def _unsettled(order: Order) -> Payload:
    # Shopify calls the code "currency" here, "currency_code" in every other set.
    kinds = {"presentment_money": order.presentment_currency, "shop_money": order.currency}
    return {kind: {"amount": to_text(0, currency), "currency": currency} for kind, currency in kinds.items()}


def _refund_line(order: Order, line: LinePart, restock: str) -> Payload:
    return {
        "id": line.id,
        "line_item_id": line.line.id,
        "location_id": None,
        "quantity": line.quantity,
        "restock_type": restock,
        # These two are JSON numbers on Shopify's wire, unlike every other amount.
        "subtotal": float(to_text(line.subtotal, order.currency)),
        "subtotal_set": money_set(order, line.subtotal),
        "total_tax": float(to_text(line.tax, order.currency)),
        "total_tax_set": money_set(order, line.tax),
        "line_item": {
            key: value for key, value in line_payload(order, line.line).items() if key not in _NOT_IN_REFUNDS
        },
    }


def _refundedshipping_lines(order: Order, refund: Refund) -> list[Payload]:
    if not refund.shipping:
        return []
    return [
        {
            "id": refund.id + 3,
            "shipping_line": shipping_lines(order)[0],
            "subtotal_amount_set": money_set(order, refund.shipping),
            "tax_amount_set": money_set(order, 0),
        }
    ]
