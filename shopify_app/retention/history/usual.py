"""Which tallies are kept before anybody asks for them, and which are kept because somebody did."""

from collections.abc import Mapping, Sequence
from typing import Any

from shopify_app.clock import LocalDay
from shopify_app.db.base import Session, ShopId
from shopify_app.retention.history.queries import Asked, Tallies, kept_grids
from shopify_app.retention.history.tally import Tally
from shopify_app.retention.window import Basis, Unit

USUAL: tuple[Tally, ...] = ()
"""Kept for every shop, of completed orders."""
CHOSEN: tuple[Tally, ...] = ()
"""Kept for a shop from when somebody looked at them there."""


def usual_grids(session: Session, shop: ShopId, today: LocalDay) -> Sequence[Mapping[str, Any]]:
    """All of them as rows to keep."""
    tallies = Tallies(session, shop)
    tallies.several(_asked(session, shop))
    return tallies.to_keep(today)


def _asked(session: Session, shop: ShopId) -> list[Asked]:
    named = {tally.name: tally for tally in (*USUAL, *CHOSEN)}
    kept = [(named[row.name], Basis(row.basis), Unit(row.unit)) for row in kept_grids(session, shop, named)]
    return list(dict.fromkeys([*((tally, Basis.KEPT, Unit.ORDER) for tally in USUAL), *kept]))
