"""How the Admin API's ``query`` arguments find customers: by times, numbers, tags and words."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

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
    special["tag"] = lambda value: lambda customer: value.casefold() in map(str.casefold, customer.tags)
    special["tag_not"] = lambda value: lambda customer: value.casefold() not in map(str.casefold, customer.tags)
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
