"""What is said to Shopify of a segment, and how its answers are read."""

from collections.abc import Iterable, Mapping
from typing import Any

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.errors import Rejected
from shopify_app.admin_api.pacing import Pace
from shopify_app.db.base import ShopId
from shopify_app.segments.outward.asking import AT_ONCE
from shopify_app.segments.outward.model import ADD, MARK

OWN = "$app"
"""The namespace that no other app writes in."""
_PAGES = 40
Members = list[tuple[int, str]]


def metafield_key(segment: str) -> str:
    """What Shopify's metafield of a segment is called."""
    return f"segment_{segment}"


def segment_query(namespace: str, segment: str) -> str:
    """Shopify's segment of all who have the mark; the namespace must be as Shopify writes it."""
    return f"metafields.{namespace}.{metafield_key(segment)} = true"


def definition(segment: str, title: str) -> dict[str, Any]:
    """The metafield's definition; merchants may read it, and other apps may not."""
    return {
        "name": title,
        "key": metafield_key(segment),
        "type": "boolean",
        "ownerType": "CUSTOMER",
        "access": {"admin": "MERCHANT_READ"},
        "capabilities": {"adminFilterable": {"enabled": True}},
    }


def marks(segment: str, members: Members) -> list[dict[str, str]]:
    """The values of so many customers, for one call."""
    key = metafield_key(segment)
    return [
        {"ownerId": gid(customer), "namespace": OWN, "key": key, "value": "true" if state == ADD else "false"}
        for customer, state in members
    ]


def variables(segment: str, medium: int, tag: str | None, members: Members) -> Iterable[Mapping[str, Any]]:
    """The lines of a bulk mutation: as many marks as fit in one, or one customer's tag."""
    if medium != MARK:
        return ({"id": gid(customer), "tags": [tag]} for customer, _ in members)
    pieces = (members[start : start + AT_ONCE] for start in range(0, len(members), AT_ONCE))
    return ({"metafields": marks(segment, piece)} for piece in pieces)


def mutation(medium: int, state: str) -> str:
    """The document that writes."""
    if medium == MARK:
        return "set_metafields"
    return "add_tags" if state == ADD else "remove_tags"


def confirmed(line: Mapping[str, Any]) -> list[int]:
    """The customers who are written, by one line of a bulk mutation's file."""
    found = []
    for payload in (line.get("data") or {}).values():
        if not payload or payload.get("userErrors"):
            continue
        nodes = [one.get("owner") for one in payload.get("metafields") or ()] + [payload.get("node")]
        found += [number_of(node["id"]) for node in nodes if node and node.get("id")]
    return found


def nobody(admin: AdminApi, shop: ShopId, segment: str, members: Members) -> list[int]:
    """Those of one call's customers whom Shopify does not have (any more)."""
    asked = {"ids": [gid(customer) for customer, _ in members], "key": metafield_key(segment)}
    nodes = whole(admin.run(shop, "customer_marks", pace=Pace.EFFECT, **asked))["nodes"]
    there = {number_of(node["id"]) for node in nodes if node}
    return [customer for customer, _ in members if customer not in there]


def is_taken(error: Rejected, field: str) -> bool:
    """Whether Shopify refuses nothing but this field: of names and ids it gives no codes."""
    return all(list(one.get("field") or ()) == [field] for one in error.errors)


def as_they_are(admin: AdminApi, shop: ShopId, segment: str, medium: int, tag: str | None, members: Members) -> bool:
    """Whether all of these are written as they were to be; who is gone needs nothing."""
    wanted = {gid(customer): state == ADD for customer, state in members}
    ids = list(wanted)
    for start in range(0, len(ids), AT_ONCE):
        asked = {"ids": ids[start : start + AT_ONCE], "key": metafield_key(segment)}
        for node in whole(admin.run(shop, "customer_marks", pace=Pace.EFFECT, **asked))["nodes"]:
            if node and _has(node, medium, tag) != wanted[node["id"]]:
                return False
    return True


def _has(node: Mapping[str, Any], medium: int, tag: str | None) -> bool:
    if medium == MARK:
        return bool((node.get("metafield") or {}).get("value") == "true")
    return (tag or "").casefold() in [one.casefold() for one in node.get("tags") or ()]


def namespace_of(admin: AdminApi, shop: ShopId, segment: str) -> str | None:
    """Where the segment's metafield is defined, as Shopify writes it; None where it is not."""
    found = whole(admin.run(shop, "metafield_definition", pace=Pace.EFFECT, key=metafield_key(segment)))
    node = found["metafieldDefinition"]
    return str(node["namespace"]) if node else None


def find_segment(admin: AdminApi, shop: ShopId, query: str) -> dict[str, Any] | None:
    """Shopify's segment of exactly this query."""
    after = None
    for _ in range(_PAGES):
        page = whole(admin.run(shop, "find_segments", pace=Pace.EFFECT, after=after))["segments"]
        for node in page["nodes"]:
            if node["query"] == query:
                return dict(node)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    return None


def gid(customer: int) -> str:
    """A customer's global id."""
    return f"gid://shopify/Customer/{customer}"


def number_of(node: str) -> int:
    """The number at the end of a global id."""
    return int(node.rpartition("/")[2])
