"""Asking Shopify how some orders are now: all their lines and every refund, told exactly."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.errors import Unavailable
from shopify_app.changes.facts import OrderSeen
from shopify_app.clock import Clock, Instant, parse_instant
from shopify_app.db.base import ShopId
from shopify_app.orders.bulk_payload import Unreadable
from shopify_app.orders.node_payload import AgreementNode, RefundNode, read_node

AT_ONCE = 20
"""Orders in one call: with ten lines each they stay under what Shopify lets one call cost."""
_REFUNDS_AT_ONCE = 8
_AGREEMENTS_AT_ONCE = 10
_SALES_AT_ONCE = 20
_SALES_ALONE = 200


@dataclass(frozen=True, slots=True)
class Told:
    """What Shopify said when it was asked for some orders."""

    asked_at: Instant
    """The moment just before asking."""
    seen: Sequence[OrderSeen]
    absent: frozenset[int]
    """Those it does not show us: deleted, or older than what we may see."""
    unreadable: Sequence[Unreadable]


def read_orders_now(admin: AdminApi, shop: ShopId, order_ids: Iterable[int], clock: Clock) -> Told:
    """How these orders are now; raises what `AdminApi.run` raises."""
    asked_at, wanted = clock(), list(order_ids)
    seen: list[OrderSeen] = []
    absent: set[int] = set()
    unreadable: list[Unreadable] = []
    for some in _cut(wanted, AT_ONCE):
        nodes = whole(admin.run(shop, "order_nodes", ids=[f"gid://shopify/Order/{one}" for one in some]))["nodes"]
        refunds = _refunds(admin, shop, [node for node in nodes if node])
        for order_id, node in zip(some, nodes, strict=True):
            if not node:
                absent.add(order_id)
                continue
            lines, agreements = _lines(admin, shop, node), _agreements(admin, shop, node)
            found = read_node(node, lines, refunds, asked_at, agreements)
            if isinstance(found, Unreadable):
                unreadable.append(found)
            else:
                seen.append(OrderSeen(*found))
    return Told(asked_at, seen, frozenset(absent), unreadable)


def number_of(gid: str) -> int:
    """The number at the end of a global id."""
    return int(gid.rpartition("/")[2])


def _lines(admin: AdminApi, shop: ShopId, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    page, found = node["lineItems"], list(node["lineItems"]["nodes"])
    while page["pageInfo"]["hasNextPage"]:
        order = whole(admin.run(shop, "order_lines", id=node["id"], after=page["pageInfo"]["endCursor"]))["order"]
        if order is None or order["updatedAt"] != node["updatedAt"]:
            raise Unavailable(f"{node['id']} changed while it was read")
        page = order["lineItems"]
        found += page["nodes"]
    return found


def _agreements(admin: AdminApi, shop: ShopId, node: Mapping[str, Any]) -> list[AgreementNode]:
    """All sales agreements of an order that was edited or of which something was returned; of others nobody needs any.

    Some at once with the first of their sales; one that has more is asked for again alone.
    """
    found: list[AgreementNode] = []
    if not node["edited"] and node["returnStatus"] == "NO_RETURN":
        return found
    page, after = _agreement_page(admin, shop, node, _AGREEMENTS_AT_ONCE, None, _SALES_AT_ONCE, None), None
    while True:
        for edge in page["edges"]:
            one = edge["node"]
            sales = _sales(admin, shop, node, after, one["sales"])
            happened = parse_instant(one["happenedAt"])
            refund = number_of(one["refund"]["id"]) if "refund" in one else None
            found.append(AgreementNode(number_of(one["id"]), one["reason"], happened, sales, refund))
            after = edge["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        page = _agreement_page(admin, shop, node, _AGREEMENTS_AT_ONCE, after, _SALES_AT_ONCE, None)


def _sales(
    admin: AdminApi, shop: ShopId, node: Mapping[str, Any], before: str | None, first: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """All sales of the agreement that follows the cursor `before`, of which `first` is the first page."""
    page, found = first, list(first["nodes"])
    while page["pageInfo"]["hasNextPage"]:
        alone = _agreement_page(admin, shop, node, 1, before, _SALES_ALONE, page["pageInfo"]["endCursor"])
        page = alone["edges"][0]["node"]["sales"]
        found += page["nodes"]
    return found


def _agreement_page(
    admin: AdminApi,
    shop: ShopId,
    node: Mapping[str, Any],
    first: int,
    after: str | None,
    sales: int,
    sales_after: str | None,
) -> Mapping[str, Any]:
    asked = {"id": node["id"], "first": first, "after": after, "sales": sales, "salesAfter": sales_after}
    order = whole(admin.run(shop, "order_agreements", **asked))["order"]
    if order is None or order["updatedAt"] != node["updatedAt"]:
        raise Unavailable(f"{node['id']} changed while it was read")
    page: Mapping[str, Any] = order["agreements"]
    return page


def _refunds(admin: AdminApi, shop: ShopId, nodes: Sequence[Mapping[str, Any]]) -> dict[int, RefundNode]:
    ids = [refund["id"] for node in nodes for refund in node["refunds"]]
    found: dict[int, RefundNode] = {}
    for some in _cut(ids, _REFUNDS_AT_ONCE):
        for node in whole(admin.run(shop, "refund_nodes", ids=some))["nodes"]:
            if not node or node["orderAdjustments"]["pageInfo"]["hasNextPage"]:
                raise Unavailable("a refund changed while it was read, or has more adjustments than we ask for")
            lines = _refund_lines(admin, shop, node)
            found[number_of(node["id"])] = RefundNode(lines, node["orderAdjustments"]["nodes"])
    return found


def _refund_lines(admin: AdminApi, shop: ShopId, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    page, found = node["refundLineItems"], list(node["refundLineItems"]["nodes"])
    while page["pageInfo"]["hasNextPage"]:
        more = whole(admin.run(shop, "refund_lines", id=node["id"], after=page["pageInfo"]["endCursor"]))["node"]
        if not more:
            raise Unavailable(f"{node['id']} is gone while it was read")
        page = more["refundLineItems"]
        found += page["nodes"]
    return found


def still_found(admin: AdminApi, shop: ShopId, order_ids: Collection[int]) -> set[int]:
    """Those of the named orders that Shopify's search still finds: other evidence than asking by number."""
    found: set[int] = set()
    for some in _cut(sorted(order_ids), AT_ONCE):
        query = " OR ".join(f"id:{one}" for one in some)
        answer = whole(admin.run(shop, "find_orders", query=query, sort="ID", first=AT_ONCE))
        found |= {number_of(node["id"]) for node in answer["orders"]["nodes"]}
    return found


def living_customers(admin: AdminApi, shop: ShopId, customers: Collection[int]) -> set[int]:
    """Those of the named customers that Shopify still has."""
    found: set[int] = set()
    for some in _cut(sorted(customers), AT_ONCE):
        answer = whole(admin.run(shop, "customer_nodes", ids=[f"gid://shopify/Customer/{one}" for one in some]))
        found |= {number_of(node["id"]) for node in answer["nodes"] if node}
    return found


def _cut(ids: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
