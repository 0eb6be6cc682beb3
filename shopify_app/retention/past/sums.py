"""The sums of a window from the rows of some buyers. Pure: what retention.queries.totals adds up in the database."""

from collections.abc import Sequence
from operator import attrgetter

from msgspec import Struct

from shopify_app.retention.counting import Booking, Rows
from shopify_app.retention.registry import Drill, Totals
from shopify_app.retention.window import Basis, Unit, Window

_parts = attrgetter(*Totals.__slots__)


class Replaced(Struct, frozen=True):
    """Buyers of whom other things were known at some moment than are now: their rows then and now."""

    buyers: frozenset[int]
    then: Rows
    now: Rows

    def totals(self, present: Totals, window: Window, basis: Basis, unit: Unit) -> Totals:
        """What a window summed to then, from what it sums to at present: every sum is one over buyers."""
        less = totals_of(self.now, window, basis, unit)
        more = totals_of(self.then, window, basis, unit)
        return Totals(*(n - a + b for n, a, b in zip(_parts(present), _parts(less), _parts(more), strict=True)))

    def forward(self, past: Totals, window: Window, basis: Basis, unit: Unit) -> Totals:
        """The other way round: what a window sums to now, from what it summed to then."""
        return Replaced(self.buyers, self.now, self.then).totals(past, window, basis, unit)

    def differing(self, window: Window, basis: Basis) -> int:
        """Of how many orders the rows in a window are other ones now."""
        then, now = (_by_order(rows, window, basis) for rows in (self.then, self.now))
        return sum(then.get(order) != now.get(order) for order in then.keys() | now.keys())

    def rows(self, window: Window, basis: Basis) -> list[Booking]:
        """The rows of then in a window."""
        return [row for key, mine in self.then.items() if key[0] == basis for row in mine if _within(row, window)]

    def drilled(self, window: Window, basis: Basis, unit: Unit, drill: Drill) -> list[Booking]:
        """The rows of then behind one number, as retention.queries.orders_behind chooses them."""
        found = list[Booking]()
        for (counted, buyer), mine in self.then.items():
            within = [row for row in mine if _within(row, window)] if counted == basis else []
            if drill == "repeat" and (buyer < 0 or purchases(within, unit) < 2):
                continue
            found += [row for row in within if _is_behind(row, unit, drill)]
        return found


def _by_order(rows: Rows, window: Window, basis: Basis) -> dict[int, set[Booking]]:
    found: dict[int, set[Booking]] = {}
    for (counted, _), mine in rows.items():
        for row in mine if counted == basis else ():
            if _within(row, window):
                # How an order was sold is told of now alone.
                found.setdefault(row.order_id, set()).add(row._replace(sold=""))
    return found


def _is_behind(row: Booking, unit: Unit, drill: Drill) -> bool:
    match drill:
        case "guest":
            return row.buyer_id < 0 and row.orders == 1
        case "customers":
            return row.buyer_id > 0
        case "returning":
            return place(row, unit) > 1
        case "repeat" | "all":
            return True


def totals_of(rows: Rows, window: Window, basis: Basis, unit: Unit) -> Totals:
    """The sums over the named buyers' rows alone."""
    sums = [0] * len(Totals.__slots__)
    for (counted, buyer), mine in rows.items():
        within = [row for row in mine if _within(row, window)] if counted == basis else ()
        for place, part in enumerate(_sums(buyer, within, unit)):
            sums[place] += part
    return Totals(*sums)


def purchases(rows: Sequence[Booking], unit: Unit) -> int:
    """How often the buyer of these rows bought."""
    bought = [row.day for row in rows if row.orders]
    return len(bought) if unit is Unit.ORDER else len(set(bought))


def place(row: Booking, unit: Unit) -> int:
    """Which of its buyer's purchases a row belongs to."""
    return row.nth if unit is Unit.ORDER else row.nth_day


def _within(row: Booking, window: Window) -> bool:
    return row.day <= window.end and (window.start is None or row.day >= window.start)


def _sums(buyer: int, rows: Sequence[Booking], unit: Unit) -> tuple[int, ...]:
    """One buyer's part of each sum, in the order of Totals' fields."""
    if not rows:
        return ()
    n, named = purchases(rows, unit), buyer > 0
    known = named and n > 0
    returning = known and any(row.orders and place(row, unit) > 1 for row in rows)
    value, net = sum(row.value for row in rows), sum(row.net for row in rows)
    later = sum(row.net for row in rows if place(row, unit) > 1)
    return (
        known,
        known and n > 1,
        returning,
        n,
        n if known else 0,
        0 if named else n,
        value,
        value if named else 0,
        net,
        net if named else 0,
        later,
    )
