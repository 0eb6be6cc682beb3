"""The orders of one customer, told one by one. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from shopify_app.clock import LocalDay, local_day
from shopify_app.pages.customer.queries import OrderRow
from shopify_app.retention.people.one.queries import Whom
from shopify_app.retention.story import Telling
from shopify_app.table import Column, Table

FILE = "orders-of-a-customer.csv"
"""What the file is called: whose orders they are stands in none of its lines, nor in its name."""


class Dated(NamedTuple):
    """An order with its day in the shop."""

    row: OrderRow
    day: LocalDay


ORDERS: Table[Dated] = Table(
    "customer_orders",
    (
        Column("order_id", "number", "Order number", lambda one: one.row.order_id, personal=True),
        Column("order", "text", "Order", lambda one: one.row.name, personal=True),
        Column("day", "day", "Day", lambda one: one.day, personal=True),
        Column("placed_at", "moment", "Placed", lambda one: one.row.placed_at, personal=True),
        Column("counts", "yes", "Counts", lambda one: one.row.because is None, personal=True),
        Column("left_out_because", "text", "Why not", lambda one: one.row.because, personal=True),
        Column("nth_order", "count", "Which order of theirs", lambda one: one.row.nth, personal=True),
        Column("value", "money", "After discounts", lambda one: one.row.value, personal=True),
        Column("net", "money", "Net sales", lambda one: one.row.net, personal=True),
    ),
)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order on the page; without amounts where it does not count."""

    name: str
    href: str
    day: str
    counts: str | None
    """Which of the customer's orders it is; None where it does not count."""
    because: str | None
    net: str | None


def line(row: OrderRow, telling: Telling, link: Callable[[str], str]) -> OrderLine:
    """One order in words."""
    words = telling.words
    return OrderLine(
        name=row.name,
        href=link(f"/reports/orders/{row.order_id}"),
        day=words.day(local_day(row.placed_at, telling.zone)),
        counts=None if row.nth is None else words.number(row.nth),
        because=None if row.because is None else words.text(row.because),
        net=None if row.net is None else words.money(row.net, telling.currency),
    )


def total_text(found: Whom, known: int, telling: Telling) -> str:
    """What the list comes to: how many orders there are, how many of them count, and what these are."""
    words = telling.words
    counted = found.row.orders if found.row else 0
    net = words.money(found.row.net if found.row else 0, telling.currency)
    orders = words.plural("{n} order", "{n} orders", known)
    return words.plural(
        "{orders}; {n} of them counts, with net sales of {net}.",
        "{orders}; {n} of them count, with net sales of {net}.",
        counted,
        orders=orders,
        net=net,
    )


def document(found: Whom, known: int, rows: Sequence[OrderRow], after: int | None, telling: Telling) -> dict[str, Any]:
    """A page of the list for a program."""
    dated = [Dated(row, local_day(row.placed_at, telling.zone)) for row in rows]
    return {
        "customer_id": str(found.number),
        "orders_in_all": known,
        "counted": found.row.orders if found.row else 0,
        "orders": [ORDERS.document(one, telling.currency) for one in dated],
        "currency": telling.currency,
        "after": None if after is None else str(after),
    }
