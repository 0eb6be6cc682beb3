"""The people of a segment as a table: what the page, its file and its JSON are made of. Pure."""

from shopify_app.retention.people.row import CustomerRow
from shopify_app.table import Column, Table

MEMBERS: Table[CustomerRow] = Table(
    "segment",
    (
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("orders", "count", "Completed orders", lambda row: row.orders, personal=True),
        Column("net", "money", "Net sales", lambda row: row.net, personal=True),
        Column("first_order", "day", "First order", lambda row: row.first_day, personal=True),
        Column("last_order", "day", "Last order", lambda row: row.last_day, personal=True),
    ),
)
