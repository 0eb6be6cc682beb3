"""Pages of a connection: which items, with what cursors, and what lies before and after."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from devstore.sources import Arguments

MOST = 250
LARGER_PAGES = {"customerSegmentMembers": 1000}


def cursor_of(item: Any) -> str:
    """The cursor of an item: its number, which no later change of the shop alters."""
    return base64.b64encode(json.dumps({"last_id": number_of(item)}).encode()).decode()


def number_of(item: Any) -> int:
    """The number that tells an item apart within its connection."""
    if isinstance(item, dict):
        return int(str(item["id"]).rpartition("/")[2])
    return int(item.id)


@dataclass(slots=True)
class Page:
    """Some of the items of a connection; answers its edges, nodes, pageInfo and totalCount."""

    nodes: list[Any]
    before: bool
    after: bool
    total: int

    @classmethod
    def cut(cls, items: list[Any], arguments: Arguments, most: int = MOST) -> "Page":
        """The page that ``first``, ``after``, ``last`` and ``before`` ask for."""
        first, last = arguments.get("first"), arguments.get("last")
        size = first if first is not None else last
        if size is None or (first is not None and last is not None):
            raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
        if not 0 <= size <= most:
            raise GraphQLError(f"first and last must lie between 0 and {most}", extensions={"code": "BAD_REQUEST"})
        start = _place(items, arguments.get("after"), -1) + 1
        end = _place(items, arguments.get("before"), len(items))
        if first is not None:
            end = min(end, start + size)
        else:
            start = max(start, end - size)
        return cls(items[start:end], start > 0, end < len(items), len(items))

    @property
    def edges(self) -> list[dict[str, Any]]:
        """The items with their cursors."""
        return [{"node": node, "cursor": cursor_of(node)} for node in self.nodes]

    @property
    def pageInfo(self) -> dict[str, Any]:  # noqa: N802 - the API's own name
        """Where the page stands among all the items."""
        return {
            "hasPreviousPage": self.before,
            "hasNextPage": self.after,
            "startCursor": cursor_of(self.nodes[0]) if self.nodes else None,
            "endCursor": cursor_of(self.nodes[-1]) if self.nodes else None,
        }

    @property
    def totalCount(self) -> int:  # noqa: N802 - the API's own name
        """How many items there are in all."""
        return self.total


def _place(items: list[Any], cursor: str | None, without: int) -> int:
    if cursor is None:
        return without
    try:
        number = json.loads(base64.b64decode(cursor, validate=True))["last_id"]
    except (ValueError, KeyError, TypeError):
        number = None
    for index, item in enumerate(items):
        if number_of(item) == number:
            return index
    raise GraphQLError("invalid cursor for current pagination sort", extensions={"code": "BAD_REQUEST"})


def iso(moment: datetime | None) -> str | None:
    """An instant as the Admin API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
