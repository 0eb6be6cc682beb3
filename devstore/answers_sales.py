"""How the Admin API answers for the sales agreements of an order: every sale once, with what took it back."""

from collections.abc import Callable
from typing import Any

from devstore.answer_kinds import Answer, fixed, plain
from devstore.pages import iso
from devstore.records import Edit, Line, LinePart, Order, Refund
from devstore.sources import AgreementOf, Arguments, Ask, DutyOf, LineOf, RefundOf, ReturnOf, SaleOf, of_order


def _agreements(order: Order, _ask: Ask, _arguments: Arguments) -> list[Any]:
    edits = (AgreementOf(order, edit=edit) for edit in order.edits)
    refunds = (AgreementOf(order, refund) for refund in order.refunds)
    return [AgreementOf(order), *sorted([*edits, *refunds], key=lambda one: (one.happened_at, one.id))]


def _sales(agreement: AgreementOf, _ask: Ask, _arguments: Arguments) -> list[Any]:
    order, refund, edit = agreement
    if refund:
        return _refund_sales(order, refund)
    return _edit_sales(order, edit) if edit else _order_sales(order)


def _part_sale(order: Order, part: LinePart, sign: int) -> SaleOf:
    amount = sign * (part.subtotal + order.added(part.tax))
    return SaleOf(part.id, _sale_kind(part.line), order, part.line, sign * part.quantity, amount, 0, sign * part.tax)


def _edit_sales(order: Order, edit: Edit) -> list[SaleOf]:
    sales = [_part_sale(order, part, 1) for part in edit.parts]
    if edit.fee:
        sales.append(SaleOf(edit.id + 1, "FeeSale", order, None, 1, edit.fee, 0))
    return sales


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
    for line in order.lines:
        if line.duty:
            of = DutyOf(order, line.duty)
            sales.append(SaleOf(of.id, "DutySale", order, None, line.quantity, of.duty.price, 0, of=of))
    if order.fee:
        sales.append(SaleOf(order.id + 5, "AdditionalFeeSale", order, None, 1, order.fee, 0, of=order))
    return sales


def _refund_sales(order: Order, refund: Refund) -> list[SaleOf]:
    """What came back through a return is no sale of its refund's: the return has taken it off before."""
    sales = [_part_sale(order, part, -1) for part in refund.lines]
    if refund.shipping:
        sales.append(SaleOf(refund.id + 3, "ShippingLineSale", order, None, -1, -refund.shipping, 0))
    for place, part in enumerate(refund.duties):
        if part.line.duty:
            of = DutyOf(order, part.line.duty)
            sales.append(SaleOf(refund.id + 10 + place, "DutySale", order, None, None, -part.amount, 0, of=of))
    if refund.fee:
        sales.append(SaleOf(refund.id + 5, "AdditionalFeeSale", order, None, -1, -refund.fee, 0, of=order))
    if refund.discrepancy:
        sales.append(SaleOf(refund.id + 1, "AdjustmentSale", order, None, None, -refund.discrepancy, 0))
    return sales


def _sale_kind(line: Line) -> str:
    if line.tip:
        return "TipSale"
    return "GiftCardSale" if line.gift_card else "ProductSale"


def _additional_fee(sale: SaleOf) -> dict[str, Any]:
    order = sale.order
    return {
        "id": f"gid://shopify/SaleAdditionalFee/{order.id}",
        "name": "Handling",
        "price": of_order(order, order.fee),
    }


_LINE_TYPES = {
    "ProductSale": "PRODUCT",
    "GiftCardSale": "GIFT_CARD",
    "ShippingLineSale": "SHIPPING",
    "TipSale": "TIP",
    "DutySale": "DUTY",
    "FeeSale": "FEE",
    "AdditionalFeeSale": "ADDITIONAL_FEE",
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
    "duty": plain(lambda sale: sale.of),
    "additionalFee": plain(_additional_fee),
}
_AGREEMENT: dict[str, Answer] = {
    "id": plain(lambda one: f"gid://shopify/SalesAgreement/{one.id}"),
    "happenedAt": plain(lambda one: iso(one.happened_at)),
    "reason": plain(lambda one: one.reason),
    "refund": plain(lambda one: RefundOf(one.order, one.refund)),
    "return": plain(lambda one: ReturnOf(one.order, one.edit.of)),
}
_AGREEMENTS = ("OrderAgreement", "OrderEditAgreement", "RefundAgreement", "ReturnAgreement")
_SALES = ("ProductSale", "GiftCardSale", "TipSale", "ShippingLineSale", "DutySale", "FeeSale", "AdditionalFeeSale")

SALES_ANSWERS: dict[str, dict[str, Answer]] = {
    **dict.fromkeys(("SalesAgreement", *_AGREEMENTS), _AGREEMENT),
    **dict.fromkeys(("Sale", "AdjustmentSale", *_SALES), _SALE),
}
SALES_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("Order", "agreements"): _agreements,
    **{(kind, "sales"): _sales for kind in ("SalesAgreement", *_AGREEMENTS)},
}
