"""Every table that an export has, with its columns declared; what it says of itself comes first in the file. Pure."""

from collections.abc import Iterator
from typing import Any

from shopify_app.language import Words
from shopify_app.table import Column, Table

ORDERS: Table[Any] = Table(
    "orders",
    (
        Column("order_id", "number", "Order number", lambda row: row.order_id),
        Column("order", "text", "Order", lambda row: row.name),
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("placed_at", "moment", "Placed", lambda row: row.placed_at),
        Column("created_at", "moment", "Made in Shopify", lambda row: row.created_at),
        Column("gross", "money", "Before discounts", lambda row: row.gross),
        Column("discounts", "money", "Discounts", lambda row: row.discounts),
        Column("financial_status", "text", "Payment", lambda row: row.financial_status),
        Column("source", "text", "Sold through", lambda row: row.source_name),
        Column("country", "text", "Country", lambda row: row.country, personal=True),
        Column("discount_code", "text", "Discount code", lambda row: row.discount_code),
        Column("taxes_included", "yes", "Prices include tax", lambda row: row.taxes_included),
        Column("test", "yes", "Test order", lambda row: row.test),
        Column("only_gift_cards", "yes", "Gift cards alone", lambda row: row.only_gift_cards),
        Column("cancelled_at", "moment", "Cancelled", lambda row: row.cancelled_at),
        Column("deleted_at", "moment", "Deleted", lambda row: row.deleted_at),
        Column("given_up_at", "moment", "Unpaid for too long since", lambda row: row.given_up_at),
        Column("updated_at", "moment", "Last changed", lambda row: row.updated_at),
    ),
)
LINES: Table[Any] = Table(
    "order_lines",
    (
        Column("order_id", "number", "Order number", lambda row: row.order_id),
        Column("line_id", "number", "Line number", lambda row: row.line_id),
        Column("product_id", "number", "Product number", lambda row: row.product_id),
        Column("title", "text", "Product", lambda row: row.title),
        Column("quantity", "count", "Pieces", lambda row: row.quantity),
        Column("gross", "money", "Before discounts", lambda row: row.gross),
        Column("discount", "money", "Discounts", lambda row: row.discount),
        Column("gift_card", "yes", "Gift card", lambda row: row.gift_card),
    ),
)
REFUNDS: Table[Any] = Table(
    "refunds",
    (
        Column("refund_id", "number", "Refund number", lambda row: row.refund_id),
        Column("order_id", "number", "Order number", lambda row: row.order_id),
        Column("refunded_at", "moment", "Refunded", lambda row: row.refunded_at),
        Column("net", "money", "Refunded of sales", lambda row: row.net),
    ),
)
EDITS: Table[Any] = Table(
    "order_edits",
    (
        Column("edit_id", "number", "Edit number", lambda row: row.edit_id),
        Column("order_id", "number", "Order number", lambda row: row.order_id),
        Column("edited_at", "moment", "Changed", lambda row: row.edited_at),
        Column("added", "money", "Added", lambda row: row.gross - row.discount),
        Column("removed", "money", "Removed", lambda row: row.removed),
        Column("returned", "yes", "By a return", lambda row: row.returned),
    ),
)
BOOKINGS: Table[Any] = Table(
    "counted_orders",
    (
        Column("basis", "text", "How to count", lambda row: row.basis),
        Column("order_id", "number", "Order number", lambda row: row.order_id),
        Column("day", "day", "Booked on", lambda row: row.day),
        Column(
            "customer_id", "number", "Customer", lambda row: row.buyer_id if row.buyer_id > 0 else None, personal=True
        ),
        Column("orders", "count", "Orders", lambda row: row.orders),
        Column("value", "money", "Before refunds", lambda row: row.value),
        Column("net", "money", "Net sales", lambda row: row.net),
        Column("nth_order", "count", "Customer's order", lambda row: row.nth if row.buyer_id > 0 else None),
    ),
)
CUSTOMERS: Table[Any] = Table(
    "customers",
    (
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("first_day", "day", "First order", lambda row: row.first_day, personal=True),
        Column("last_day", "day", "Last order", lambda row: row.last_day, personal=True),
        Column("orders", "count", "Orders", lambda row: row.orders, personal=True),
        Column("purchase_days", "count", "Days with an order", lambda row: row.days, personal=True),
        Column("earlier_orders", "count", "Orders before those we know", lambda row: row.earlier, personal=True),
        Column("net", "money", "Net sales", lambda row: row.net, personal=True),
        Column("usual_gap", "days", "Usual gap", lambda row: row.usual_gap, personal=True),
        Column("late_after", "days", "Late after", lambda row: row.late_after, personal=True),
    ),
)
MERGES: Table[Any] = Table(
    "merged_customers",
    (
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("kept_id", "number", "Merged into", lambda row: row.kept_id, personal=True),
        Column("merged_at", "moment", "Merged", lambda row: row.merged_at, personal=True),
    ),
)
FINDINGS: Table[Any] = Table(
    "what_changed",
    (
        Column("week", "day", "Week from", lambda row: row.week),
        Column("subject", "text", "What was compared", lambda row: row.subject),
        Column("key", "text", "Which", lambda row: row.key),
        Column("people", "count", "People", lambda row: row.some_people),
        Column("came_back", "count", "How many came back", lambda row: row.some_did),
        Column("other_people", "count", "Other people", lambda row: row.other_people),
        Column("others_came_back", "count", "Others who came back", lambda row: row.other_did),
    ),
)

TABLES = (ORDERS, LINES, REFUNDS, EDITS, BOOKINGS, CUSTOMERS, MERGES, FINDINGS)
"""In the order of the file."""


def columns_document(table: Table[Any]) -> Iterator[dict[str, Any]]:
    """What each column holds, one line for each, in both languages."""
    english, arabic = Words("en"), Words("ar")
    for column in table.columns:
        yield {
            "table": "columns",
            "of": table.name,
            "name": column.name,
            "holds": column.kind,
            "en": english.text(column.title),
            "ar": arabic.text(column.title),
            "personal": column.personal,
        }
