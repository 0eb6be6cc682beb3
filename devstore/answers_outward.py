"""How the Admin API answers for what an app writes: metafields, their definitions, segments."""

from collections.abc import Callable
from typing import Any

from devstore.answer_kinds import Answer, fixed, plain
from devstore.metafields import Definition, Metafield, gid_of
from devstore.pages import iso
from devstore.search import Fields, sorted_by
from devstore.segments import Segment
from devstore.sources import Arguments, Ask


def _capabilities(definition: Definition) -> dict[str, Any]:
    status = "FILTERABLE" if definition.filterable else "NOT_FILTERABLE"
    eligible = definition.type != "json"
    return {
        "adminFilterable": {"eligible": eligible, "enabled": definition.filterable, "status": status},
        "uniqueValues": {"eligible": eligible, "enabled": definition.unique},
    }


def _count(definition: Definition, ask: Ask, _arguments: Arguments) -> int:
    place = (definition.namespace, definition.key)
    return sum(place in customer.metafields for customer in ask.shop.customers.values())


def _category(kind: str) -> str:
    return {"boolean": "TRUE_FALSE", "date": "DATE_TIME", "json": "JSON"}.get(
        kind, "NUMBER" if kind.startswith("number") else "TEXT"
    )


def _segments(_root: Any, ask: Ask, arguments: Arguments) -> list[Any]:
    keys: dict[str, Callable[[Segment], Any]] = {
        "CREATION_DATE": lambda one: (one.created_at, one.id),
        "LAST_EDIT_DATE": lambda one: (one.edited_at, one.id),
        "ID": lambda one: one.id,
    }
    fields = Fields(ask.shop.zone, {}, {"id": lambda one: one.id}, {"name": lambda one: one.name})
    query, key = arguments.get("query") or "", arguments.get("sortKey") or "ID"
    known: list[Any] = list(ask.shop.outward.segments.all.values())
    return sorted_by(known, query, fields, keys, key, bool(arguments.get("reverse")))


def _size(held: Metafield) -> int:
    return len(held.value.encode())


OUTWARD_ANSWERS: dict[str, dict[str, Answer]] = {
    "Metafield": {
        "id": plain(lambda held: f"gid://shopify/Metafield/{held.id}"),
        "legacyResourceId": plain(lambda held: str(held.id)),
        "compareDigest": plain(lambda held: held.digest),
        "createdAt": plain(lambda held: iso(held.created_at)),
        "updatedAt": plain(lambda held: iso(held.updated_at)),
        "definition": plain(lambda held: held.definition),
        "key": plain(lambda held: held.key),
        "namespace": plain(lambda held: held.namespace),
        "owner": plain(lambda held: held.owner),
        "ownerType": fixed("CUSTOMER"),
        "sizeInBytes": plain(_size),
        "type": plain(lambda held: held.type),
        "value": plain(lambda held: held.value),
    },
    "MetafieldDefinition": {
        "id": plain(gid_of),
        "access": plain(lambda one: {"admin": one.admin or "PUBLIC_READ_WRITE"}),
        "capabilities": plain(_capabilities),
        "description": plain(lambda one: one.description),
        "key": plain(lambda one: one.key),
        "metafieldsCount": _count,
        "name": plain(lambda one: one.name),
        "namespace": plain(lambda one: one.namespace),
        "ownerType": fixed("CUSTOMER"),
        "pinnedPosition": plain(lambda one: one.pinned),
        "type": plain(lambda one: {"name": one.type, "category": _category(one.type)}),
    },
    "Segment": {
        "id": plain(lambda one: f"gid://shopify/Segment/{one.id}"),
        "creationDate": plain(lambda one: iso(one.created_at)),
        "lastEditDate": plain(lambda one: iso(one.edited_at)),
        "name": plain(lambda one: one.name),
        "query": plain(lambda one: one.query),
    },
}
OUTWARD_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("QueryRoot", "segments"): _segments,
}
