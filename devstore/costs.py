"""What a request to the Admin API costs, and the bucket it is paid from."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

from devstore.schema import admin_schema

if TYPE_CHECKING:
    from devstore.shop import Shop

MOST_FOR_ONE = 1000
_MUTATION = 10
_FREE = ("Edge", "PageInfo", "MoneyBag", "MoneyV2", "Count", "AccessScope")


def is_free(kind: str) -> bool:
    """Whether objects of a type cost nothing of their own."""
    return kind.endswith(_FREE)


@dataclass(slots=True)
class Bucket:
    """Points an app may spend in one shop; they come back with time."""

    most: float
    restore: float
    left: float
    at: datetime

    def fill(self, now: datetime) -> None:
        """Put back what time restored."""
        seconds = max(0.0, (now - self.at).total_seconds())
        self.left, self.at = min(self.most, self.left + seconds * self.restore), max(now, self.at)

    def status(self) -> dict[str, float]:
        """The bucket as answers tell it."""
        return {
            "maximumAvailable": float(self.most),
            "currentlyAvailable": int(self.left),
            "restoreRate": float(self.restore),
        }


def bucket_of(shop: "Shop", now: datetime) -> Bucket:
    """The bucket of the app in a shop, filled up to now."""
    if shop.bucket is None:
        store = shop.store
        shop.bucket = Bucket(store.points, store.restore, store.points, now)
    shop.bucket.fill(now)
    return shop.bucket


class Estimate:
    """The cost of a document before it runs: an object 1, a connection 2 and its page times its nodes."""

    def __init__(self, document: DocumentNode, variables: dict[str, Any]) -> None:
        self._variables = variables
        self._document = document
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }

    def of(self, operation: OperationDefinitionNode) -> int:
        """The cost of one of its operations."""
        schema = admin_schema()
        mutation = operation.operation.value == "mutation"
        root = schema.mutation_type if mutation else schema.query_type
        return self._sum(operation.selection_set, root, mutation) if root else 0

    def _sum(self, selection: SelectionSetNode | None, kind: GraphQLNamedType, mutation: bool = False) -> int:
        total = 0
        for one in selection.selections if selection else ():
            if isinstance(one, FieldNode):
                total += _MUTATION if mutation else self._field(one, kind)
            elif isinstance(one, FragmentSpreadNode):
                total += self._fragment(self._fragments[one.name.value], kind)
            elif isinstance(one, InlineFragmentNode):
                total += self._fragment(one, kind)
        return total

    def _fragment(self, node: FragmentDefinitionNode | InlineFragmentNode, kind: GraphQLNamedType) -> int:
        narrowed = admin_schema().type_map[node.type_condition.name.value] if node.type_condition else kind
        return self._sum(node.selection_set, narrowed)

    def _field(self, node: FieldNode, kind: GraphQLNamedType) -> int:
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) or node.name.value not in kind.fields:
            return 0
        inner = get_named_type(kind.fields[node.name.value].type)
        if is_leaf_type(inner):
            return 0
        below = self._sum(node.selection_set, inner)
        if inner.name.endswith("Connection"):
            return 2 + self._page(node) * below
        return below + (0 if is_free(inner.name) else 1)

    def _page(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in {"first", "last"}:
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
                if isinstance(argument.value, VariableNode):
                    return int(self._variables.get(argument.value.name.value) or 0)
        return 0
