"""When a checkout was left. Pure.

Shopify has no such event: a checkout begins seconds after an address is typed and changes with each step. Whoever has
not touched it for a while has left it, unless it became an order, was deleted, or they went on with a newer one.
"""

from datetime import timedelta
from typing import NamedTuple

from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.clock import Instant

QUIET = timedelta(hours=1)
"""How long nobody has touched what was left; an address that is still being typed is long whole by then."""
ORDERED, CLOSED, DELETED, FOLLOWED, EMPTY, OPEN, LEFT = (
    *("ordered", "closed", "deleted", "followed", "empty", "open", "left"),
)


class Known(NamedTuple):
    """What else is known of a checkout."""

    ordered: bool = False
    """Whether there is an order that came of it or of its cart, in whatever state."""
    deleted: bool = False
    """Whether Shopify has deleted its cart."""
    followed: bool = False
    """Whether whoever left it has begun another one since."""


def standing(checkout: CheckoutFacts, known: Known, now: Instant, quiet: timedelta = QUIET) -> str:
    """What has become of a checkout: the first of the states that holds; `left` alone is worth a reminder."""
    if checkout.completed_at is not None or known.ordered:
        return ORDERED
    if known.deleted:
        return DELETED
    if checkout.closed_at is not None:
        return CLOSED
    if known.followed:
        return FOLLOWED
    if not any(line.quantity > 0 for line in checkout.lines):
        return EMPTY
    return LEFT if left_at(checkout, quiet) <= now else OPEN


def left_at(checkout: CheckoutFacts, quiet: timedelta = QUIET) -> Instant:
    """From when on it counts as left, if nobody touches it any more."""
    return Instant(checkout.version.updated_at + quiet)
