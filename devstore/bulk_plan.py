"""A bulk query turned into a plan: checked against the rules, then a short walk over the records."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    parse,
    validate,
)
from graphql.execution.values import get_argument_values

from devstore.answers import ANSWERS, LISTS, kind_of
from devstore.approval import is_personal, refusal
from devstore.schema import admin_schema
from devstore.scopes import scope_of
from devstore.sources import Arguments, Ask

MOST_CONNECTIONS = 5
MOST_DEPTH = 2
Composite = GraphQLObjectType | GraphQLInterfaceType
Read = Callable[[Any, Ask], Any]


class RefusedError(Exception):
    """A bulk query that breaks a rule; the message is for the app's developer."""


@dataclass(slots=True)
class Shape:
    """How one object is written: its plain fields, and the connections whose nodes get lines of their own."""

    fields: list[tuple[str, str | None, Read]] = field(default_factory=list)
    children: list["Branch"] = field(default_factory=list)
    identify: Read | None = None

    def write(self, source: Any, ask: Ask) -> dict[str, Any]:
        """The object as a dictionary."""
        return {key: read(source, ask) for key, only, read in self.fields if only is None or only == kind_of(source)}


@dataclass(slots=True)
class Branch:
    """A connection: whose items they are and how each is written."""

    items: Callable[[Any, Ask, Arguments], list[Any]]
    arguments: Arguments
    shape: Shape


@dataclass(slots=True)
class Plan:
    """A whole bulk query, ready to be walked."""

    name: str
    """Of the top-level field."""
    root: Branch
    scopes: frozenset[str]
    kinds: frozenset[str]
    """Every type that it asks for."""
    group: bool

    def roots(self, ask: Ask) -> list[Any]:
        """The items of the one top-level connection."""
        return self.root.items(None, ask, self.root.arguments)

    def lines(self, sources: list[Any], ask: Ask) -> list[str]:
        """The lines of these roots; children never stand beside their parents unless they were grouped."""
        parents: list[str] = []
        children: list[str] = []
        for source in sources:
            _emit(self.root.shape, source, ask, None, parents, parents if self.group else children)
        return parents if self.group else parents + children


def _emit(shape: Shape, source: Any, ask: Ask, parent: str | None, own: list[str], below: list[str]) -> None:
    written = shape.write(source, ask)
    if parent is not None:
        written["__parentId"] = parent
    own.append(_ENCODE(written))
    for branch in shape.children:
        gid = shape.identify(source, ask) if shape.identify else None
        for item in branch.items(source, ask, branch.arguments):
            _emit(branch.shape, item, ask, gid, below, below)


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def plan_of(query: str, group: bool = False) -> Plan:
    """The plan of a bulk query; raises RefusedError when it is no query or breaks a rule of bulk operations."""
    try:
        document = parse(query)
    except GraphQLError as error:
        raise RefusedError(f"Invalid bulk query: {error.message}") from error
    errors = validate(admin_schema(), document)
    if errors:
        raise RefusedError(f"Invalid bulk query: {errors[0].message}")
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        raise RefusedError("A bulk query must hold exactly one query operation")
    if operations[0].variable_definitions:
        raise RefusedError("A bulk query cannot use variables")
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    return _Planner(fragments).plan(operations[0], group)


class _Planner:
    """Walks the document once, counting connections and collecting types."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._connections = 0
        self._kinds: set[str] = set()

    def plan(self, operation: OperationDefinitionNode, group: bool) -> Plan:
        """The plan of the operation."""
        query = admin_schema().query_type
        top = list(self._flat(operation.selection_set, query)) if query else []
        if query is None or len(top) != 1:
            raise RefusedError("A bulk query must hold exactly one top-level field")
        node, parent, _ = top[0]
        if not _is_connection(_definition(node, parent)):
            raise RefusedError("A bulk query must start with a connection")
        root = self._branch(node, parent, 1)
        scopes = frozenset(scope for kind in self._kinds if (scope := scope_of(kind)))
        return Plan(node.name.value, root, scopes, frozenset(self._kinds), group)

    def _branch(self, node: FieldNode, parent: Composite, depth: int) -> Branch:
        definition = _definition(node, parent)
        self._connections += 1
        if self._connections > MOST_CONNECTIONS:
            raise RefusedError(f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections")
        if depth > MOST_DEPTH + 1:
            raise RefusedError(
                f"Bulk queries cannot contain connections with a nesting depth greater than {MOST_DEPTH}"
            )
        arguments = {**get_argument_values(definition, node), "first": None, "last": None}
        kind, selection = self._node_selection(node, definition)
        return Branch(LISTS[parent.name, node.name.value], arguments, self._shape(selection, kind, depth))

    def _node_selection(self, node: FieldNode, definition: GraphQLField) -> tuple[Composite, SelectionSetNode]:
        connection = _composite(definition)
        for inner, owner, _ in self._flat(node.selection_set, connection):
            if inner.name.value == "nodes" and inner.selection_set:
                return _composite(_definition(inner, owner)), inner.selection_set
            if inner.name.value == "edges":
                edge = _composite(_definition(inner, owner))
                for deep, edge_owner, _ in self._flat(inner.selection_set, edge):
                    if deep.name.value == "node" and deep.selection_set:
                        return _composite(_definition(deep, edge_owner)), deep.selection_set
        raise RefusedError("A connection in a bulk query must ask for its nodes")

    def _shape(self, selection: SelectionSetNode | None, kind: Composite, depth: int, listed: bool = False) -> Shape:
        shape = Shape()
        self._kinds.add(kind.name)
        if "id" in kind.fields:
            shape.identify = _reader(kind.name, "id", {})
        for node, parent, only in self._flat(selection, kind):
            if node.name.value == "__typename":
                shape.fields.append((_key(node), only, lambda source, _ask: kind_of(source)))
                continue
            definition = _definition(node, parent)
            if _is_connection(definition):
                if listed:
                    raise RefusedError("Queries that contain a connection field within a list field are not supported")
                shape.children.append(self._branch(node, parent, depth + 1))
            else:
                shape.fields.append((_key(node), only, self._read(node, parent, definition, depth, listed)))
        return shape

    def _read(self, node: FieldNode, parent: Composite, definition: GraphQLField, depth: int, listed: bool) -> Read:
        read = _reader(parent.name, node.name.value, get_argument_values(definition, node))
        if is_leaf_type(get_named_type(definition.type)):
            return read
        many = is_list_type(get_nullable_type(definition.type))
        shape = self._shape(node.selection_set, _composite(definition), depth, listed or many)
        if shape.children and not many:
            raise RefusedError("Bulk queries cannot hold a connection below a single object")
        if many:
            return lambda source, ask: [shape.write(one, ask) for one in read(source, ask)]
        return lambda source, ask: _write_or_none(shape, read(source, ask), ask)

    def _flat(
        self, selection: SelectionSetNode | None, kind: Composite, only: str | None = None
    ) -> list[tuple[FieldNode, Composite, str | None]]:
        found: list[tuple[FieldNode, Composite, str | None]] = []
        for one in selection.selections if selection else ():
            if isinstance(one, FieldNode):
                found.append((one, kind, only))
            elif isinstance(one, FragmentSpreadNode):
                fragment = self._fragments[one.name.value]
                found += self._narrowed(fragment.selection_set, fragment.type_condition.name.value, kind, only)
            elif isinstance(one, InlineFragmentNode):
                name = one.type_condition.name.value if one.type_condition else kind.name
                found += self._narrowed(one.selection_set, name, kind, only)
        return found

    def _narrowed(
        self, selection: SelectionSetNode, name: str, kind: Composite, only: str | None
    ) -> list[tuple[FieldNode, Composite, str | None]]:
        narrowed = admin_schema().type_map[name]
        if not isinstance(narrowed, GraphQLObjectType | GraphQLInterfaceType):
            raise RefusedError(f"A bulk query cannot look into {name}")
        concrete = isinstance(narrowed, GraphQLObjectType) and narrowed is not kind
        return self._flat(selection, narrowed, name if concrete else only)


def _write_or_none(shape: Shape, source: Any, ask: Ask) -> dict[str, Any] | None:
    return None if source is None else shape.write(source, ask)


def _reader(kind: str, name: str, arguments: Arguments) -> Read:
    read = _plain_reader(kind, name, arguments)
    if not is_personal(kind, name):
        return read
    return lambda source, ask: None if refusal(ask.shop.protected, kind, name, "") else read(source, ask)


def _plain_reader(kind: str, name: str, arguments: Arguments) -> Read:
    found = ANSWERS.get(kind, {}).get(name)
    if found:
        return lambda source, ask: found(source, ask, arguments)
    return lambda source, _ask: source[name] if isinstance(source, dict) else getattr(source, name)


def _definition(node: FieldNode, parent: Composite) -> GraphQLField:
    found: GraphQLField = parent.fields[node.name.value]
    return found


def _composite(definition: GraphQLField) -> Composite:
    kind = get_named_type(definition.type)
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        raise RefusedError(f"A bulk query cannot look into {kind.name}")
    return kind


def _is_connection(definition: GraphQLField) -> bool:
    return get_named_type(definition.type).name.endswith("Connection")


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value
