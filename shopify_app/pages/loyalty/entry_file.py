"""Entries of the ledger as a file that an accountant reads: in words first, the ledger's own codes last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.ledger.tables import ENTRIES
from shopify_app.pages.loyalty.entries import Line
from shopify_app.table import Column, Table


@dataclass(frozen=True, slots=True)
class Filed:
    """An entry with what is said of it."""

    entry: PointsEntry
    line: Line
    customer: int | None


def _own(column: Column[Any]) -> Column[Any]:
    return Column(column.name, column.kind, column.title, lambda row: column.read(row.entry), personal=column.personal)


_SAID: tuple[Column[Any], ...] = (
    Column("written_at", "moment", "Written", lambda row: row.entry.known_at, personal=True),
    Column("customer_id", "number", "Customer", lambda row: row.customer, personal=True),
    Column("order", "text", "Order", lambda row: row.line.order, personal=True),
    Column("what", "text", "What happened", lambda row: row.line.what, personal=True),
    Column("how", "text", "How it was worked out", lambda row: " ".join(row.line.notes), personal=True),
    Column("reason", "text", "Reason", lambda row: row.line.reason, personal=True),
    Column("points", "number", "Points", lambda row: row.entry.points, personal=True),
    Column("released", "count", "No longer pending", lambda row: row.entry.moved, personal=True),
    Column("balance", "number", "Balance afterwards", lambda row: row.entry.balance, personal=True),
    Column("by_whom", "text", "By whom", lambda row: row.line.by, personal=True),
)
_NAMES = frozenset(column.name for column in _SAID)
FILED: Table[Any] = Table(
    ENTRIES.name, (*_SAID, *(_own(column) for column in ENTRIES.columns if column.name not in _NAMES))
)


def filed(entries: Sequence[PointsEntry], lines: Sequence[Line], currency: str, customer: int | None = None) -> str:
    """Lines of the file, without its first; `customer` is whose all of them are, where that is one."""
    both = zip(entries, lines, strict=True)
    rows = [Filed(entry, line, line.customer if customer is None else customer) for entry, line in both]
    return "".join(list(FILED.lines(rows, currency))[1:])
