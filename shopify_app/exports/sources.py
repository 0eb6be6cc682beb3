"""Every table that an export has, with its columns declared; what it says of itself comes first in the file. Pure."""

from collections.abc import Iterator
from typing import Any

from shopify_app.language import Words
from shopify_app.loyalty.ledger.tables import (
    BALANCES,
    BROUGHT,
    BY_HAND,
    CAUSES,
    ENTRIES,
    GIFTS,
    MEMBERS,
    PROGRAMME,
    REWARDS,
)
from shopify_app.retention.forecasts.row import share
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

CONSENTS: Table[Any] = Table(
    "consents",
    (
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("email", "text", "Agreed to e-mails", lambda row: row.email_consent or None, personal=True),
        Column("email_since", "moment", "E-mails, since", lambda row: row.email_consent_at, personal=True),
        Column(
            "email_first_agreed", "moment", "First agreed to e-mails", lambda row: row.email_agreed_at, personal=True
        ),
        Column("sms", "text", "Agreed to text messages", lambda row: row.sms_consent or None, personal=True),
        Column("sms_since", "moment", "Text messages, since", lambda row: row.sms_consent_at, personal=True),
        Column(
            "sms_first_agreed", "moment", "First agreed to text messages", lambda row: row.sms_agreed_at, personal=True
        ),
    ),
)
FORECASTS: Table[Any] = Table(
    "forecasts",
    (
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("as_of", "day", "As of", lambda row: row.as_of, personal=True),
        Column("chance_30_days", "share", "Chance to order in 30 days", lambda c: share(c.chance_30), personal=True),
        Column("chance_90_days", "share", "Chance to order in 90 days", lambda c: share(c.chance_90), personal=True),
        Column("expected_value", "money", "Expected value, 12 months", lambda row: row.value_12m, personal=True),
        Column("likely_at_least", "money", "Likely at least", lambda row: row.value_low, personal=True),
        Column("likely_at_most", "money", "Likely at most", lambda row: row.value_high, personal=True),
    ),
)
COLLECTIONS: Table[Any] = Table(
    "collections",
    (
        Column("collection_id", "number", "Collection number", lambda row: row.collection_id),
        Column("title", "text", "Collection", lambda row: row.title),
    ),
)
IN_COLLECTIONS: Table[Any] = Table(
    "products_in_collections",
    (
        Column("collection_id", "number", "Collection number", lambda row: row.collection_id),
        Column("product_id", "number", "Product number", lambda row: row.product_id),
    ),
)
SEGMENTS: Table[Any] = Table(
    "segments",
    (
        Column("segment_id", "number", "Segment", lambda row: row.segment_id),
        Column("name", "text", "Name", lambda row: row.name),
        Column("rule", "text", "Whom it means", lambda row: row.rule),
        Column("changed_at", "moment", "Last changed", lambda row: row.changed_at),
        Column("deleted_at", "moment", "Deleted", lambda row: row.deleted_at),
    ),
)
VIEWS: Table[Any] = Table(
    "saved_lists",
    (
        Column("list_id", "text", "List", lambda row: row.id),
        Column("name", "text", "Name of the list", lambda row: row.name),
        Column("query", "text", "Whom it means", lambda row: row.query),
        Column("changed_at", "moment", "Last changed", lambda row: row.changed_at),
    ),
)

CHECKOUTS: Table[Any] = Table(
    "checkouts",
    (
        Column("token", "text", "Cart at the checkout", lambda row: row.token),
        Column("cart_token", "text", "Cart", lambda row: row.cart_token),
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("created_at", "moment", "Begun", lambda row: row.created_at),
        Column("updated_at", "moment", "Last changed", lambda row: row.updated_at),
        Column("completed_at", "moment", "Became an order", lambda row: row.completed_at),
        Column("closed_at", "moment", "Closed", lambda row: row.closed_at),
        Column("total", "money", "To be paid", lambda row: row.total),
        Column("lines", "text", "What is in it", lambda row: row.lines),
        Column("locale", "text", "Language", lambda row: row.locale, personal=True),
        Column("country", "text", "Country", lambda row: row.country, personal=True),
        Column("source", "text", "Sold through", lambda row: row.source_name),
    ),
)
ORIGINS: Table[Any] = Table(
    "order_checkouts",
    (
        Column("order_id", "number", "Order number", lambda row: row.order_id),
        Column("checkout_token", "text", "Cart at the checkout", lambda row: row.checkout_token),
        Column("cart_token", "text", "Cart", lambda row: row.cart_token),
    ),
)

TABLES = (
    *(ORDERS, LINES, REFUNDS, EDITS, BOOKINGS, CUSTOMERS, MERGES, FINDINGS),
    *(CHECKOUTS, ORIGINS),
    *(CONSENTS, FORECASTS, COLLECTIONS, IN_COLLECTIONS, SEGMENTS, VIEWS),
    *(PROGRAMME, MEMBERS, BALANCES, CAUSES, BY_HAND, GIFTS, BROUGHT, ENTRIES, REWARDS),
)
"""In the order of the file."""

_DERIVED, _OURS, _PAGE, _PAST, _TOLD, _PROTECTED = (
    "made from what is in the file, at any time again",
    "about our own work, and nothing of the shop's",
    "has a page of its own, with its own file or document",
    "how orders, customers and collections stood earlier; the file says how they stand",
    "what was known of each cause of points earlier; the file says what is known of it, and all entries",
    "what keeps people's data safe: it is shown to nobody",
)
LEFT_OUT = {
    **dict.fromkeys(("kept_grid", "window_sum", "rfm_cut", "segment_count", "forecast_fit"), _DERIVED),
    **dict.fromkeys(("weekly_look", "touched_buyer", "segment_member", "written_segment", "points_shown"), _DERIVED),
    **dict.fromkeys(("intent", "lease", "task", "reconciliation", "order_refetch", "refused_delivery"), _OURS),
    **dict.fromkeys(
        ("collection_reading", "contact_reading", "birthday_reading", "occasion_day", "export", "export_piece"), _OURS
    ),
    **dict.fromkeys(("dismissal", "staff_choice", "programme_draft", "points_anchor", "points_total"), _OURS),
    **dict.fromkeys(("programme_cost",), _DERIVED),
    **dict.fromkeys(("brought_line",), _PAGE),
    **dict.fromkeys(("deleted_cart",), _PAST),
    **dict.fromkeys(("stored_report", "access_log", "privacy_request", "customers_apart"), _PAGE),
    **dict.fromkeys(("points_told",), _TOLD),
    **dict.fromkeys(
        ("collection_change", "shop_epoch", "order_version", "customer_history", "customer_history_version"), _PAST
    ),
    **dict.fromkeys(
        ("access_token", "shop_key", "erasure", "redacted_customer", "customer_contact", "customer_birthday"),
        _PROTECTED,
    ),
}
"""Tables of which no row is in the file, and why."""


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
