"""The cohorts that an address asks for: of today from what is kept, of an earlier day from every order."""

from dataclasses import dataclass

from shopify_app.db.base import Session, ShopId
from shopify_app.retention.coming_back.asking import Asking
from shopify_app.retention.coming_back.cohorts import Cohort, cohorts_of
from shopify_app.retention.coming_back.grid import GRIDS
from shopify_app.retention.history.queries import Asked, Tallies, added_up
from shopify_app.retention.sight import Sight
from shopify_app.retention.timing.reading import needed


@dataclass(frozen=True, slots=True)
class Found:
    """Cohorts, oldest first, and those of them that a page shows."""

    every: list[Cohort]
    shown: list[Cohort]
    older: Cohort | None
    """The newest of those before; None where there are none."""
    newer: Cohort | None
    """The newest of the page after this one, going towards today; None on the page of the newest."""


def cohorts(session: Session, shop: ShopId, asking: Asking, sight: Sight, tallies: Tallies) -> list[Cohort]:
    """Every cohort there is, oldest first."""
    asked, period, one = asking.looked.asked, asking.viewed.period, _grid(asking)
    back = asked.looks_back
    sums = added_up(session, shop, [one], asked.as_of, asking.looked.replaced)[0] if back else tallies(*one)
    return cohorts_of(sums, period, asked.as_of, sight.since)


def prepare(asking: Asking, tallies: Tallies) -> None:
    """Sum up all that the page of today shows, so that the orders are gone through once where nothing is kept yet."""
    if not asking.looked.asked.looks_back:
        tallies.several([_grid(asking), *needed(asking.looked)])


def _grid(asking: Asking) -> Asked:
    asked = asking.looked.asked
    return GRIDS[asking.viewed.period], asked.basis, asked.unit


def page_of(every: list[Cohort], newest: int | None, rows: int) -> Found:
    """So many of them up to the one that is to be the newest."""
    place = next((n for n, one in enumerate(every) if one.span.number == newest), len(every) - 1)
    begin = max(place + 1 - rows, 0)
    older = every[begin - 1] if begin else None
    newer = every[min(place + rows, len(every) - 1)] if place + 1 < len(every) else None
    return Found(every, every[begin : place + 1], older, newer)
