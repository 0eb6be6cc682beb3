"""Lines of a bulk file, as Shopify writes them for our query."""

from typing import Any


def bag(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def order(number: int = 1, **fields: Any) -> dict[str, Any]:
    subtotal = fields.pop("subtotal", "18.000")
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{number}",
        "createdAt": "2026-03-01T10:00:00Z",
        "processedAt": "2026-03-01T10:00:00Z",
        "updatedAt": "2026-03-02T10:00:00Z",
        "cancelledAt": None,
        "test": False,
        "taxesIncluded": False,
        "edited": False,
        "returnStatus": "NO_RETURN",
        "displayFinancialStatus": "PAID",
        "sourceName": "web",
        "currencyCode": "KWD",
        "customer": {"id": "gid://shopify/Customer/77", "numberOfOrders": "1"},
        "subtotalPriceSet": bag(subtotal),
        "currentSubtotalPriceSet": bag(fields.pop("current", subtotal)),
        "refundDiscrepancySet": bag(fields.pop("discrepancy", "0.0")),
        "refunds": [],
        **fields,
    }


def line(number: int, parent: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "title": "Oud",
        "quantity": 2,
        "currentQuantity": 2,
        "isGiftCard": False,
        "originalTotalSet": bag("20.0"),
        "taxLines": [],
        "discountAllocations": [{"allocatedAmountSet": bag("1.5")}, {"allocatedAmountSet": bag("0.5")}],
        "product": {"id": "gid://shopify/Product/5"},
        "__parentId": f"gid://shopify/Order/{parent}",
        **fields,
    }


def refund(number: int, amount: str, at: str | None = "2026-03-05T10:00:00Z") -> dict[str, Any]:
    return {"id": f"gid://shopify/Refund/{number}", "createdAt": at, "totalRefundedSet": bag(amount)}
