"""How the Admin API's ``query`` arguments find customers: by words, and by the members of a segment."""

import re
from collections.abc import Callable
from datetime import datetime
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from devstore.records import Customer
from devstore.search import Fields, Test, sorted_by
from devstore.sources import Arguments

if TYPE_CHECKING:
    from devstore.shop import Shop

_WORD = re.compile(r"\w+")
_TIMES: dict[str, Callable[[Customer], datetime]] = {
    "updated_at": lambda customer: customer.updated_at,
    "customer_date": lambda customer: customer.created_at,
}
_NUMBERS: dict[str, Callable[[Customer], int]] = {
    "id": lambda customer: customer.id,
    "orders_count": lambda customer: len(customer.orders),
}
_TEXTS: dict[str, Callable[[Customer], str]] = {
    "email": lambda customer: customer.email,
    "first_name": lambda customer: customer.first_name,
    "last_name": lambda customer: customer.last_name,
    "phone": lambda customer: customer.phone or "",
}
_KEYS: dict[str, Callable[[Customer], Any]] = {
    "CREATED_AT": lambda customer: (customer.created_at, customer.id),
    "UPDATED_AT": lambda customer: (customer.updated_at, customer.id),
    "NAME": lambda customer: (customer.last_name, customer.first_name, customer.id),
    "RELEVANCE": lambda customer: -customer.id,
    "ID": lambda customer: customer.id,
}


def customer_items(shop: "Shop", arguments: Arguments) -> list[Any]:
    """Customers by ``query``, ``sortKey`` and ``reverse``."""
    special = {name: _in([read]) for name, read in _TEXTS.items()}
    special["anywhere"] = _in(list(_TEXTS.values()))
    fields = Fields(shop.zone, dict(_TIMES), dict(_NUMBERS), {}, special, default="anywhere")
    query, key = arguments.get("query") or "", arguments.get("sortKey") or "ID"
    people: list[Any] = list(shop.customers.values())
    return sorted_by(people, query, fields, _KEYS, key, bool(arguments.get("reverse")))


def _in(texts: list[Callable[[Customer], str]]) -> Callable[[str], Test]:
    """Whether one of these texts has the wanted words in a row, whole but for a last one that ends in ``*``."""

    def wanting(value: str) -> Test:
        if value == "*":
            return lambda customer: any(read(customer) for read in texts)
        wanted, open_ended = _words(value), value.endswith("*")
        return lambda customer: any(_has(_words(read(customer)), wanted, open_ended) for read in texts)

    return wanting


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _has(words: list[str], wanted: list[str], open_ended: bool) -> bool:
    size = len(wanted)
    for start in range(len(words) - size + 1 if wanted else 0):
        *whole, last = words[start : start + size]
        if whole == wanted[:-1] and (last.startswith(wanted[-1]) if open_ended else last == wanted[-1]):
            return True
    return False


_SEGMENT_TERM = re.compile(r"\s*number_of_orders\s*(<=|>=|!=|=|<|>)\s*(\d+)\s*\Z", re.IGNORECASE)
_SEGMENT_SIGNS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "!=": ne}


def segment_items(shop: "Shop", arguments: Arguments) -> list[Any]:
    """Customers of a segment; the store knows comparisons of number_of_orders, joined by AND."""
    tests = []
    for term in re.split(r"\s+AND\s+", arguments.get("query") or "number_of_orders >= 0", flags=re.IGNORECASE):
        found = _SEGMENT_TERM.match(term)
        if not found:
            message = f"the development store knows no segment {term!r}, only number_of_orders compared to a number"
            raise GraphQLError(message, extensions={"code": "BAD_REQUEST"})
        tests.append((_SEGMENT_SIGNS[found[1]], int(found[2])))
    return [
        customer
        for customer in shop.customers.values()
        if all(sign(len(customer.orders), number) for sign, number in tests)
    ]
