"""Which tallies are kept before anybody asks for them, and which are kept because somebody did."""

from collections.abc import Mapping, Sequence
from typing import Any

from shopify_app.clock import LocalDay
from shopify_app.db.base import Session, ShopId
from shopify_app.retention.coming_back.grid import GRIDS
from shopify_app.retention.coming_back.periods import Period
from shopify_app.retention.history.queries import Asked, Tallies, kept_grids
from shopify_app.retention.history.tally import Tally
from shopify_app.retention.timing.sums import BY_DAY, GAPS, RISK
from shopify_app.retention.value.spending import SPENDING
from shopify_app.retention.window import Basis, Unit

USUAL: tuple[Tally, ...] = (GRIDS[Period.MONTH], SPENDING, GAPS, RISK, BY_DAY)
"""Kept for every shop, of completed orders."""
CHOSEN: tuple[Tally, ...] = (GRIDS[Period.QUARTER], GRIDS[Period.WEEK])
"""Kept for a shop from when somebody looked at them there."""


def usual_grids(session: Session, shop: ShopId, today: LocalDay) -> Sequence[Mapping[str, Any]]:
    """All of them as rows to keep."""
    tallies = Tallies(session, shop)
    usual = [(tally, Basis.KEPT, Unit.ORDER) for tally in USUAL]
    tallies.several(list(dict.fromkeys([*usual, *kept_of(session, shop)])))
    return tallies.to_keep(today)


def kept_of(session: Session, shop: ShopId) -> list[Asked]:
    """All that is kept of a shop."""
    named = {tally.name: tally for tally in (*USUAL, *CHOSEN)}
    return [(named[row.name], Basis(row.basis), Unit(row.unit)) for row in kept_grids(session, shop, named)]
