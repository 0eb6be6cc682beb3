"""Segments: who of a shop's customers meets a text in the segment query language, and the texts that were saved.

Of the language the store knows comparisons of ``number_of_orders`` and ``amount_spent``, ``customer_tags`` and
``metafields.<namespace>.<key>`` of customers' filterable definitions; with AND, OR, NOT CONTAINS, BETWEEN, IS NULL and
brackets. What it does not know it refuses, as Shopify refuses what it does not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from devstore.clock import whole_second
from devstore.money import to_minor

if TYPE_CHECKING:
    from devstore.records import Customer
    from devstore.shop import Shop

Test = Callable[["Customer"], bool]
Read = Callable[["Customer"], Any]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<sign><=|>=|!=|=|<|>)|(?P<bracket>[()])
    |(?P<number>-?\d+(?:\.\d+)?)(?![\w.-])|(?P<word>[A-Za-z_][\w.\-]*))""",
    re.VERBOSE,
)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "!=": ne}
_NUMBERS, _EQUALS = frozenset(_SIGNS), frozenset({"=", "!="})


class UnreadableError(Exception):
    """A text that is no segment; the message says where."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What customers can be told apart by: how it is read, what it is compared to, and by which signs."""

    read: Read
    kind: str
    """number, money, text, boolean or list."""

    @property
    def signs(self) -> frozenset[str]:
        """The comparisons that it takes."""
        return _NUMBERS if self.kind in {"number", "money"} else _EQUALS if self.kind != "list" else frozenset()


@dataclass(slots=True)
class _Token:
    kind: str
    value: str
    column: int


def members_test(shop: "Shop", query: str) -> Test:
    """Who meets a text; raises UnreadableError for one that cannot be read."""
    return _Reader(shop, _tokens(query)).whole()


def _tokens(query: str) -> list[_Token]:
    found, at = [], 0
    while query[at:].strip():
        match = _TOKEN.match(query, at)
        if match is None or match.lastgroup is None:
            raise UnreadableError(f"Line 1 Column {at}: '{query[at:].split()[0]}' is unexpected.")
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


class _Reader:
    """Reads tokens from left to right; AND binds tighter than OR."""

    def __init__(self, shop: "Shop", tokens: list[_Token]) -> None:
        self._shop = shop
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Test:
        """All of them as one test."""
        test = self._either()
        if self._at < len(self._tokens):
            raise self._unexpected()
        return test

    def _either(self) -> Test:
        choices = [self._every()]
        while self._word("OR"):
            choices.append(self._every())
        return lambda customer: any(one(customer) for one in choices)

    def _every(self) -> Test:
        tests = [self._one()]
        while self._word("AND"):
            tests.append(self._one())
        return lambda customer: all(one(customer) for one in tests)

    def _one(self) -> Test:
        if self._takes("bracket", "("):
            test = self._either()
            if not self._takes("bracket", ")"):
                raise self._unexpected()
            return test
        name = self._next("word")
        if (known := self._filter(name.value)) is None:
            raise UnreadableError(f"Line 1 Column {name.column}: '{name.value}' filter cannot be found.")
        return self._compared(known)

    def _compared(self, known: Filter) -> Test:
        read = known.read
        if self._word("IS"):
            wanted = not self._word("NOT")
            if not self._word("NULL"):
                raise self._unexpected()
            return lambda customer: (read(customer) in (None, [])) is wanted
        if known.kind == "list":
            refused = self._word("NOT")
            if not self._word("CONTAINS"):
                raise self._unexpected()
            text = self._value(known)
            return lambda customer: (text in [one.casefold() for one in read(customer) or ()]) is not refused
        if known.kind in {"number", "money"} and self._word("BETWEEN"):
            low = self._value(known)
            if not self._word("AND"):
                raise self._unexpected()
            high = self._value(known)
            return lambda customer: read(customer) is not None and low <= read(customer) <= high
        sign = self._next("sign").value
        if sign not in known.signs:
            self._at -= 1
            raise self._unexpected()
        return _comparison(read, sign, self._value(known))

    def _value(self, known: Filter) -> Any:
        if known.kind in {"text", "list"}:
            text = re.sub(r"\\(.)", r"\1", self._next("text").value[1:-1])
            return text.casefold() if known.kind == "list" else text
        if known.kind == "boolean":
            word = self._next("word")
            if word.value.lower() not in {"true", "false"}:
                self._at -= 1
                raise self._unexpected()
            return word.value.lower() == "true"
        number = self._next("number").value
        return to_minor(number, self._shop.currency) if known.kind == "money" else Decimal(number)

    def _filter(self, name: str) -> Filter | None:
        if name == "number_of_orders":
            return Filter(lambda customer: len(customer.orders), "number")
        if name == "amount_spent":
            return Filter(lambda customer: _spent(self._shop, customer), "money")
        if name == "customer_tags":
            return Filter(lambda customer: customer.tags, "list")
        return self._of_metafield(*name.removeprefix("metafields.").rsplit(".", 1)) if _is_metafield(name) else None

    def _of_metafield(self, namespace: str, key: str) -> Filter | None:
        found = self._shop.outward.metafields.definitions.get((namespace, key))
        if found is None or not found.filterable or found.type not in _READERS:
            return None
        kind, read = _READERS[found.type]

        def value(customer: "Customer") -> Any:
            held = customer.metafields.get((namespace, key))
            return None if held is None else read(held.value)

        return Filter(value, kind)

    def _next(self, kind: str) -> _Token:
        if self._at >= len(self._tokens) or self._tokens[self._at].kind != kind:
            raise self._unexpected()
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, kind: str, value: str) -> bool:
        here = self._tokens[self._at] if self._at < len(self._tokens) else None
        if here is None or here.kind != kind or here.value.upper() != value:
            return False
        self._at += 1
        return True

    def _word(self, value: str) -> bool:
        return self._takes("word", value)

    def _unexpected(self) -> UnreadableError:
        if self._at >= len(self._tokens):
            return UnreadableError("Line 1: the end of the query is unexpected.")
        token = self._tokens[self._at]
        return UnreadableError(f"Line 1 Column {token.column}: '{token.value}' is unexpected.")


def _is_metafield(name: str) -> bool:
    return name.startswith("metafields.") and name.count(".") == len(("metafields", "namespace", "key")) - 1


def _comparison(read: Read, sign: str, wanted: Any) -> Test:
    def test(customer: "Customer") -> bool:
        value = read(customer)
        return sign == "!=" if value is None else _SIGNS[sign](value, wanted)

    return test


def _listed(value: str) -> list[str]:
    return re.findall(r'"((?:[^"\\]|\\.)*)"', value)


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "boolean": ("boolean", lambda value: value == "true"),
    "number_integer": ("number", Decimal),
    "number_decimal": ("number", Decimal),
    "single_line_text_field": ("text", str),
    "list.single_line_text_field": ("list", _listed),
}


def _spent(shop: "Shop", customer: "Customer") -> int:
    orders = (shop.orders[number] for number in customer.orders)
    return sum(one.received - one.refunded for one in orders if not one.test and one.currency == shop.currency)


@dataclass(slots=True)
class Segment:
    """A saved text."""

    id: int
    name: str
    query: str
    created_at: datetime
    edited_at: datetime


class SegmentDesk:
    """The segments of a shop."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self.all: dict[int, Segment] = {}

    def create(self, name: str, query: str) -> dict[str, Any]:
        """The payload of segmentCreate."""
        errors = [*self._name_faults(name, None), *self._query_faults(query)]
        if errors:
            return {"segment": None, "userErrors": errors}
        now = whole_second(self._shop.store.now())
        made = Segment(self._shop.store.new_id("segment"), name, query, now, now)
        self.all[made.id] = made
        return {"segment": made, "userErrors": []}

    def update(self, gid: str, name: str | None, query: str | None) -> dict[str, Any]:
        """The payload of segmentUpdate."""
        found = self.find(gid)
        if found is None:
            return {"segment": None, "userErrors": [_error("Segment does not exist", "id")]}
        errors = [*(self._name_faults(name, found) if name is not None else ()), *self._query_faults(query)]
        if errors:
            return {"segment": None, "userErrors": errors}
        found.name, found.query = found.name if name is None else name, query or found.query
        found.edited_at = whole_second(self._shop.store.now())
        return {"segment": found, "userErrors": []}

    def delete(self, gid: str) -> dict[str, Any]:
        """The payload of segmentDelete."""
        found = self.find(gid)
        if found is None:
            return {"deletedSegmentId": None, "userErrors": [_error("Segment does not exist", "id")]}
        del self.all[found.id]
        return {"deletedSegmentId": gid, "userErrors": []}

    def find(self, gid: str) -> Segment | None:
        """The segment of a global id."""
        number = str(gid).removeprefix("gid://shopify/Segment/")
        return self.all.get(int(number)) if number.isdigit() else None

    def _name_faults(self, name: str, mine: Segment | None) -> list[dict[str, Any]]:
        if not name.strip():
            return [_error("Name can't be blank", "name")]
        taken = any(one is not mine and one.name.casefold() == name.casefold() for one in self.all.values())
        return [_error("Name has already been taken", "name")] if taken else []

    def _query_faults(self, query: str | None) -> list[dict[str, Any]]:
        if query is None:
            return []
        try:
            members_test(self._shop, query)
        except UnreadableError as fault:
            return [_error(f"Query {fault}", "query")]
        return []


def _error(message: str, *field: str) -> dict[str, Any]:
    return {"field": list(field), "message": message}


def segment_items(shop: "Shop", arguments: dict[str, Any]) -> list[Any]:
    """The members of a segment, or of a text; refuses anything else."""
    query, gid = arguments.get("query"), arguments.get("segmentId")
    if gid is not None:
        found = shop.outward.segments.find(gid)
        if found is None or query is not None:
            message = "give one of segmentId and query" if found else "Segment does not exist"
            raise GraphQLError(message, extensions={"code": "BAD_REQUEST"})
        query = found.query
    try:
        test = members_test(shop, query or "number_of_orders >= 0")
    except UnreadableError as fault:
        raise GraphQLError(str(fault), extensions={"code": "BAD_REQUEST"}) from fault
    return [customer for customer in shop.customers.values() if test(customer)]
