"""Which customers are asked for, in what order and with which columns: read from an address. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.money import Money, parse_minor
from shopify_app.retention.people.listing.columns import CHOICES, USUAL
from shopify_app.retention.window import parse_day

SortBy = Literal["last_order", "first_order", "orders", "net", "expected", "customer"]
SORTS: tuple[SortBy, ...] = ("last_order", "first_order", "orders", "net", "expected", "customer")
"""What a list can be ordered by; each is an index. `customer` is Shopify's number: who is newest there.

`expected` is what is expected of them in 12 months, most first; last come those of whom nothing is.
"""

MOST = 10**9
"""No customer has so many orders."""
_BIGGEST = 2**62
LONGEST_SEARCH = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filters:
    """Whom a list is about; None and False ask for nothing. Amounts in minor units, days of the shop."""

    q: str = ""
    """A customer's number, an order's name, or what Shopify searches for. Never kept: it may be a person's name."""
    bought: Literal["", "once", "again"] = ""
    late: bool = False
    orders_min: int | None = None
    orders_max: int | None = None
    spent_min: int | None = None
    first_from: LocalDay | None = None
    first_to: LocalDay | None = None
    last_from: LocalDay | None = None
    last_to: LocalDay | None = None

    @property
    def any(self) -> bool:
        """Whether anybody is left out."""
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Sorting:
    """How a list is ordered; among equals by customer number, in the same direction."""

    by: SortBy = "last_order"
    descending: bool = True

    @property
    def text(self) -> str:
        """As an address has it."""
        return f"{'-' if self.descending else ''}{self.by}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that an address asks of the list."""

    filters: Filters = field(default_factory=Filters)
    order: Sorting = field(default_factory=Sorting)
    columns: tuple[str, ...] = USUAL
    problems: Mapping[str, str] = field(default_factory=dict)
    """Of each part of the address that cannot be read or met, a sentence as a message key."""

    def query(self, currency: str) -> dict[str, str]:
        """The same as an address has it; what is usual is left out."""
        told = {each.name: _text(getattr(self.filters, each.name), each.name, currency) for each in fields(Filters)}
        told["sort"] = "" if self.order == Sorting() else self.order.text
        told["columns"] = "" if self.columns == USUAL else ",".join(self.columns)
        return {name: text for name, text in told.items() if text}


def _text(value: Any, name: str, currency: str) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    return str(Money(value, currency).decimal()) if name == "spent_min" else str(value)


def read_wanted(query: Mapping[str, str], chosen: Sequence[str], currency: str) -> Wanted:
    """What an address asks for; `chosen` are its columns, each as a text of names with commas.

    Whoever is asked for must not be shown where there are problems: it would be somebody else.
    """
    problems: dict[str, str] = {}

    def part(name: str, read: Callable[[str], T], usual: T) -> T:
        text = query.get(name, "").strip()
        try:
            return read(text) if text else usual
        except Malformed as error:
            problems[name] = error.message
            return usual

    filters = Filters(
        q=part("q", _search, ""),
        bought=part("bought", _bought, ""),
        late=part("late", _switch, False),
        orders_min=part("orders_min", _count, None),
        orders_max=part("orders_max", _count, None),
        spent_min=part("spent_min", lambda text: _amount(text, currency), None),
        first_from=part("first_from", parse_day, None),
        first_to=part("first_to", parse_day, None),
        last_from=part("last_from", parse_day, None),
        last_to=part("last_to", parse_day, None),
    )
    order = part("sort", _order, Sorting())
    columns = _columns([name for text in chosen for name in text.split(",") if name], problems)
    for name, problem in _impossible(filters).items():
        problems.setdefault(name, problem)
    return Wanted(filters, order, columns, problems)


def _search(text: str) -> str:
    if len(text) > LONGEST_SEARCH:
        raise Malformed("Search for fewer than a hundred letters.")
    if "\0" in text:
        raise Malformed("This cannot be searched for.")
    return text


def _bought(text: str) -> Literal["once", "again"]:
    if text == "once":
        return "once"
    if text == "again":
        return "again"
    raise Malformed("Choose how often they bought: once or again.")


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise Malformed("Choose whether only late customers are shown: 1, or nothing.")
    return text == "1"


def _count(text: str) -> int:
    # A number field lets "1e3" and "2.0" pass, and nobody means them.
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST)) or int(text) > MOST:
        raise Malformed("Write a whole number from 0 on, such as 3.")
    return int(text)


def _amount(text: str, currency: str) -> int:
    refusal = Malformed("Write an amount without letters, such as 25.")
    # More digits than any column holds are nobody's spending.
    if text.startswith("-") or len(text) > len(str(_BIGGEST)):
        raise refusal
    try:
        minor = parse_minor(text, currency)
    except Malformed:
        raise refusal from None
    if minor > _BIGGEST:
        raise refusal
    return minor


def _order(text: str) -> Sorting:
    name = text.removeprefix("-")
    for known in SORTS:
        if known == name and (text.startswith("-") or known != "expected"):
            return Sorting(known, text.startswith("-"))
    raise Malformed("This list cannot be sorted in that way.")


def _columns(chosen: Sequence[str], problems: dict[str, str]) -> tuple[str, ...]:
    if any(name not in CHOICES for name in chosen):
        problems["columns"] = "One of these columns does not exist."
    # In the table's own order, whatever order they were ticked in.
    return tuple(name for name in CHOICES if name in chosen) or USUAL


def _impossible(filters: Filters) -> dict[str, str]:
    """Filters that nobody can meet."""
    found = {}
    low, high = filters.orders_min, filters.orders_max
    if low is not None and high is not None and low > high:
        found["orders_max"] = "The least is more than the most."
    if filters.first_from and filters.first_to and filters.first_from > filters.first_to:
        found["first_to"] = "The period ends before it starts."
    if filters.last_from and filters.last_to and filters.last_from > filters.last_to:
        found["last_to"] = "The period ends before it starts."
    if filters.first_from and filters.last_to and filters.first_from > filters.last_to:
        found["last_to"] = "Nobody's last order is before their first."
    if _contradicts(filters):
        found["bought"] = "Nobody has bought so often and so seldom at once."
    return found


def _contradicts(filters: Filters) -> bool:
    once = filters.bought == "once" and (filters.orders_min or 0) > 1
    again = filters.bought == "again" and filters.orders_max is not None and filters.orders_max < 2
    return once or again
