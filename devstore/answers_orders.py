"""How the Admin API answers for orders, their lines, refunds, agreements and amounts."""

from collections.abc import Callable
from typing import Any

from devstore import fulfilments
from devstore.answer_kinds import Answer, fixed, plain
from devstore.answers_sales import SALES_ANSWERS, SALES_LISTS
from devstore.applications import applications, gateways, off_shipping, shares
from devstore.fulfilments import Fulfilment
from devstore.money import to_decimal
from devstore.order_payload import outstanding, token
from devstore.pages import iso
from devstore.records import Address, Line, Order, Refund
from devstore.sources import (
    AllocationOf,
    Arguments,
    Ask,
    DiscountOf,
    DutyOf,
    LineOf,
    RefundLineOf,
    RefundOf,
    ReturnOf,
    of_order,
)


def _order_money(read: Callable[[Order], int]) -> Answer:
    return lambda order, _ask, _arguments: of_order(order, read(order))


def _abroad(read: Callable[[Order], int], has: Callable[[Order], int]) -> Answer:
    """An amount of duties or fees: null of an order that has none."""
    return lambda order, _ask, _arguments: of_order(order, read(order)) if has(order) else None


def _line_money(read: Callable[[Line], int]) -> Answer:
    return lambda source, _ask, _arguments: of_order(source.order, read(source.line))


def _refund_money(read: Callable[[Refund], int]) -> Answer:
    return lambda source, _ask, _arguments: of_order(source.order, read(source.refund))


def _app(order: Order) -> dict[str, Any] | None:
    names = {"web": (580111, "Online Store"), "pos": (129785, "Point of Sale")}
    if order.source not in names:
        return None
    number, name = names[order.source]
    return {"id": f"gid://shopify/App/{number}", "name": name}


def _product(source: LineOf, ask: Ask, _arguments: Arguments) -> Any:
    return ask.shop.products.get(source.line.product_id) if source.line.product_id else None


def _address(order: Order, country: str | None) -> Address | None:
    return None if country is None else Address(order.id + 2, None, country)


def _allocations(source: LineOf) -> list[AllocationOf]:
    return [AllocationOf(DiscountOf(source.order, place), given) for place, given in shares(source.order, source.line)]


def _discounts(order: Order, _ask: Ask, _arguments: Arguments) -> list[Any]:
    return [DiscountOf(order, place) for place in range(len(applications(order)))]


def _discount_value(source: DiscountOf) -> Any:
    share, amount = source.applied.share, source.applied.amount
    if share is None:
        return of_order(source.order, amount)
    return {"__typename": "PricingPercentageValue", "percentage": float(share * 100)}


def _all_off(order: Order) -> int:
    return order.discount + off_shipping(order)


def _taxes(source: LineOf) -> list[dict[str, Any]]:
    line = source.line
    if not line.tax_rate:
        return []
    return [{"priceSet": of_order(source.order, line.tax), "rate": line.tax_rate / 10_000, "title": "VAT"}]


def _duties(source: LineOf) -> list[DutyOf]:
    return [DutyOf(source.order, source.line.duty)] if source.line.duty else []


def _refunded_duties(source: RefundOf) -> list[dict[str, Any]]:
    order = source.order
    return [
        {"amountSet": of_order(order, part.amount), "originalDuty": DutyOf(order, part.line.duty)}
        for part in source.refund.duties
        if part.line.duty
    ]


def _fees(order: Order) -> list[dict[str, Any]]:
    if not order.fee:
        return []
    return [{"id": f"gid://shopify/AdditionalFee/{order.id}", "name": "Handling", "price": of_order(order, order.fee)}]


def _returns(order: Order, _ask: Ask, _arguments: Arguments) -> list[Any]:
    return [ReturnOf(order, one) for one in order.returns]


def _line_items(order: Order, _ask: Ask, _arguments: Arguments) -> list[Any]:
    return [LineOf(order, line) for line in order.lines]


def _refunds(order: Order, _ask: Ask, arguments: Arguments) -> list[RefundOf]:
    return [RefundOf(order, refund) for refund in order.refunds][: arguments.get("first")]


def _fulfilments(order: Order, _ask: Ask, arguments: Arguments) -> list[Fulfilment]:
    return order.fulfilments[: arguments.get("first")]


def _refund_line_items(source: RefundOf, _ask: Ask, _arguments: Arguments) -> list[Any]:
    return [RefundLineOf(source.order, part) for part in [*source.refund.lines, *source.refund.returned]]


def _transactions(source: RefundOf, _ask: Ask, _arguments: Arguments) -> list[Any]:
    order, refund = source
    if not refund.amount:
        return []
    moment = iso(refund.created_at)
    return [
        {
            "id": f"gid://shopify/OrderTransaction/{refund.id + 2}",
            "amountSet": of_order(order, refund.amount),
            "createdAt": moment,
            "processedAt": moment,
            "gateway": "bogus",
            "kind": "REFUND",
            "status": "SUCCESS",
            "test": order.test,
        }
    ]


def _adjustments(source: RefundOf, _ask: Ask, _arguments: Arguments) -> list[Any]:
    # Shipping that goes back is an adjustment, too; only those that are discrepancies have a reason in this version.
    order, refund = source
    told = ((1, refund.discrepancy, "REFUND_DISCREPANCY"), (4, refund.shipping, None))
    return [
        {
            "id": f"gid://shopify/OrderAdjustment/{refund.id + place}",
            "amountSet": of_order(order, -amount),
            "reason": reason,
            "taxAmountSet": of_order(order, 0),
        }
        for place, amount, reason in told
        if amount
    ]


_ORDER_AMOUNTS: dict[str, Callable[[Order], int]] = {
    "currentShippingPriceSet": lambda order: order.current_shipping,
    "currentSubtotalPriceSet": lambda order: order.current_subtotal,
    "currentTotalDiscountsSet": _all_off,
    "currentTotalPriceSet": lambda order: order.current_total,
    "currentTotalTaxSet": lambda order: order.current_tax,
    "netPaymentSet": lambda order: order.received - order.refunded,
    "originalTotalPriceSet": lambda order: order.original_total,
    # Below zero where the customer got more than the lines explain, as the schema has it.
    "refundDiscrepancySet": lambda order: -order.discrepancy,
    "subtotalPriceSet": lambda order: order.subtotal,
    "totalDiscountsSet": _all_off,
    "totalOutstandingSet": outstanding,
    "totalPriceSet": lambda order: order.total,
    "totalReceivedSet": lambda order: order.received,
    "totalRefundedSet": lambda order: order.refunded,
    "totalRefundedShippingSet": lambda order: order.shipping - order.current_shipping,
    "totalShippingPriceSet": lambda order: order.shipping,
    "totalTaxSet": lambda order: order.tax,
    "totalTipReceivedSet": lambda order: order.tip,
}
_NONE = fixed(None)
_NO = fixed(False)
_DISCOUNT: dict[str, Answer] = {
    "allocationMethod": plain(lambda source: source.applied.method.upper()),
    "code": plain(lambda source: source.name),
    "index": plain(lambda source: source.place),
    "targetSelection": plain(lambda source: source.applied.selection.upper()),
    "targetType": plain(lambda source: source.applied.target.upper()),
    "title": plain(lambda source: source.name),
    "value": plain(_discount_value),
}
DISCOUNT_KINDS = {
    "discount_code": "DiscountCodeApplication",
    "automatic": "AutomaticDiscountApplication",
    "manual": "ManualDiscountApplication",
}
"""The type of each kind of discount."""

ORDER_ANSWERS: dict[str, dict[str, Answer]] = {
    "Order": {
        **{name: _order_money(read) for name, read in _ORDER_AMOUNTS.items()},
        "id": plain(lambda order: f"gid://shopify/Order/{order.id}"),
        "legacyResourceId": plain(lambda order: str(order.id)),
        "name": plain(lambda order: order.name),
        "number": plain(lambda order: order.number),
        "createdAt": plain(lambda order: iso(order.created_at)),
        "processedAt": plain(lambda order: iso(order.created_at)),
        "updatedAt": plain(lambda order: iso(order.updated_at)),
        "cancelledAt": plain(lambda order: iso(order.cancelled_at)),
        "cancelReason": plain(lambda order: "CUSTOMER" if order.cancelled_at else None),
        "closed": _NO,
        "closedAt": _NONE,
        "confirmed": fixed(True),
        "app": plain(_app),
        "cartToken": plain(lambda order: token("cart", order)),
        "checkoutToken": plain(lambda order: token("checkout", order)),
        "currencyCode": plain(lambda order: order.currency),
        "presentmentCurrencyCode": plain(lambda order: order.presentment_currency),
        "customer": plain(lambda order: order.customer),
        "customerAcceptsMarketing": _NO,
        "customerLocale": plain(lambda order: order.locale),
        "discountCode": plain(lambda order: next(iter(order.labels.codes), None)),
        "discountCodes": plain(lambda order: list(order.labels.codes)),
        "shippingAddress": plain(lambda order: _address(order, order.labels.country)),
        "billingAddress": plain(lambda order: _address(order, order.labels.billed_to)),
        "displayFinancialStatus": plain(lambda order: order.financial_status.upper()),
        "displayFulfillmentStatus": plain(fulfilments.status),
        "fulfillments": _fulfilments,
        "additionalFees": plain(_fees),
        "currentTotalAdditionalFeesSet": _abroad(lambda order: order.current_fee, lambda order: order.fee),
        "currentTotalDutiesSet": _abroad(lambda order: order.current_duties, lambda order: order.duties),
        "dutiesIncluded": _NO,
        "originalTotalAdditionalFeesSet": _abroad(lambda order: order.fee, lambda order: order.fee),
        "originalTotalDutiesSet": _abroad(lambda order: order.duties, lambda order: order.duties),
        "edited": plain(lambda order: any(edit.of is None for edit in order.edits)),
        "email": plain(lambda order: order.customer.email or None if order.customer else None),
        "estimatedTaxes": _NO,
        "fullyPaid": plain(lambda order: order.status == "paid"),
        "note": _NONE,
        "paymentGatewayNames": plain(gateways),
        "phone": _NONE,
        "poNumber": _NONE,
        "refundable": plain(lambda order: order.received > order.refunded),
        "refunds": _refunds,
        "requiresShipping": plain(lambda order: any(not line.gift_card and not line.tip for line in order.lines)),
        "returnStatus": plain(lambda order: order.return_status),
        "sourceIdentifier": _NONE,
        "sourceName": plain(lambda order: order.source),
        "currentSubtotalLineItemsQuantity": plain(lambda order: sum(one.current_quantity for one in order.lines)),
        "subtotalLineItemsQuantity": plain(lambda order: sum(line.quantity for line in order.lines)),
        "tags": fixed([]),
        "taxExempt": _NO,
        "taxesIncluded": plain(lambda order: order.taxes_included),
        "test": plain(lambda order: order.test),
        "unpaid": plain(lambda order: outstanding(order) > 0),
    },
    "LineItem": {
        "id": plain(lambda source: f"gid://shopify/LineItem/{source.line.id}"),
        "title": plain(lambda source: source.line.title),
        "name": plain(lambda source: source.line.title),
        "quantity": plain(lambda source: source.line.quantity),
        "currentQuantity": plain(lambda source: source.line.current_quantity),
        "refundableQuantity": plain(lambda source: source.line.current_quantity),
        "isGiftCard": plain(lambda source: source.line.gift_card),
        "requiresShipping": plain(lambda source: not source.line.gift_card and not source.line.tip),
        "taxable": plain(lambda source: not source.line.gift_card and not source.line.tip),
        "originalUnitPriceSet": _line_money(lambda line: line.price),
        "originalTotalSet": _line_money(lambda line: line.total),
        "discountedTotalSet": _line_money(lambda line: line.total),
        "discountedUnitPriceSet": _line_money(lambda line: line.price),
        "totalDiscountSet": _line_money(lambda _line: 0),
        "discountAllocations": plain(_allocations),
        "duties": plain(_duties),
        "taxLines": plain(_taxes),
        "product": _product,
        "sku": _NONE,
        "variantTitle": _NONE,
        "vendor": _NONE,
    },
    "DiscountAllocation": {
        "allocatedAmountSet": plain(lambda source: of_order(source.discount.order, source.amount)),
        "discountApplication": plain(lambda source: source.discount),
    },
    **dict.fromkeys(("DiscountApplication", *DISCOUNT_KINDS.values()), _DISCOUNT),
    "Fulfillment": {
        "id": plain(lambda found: f"gid://shopify/Fulfillment/{found.id}"),
        "legacyResourceId": plain(lambda found: str(found.id)),
        "name": plain(lambda found: found.name),
        "createdAt": plain(lambda found: iso(found.created_at)),
        "updatedAt": plain(lambda found: iso(found.updated_at)),
        "status": plain(lambda found: found.status),
        "totalQuantity": plain(lambda found: sum(found.pieces.values())),
    },
    "Refund": {
        "id": plain(lambda source: f"gid://shopify/Refund/{source.refund.id}"),
        "legacyResourceId": plain(lambda source: str(source.refund.id)),
        "note": plain(lambda source: source.refund.note),
        "order": plain(lambda source: source.order),
        "createdAt": plain(lambda source: iso(source.refund.created_at)),
        "processedAt": plain(lambda source: iso(source.refund.created_at)),
        "updatedAt": plain(lambda source: iso(source.refund.created_at)),
        "totalRefundedSet": _refund_money(lambda refund: refund.amount),
        "duties": plain(_refunded_duties),
        "return": plain(lambda source: ReturnOf(source.order, source.refund.of) if source.refund.of else None),
    },
    "Return": {
        "id": plain(lambda source: f"gid://shopify/Return/{source.found.id}"),
        "name": plain(lambda source: source.found.name),
        "status": plain(lambda source: source.found.status),
        "createdAt": plain(lambda source: iso(source.found.opened_at)),
        "closedAt": plain(lambda source: iso(source.found.processed.happened_at) if source.found.processed else None),
        "totalQuantity": plain(lambda source: sum(source.found.taken_off.values())),
        "order": plain(lambda source: source.order),
    },
    "Duty": {
        "id": plain(lambda source: f"gid://shopify/Duty/{source.duty.id}"),
        "price": plain(lambda source: of_order(source.order, source.duty.price)),
    },
    "RefundLineItem": {
        "id": plain(lambda source: f"gid://shopify/RefundLineItem/{source.part.id}"),
        "lineItem": plain(lambda source: LineOf(source.order, source.part.line)),
        "priceSet": plain(lambda source: of_order(source.order, source.part.line.price)),
        "quantity": plain(lambda source: source.part.quantity),
        "subtotalSet": plain(lambda source: of_order(source.order, source.part.subtotal)),
        "totalTaxSet": plain(lambda source: of_order(source.order, source.part.tax)),
    },
    **SALES_ANSWERS,
    "MoneyBag": {"shopMoney": plain(lambda money: money), "presentmentMoney": plain(lambda money: money.presented)},
    "MoneyV2": {
        "amount": plain(lambda money: to_decimal(money.minor, money.currency)),
        "currencyCode": plain(lambda money: money.currency),
    },
}
ORDER_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("Order", "discountApplications"): _discounts,
    ("Order", "lineItems"): _line_items,
    ("Order", "returns"): _returns,
    ("Refund", "refundLineItems"): _refund_line_items,
    ("Refund", "transactions"): _transactions,
    ("Refund", "orderAdjustments"): _adjustments,
    **SALES_LISTS,
}
