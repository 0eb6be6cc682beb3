"""The search language of the Admin API's ``query`` arguments, and the lists it filters."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from devstore.order_payload import token
from devstore.records import Customer, Order
from devstore.sources import Arguments, Ask

if TYPE_CHECKING:
    from devstore.shop import Shop

Test = Callable[[Any], bool]
WINDOW = timedelta(days=60)
"""How far back an app sees orders without ``read_all_orders``."""

_TERM = re.compile(
    r"""\s*(?P<not>-|NOT\s+)?(?:(?P<word>AND|OR)(?=\s|$)|(?P<open>\()|(?P<close>\))
    |(?P<field>[a-z_]+):(?P<sign><=|>=|<|>)?(?P<value>'[^']*'|"[^"]*"|[^\s()]+)
    |(?P<bare>'[^']*'|"[^"]*"|[^\s()]+))""",
    re.VERBOSE,
)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {"": eq, "<": lt, "<=": le, ">": gt, ">=": ge}

_ORDER_TIMES: dict[str, Callable[[Order], datetime]] = {
    "created_at": lambda order: order.created_at,
    "processed_at": lambda order: order.created_at,
    "updated_at": lambda order: order.updated_at,
}
_ORDER_WORDS: dict[str, Callable[[Order], str]] = {
    "name": lambda order: order.name,
    "test": lambda order: "true" if order.test else "false",
    "financial_status": lambda order: order.financial_status,
    "source_name": lambda order: order.source,
    "cart_token": lambda order: token("cart", order),
    "checkout_token": lambda order: token("checkout", order),
    # Of several codes Shopify finds an order by the first.
    "discount_code": lambda order: next(iter(order.labels.codes), ""),
}
_ORDER_KEYS: dict[str, Callable[[Order], Any]] = {
    "CREATED_AT": lambda order: (order.created_at, order.id),
    "PROCESSED_AT": lambda order: (order.created_at, order.id),
    "UPDATED_AT": lambda order: (order.updated_at, order.id),
    "TOTAL_PRICE": lambda order: (order.total, order.id),
    "CURRENT_TOTAL_PRICE": lambda order: (order.current_total, order.id),
    "ORDER_NUMBER": lambda order: order.number,
    "ID": lambda order: order.id,
}


@dataclass(slots=True)
class Fields:
    """What can be searched for: times, whole numbers and words, each with how it is read."""

    zone: Any
    times: dict[str, Callable[[Any], datetime]]
    numbers: dict[str, Callable[[Any], int]]
    words: dict[str, Callable[[Any], str]]
    special: dict[str, Callable[[str], Test]] = field(default_factory=dict)
    default: str = "name"
    """What a word without a field is looked for in."""

    def test(self, name: str, sign: str, value: str) -> Test:
        """The test of one ``field:value`` term; unknown fields are refused so that no filter is lost."""
        if name in self.special:
            return self.special[name](value)
        if name in self.times:
            return self._time(self.times[name], sign, value)
        if name in self.numbers:
            number, read_number = _number(value), self.numbers[name]
            return lambda item: _SIGNS[sign](read_number(item), number)
        if name in self.words:
            wanted, read = value.lower(), self.words[name]
            return lambda item: read(item).lower() in wanted.split(",")
        raise GraphQLError(f"the development store cannot search by {name}", extensions={"code": "BAD_REQUEST"})

    def _time(self, read: Callable[[Any], datetime], sign: str, value: str) -> Test:
        moment, grain = self._moment(value)
        if sign == "":
            return lambda item: moment <= read(item) < moment + grain
        if sign == ">":
            return lambda item: read(item) >= moment + grain
        if sign == "<=":
            return lambda item: read(item) < moment + grain
        return lambda item: _SIGNS[sign](read(item), moment)

    def _moment(self, value: str) -> tuple[datetime, timedelta]:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise GraphQLError(f"{value!r} is not a time", extensions={"code": "BAD_REQUEST"}) from error
        moment = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
        return moment, timedelta(days=1) if len(value) == len("2026-01-01") else timedelta(seconds=1)


def _number(value: str) -> int:
    digits = value.rpartition("/")[2]
    if not digits.isdigit():
        raise GraphQLError(f"{value!r} is not a number", extensions={"code": "BAD_REQUEST"})
    return int(digits)


def parse(query: str, fields: Fields) -> Test:
    """One test from a search text: terms joined by AND (or nothing) and OR, NOT or - before a term, brackets."""
    terms = [found for found in _TERM.finditer(query.strip()) if found[0].strip()]
    test, rest = _either(terms, fields)
    if rest:
        raise GraphQLError(f"unbalanced bracket in {query!r}", extensions={"code": "BAD_REQUEST"})
    return test


def _either(terms: list[re.Match[str]], fields: Fields) -> tuple[Test, list[re.Match[str]]]:
    choices: list[Test] = []
    while True:
        test, terms = _every(terms, fields)
        choices.append(test)
        if not terms or terms[0]["word"] != "OR":
            return lambda item: any(one(item) for one in choices), terms
        terms = terms[1:]


def _every(terms: list[re.Match[str]], fields: Fields) -> tuple[Test, list[re.Match[str]]]:
    tests: list[Test] = []
    while terms and terms[0]["word"] != "OR" and not terms[0]["close"]:
        head, terms = terms[0], terms[1:]
        if head["word"]:
            continue
        if head["open"]:
            test, terms = _either(terms, fields)
            if not terms:
                raise GraphQLError("a bracket is never closed", extensions={"code": "BAD_REQUEST"})
            terms = terms[1:]
        else:
            test = _term(head, fields)
        tests.append(_negated(test) if head["not"] else test)
    return lambda item: all(one(item) for one in tests), terms


def _negated(test: Test) -> Test:
    return lambda item: not test(item)


def _term(found: re.Match[str], fields: Fields) -> Test:
    if found["bare"]:
        return fields.test(fields.default, "", found["bare"].strip("'\""))
    return fields.test(found["field"], found["sign"] or "", found["value"].strip("'\""))


def _order_status(value: str) -> Test:
    tests: dict[str, Test] = {
        "any": lambda _order: True,
        "open": lambda order: order.cancelled_at is None,
        "not_closed": lambda _order: True,
        "closed": lambda _order: False,
        "cancelled": lambda order: order.cancelled_at is not None,
    }
    if value not in tests:
        raise GraphQLError(f"{value!r} is no status of an order", extensions={"code": "BAD_REQUEST"})
    return tests[value]


def order_fields(shop: "Shop") -> Fields:
    """What orders can be searched by."""
    numbers: dict[str, Callable[[Any], int]] = {
        "id": lambda order: order.id,
        "customer_id": lambda order: order.customer.id if order.customer else 0,
    }
    return Fields(shop.zone, dict(_ORDER_TIMES), numbers, dict(_ORDER_WORDS), {"status": _order_status})


def visible_order(ask: Ask, order: Order | None) -> Order | None:
    """The order, unless it is older than what an app without ``read_all_orders`` may see."""
    return order if order is not None and order.created_at >= _visible_since(ask) else None


def _visible_since(ask: Ask) -> datetime:
    everything = ask.installation.allows("read_all_orders")
    return datetime.min.replace(tzinfo=UTC) if everything else ask.now - WINDOW


def order_items(ask: Ask, arguments: Arguments) -> list[Any]:
    """The orders that the app may see, by ``query``, ``sortKey`` and ``reverse``."""
    since, found = _visible_since(ask), _found_orders(ask.shop, arguments)
    return found if ask.installation.allows("read_all_orders") else [one for one in found if one.created_at >= since]


def _found_orders(shop: "Shop", arguments: Arguments) -> list[Any]:
    # The last answer is kept until an order changes: paging asks for the same list again and again.
    asked = (arguments.get("query") or "", arguments.get("sortKey") or "PROCESSED_AT", bool(arguments.get("reverse")))
    kept = shop.last_search
    if kept and kept[0] == (shop.revision, *asked):
        return kept[1]
    query, key, reverse = asked
    found = sorted_by(list(shop.orders.values()), query, order_fields(shop), _ORDER_KEYS, key, reverse)
    shop.last_search = ((shop.revision, *asked), found)
    return found


def orders_of(ask: Ask, customer: Customer, arguments: Arguments) -> list[Any]:
    """The orders of one customer that the app may see."""
    shop = ask.shop
    orders = [order for number in customer.orders if (order := visible_order(ask, shop.orders[number]))]
    query, key = arguments.get("query") or "", arguments.get("sortKey") or "ID"
    return sorted_by(orders, query, order_fields(shop), _ORDER_KEYS, key, bool(arguments.get("reverse")))


def sorted_by(
    items: list[Any],
    query: str,
    fields: Fields,
    keys: dict[str, Callable[[Any], Any]],
    key: str,
    reverse: bool,
) -> list[Any]:
    """Those that a search text finds, in the order of one of ``keys``; refuses an order that is none of them."""
    if key not in keys:
        raise GraphQLError(f"the development store cannot sort by {key}", extensions={"code": "BAD_REQUEST"})
    if query.strip():
        items = list(filter(parse(query, fields), items))
    return sorted(items, key=keys[key], reverse=reverse)


def bulk_items(shop: "Shop", now: datetime, arguments: Arguments) -> list[Any]:
    """The app's bulk operations by ``query`` (status, created_at), oldest first or reversed."""
    times: dict[str, Callable[[Any], datetime]] = {"created_at": lambda operation: operation.created_at}
    words: dict[str, Callable[[Any], str]] = {"status": lambda operation: operation.status}
    fields = Fields(shop.zone, times, {"id": lambda operation: operation.id}, words)
    keys: dict[str, Callable[[Any], Any]] = {"CREATED_AT": lambda operation: operation.id}
    key, query = arguments.get("sortKey") or "CREATED_AT", arguments.get("query") or ""
    return sorted_by(shop.bulk.listed(now), query, fields, keys, key, bool(arguments.get("reverse")))
