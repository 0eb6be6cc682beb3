"""The orders behind a number as a table: its file, and every row of a list that is read in pages."""

from collections.abc import Callable, Iterator, Sequence

from shopify_app.retention.queries import OrderRow
from shopify_app.table import Column, Table

Page = tuple[Sequence[OrderRow], str | None]

ORDERS: Table[OrderRow] = Table(
    "orders",
    (
        Column("order_id", "number", "Order number", lambda row: row.order_id),
        Column("order", "text", "Order", lambda row: row.name),
        Column("day", "day", "Booked on", lambda row: row.day),
        Column("placed_at", "moment", "Placed", lambda row: row.placed_at),
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("nth_order", "count", "Customer's order", lambda row: None if row.customer_id is None else row.nth),
        Column("orders", "count", "Orders", lambda row: row.orders),
        Column("value", "money", "Before refunds", lambda row: row.value),
        Column("net", "money", "Net sales", lambda row: row.net),
    ),
)


def all_rows(read: Callable[[str | None], Page]) -> Iterator[OrderRow]:
    """Every row, a page of the list at a time, so that a long list never stands in memory whole."""
    rows, after = read(None)
    yield from rows
    while after is not None:
        rows, after = read(after)
        yield from rows
