"""Who is late: the same people on the list of customers, on a customer's page, by a rule and in the ready groups."""

from datetime import timedelta

from hypothesis import given

from shopify_app.clock import Instant
from shopify_app.retention.people.lateness import Limit
from shopify_app.retention.people.listing.asking import Filters, Sorting
from shopify_app.retention.people.listing.columns import Listed
from shopify_app.retention.people.listing.queries import Listing, count_listed, people_listed
from shopify_app.retention.rfm.queries import keep_cuts, shops_limit
from shopify_app.retention.rfm.scoring import Cuts
from shopify_app.segments.ready import READY
from shopify_app.segments.rules.fields import Condition, How
from shopify_app.segments.rules.queries import Standpoint, members
from shopify_app.segments.rules.rule import Rule
from tests.factories import instant
from tests.segments.people import TODAY
from tests.segments.people import cuts_of as cuts_by_hand
from tests.segments.test_rfm import PEOPLE, people
from tests.segments.test_rfm_queries import ON_BOTH, holding

LATE = Rule("all", (Condition("late", How.IS, True),))
NOON = Instant(instant("2026-07-01T12:00"))


def meant(at, rule):
    found, after = members(at, rule, 1000, None, 1000)
    assert after is None
    return {one.row.customer_id for one in found}


@ON_BOTH
@given(drawn=PEOPLE)
def test_everywhere_the_same_people_are_late(database, drawn):
    rows = people(drawn)
    with holding(database, rows) as (session, shop):
        at = Standpoint.of(session, shop, NOON)
        assert at.today == TODAY
        listing = Listing(Filters(late=True), Sorting(), TODAY, shops_limit(session, shop))
        listed, _ = people_listed(session, shop, listing, count_listed(session, shop, listing), None, 1000)
        late = {one.row.customer_id for one in listed}
        assert late == meant(at, LATE)
        groups = [meant(at, READY[name].rule) for name in ("late", "might-lose", "away")]
        assert late == set().union(*groups)
        assert len(late) == sum(map(len, groups)) == count_listed(session, shop, listing)
        limit = cuts_by_hand(rows).late_after
        assert late == {row.customer_id for row in rows if Listed(row, TODAY, limit).late}
        assert all(Listed(row, TODAY, limit).late is None for row in rows if row.days + row.earlier == 1)


def test_whose_gaps_tell_is_known():
    own, others, once = people([(5, 20, 10, 9, 0), (2, 20, 10, None, 0), (1, 20, 10, None, 0)])
    assert Listed(own, TODAY, 30).limit == Limit(9, own=True)
    assert Listed(others, TODAY, 30).limit == Limit(30, own=False)
    assert Listed(once, TODAY, 30).limit is None
    assert [Listed(one, TODAY, 19).late for one in (own, others, once)] == [True, True, None]
    assert Listed(others, TODAY, None).late is None


def test_the_limit_of_the_shop_is_the_one_that_is_kept(database):
    rows = people([(2, 50, 10, None, 0), (2, 5, 10, None, 0)])
    with holding(database, rows) as (session, shop):
        assert shops_limit(session, shop) == 7
    with database.transaction() as session:
        keep_cuts(session, shop, Cuts(late_after=11), TODAY)
        assert shops_limit(session, shop) == 11
        assert Standpoint.of(session, shop, Instant(NOON + timedelta(days=1))).cuts.late_after == 11
