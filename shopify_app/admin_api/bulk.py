"""Bulk operations: start one, ask how it is doing."""

from dataclasses import dataclass
from typing import Any

from shopify_app.admin_api.client import AdminApi, document
from shopify_app.admin_api.errors import Rejected, ResultGone
from shopify_app.clock import Instant, parse_instant
from shopify_app.db.base import ShopId

COMPLETED = "COMPLETED"
ENDED_BADLY = frozenset({"FAILED", "CANCELED", "CANCELING", "EXPIRED"})
_BUSY = frozenset({"LIMIT_REACHED", "OPERATION_IN_PROGRESS"})


class Busy(Exception):
    """As many bulk operations run in this shop as Shopify allows; try again when one has ended."""


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """Shopify's record of one bulk operation."""

    id: str
    status: str
    created_at: Instant
    objects: int = 0
    """Lines written so far, children included."""
    roots: int = 0
    """Objects of the top level written so far."""
    error_code: str = ""
    url: str = ""
    """Where the lines are once it has completed; empty when there are none."""


def start(admin: AdminApi, shop: ShopId, operation: str, query: str) -> BulkOperation:
    """Start the bulk query named `query` by the mutation named `operation`; Busy when none may start now."""
    try:
        answer = admin.run(shop, operation, query=document(query))
    except Rejected as error:
        if error.codes & _BUSY:
            raise Busy from None
        raise
    node = answer["bulkOperationRunQuery"]["bulkOperation"]
    if node is None:
        raise Rejected([{"message": "no bulk operation was made"}])
    return _operation(node)


def look(admin: AdminApi, shop: ShopId, operation_id: str) -> BulkOperation:
    """How the operation is doing; ResultGone when Shopify no longer knows it."""
    node = admin.run(shop, "bulk_operation", id=operation_id)["bulkOperation"]
    if node is None:
        raise ResultGone
    return _operation(node)


def _operation(node: dict[str, Any]) -> BulkOperation:
    return BulkOperation(
        id=node["id"],
        status=node["status"],
        created_at=parse_instant(node["createdAt"]),
        objects=int(node.get("objectCount") or 0),
        roots=int(node.get("rootObjectCount") or 0),
        error_code=node.get("errorCode") or "",
        url=node.get("url") or "",
    )
