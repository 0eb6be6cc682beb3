"""When an order was sent. Pure.

Words are those of the Admin API, or the same in small letters, as webhooks write them.
"""

from collections.abc import Iterable

from shopify_app.clock import Instant

_NOTHING_LEFT = frozenset({"fulfilled", "restocked", "fulfillment_not_required"})
"""States of an order in which no piece waits to be sent."""
_GONE = "success"
"""State of a fulfilment whose pieces have left."""


def sent_at(status: str | None, fulfilments: Iterable[tuple[str | None, Instant]]) -> Instant | None:
    """When the last piece that is to be sent was sent; None while one is not, and where none ever was.

    Each fulfilment has its own state and when it was made. What was refunded or taken off before it was sent is not
    to be sent any more: where that is the rest, the order was sent when the other pieces left; where it is all, there
    is no such moment, as nothing went to anybody.
    """
    if status is None or status.lower() not in _NOTHING_LEFT:
        return None
    return max((at for state, at in fulfilments if state is not None and state.lower() == _GONE), default=None)
