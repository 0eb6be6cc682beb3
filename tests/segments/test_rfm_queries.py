"""Cut points and groups from the tables: the same as from all customers one by one, on both databases."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from sqlalchemy import delete, select

from shopify_app.changes.apply import apply_facts
from shopify_app.clock import LocalDay, local_day
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.retention.people.queries import add_customers, is_late
from shopify_app.retention.rfm.queries import Size, cuts_of, group_column, group_sizes, keep_cuts, work_out
from shopify_app.retention.rfm.scoring import Cuts, Group, group_of, late_since
from tests.factories import LOOKUP, instant, make_shop, order, rebuilt
from tests.segments.people import TODAY
from tests.segments.people import cuts_of as cuts_by_hand
from tests.segments.test_rfm import PEOPLE, people

ON_BOTH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)


@contextmanager
def holding(database, rows):
    """A shop with these customers, beside another with one."""
    shops = [find_or_make(database, name) for name in ("alice", "bob")]
    with database.transaction() as session:
        session.execute(delete(CountedCustomer))
        add_customers(session, shops[0], 1, rows)
        add_customers(session, shops[1], 1, [rows[0]._replace(net=999)])
    with database.reading() as session:
        yield session, shops[0]


def find_or_make(database, name):
    from shopify_app.shops.queries import find_shop

    with database.reading() as session:
        found = find_shop(session, f"{name}.myshopify.com")
    return found.id if found else make_shop(database, f"{name}.myshopify.com")


@ON_BOTH
@given(drawn=PEOPLE)
def test_cuts_and_groups_are_those_of_the_customers_one_by_one(database, drawn):
    rows = people(drawn)
    cuts = cuts_by_hand(rows)
    with holding(database, rows) as (session, shop):
        assert work_out(session, shop) == cuts
        named = select(CountedCustomer.customer_id, group_column(session, cuts, TODAY))
        found = dict(session.execute(named.where(CountedCustomer.shop_id == shop)).all())
        assert found == {row.customer_id: group_of(row, cuts, TODAY).value for row in rows}
        silent = is_late(session, cuts.late_after, TODAY)
        late = select(CountedCustomer.customer_id).where(CountedCustomer.shop_id == shop, silent)
        since = {row.customer_id: late_since(row, cuts) for row in rows}
        assert set(session.scalars(late)) == {one for one, day in since.items() if day is not None and day <= TODAY}


@ON_BOTH
@given(drawn=PEOPLE)
def test_sizes_sum_to_all_customers_and_all_they_bought(database, drawn):
    rows = people(drawn)
    with holding(database, rows) as (session, shop):
        sizes = group_sizes(session, shop, cuts_by_hand(rows), TODAY)
        groups = Counter(group_of(row, cuts_by_hand(rows), TODAY) for row in rows)
        assert {group: size.people for group, size in sizes.items()} == groups
        assert sum(size.net for size in sizes.values()) == sum(row.net for row in rows)


def test_a_shop_without_customers_has_no_cuts(database):
    shop = make_shop(database)
    with database.reading() as session:
        assert work_out(session, shop) == Cuts()
        assert group_sizes(session, shop, Cuts(), TODAY) == {}


def test_cuts_of_the_evening_before_hold_where_nobody_had_come_back(database):
    rows = people([(2, 50, 10, None, 0)])
    with holding(database, rows) as (session, shop):
        assert group_sizes(session, shop, Cuts(), TODAY) == {Group.PROMISING: Size(1, 10)}
        assert group_of(rows[0], Cuts(), TODAY) is Group.PROMISING


def test_what_is_kept_is_read_until_the_rows_are_others(database):
    shop, other = make_shop(database), make_shop(database, "bob.myshopify.com")
    with database.transaction() as session:
        apply_facts(session, shop, [order(1, 1, "2026-01-05", "10")], instant("2026-02-01"), LOOKUP)
        found = cuts_of(session, shop)
        keep_cuts(session, shop, Cuts(late_after=7), local_day(instant("2026-02-01"), instant("2026-02-01").tzinfo))
        assert cuts_of(session, shop) == Cuts(late_after=7) != found
        assert cuts_of(session, other) == Cuts()
    rebuilt(database, shop)
    with database.reading() as session:
        assert cuts_of(session, shop) == found


def test_a_day_later_is_a_day_later(database):
    rows = people([(3, 60, 10, None, 0), (3, 10, 10, None, 0)])
    with holding(database, rows) as (session, shop):
        cuts = Cuts(late_after=60)
        late = select(CountedCustomer.customer_id).where(CountedCustomer.shop_id == shop)
        assert session.scalars(late.where(is_late(session, cuts.late_after, TODAY))).all() == []
        tomorrow = LocalDay(TODAY + timedelta(days=1))
        assert session.scalars(late.where(is_late(session, cuts.late_after, tomorrow))).all() == [1]
