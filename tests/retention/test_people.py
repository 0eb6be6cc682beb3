"""One row for each customer: the same as a slow look at all their orders, and always in step with them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.rebuild import drift
from shopify_app.retention.counting import Booking, numbered
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.retention.people.row import customer_row, customers_in, customers_of
from shopify_app.retention.window import Basis
from tests.factories import LOOKUP, instant, make_shop, order

FIRST = date(2026, 1, 1)


def bought(*orders, buyer=7, earlier=0):
    """Rows of one customer, from days after the first of January and what was kept of the money."""
    rows = [
        Booking(
            Basis.KEPT,
            1000 + number,
            FIRST + timedelta(days=day),
            buyer,
            instant("2026-01-01T12:00") + timedelta(days=day),
            1,
            max(net, 1),
            net,
        )
        for number, (day, net) in enumerate(orders)
    ]
    return numbered(rows, earlier)


def percentile(gaps, share):
    """The smallest gap within which at least this share of them ended."""
    return next(gap for gap in sorted(gaps) if sum(each <= gap for each in gaps) >= share * len(gaps))


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(-50, 500)), min_size=1, max_size=30), st.integers(0, 5))
def test_a_customer_is_what_their_orders_say(orders, earlier):
    row = customer_row(bought(*orders, earlier=earlier))
    days = sorted({day for day, _ in orders})
    gaps = [days[at + 1] - days[at] for at in range(len(days) - 1)]
    assert (row.first_day, row.last_day) == (FIRST + timedelta(days=days[0]), FIRST + timedelta(days=days[-1]))
    assert row.second_day == (FIRST + timedelta(days=days[1]) if len(days) > 1 else None)
    assert (row.orders, row.days, row.earlier) == (len(orders), len(days), earlier)
    assert row.net == sum(net for _, net in orders)
    assert row.repeat_net == sum(net for day, net in orders if day != days[0])
    assert row.late_after == (percentile(gaps, 0.9) if len(gaps) > 3 else None)
    assert row.usual_gap == (percentile(gaps, 0.5) if len(gaps) > 1 else None)


def test_orders_of_one_moment_stand_in_order_of_their_numbers():
    row = customer_row(bought((3, 10), (3, 20), (3, 30))[::-1])
    assert (row.first_order_id, row.last_order_id, row.days, row.usual_gap) == (1000, 1002, 1, None)


def test_strangers_and_the_other_way_to_count_have_no_row():
    rows = bought((0, 5), (9, 5))
    others = [row._replace(basis=Basis.SHOPIFY) for row in rows] + [row._replace(buyer_id=-1) for row in rows]
    assert customers_of([*rows, *others]) == {7: customer_row(rows)}
    assert customers_in({("kept", 7): rows, ("shopify", 7): others[:2], ("kept", -1): others[2:]}) == customers_of(rows)


@pytest.mark.parametrize(
    "planted",
    [
        delete(CountedCustomer),
        update(CountedCustomer).values(net=CountedCustomer.net + 1),
        update(CountedCustomer).values(second_day=None),
    ],
)
def test_a_row_that_is_not_what_the_orders_say_is_drift(database, planted):
    shop = make_shop(database)
    orders = [order(1, 1, "2025-03-01", "10"), order(2, 1, "2025-03-09", "10"), order(3, None, "2025-03-01", "5")]
    with database.transaction() as session:
        apply_facts(session, shop, orders, instant("2025-04-01"), LOOKUP)
    with database.reading() as session:
        assert drift(session, shop) == 0
        (row,) = session.scalars(select(CountedCustomer)).all()
        assert (row.customer_id, row.orders, row.net, row.second_day) == (1, 2, 2000, date(2025, 3, 9))
    with database.transaction() as session:
        session.execute(planted.execution_options(synchronize_session=False))
    with database.reading() as session:
        assert drift(session, shop) > 0
