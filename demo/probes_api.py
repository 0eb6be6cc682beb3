"""Probes of the Admin API itself: access, cost, and bulk operations."""

from functools import cache
from typing import Any

from demo.probes_asking import CONFIRMED, REFUTED, TIMEOUT, UNTESTABLE, Document, Shop, Unanswered, Verdict
from shopify_app.admin_api.client import document

_POLL_SECONDS = 2.0
_POLLS = 900
_MARK = "orders_bulk_probe"
_FOREIGN = (
    ("read_gift_cards", "{giftCardsCount {count}}"),
    ("read_discounts", "{discountNodesCount {count}}"),
    ("read_locations", "{locationsCount {count}}"),
    ("read_customers", "{customersCount {count}}"),
    ("read_products", "{productsCount {count}}"),
)


def unknown_token(shop: Shop) -> Verdict:
    """A token that Shopify does not know is answered 401."""
    status = shop.ask("{shop {id}}", token="shpat_0000000000000000000000000000dead").status  # noqa: S106 - no secret
    return Verdict(CONFIRMED if status == 401 else REFUTED, f"HTTP {status}")


def missing_permission(shop: Shop) -> Verdict:
    """A missing permission is HTTP 403, or 200 with ACCESS_DENIED."""
    for scope, query in _FOREIGN:
        if {scope, scope.replace("read_", "write_")} & shop.scopes:
            continue
        reply = shop.ask(query)
        if reply.status == 403 or "ACCESS_DENIED" in reply.codes:
            return Verdict(CONFIRMED, f"without {scope}: HTTP {reply.status}")
        if not reply.body.get("errors"):
            return Verdict(REFUTED, f"without {scope} it was answered all the same")
    return Verdict(UNTESTABLE, "the token lacks no permission that can be asked for")


def writing_covers_reading(shop: Shop) -> Verdict:
    """With `write_orders` alone orders can be read."""
    if "write_orders" not in shop.scopes or "read_orders" in shop.scopes:
        return Verdict(UNTESTABLE, "the token does not have write_orders without read_orders")
    reply = shop.ask("{orders(first: 1) {nodes {id}}}")
    return Verdict(
        REFUTED if reply.codes else CONFIRMED, f"HTTP {reply.status} {' '.join(sorted(reply.codes))}".strip()
    )


def segment_counts(shop: Shop) -> Verdict:
    """Members of a segment can be counted with no more than `read_customers`."""
    reply = shop.ask(document("count_customers"))
    if reply.body.get("errors"):
        return Verdict(REFUTED, f"{sorted(reply.codes)} with {' '.join(sorted(shop.scopes))}")
    more = {"read_segments", "write_segments"} & shop.scopes
    if more:
        return Verdict(UNTESTABLE, f"the token has {' '.join(sorted(more))} too")
    return Verdict(CONFIRMED, f"{reply.body['data']['buyers']['totalCount']} buyers")


def told_cost(shop: Shop) -> Verdict:
    """Every answer says what it cost and what is left."""
    cost = shop.ask("{shop {id}}").cost
    missing = {"requestedQueryCost", "actualQueryCost", "throttleStatus"} - set(cost)
    status = cost.get("throttleStatus") or {}
    missing |= {"maximumAvailable", "currentlyAvailable", "restoreRate"} - set(status)
    return Verdict(REFUTED if missing else CONFIRMED, f"without {sorted(missing)}" if missing else f"{status}")


def dearest_query(shop: Shop) -> Verdict:
    """A query of more than 1,000 points is refused by name, and not run."""
    reply = shop.ask("{orders(first: 250) {nodes {id customer {id} refunds {id} lineItems(first: 50) {nodes {id}}}}}")
    word = CONFIRMED if "MAX_COST_EXCEEDED" in reply.codes else REFUTED
    return Verdict(
        word, f"HTTP {reply.status} {' '.join(sorted(reply.codes))}, {reply.cost.get('requestedQueryCost')} points"
    )


def unknown_operation(shop: Shop) -> Verdict:
    """A bulk operation that Shopify does not know is null."""
    found = shop.data(document("bulk_operation"), id="gid://shopify/BulkOperation/1")["bulkOperation"]
    return Verdict(CONFIRMED if found is None else REFUTED, "asked for number 1")


def roots_counted(shop: Shop) -> Verdict:
    """`rootObjectCount` is the number of orders in the finished file."""
    operation, lines = _bulk(shop)
    roots = sum(b'"__parentId"' not in line for line in lines)
    return _same(int(operation["rootObjectCount"]), roots, "orders")


def objects_counted(shop: Shop) -> Verdict:
    """`objectCount` is the number of all lines of the finished file."""
    operation, lines = _bulk(shop)
    return _same(int(operation["objectCount"]), len(lines), "lines")


def query_kept(shop: Shop) -> Verdict:
    """An operation hands back the text that it was started with, the operation's name included."""
    operation, _ = _bulk(shop)
    word = CONFIRMED if _MARK in operation["query"] else REFUTED
    return Verdict(word, f"the text begins {operation['query'].strip()[:30]!r}")


def _same(told: int, found: int, what: str) -> Verdict:
    if not found and not told:
        return Verdict(UNTESTABLE, "this shop shows no orders")
    return Verdict(CONFIRMED if told == found else REFUTED, f"told {told}, found {found} {what}")


@cache
def _bulk(shop: Shop) -> tuple[Document, list[bytes]]:
    """The import's own bulk query, run once for all probes that need it: the finished operation and its lines."""
    text = document("orders_bulk").replace("query orders_bulk", f"query {_MARK}", 1)
    started: Any = shop.data(document("start_orders_import"), query=text)["bulkOperationRunQuery"]
    if started["userErrors"]:
        raise Unanswered(f"the bulk operation was refused: {started['userErrors'][0]['message']}")
    look = "query probe_bulk($id: ID!) {bulkOperation(id: $id) {status query objectCount rootObjectCount url}}"
    for _ in range(_POLLS):
        operation = shop.data(look, id=started["bulkOperation"]["id"])["bulkOperation"]
        if operation["status"] == "COMPLETED":
            return operation, _lines(shop, operation["url"])
        if operation["status"] not in ("CREATED", "RUNNING"):
            raise Unanswered(f"the bulk operation ended as {operation['status']}")
        shop.sleep(_POLL_SECONDS)
    raise Unanswered("the bulk operation does not end")


def _lines(shop: Shop, url: str | None) -> list[bytes]:
    if not url:
        return []
    answer = shop.http.get(url, timeout=TIMEOUT)
    answer.raise_for_status()
    return [line for line in answer.content.split(b"\n") if line.strip()]
