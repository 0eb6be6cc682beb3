"""From changed orders to changed rows of the aggregate. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from shopify_app.changes.state import State
from shopify_app.retention.counting import Booking, bookings, numbered


def recount(state: State, changed: Iterable[int]) -> dict[tuple[str, int], list[Booking]]:
    """The complete new rows of every buyer, by basis, that the changed orders touch.

    The state holds all rows of the buyers that those orders belonged to before and belong to now.
    """
    changed = set(changed)
    after: dict[tuple[str, int], list[Booking]] = defaultdict(list)
    for key, rows in state.bookings.items():
        after[key] = [row for row in rows if row.order_id not in changed]
    for order_id in changed:
        order = state.orders[order_id]
        refunds = state.refunds.get(order_id, {}).values()
        for booking in bookings(order.countable(state.currency), refunds, state.zone):
            after[booking.basis.value, booking.buyer_id].append(booking)
    return {key: numbered(rows) for key, rows in after.items()}
