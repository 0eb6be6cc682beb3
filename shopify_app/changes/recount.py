"""From changed orders to changed rows of the aggregate. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from shopify_app.changes.state import State
from shopify_app.retention.counting import Booking, Countable, Rows, bookings, numbered, sold_of


def recount(state: State, rows: Mapping[tuple[str, int], Sequence[Booking]], changed: Iterable[int]) -> Rows:
    """The complete new rows of every buyer, by basis, that the changed orders touch.

    `rows` are all rows of the buyers that those orders belonged to before and belong to now.
    """
    changed = set(changed)
    after: Rows = defaultdict(list)
    for key, mine in rows.items():
        after[key] = [row for row in mine if row.order_id not in changed]
    for order_id in changed:
        order, refunds = state.orders[order_id], state.refunds.get(order_id, {}).values()
        edits = state.edits.get(order_id, {}).values()
        for booking in bookings(Countable.of(order, state.currency, sold_of(order)), refunds, edits, state.zone):
            after[booking.basis.value, booking.buyer_id].append(booking)
    return {key: numbered(mine, state.histories.earlier(key[1])) for key, mine in after.items()}
