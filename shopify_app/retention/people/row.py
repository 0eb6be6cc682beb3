"""From the rows of a customer's orders to the one row of the customer. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from shopify_app.clock import LocalDay
from shopify_app.retention.counting import Booking, Rows
from shopify_app.retention.window import Basis

GAPS_FOR_USUAL, GAPS_FOR_LATE = 2, 4
"""How many gaps tell what is usual for somebody, and what is late."""


class CustomerRow(NamedTuple):
    """See CountedCustomer for the meaning of each field."""

    customer_id: int
    first_day: LocalDay
    second_day: LocalDay | None
    last_day: LocalDay
    orders: int
    days: int
    earlier: int
    value: int
    net: int
    repeat_net: int
    first_order_id: int
    last_order_id: int
    usual_gap: int | None
    late_after: int | None
    discounted: int = 0
    channels: str = ""
    countries: str = ""


def customers_in(rows: Rows) -> dict[int, CustomerRow]:
    """The row of every known customer among some buyers, from all their rows."""
    return {
        buyer: customer_row(mine) for (basis, buyer), mine in rows.items() if basis == Basis.KEPT and buyer > 0 and mine
    }


def customers_of(rows: Iterable[Booking]) -> dict[int, CustomerRow]:
    """The same from rows that are not sorted by buyer."""
    theirs: Mapping[int, list[Booking]] = defaultdict(list)
    for row in rows:
        if row.buyer_id > 0 and row.basis is Basis.KEPT:
            theirs[row.buyer_id].append(row)
    return {buyer: customer_row(mine) for buyer, mine in theirs.items()}


def customer_row(rows: Sequence[Booking]) -> CustomerRow:
    """One customer's row from all their rows in basis kept, of which each is an order of its own."""
    if len(rows) == 1:
        (only,) = rows
        day, order = only.day, only.order_id
        earlier, sold = only.nth - 1, _sold((only.sold,))
        return CustomerRow(
            only.buyer_id, day, None, day, 1, 1, earlier, only.value, only.net, 0, order, order, None, None, *sold
        )
    placed = sorted(rows, key=_nth)
    days = sorted({row.day for row in placed})
    gaps = sorted((later - sooner).days for sooner, later in pairwise(days))
    first = placed[0]
    discounted, channels, countries = _sold([row.sold for row in placed])
    return CustomerRow(
        customer_id=first.buyer_id,
        first_day=days[0],
        second_day=days[1] if gaps else None,
        last_day=days[-1],
        orders=len(placed),
        days=len(days),
        earlier=first.nth - 1,
        value=sum(row.value for row in placed),
        net=sum(row.net for row in placed),
        repeat_net=sum(row.net for row in placed if row.day != days[0]),
        first_order_id=first.order_id,
        last_order_id=placed[-1].order_id,
        usual_gap=gaps[(len(gaps) - 1) // 2] if len(gaps) >= GAPS_FOR_USUAL else None,
        late_after=gaps[(9 * len(gaps) + 9) // 10 - 1] if len(gaps) >= GAPS_FOR_LATE else None,
        discounted=discounted,
        channels=channels,
        countries=countries,
    )


def _sold(ways: Sequence[str]) -> tuple[int, str, str]:
    """How many of these orders were sold for less than their price, then every channel, and every country."""
    channels, countries = _places(frozenset(ways))
    return sum(way.endswith("1") for way in ways), channels, countries


# A shop sells in a few ways, and most customers know one or two of them.
@lru_cache(1024)
def _places(ways: frozenset[str]) -> tuple[str, str]:
    parts = [way.split("|") for way in ways if way]
    return _listed({part[0] for part in parts}), _listed({part[1] for part in parts})


def _listed(found: set[str]) -> str:
    """Between bars, so that one of them is found by looking for it with its bars."""
    known = sorted(found - {""})
    return f"|{'|'.join(known)}|" if known else ""


def _nth(row: Booking) -> int:
    return row.nth
