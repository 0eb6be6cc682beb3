"""What is said to Shopify of points, and how its answers are read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.errors import Rejected
from shopify_app.admin_api.pacing import Pace
from shopify_app.db.base import ShopId
from shopify_app.language import Words
from shopify_app.loyalty.outward.queries import Shown

POINTS, PENDING = "points", "points_pending"
"""The keys of two whole numbers, and not one document: only a number can be used in Shopify's segments and flows."""
OWN = "$app"
"""The namespace that no other app writes in."""
AT_ONCE = 12
"""Customers of one call: it takes 25 metafields."""

_MOST = (1 << 53) - 1
"""The largest whole number that a metafield takes."""
_TAKEN = frozenset({"TAKEN"})
_FULL = "OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS"


def is_defined(admin: AdminApi, shop: ShopId) -> bool:
    """Whether the shop has the metafields; they go with all values where the app is taken out."""
    found = whole(admin.run(shop, "metafield_definition", pace=Pace.SYNC, key=POINTS))
    return found["metafieldDefinition"] is not None


def define(admin: AdminApi, shop: ShopId, words: Words) -> None:
    """Have the shop have them, named in its language; `POINTS` comes last, so whoever finds it has both."""
    _define(admin, shop, PENDING, words.text("Pending points"))
    try:
        _define(admin, shop, POINTS, words.text("Points"), filterable=True)
    except Rejected as error:
        if _FULL not in error.codes:
            raise
        # A shop has room for so many fields that segments can use; this one can do without.
        _define(admin, shop, POINTS, words.text("Points"))


def _define(admin: AdminApi, shop: ShopId, key: str, name: str, *, filterable: bool = False) -> None:
    definition = {
        "name": name,
        "key": key,
        "type": "number_integer",
        "ownerType": "CUSTOMER",
        "access": {"admin": "MERCHANT_READ", "customerAccount": "READ"},
        "capabilities": {"adminFilterable": {"enabled": filterable}},
    }
    try:
        admin.run(shop, "define_metafield", pace=Pace.SYNC, definition=definition)
    except Rejected as error:
        if not error.codes <= _TAKEN:
            raise


def write(admin: AdminApi, shop: ShopId, customers: Sequence[Shown]) -> None:
    """Write what these customers have, of all or of none; Rejected where one of them is not there."""
    admin.run(shop, "set_metafields", pace=Pace.SYNC, metafields=_values(customers))


def lines(customers: Sequence[Shown]) -> Iterator[Mapping[str, Any]]:
    """The same as lines of a bulk mutation."""
    for start in range(0, len(customers), AT_ONCE):
        yield {"metafields": _values(customers[start : start + AT_ONCE])}


def _values(customers: Iterable[Shown]) -> list[dict[str, str]]:
    return [
        {"ownerId": _gid(one.customer), "namespace": OWN, "key": key, "value": str(min(points, _MOST))}
        for one in customers
        for key, points in ((POINTS, one.available), (PENDING, one.pending))
    ]


def nobody(admin: AdminApi, shop: ShopId, customers: Iterable[Shown]) -> list[Shown]:
    """Those of one call's customers whom Shopify does not have (any more)."""
    asked = {_gid(one.customer): one for one in customers}
    nodes = whole(admin.run(shop, "customer_nodes", pace=Pace.SYNC, ids=list(asked)))["nodes"]
    there = {node["id"] for node in nodes if node}
    return [one for gid, one in asked.items() if gid not in there]


def _gid(customer: int) -> str:
    return f"gid://shopify/Customer/{customer}"
