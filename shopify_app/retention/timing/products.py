"""How soon people come back after each product, and how soon they buy the same one again. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import groupby, pairwise
from operator import itemgetter

from shopify_app.clock import LocalDay
from shopify_app.retention.timing.curve import Waits, curve
from shopify_app.retention.timing.gaps import Usual, usual
from shopify_app.retention.timing.sums import SOON
from shopify_app.table import Column, Table

Bought = tuple[int, date, int, int | None]
"""Customer, day, which of the customer's purchase days it is, and a product, None for a line without one."""
YEAR = 365
AT_MOST = 100
"""Products on the page; the file has every one."""


@dataclass(slots=True)
class _Counts:
    came: dict[int, int] = field(default_factory=dict)
    waited: dict[int, int] = field(default_factory=dict)
    again: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductGaps:
    """One product: who began with it, and who bought it again."""

    product_id: int
    title: str
    people: int
    """Whose first purchase it was in."""
    soon: Fraction | None
    """The share of them who came back within SOON days; None where too few were watched for so long."""
    half: int | None
    """The day by which half of those came back who did so within a year, or within SOON days in a young shop."""
    again: Usual | None
    """Gaps between two purchases of it by one customer."""


GAPS_TABLE: Table[ProductGaps] = Table(
    "usual-gap-by-product",
    (
        Column("product_id", "number", "Product number", lambda row: row.product_id),
        Column("product", "text", "Product", lambda row: row.title),
        Column("people", "count", "Began with it", lambda row: row.people),
        Column("back_within_90_days", "share", "Came back within 90 days", lambda row: row.soon),
        Column("half_back_within", "days", "Half of them within", lambda row: row.half),
        Column("bought_again", "count", "Times bought again", lambda row: row.again and row.again.count),
        Column("usual_gap", "days", "Bought again after", lambda row: row.again and row.again.half),
        Column("three_quarters", "days", "Three of four within", lambda row: row.again and row.again.most),
    ),
)


def by_product(bought: Iterable[Bought], titles: Mapping[int, str], as_of: LocalDay) -> list[ProductGaps]:
    """Every product of which there is something to say, by how many began with it; rows of one customer together."""
    counts: dict[int, _Counts] = {}
    for _, mine in groupby(bought, key=itemgetter(0)):
        _count(list(mine), counts, as_of)
    found = (_told(product, titles.get(product, ""), each) for product, each in counts.items())
    some = (one for one in found if one.soon is not None or one.again is not None)
    return sorted(some, key=lambda one: (-one.people, one.product_id))


def _count(mine: list[Bought], counts: dict[int, _Counts], as_of: LocalDay) -> None:
    days = sorted({(nth, day) for _, day, nth, _ in mine})
    on: dict[int, set[date]] = {}
    for _, day, _, product in mine:
        if product is not None:
            on.setdefault(product, set()).add(day)
    first = days[0][1] if days[0][0] == 1 else None
    for product, its_days in on.items():
        into = counts.setdefault(product, _Counts())
        if first is not None and first in its_days:
            wait = ((days[1][1] if len(days) > 1 else as_of) - first).days
            _add(into.came if len(days) > 1 else into.waited, max(wait, 0))
        for one, following in pairwise(sorted(its_days)):
            _add(into.again, (following - one).days)


def _add(counts: dict[int, int], key: int) -> None:
    counts[key] = counts.get(key, 0) + 1


def _told(product: int, title: str, counts: _Counts) -> ProductGaps:
    drawn = curve(Waits(counts.came, counts.waited))
    soon = drawn.by(SOON)
    half = drawn.half_within(YEAR) or drawn.half_within(SOON)
    again = usual(counts.again)
    return ProductGaps(product, title, drawn.people, None if soon is None else Fraction(soon.share), half, again)
