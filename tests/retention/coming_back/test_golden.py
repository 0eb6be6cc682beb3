"""The cohorts of the golden shop of docs/metrics.md, worked out by hand, on both databases."""

from datetime import date

import pytest

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomersMerged, OrderDeleted
from shopify_app.clock import LocalDay
from shopify_app.retention.coming_back.cohorts import cohorts_of
from shopify_app.retention.coming_back.grid import GRIDS
from shopify_app.retention.coming_back.periods import Period
from shopify_app.retention.history.queries import Tallies
from shopify_app.retention.window import Basis, Unit
from tests.factories import LOOKUP, make_shop
from tests.retention.test_golden import AT, CANCELLED, A, C, golden

NEW_YORK = "America/New_York"
VARIANTS = {
    # facts that follow, zone, last day; by month of the first order: customers and net, in that month and in later ones
    "as above": ([], NEW_YORK, 3, {1: "2/90 1/30 1/60", 2: "1/0 1/50", 3: "1/25"}),
    "in UTC": ([], "UTC", 4, {1: "1/50 1/30 0/0 0/0", 2: "2/40 1/60 1/50", 3: "1/25 0/0"}),
    "A1 cancelled too": ([CANCELLED], NEW_YORK, 3, {1: "1/40 0/0 1/60", 2: "2/30 1/50", 3: "1/25"}),
    "C merged into A": ([CustomersMerged(A, C, AT)], NEW_YORK, 3, {1: "2/90 1/30 2/85", 2: "1/0 1/50"}),
    "B2 deleted": ([OrderDeleted(22, AT)], NEW_YORK, 3, {1: "2/90 1/30 0/0", 2: "1/0 1/50", 3: "1/25"}),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_golden_shop_has_these_cohorts(database, name):
    later, zone, month, wanted = VARIANTS[name]
    shop = make_shop(database, timezone=zone)
    with database.transaction() as session:
        first = [CANCELLED if fact.order.order_id == 11 and CANCELLED in later else fact for fact in golden()]
        apply_facts(session, shop, first + [fact for fact in later if fact is not CANCELLED], AT, LOOKUP)
    with database.reading() as session:
        sums = Tallies(session, shop)(GRIDS[Period.MONTH], Basis.KEPT, Unit.ORDER)
    found = cohorts_of(sums, Period.MONTH, LocalDay(date(2025, month, 30)))
    told = {
        one.span.start.month: " ".join(f"{cell.bought}/{cell.net // 100}" for cell in one.cells)
        for one in found
        if one.size
    }
    assert told == wanted
