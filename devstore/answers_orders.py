"""How the Admin API answers for orders, their lines, refunds, agreements and amounts."""

from collections.abc import Callable
from typing import Any

from devstore.money import to_decimal
from devstore.order_payload import outstanding, token
from devstore.pages import iso
from devstore.records import Edit, Line, Order, Refund
from devstore.sources import (
    AgreementOf,
    Arguments,
    Ask,
    LineOf,
    RefundLineOf,
    RefundOf,
    SaleOf,
    of_order,
)

Answer = Callable[[Any, Ask, Arguments], Any]


def plain(read: Callable[[Any], Any]) -> Answer:
    """An answer that needs the source alone."""
    return lambda source, _ask, _arguments: read(source)


def fixed(value: Any) -> Answer:
    """The same answer whatever the source."""
    return lambda _source, _ask, _arguments: value


def _order_money(read: Callable[[Order], int]) -> Answer:
    return lambda order, _ask, _arguments: of_order(order, read(order))


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


def _taxes(source: LineOf) -> list[dict[str, Any]]:
    line = source.line
    if not line.tax_rate:
        return []
    return [{"priceSet": of_order(source.order, line.tax), "rate": line.tax_rate / 10_000, "title": "VAT"}]


def _line_items(order: Order, _ask: Ask, _arguments: Arguments) -> list[Any]:
    return [LineOf(order, line) for line in order.lines]


def _refunds(order: Order, _ask: Ask, arguments: Arguments) -> list[RefundOf]:
    return [RefundOf(order, refund) for refund in order.refunds][: arguments.get("first")]


def _refund_line_items(source: RefundOf, _ask: Ask, _arguments: Arguments) -> list[Any]:
    return [RefundLineOf(source.order, part) for part in source.refund.lines]


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
    order, refund = source
    if not refund.discrepancy:
        return []
    return [
        {
            "id": f"gid://shopify/OrderAdjustment/{refund.id + 1}",
            "amountSet": of_order(order, -refund.discrepancy),
            "reason": "REFUND_DISCREPANCY",
            "taxAmountSet": of_order(order, 0),
        }
    ]


def _agreements(order: Order, _ask: Ask, _arguments: Arguments) -> list[Any]:
    edits = (AgreementOf(order, edit=edit) for edit in order.edits)
    refunds = (AgreementOf(order, refund) for refund in order.refunds)
    return [AgreementOf(order), *sorted([*edits, *refunds], key=lambda one: (one.happened_at, one.id))]


def _sales(agreement: AgreementOf, _ask: Ask, _arguments: Arguments) -> list[Any]:
    order, refund, edit = agreement
    if refund:
        return _refund_sales(order, refund)
    return _edit_sales(order, edit) if edit else _order_sales(order)


def _edit_sales(order: Order, edit: Edit) -> list[SaleOf]:
    return [
        SaleOf(
            part.id,
            _sale_kind(part.line),
            order,
            part.line,
            part.quantity,
            part.subtotal + order.added(part.tax),
            0,
            part.tax,
        )
        for part in edit.parts
    ]


def _order_sales(order: Order) -> list[SaleOf]:
    later = {part.line.id for part in order.edited_parts if part.quantity > 0}
    sales = [
        SaleOf(
            line.id,
            _sale_kind(line),
            order,
            line,
            line.quantity,
            line.discounted + order.added(line.tax),
            line.discount,
            line.tax,
        )
        for line in order.lines
        if line.id not in later
    ]
    if order.shipping:
        sales.append(SaleOf(order.id + 1, "ShippingLineSale", order, None, 1, order.shipping, 0))
    return sales


def _refund_sales(order: Order, refund: Refund) -> list[SaleOf]:
    sales = [
        SaleOf(
            part.id,
            _sale_kind(part.line),
            order,
            part.line,
            -part.quantity,
            -part.subtotal - order.added(part.tax),
            0,
            -part.tax,
        )
        for part in refund.lines
    ]
    if refund.shipping:
        sales.append(SaleOf(refund.id + 3, "ShippingLineSale", order, None, -1, -refund.shipping, 0))
    if refund.discrepancy:
        sales.append(SaleOf(refund.id + 1, "AdjustmentSale", order, None, None, -refund.discrepancy, 0))
    return sales


def _sale_kind(line: Line) -> str:
    if line.tip:
        return "TipSale"
    return "GiftCardSale" if line.gift_card else "ProductSale"


_LINE_TYPES = {
    "ProductSale": "PRODUCT",
    "GiftCardSale": "GIFT_CARD",
    "ShippingLineSale": "SHIPPING",
    "TipSale": "TIP",
    "AdjustmentSale": "ADJUSTMENT",
}
_SALE: dict[str, Answer] = {
    "id": plain(lambda sale: f"gid://shopify/{sale.kind}/{sale.id}"),
    "actionType": plain(lambda sale: "ORDER" if sale.amount >= 0 and (sale.quantity or 0) > 0 else "RETURN"),
    "lineType": plain(lambda sale: _LINE_TYPES[sale.kind]),
    "quantity": plain(lambda sale: sale.quantity),
    "taxes": fixed([]),
    "totalAmount": plain(lambda sale: of_order(sale.order, sale.amount)),
    "totalDiscountAmountAfterTaxes": plain(lambda sale: of_order(sale.order, sale.discount)),
    "totalDiscountAmountBeforeTaxes": plain(lambda sale: of_order(sale.order, sale.discount)),
    "totalTaxAmount": plain(lambda sale: of_order(sale.order, sale.tax)),
    "lineItem": plain(lambda sale: LineOf(sale.order, sale.line)),
}
_AGREEMENT: dict[str, Answer] = {
    "id": plain(lambda one: f"gid://shopify/SalesAgreement/{one.id}"),
    "happenedAt": plain(lambda one: iso(one.happened_at)),
    "reason": plain(lambda one: one.reason),
    "refund": plain(lambda one: RefundOf(one.order, one.refund)),
}
_ORDER_AMOUNTS: dict[str, Callable[[Order], int]] = {
    "currentShippingPriceSet": lambda order: order.current_shipping,
    "currentSubtotalPriceSet": lambda order: order.current_subtotal,
    "currentTotalDiscountsSet": lambda order: order.discount,
    "currentTotalPriceSet": lambda order: order.current_total,
    "currentTotalTaxSet": lambda order: order.current_tax,
    "netPaymentSet": lambda order: order.received - order.refunded,
    "originalTotalPriceSet": lambda order: order.original_total,
    # Below zero where the customer got more than the lines explain, as the schema has it.
    "refundDiscrepancySet": lambda order: -order.discrepancy,
    "subtotalPriceSet": lambda order: order.subtotal,
    "totalDiscountsSet": lambda order: order.discount,
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
        "discountCode": _NONE,
        "discountCodes": fixed([]),
        "displayFinancialStatus": plain(lambda order: order.financial_status.upper()),
        "displayFulfillmentStatus": fixed("UNFULFILLED"),
        "edited": plain(lambda order: bool(order.edits)),
        "email": plain(lambda order: order.customer.email or None if order.customer else None),
        "estimatedTaxes": _NO,
        "fullyPaid": plain(lambda order: order.status == "paid"),
        "note": _NONE,
        "paymentGatewayNames": plain(lambda order: ["bogus"] if order.total else []),
        "phone": _NONE,
        "poNumber": _NONE,
        "refundable": plain(lambda order: order.received > order.refunded),
        "refunds": _refunds,
        "requiresShipping": plain(lambda order: any(not line.gift_card and not line.tip for line in order.lines)),
        "returnStatus": fixed("NO_RETURN"),
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
        "discountAllocations": plain(
            lambda source: [of_order(source.order, source.line.discount)] if source.line.discount else []
        ),
        "taxLines": plain(_taxes),
        "product": _product,
        "sku": _NONE,
        "variantTitle": _NONE,
        "vendor": _NONE,
    },
    "Product": {
        "id": plain(lambda product: f"gid://shopify/Product/{product.id}"),
        "legacyResourceId": plain(lambda product: str(product.id)),
    },
    "DiscountAllocation": {"allocatedAmountSet": plain(lambda money: money)},
    "Refund": {
        "id": plain(lambda source: f"gid://shopify/Refund/{source.refund.id}"),
        "legacyResourceId": plain(lambda source: str(source.refund.id)),
        "note": plain(lambda source: source.refund.note),
        "order": plain(lambda source: source.order),
        "createdAt": plain(lambda source: iso(source.refund.created_at)),
        "processedAt": plain(lambda source: iso(source.refund.created_at)),
        "updatedAt": plain(lambda source: iso(source.refund.created_at)),
        "totalRefundedSet": _refund_money(lambda refund: refund.amount),
    },
    "RefundLineItem": {
        "id": plain(lambda source: f"gid://shopify/RefundLineItem/{source.part.id}"),
        "lineItem": plain(lambda source: LineOf(source.order, source.part.line)),
        "priceSet": plain(lambda source: of_order(source.order, source.part.line.price)),
        "quantity": plain(lambda source: source.part.quantity),
        "subtotalSet": plain(lambda source: of_order(source.order, source.part.subtotal)),
        "totalTaxSet": plain(lambda source: of_order(source.order, source.part.tax)),
    },
    "OrderAgreement": _AGREEMENT,
    "OrderEditAgreement": _AGREEMENT,
    "RefundAgreement": _AGREEMENT,
    "SalesAgreement": _AGREEMENT,
    "Sale": _SALE,
    "ProductSale": _SALE,
    "GiftCardSale": _SALE,
    "ShippingLineSale": _SALE,
    "TipSale": _SALE,
    "AdjustmentSale": _SALE,
    "MoneyBag": {"shopMoney": plain(lambda money: money), "presentmentMoney": plain(lambda money: money.presented)},
    "MoneyV2": {
        "amount": plain(lambda money: to_decimal(money.minor, money.currency)),
        "currencyCode": plain(lambda money: money.currency),
    },
}
ORDER_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("Order", "lineItems"): _line_items,
    ("Order", "agreements"): _agreements,
    ("Refund", "refundLineItems"): _refund_line_items,
    ("Refund", "transactions"): _transactions,
    ("Refund", "orderAdjustments"): _adjustments,
    ("SalesAgreement", "sales"): _sales,
    **{(f"{kind}Agreement", "sales"): _sales for kind in ("Order", "OrderEdit", "Refund")},
}
