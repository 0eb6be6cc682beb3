"""The access log in words, for a page and for a file. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shopify_app.clock import Instant, parse_instant
from shopify_app.customers.access.kinds import (
    CARTS,
    CUSTOMER,
    CUSTOMER_ORDERS,
    CUSTOMERS,
    DUPLICATES,
    FILED,
    KEPT,
    NAMES,
    ORDERS,
    POINTS,
    READ,
    SHOWN,
    WRITTEN,
)
from shopify_app.customers.access.model import AccessEntry
from shopify_app.customers.access.queries import Place
from shopify_app.errors import Malformed
from shopify_app.privacy.access.opening import DATA_REQUEST, DOWNLOADED, EVERYTHING, PRINTED, TRACED
from shopify_app.privacy.requests.presenting import Telling, who
from shopify_app.table import line

COLUMNS = ("at", "actor", "what", "number", "why")
_JOIN = "_"


@dataclass(frozen=True, slots=True)
class Line:
    """One opening."""

    at: str
    who: str
    what: str
    href: str | None
    why: str


def told(entry: AccessEntry, telling: Telling, link: Callable[[str], str]) -> Line:
    """One opening for the page."""
    what, href = _what(entry, telling, link)
    why = telling.words.text(REASONS[entry.why])
    return Line(telling.moment(Instant(entry.at)), who(entry.actor, telling.words), what, href, why)


def _what(entry: AccessEntry, telling: Telling, link: Callable[[str], str]) -> tuple[str, str | None]:
    if entry.what == EVERYTHING:
        return telling.words.text("Everything as one file"), link("/settings/privacy/export")
    if entry.what in TABLES:
        return _table(entry, telling), None
    if entry.number is None:
        return telling.words.text("An order that is not stored"), None
    number = str(entry.number)
    if entry.what == DATA_REQUEST:
        return telling.words.text("Data request {number}", number=number), link(f"/settings/privacy/requests/{number}")
    return telling.words.text("Order {number}", number=number), link(f"/reports/orders/{number}")


def _table(entry: AccessEntry, telling: Telling) -> str:
    what = telling.words.text(TABLES[entry.what])
    if entry.number is None:
        return what
    lines = telling.words.plural("{n} line", "{n} lines", entry.number)
    return telling.words.text("{what}, {lines}", what=what, lines=lines)


TABLES = {
    CUSTOMERS: "Lists of customers",
    CUSTOMER: "Pages about a customer",
    CUSTOMER_ORDERS: "The orders of a customer",
    KEPT: "What Wafa keeps of a customer",
    NAMES: "Names of customers",
    ORDERS: "Orders with their customers' numbers",
    DUPLICATES: "Possible duplicates",
    CARTS: "Left carts",
    POINTS: "Points and where they come from",
}
REASONS = {
    FILED: "Downloaded as a file",
    SHOWN: "Looked at on its page",
    READ: "Read by a program",
    WRITTEN: "Put into Shopify as a segment",
    DOWNLOADED: "Downloaded, to be handed to the customer",
    PRINTED: "Printed for the merchant",
    TRACED: "Looked into to find a fault",
}


def cells(entry: AccessEntry) -> dict[str, Any]:
    """One opening for a program, by the names of COLUMNS."""
    return dict(zip(COLUMNS, (entry.at.isoformat(), entry.actor, entry.what, entry.number, entry.why), strict=True))


def file_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A CSV file, a header first."""
    yield line(COLUMNS)
    for row in rows:
        yield line(["" if cell is None else cell for cell in row.values()])


def place_text(entry: AccessEntry) -> str:
    """Where the log goes on after this row, for an address."""
    return f"{entry.at:%Y%m%dT%H%M%S.%f}{_JOIN}{entry.id}"


def read_place(text: str | None) -> Place | None:
    """What `place_text` gave; Malformed where it is something else."""
    if not text:
        return None
    moment, _, entry = text.partition(_JOIN)
    try:
        place = parse_instant(f"{moment}+00:00"), entry
    except ValueError as problem:
        raise Malformed("This request could not be read.") from problem
    if not entry.isalnum():
        raise Malformed("This request could not be read.")
    return place
