"""The people behind a cell: exactly those that the number counts, on both databases, now and as it was known then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.changes.apply import apply_facts
from shopify_app.clock import Instant
from shopify_app.retention.coming_back.cohorts import Show, cohorts_of
from shopify_app.retention.coming_back.grid import GRIDS
from shopify_app.retention.coming_back.people.queries import Behind, people_behind
from shopify_app.retention.coming_back.periods import Period
from shopify_app.retention.coming_back.queries import grouped
from shopify_app.retention.coming_back.splits import Split
from shopify_app.retention.history.queries import added_up
from shopify_app.retention.past.queries import Epoch, as_it_was, position
from shopify_app.retention.window import Basis, Unit
from tests.changes.test_incremental_is_rebuild import START, shops
from tests.examples import examples
from tests.factories import LOOKUP, make_shop, order
from tests.retention.test_past import AS_OF


@st.composite
def orders(draw):
    """Of few customers in few weeks, so that most come back; some orders are told again, cancelled or moved."""
    found = []
    for number in range(1, draw(st.integers(6, 16))):
        for version in range(draw(st.sampled_from((1, 1, 1, 2)))):
            day, hour = draw(st.integers(1, 31)), draw(st.integers(0, 23))
            at = f"2025-03-{day:02d}T{hour:02d}:00+00:00"
            cancelled = at if version and draw(st.booleans()) else None
            buyer = draw(st.sampled_from((None, 1, 1, 2, 2, 3)))
            found.append(order(number, buyer, at, "10", cancelled_at=cancelled, version=version))
    return draw(st.permutations(found))


def listed(session, shop, behind):
    """All pages of the list, one customer on each."""
    found = people_behind(session, shop, behind, None, 1)
    while some := people_behind(session, shop, behind, (found[-1].first, found[-1].customer_id), 1) if found else []:
        found += some
    return found


def told(session, shop, replaced=None):
    """Every cohort, and the people behind each of its cells, by week: many cells of few people."""
    found = []
    for basis, unit in ((Basis.KEPT, Unit.ORDER), (Basis.SHOPIFY, Unit.DAY)):
        sums = added_up(session, shop, [(GRIDS[Period.WEEK], basis, unit)], AS_OF, replaced)[0]
        for cohort in cohorts_of(sums, Period.WEEK, AS_OF):
            everybody = listed(session, shop, Behind(cohort.span, None, Show.BACK, basis, unit, AS_OF, replaced))
            assert len({one.customer_id for one in everybody}) == len(everybody) == cohort.size
            assert sum(one.net for one in everybody) == (cohort.cells[-1].net_so_far if cohort.size else 0)
            for cell in cohort.cells if cohort.size else ():
                later = Period.WEEK.span(cohort.span.number + cell.age)
                for show, count in ((Show.BACK, cell.back), (Show.BOUGHT, cell.bought)):
                    people = listed(session, shop, Behind(cohort.span, later, show, basis, unit, AS_OF, replaced))
                    assert len(people) == count
                    assert set(people) <= set(everybody)
            # Nobody's number is compared: it may have been redacted since.
            found.append((cohort, sorted((one[1:] for one in everybody), key=repr)))
    return found


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_number_leads_to_as_many_people(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 12, 4)
    @given(facts=orders(), cut=st.integers(5, 9))
    def check(facts, cut):
        shop, seen = make_shop(database, f"c{next(shops)}.myshopify.com"), []
        for start in range(0, len(facts), cut):
            with database.transaction() as session:
                apply_facts(session, shop, facts[start : start + cut], Instant(START), LOOKUP)
            with database.reading() as session:
                seen.append((position(session, shop), told(session, shop)))
        with database.reading() as session:
            for moment, before in seen[:-1]:
                if moment is not None:
                    assert told(session, shop, as_it_was(session, shop, moment, Epoch("USD", "UTC"))) == before

    check()


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_groups_have_everybody_once_whose_first_order_says_something(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 25, 10)
    @given(facts=orders())
    def check(facts):
        shop = make_shop(database, f"g{next(shops)}.myshopify.com")
        with database.transaction() as session:
            apply_facts(session, shop, facts, Instant(START), LOOKUP)
        with database.reading() as session:
            for basis in Basis:
                for unit in Unit:
                    sums = added_up(session, shop, [(GRIDS[Period.WEEK], basis, unit)])[0]
                    cohorts = cohorts_of(sums, Period.WEEK, AS_OF)
                    for split in (Split.DISCOUNT, Split.CODE, Split.CHANNEL, Split.COUNTRY, Split.VALUE):
                        people = list(grouped(session, shop, split, basis, unit, AS_OF).people)
                        assert len(people) == sum(one.size for one in cohorts)
                        back = sum(one.second is not None for one in people)
                        assert back == sum(one.came_back for one in cohorts)

    check()
