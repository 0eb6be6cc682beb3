"""Bulk operations, queries and mutations: start one, find it again, ask how it is doing."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shopify_app.admin_api.client import AdminApi, document, whole
from shopify_app.admin_api.errors import Rejected, ResultGone, Unavailable
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import Instant, parse_instant
from shopify_app.db.base import ShopId

COMPLETED = "COMPLETED"
ENDED_BADLY = frozenset({"FAILED", "CANCELED", "CANCELING", "EXPIRED"})
_BUSY = frozenset({"LIMIT_REACHED", "OPERATION_IN_PROGRESS"})
_PAGES = 20


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


def start(
    admin: AdminApi,
    shop: ShopId,
    operation: str,
    query: str,
    mark: str = "",
    without: Iterable[str] = (),
    search: str = "",
) -> BulkOperation:
    """Start the bulk query named `query` by the mutation named `operation`; Busy when none may start now.

    By its mark, of letters, digits and _, `find` knows the operation again. Objects named in `without` are not asked
    for: of one that the app may not see Shopify refuses the whole query. `search` leaves out, as in Shopify's admin,
    whatever it does not find.
    """
    text = document(query)
    if search:
        # A bulk query takes no variables.
        text = re.sub(r"(?<=\()(?=sortKey)", lambda _here: f"query: {json.dumps(search)}, ", text, count=1)
    for name in without:
        text = re.sub(rf"^( *){name} \{{\n(?:\1 +.*\n)*\1\}}\n", "", text, flags=re.MULTILINE)
    if mark:
        # The operation's name is part of the text, and Shopify hands back the text that it was given.
        text = text.replace(f"query {query}", f"query {_name(query, mark)}", 1)
    try:
        answer = admin.run(shop, operation, pace=Pace.EFFECT, query=text)
    except Rejected as error:
        if error.codes & _BUSY:
            raise Busy from None
        raise
    node = answer["bulkOperationRunQuery"]["bulkOperation"]
    if node is None:
        raise Rejected([{"message": "no bulk operation was made"}])
    return _operation(node)


def start_mutation(
    admin: AdminApi, shop: ShopId, mutation: str, lines: Iterable[Mapping[str, Any]], mark: str
) -> BulkOperation:
    """Start the mutation named so for each line of variables; Busy when another runs.

    By its mark, of letters, digits and _, `find` knows the operation again.
    """
    target = admin.run(shop, "stage_variables", pace=Pace.EFFECT)["stagedUploadsCreate"]["stagedTargets"][0]
    form = {one["name"]: one["value"] for one in target["parameters"]}
    admin.upload(target["url"], form, "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    text = document(mutation).replace(f"mutation {mutation}", f"mutation {_name(mutation, mark)}", 1)
    try:
        answer = admin.run(shop, "start_bulk_mutation", pace=Pace.EFFECT, mutation=text, path=form["key"])
    except Rejected as error:
        if error.codes & _BUSY:
            raise Busy from None
        raise
    node = answer["bulkOperationRunMutation"]["bulkOperation"]
    if node is None:
        raise Rejected([{"message": "no bulk operation was made"}])
    return _operation(node)


def find(admin: AdminApi, shop: ShopId, query: str, mark: str, since: Instant) -> BulkOperation | None:
    """The operation that was started with this mark, if Shopify has one; `since` is before it was started.

    Unavailable when there are more operations than we are ready to look through.
    """
    wanted = re.compile(rf"\b{_name(query, mark)}\b")
    asked, after = f"created_at:>='{since.isoformat(timespec='seconds')}'", None
    for _ in range(_PAGES):
        page = whole(admin.run(shop, "bulk_operations", query=asked, after=after))["bulkOperations"]
        for node in page["nodes"]:
            if wanted.search(node["query"]):
                return _operation(node)
        if not page["pageInfo"]["hasNextPage"]:
            return None
        after = page["pageInfo"]["endCursor"]
    raise Unavailable("too many bulk operations to look through")


def look(admin: AdminApi, shop: ShopId, operation_id: str) -> BulkOperation:
    """How the operation is doing; ResultGone when Shopify no longer knows it."""
    # Without its counts a file cut short would pass for whole; without its address, a shop for one without orders.
    node = whole(admin.run(shop, "bulk_operation", id=operation_id))["bulkOperation"]
    if node is None:
        raise ResultGone
    return _operation(node)


def _name(query: str, mark: str) -> str:
    return f"{query}_{mark}"


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
