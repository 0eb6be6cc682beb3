"""Metafields of customers: what may be written, what was, and the definitions that give it a type.

The store knows them of customers alone. A namespace of the app's own is written ``$app``, and answered as it stands
in the shop: with the app's number.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from devstore.clock import whole_second

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devstore.records import Customer
    from devstore.shop import Shop

APP = 1_300_001
MOST_AT_ONCE, MOST_DELETED = 25, 250
MOST_FILTERS, MOST_DEFINITIONS = 50, 256
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_KEY_LENGTH, _NAMESPACE_LENGTH = range(2, 65), range(3, 256)
_OWN = f"app--{APP}"


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_list(value: str) -> bool:
    return _is_json(value) and isinstance(found := json.loads(value), list) and all(isinstance(x, str) for x in found)


TYPES: "dict[str, Callable[[str], bool]]" = {
    "boolean": lambda value: value in {"true", "false"},
    "number_integer": lambda value: bool(re.fullmatch(r"-?\d{1,16}", value)),
    "number_decimal": lambda value: bool(re.fullmatch(r"-?\d{1,13}(\.\d{1,9})?", value)),
    "single_line_text_field": lambda value: "\n" not in value,
    "list.single_line_text_field": _is_list,
    "date": _is_day,
    "json": _is_json,
}
"""The types that the store knows, and what a value of each looks like."""
_UNFILTERABLE = frozenset({"json"})
Payload = dict[str, Any]
Errors = list[dict[str, Any]]


@dataclass(slots=True)
class Definition:
    """The type of all customers' metafields of one name; ``filterable`` ones can be used in segments."""

    id: int
    namespace: str
    key: str
    name: str
    description: str | None
    type: str
    admin: str | None
    filterable: bool
    unique: bool
    pinned: int | None


@dataclass(slots=True)
class Metafield:
    """One value of one customer."""

    id: int
    namespace: str
    key: str
    type: str
    value: str
    created_at: datetime
    updated_at: datetime
    definition: Definition | None
    owner: "Customer"

    @property
    def digest(self) -> str:
        """By which a later writer proves to know this value."""
        return hashlib.sha256(f"{self.type} {self.value}".encode()).hexdigest()


def expanded(namespace: str | None) -> str:
    """A namespace as it stands in the shop; without one, the app's own."""
    name = namespace or "$app"
    if name == "$app":
        return _OWN
    return f"{_OWN}--{name.removeprefix('$app:')}" if name.startswith("$app:") else name


def problem(message: str, code: str, *field: str) -> dict[str, Any]:
    """One userError."""
    return {"field": list(field), "message": message, "code": code, "elementIndex": None, "elementKey": None}


class MetafieldBook:
    """A shop's definitions, and the one way to write values."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self.definitions: dict[tuple[str, str], Definition] = {}

    def define(self, given: "Mapping[str, Any]") -> Payload:
        """The payload of metafieldDefinitionCreate."""
        if given["ownerType"] != "CUSTOMER":
            raise GraphQLError("the development store has metafields of customers alone")
        place = (expanded(given.get("namespace")), given["key"])
        errors = [*_names(place, ("definition",)), *self._faults(given, place)]
        if errors:
            return {"createdDefinition": None, "userErrors": errors}
        wanted = given.get("capabilities") or {}
        made = Definition(
            self._shop.store.new_id("metafield_definition"),
            *place,
            given["name"],
            given.get("description"),
            given["type"],
            (given.get("access") or {}).get("admin"),
            _enabled(wanted, "adminFilterable"),
            _enabled(wanted, "uniqueValues"),
            self._pins() + 1 if given.get("pin") else None,
        )
        self.definitions[place] = made
        for customer in self._shop.customers.values():
            if (held := customer.metafields.get(place)) and TYPES[made.type](held.value):
                held.type, held.definition = made.type, made
        return {"createdDefinition": made, "userErrors": []}

    def _pins(self) -> int:
        return max((one.pinned or 0 for one in self.definitions.values()), default=0)

    def _faults(self, given: "Mapping[str, Any]", place: tuple[str, str]) -> Errors:
        wanted, found = given.get("capabilities") or {}, []
        if not given["name"].strip():
            found.append(problem("Name can't be blank", "BLANK", "definition", "name"))
        if given["type"] not in TYPES:
            found.append(problem("Type name is not a valid type", "INCLUSION", "definition", "type"))
        if place in self.definitions:
            message = "Key is in use for Customer metafields on the 'app' namespace."
            found.append(problem(message, "TAKEN", "definition", "key"))
        if (given.get("access") or {}).get("admin") and not place[0].startswith(_OWN):
            message = 'Setting this access control is not permitted. It must be one of ["public_read_write"].'
            found.append(problem(message, "ADMIN_ACCESS_INPUT_NOT_ALLOWED", "definition", "access", "admin"))
        if _enabled(wanted, "adminFilterable"):
            found += self._unfilterable(given["type"])
        if _enabled(wanted, "smartCollectionCondition") or _enabled(wanted, "cartToOrderCopyable"):
            found.append(
                problem("The capability is not valid for this definition.", "INVALID_CAPABILITY", "definition")
            )
        if len(self.definitions) >= MOST_DEFINITIONS:
            message = f"Stores can only have {MOST_DEFINITIONS} definitions for each app and owner type."
            found.append(problem(message, "RESOURCE_TYPE_LIMIT_EXCEEDED_BY_APP", "definition"))
        return found

    def _unfilterable(self, kind: str) -> Errors:
        if kind in _UNFILTERABLE:
            return [problem("The type cannot be filtered by.", "INVALID_CAPABILITY", "definition", "capabilities")]
        if sum(one.filterable for one in self.definitions.values()) >= MOST_FILTERS:
            code = "OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS"
            return [problem(f"You can only use {MOST_FILTERS} definitions as filters.", code, "definition")]
        return []

    def undefine(self, given: "Mapping[str, Any]") -> Payload:
        """The payload of metafieldDefinitionDelete."""
        found = self.find(given)
        if found is None:
            error = problem("Definition not found.", "NOT_FOUND", "identifier")
            return {"deletedDefinition": None, "deletedDefinitionId": None, "userErrors": [error]}
        if found.namespace.startswith(_OWN) and not given.get("deleteAllAssociatedMetafields"):
            message = (
                "Deleting a definition in a reserved namespace must have deleteAllAssociatedMetafields set to true."
            )
            error = problem(message, "RESERVED_NAMESPACE_ORPHANED_METAFIELDS", "deleteAllAssociatedMetafields")
            return {"deletedDefinition": None, "deletedDefinitionId": None, "userErrors": [error]}
        place = (found.namespace, found.key)
        del self.definitions[place]
        for customer in list(self._shop.customers.values()):
            if (held := customer.metafields.get(place)) is None:
                continue
            if given.get("deleteAllAssociatedMetafields"):
                del customer.metafields[place]
                self._shop.outward.tell_of(customer)
            else:
                held.definition = None
        gone = {"namespace": found.namespace, "key": found.key, "ownerType": "CUSTOMER"}
        return {"deletedDefinition": gone, "deletedDefinitionId": gid_of(found), "userErrors": []}

    def find(self, given: "Mapping[str, Any]") -> Definition | None:
        """The definition of an id or identifier."""
        if named := given.get("identifier"):
            known = named["ownerType"] == "CUSTOMER"
            return self.definitions.get((expanded(named.get("namespace")), named["key"])) if known else None
        return next((one for one in self.definitions.values() if gid_of(one) == given.get("id")), None)

    def write(self, inputs: "list[Mapping[str, Any]]") -> Payload:
        """The payload of metafieldsSet: all of it, or none."""
        if len(inputs) > MOST_AT_ONCE:
            message = f"Exceeded the maximum metafields input limit of {MOST_AT_ONCE}."
            return {"metafields": None, "userErrors": [problem(message, "LESS_THAN_OR_EQUAL_TO", "metafields")]}
        errors = [error for at, one in enumerate(inputs) for error in self._refusals(one, ("metafields", str(at)))]
        if errors:
            return {"metafields": [], "userErrors": errors}
        written = [self._put(one) for one in inputs]
        for number in dict.fromkeys(owner_number(one["ownerId"]) for one in inputs):
            self._shop.outward.tell_of(self._shop.customers[number])
        return {"metafields": written, "userErrors": []}

    def _refusals(self, given: "Mapping[str, Any]", at: tuple[str, ...]) -> Errors:
        place, owner = (expanded(given.get("namespace")), given["key"]), self._owner(given["ownerId"])
        if owner is None:
            return [problem("Owner does not exist.", "INVALID", *at, "ownerId")]
        if faults := _names(place, at):
            return faults
        definition, held = self.definitions.get(place), owner.metafields.get(place)
        kind = given.get("type") or (definition.type if definition else held.type if held else None)
        if kind is None:
            return [problem("Type can't be blank", "BLANK", *at, "type")]
        if kind not in TYPES or (definition and kind != definition.type):
            return [
                problem(f"Type '{kind}' must be consistent with the definition's type.", "INVALID_TYPE", *at, "type")
            ]
        if not given["value"].strip():
            return [problem("Value can't be blank.", "BLANK", *at, "value")]
        if not TYPES[kind](given["value"]):
            return [problem(f"Value must be a {kind}.", "INVALID_VALUE", *at, "value")]
        if "compareDigest" in given and given["compareDigest"] != (held.digest if held else None):
            return [problem("The resource has been updated since it was loaded.", "STALE_OBJECT", *at)]
        return []

    def _put(self, given: "Mapping[str, Any]") -> Metafield:
        place, owner = (expanded(given.get("namespace")), given["key"]), self._owner(given["ownerId"])
        if owner is None:
            raise KeyError(given["ownerId"])
        now, held, definition = whole_second(self._shop.store.now()), owner.metafields.get(place), None
        definition = self.definitions.get(place)
        kind = given.get("type") or (definition.type if definition else held.type if held else "")
        if held is None:
            number = self._shop.store.new_id("metafield")
            held = owner.metafields[place] = Metafield(
                number, *place, kind, given["value"], now, now, definition, owner
            )
        held.type, held.value, held.updated_at = kind, given["value"], now
        return held

    def erase(self, identifiers: "list[Mapping[str, Any]]") -> Payload:
        """The payload of metafieldsDelete: null in the place of what was not there."""
        if len(identifiers) > MOST_DELETED:
            message = (
                f"The input array size of {len(identifiers)} is greater than the maximum allowed of {MOST_DELETED}."
            )
            raise GraphQLError(message, extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"})
        gone: list[dict[str, Any] | None] = []
        for one in identifiers:
            place, owner = (expanded(one["namespace"]), one["key"]), self._owner(one["ownerId"])
            if owner is None or owner.metafields.pop(place, None) is None:
                gone.append(None)
                continue
            self._shop.outward.tell_of(owner)
            gone.append({"ownerId": one["ownerId"], "namespace": place[0], "key": place[1]})
        return {"deletedMetafields": gone, "userErrors": []}

    def _owner(self, gid: str) -> "Customer | None":
        return self._shop.customers.get(owner_number(gid))


def owner_number(gid: str) -> int:
    """The number of a customer's global id, 0 for any other."""
    number = str(gid).removeprefix("gid://shopify/Customer/")
    return int(number) if number.isdigit() else 0


def gid_of(definition: Definition) -> str:
    """A definition's global id."""
    return f"gid://shopify/MetafieldDefinition/{definition.id}"


def _enabled(wanted: "Mapping[str, Any]", name: str) -> bool:
    return bool((wanted.get(name) or {}).get("enabled"))


def _names(place: tuple[str, str], at: tuple[str, ...]) -> Errors:
    found = []
    for name, value, lengths in (("namespace", place[0], _NAMESPACE_LENGTH), ("key", place[1], _KEY_LENGTH)):
        if len(value) not in lengths:
            code = "TOO_SHORT" if len(value) < lengths.start else "TOO_LONG"
            found.append(
                problem(f"{name.title()} must have {lengths.start} to {lengths[-1]} characters", code, *at, name)
            )
        elif not _NAME.fullmatch(value):
            found.append(problem(f"{name.title()} contains one or more invalid characters.", "INVALID", *at, name))
    if place[0].startswith("app--") and place[0] != _OWN and not place[0].startswith(f"{_OWN}--"):
        # Of definitions Shopify lists no code of its own for it.
        code = "INVALID" if at == ("definition",) else "APP_NOT_AUTHORIZED"
        found.append(problem("Access to this namespace is not authorized.", code, *at, "namespace"))
    return found
