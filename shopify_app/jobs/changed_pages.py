"""Paging through what has changed since a moment, oldest change first, while more changes. Pure."""

from collections.abc import Mapping
from typing import Any

from shopify_app.clock import Instant, parse_instant
from shopify_app.jobs.read_orders import number_of


def moment(at: Instant) -> str:
    """As Shopify's search reads it, which knows whole seconds."""
    return at.replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def changed_since(cursor: Mapping[str, Any]) -> str:
    """The search for the page that the cursor stands at."""
    return f"updated_at:>='{cursor['from']}'"


def from_the_start(cursor: Mapping[str, Any]) -> dict[str, Any]:
    """From which second on, `since`, after which place in it, and whom we met there already."""
    return {"from": cursor["since"], "after": None, "met": []}


def is_last(page: Mapping[str, Any], cursor: Mapping[str, Any]) -> bool:
    """Whether nothing follows but what has changed since the work began, at the cursor's `until`."""
    nodes = page["nodes"]
    return not page["pageInfo"]["hasNextPage"] or nodes[-1]["updatedAt"] > moment(parse_instant(cursor["until"]))


def next_page(page: Mapping[str, Any], cursor: Mapping[str, Any]) -> dict[str, Any]:
    """Where to go on: at the last second of this page, because what changes meanwhile moves to the end.

    Shopify's own cursor is needed only within a second that fills a whole page.
    """
    last = page["nodes"][-1]["updatedAt"]
    met = [number_of(node["id"]) for node in page["nodes"] if node["updatedAt"] == last]
    if last == cursor["from"]:
        return {"after": page["pageInfo"]["endCursor"], "met": [*cursor["met"], *met]}
    return {"from": last, "after": None, "met": met}
