"""Customers to try segments on, and what is slowly worked out about them."""

from collections import Counter
from datetime import date, timedelta

from shopify_app.clock import LocalDay
from shopify_app.retention.people.row import CustomerRow
from shopify_app.retention.rfm.scoring import Cuts, cut_points, nine_of_ten

FIRST, TODAY = LocalDay(date(2024, 1, 1)), LocalDay(date(2026, 7, 1))


def somebody(number, days, since, net, own=None, earlier=0) -> CustomerRow:
    """A customer with so many purchase days, a week between any two; `own` is what is late for them."""
    last = TODAY - timedelta(days=since)
    first = last - timedelta(days=7 * (days - 1))
    return CustomerRow(
        customer_id=number,
        first_day=LocalDay(first),
        second_day=LocalDay(first + timedelta(days=7)) if days > 1 else None,
        last_day=LocalDay(last),
        orders=days,
        days=days,
        earlier=earlier,
        value=net,
        net=net,
        repeat_net=0,
        first_order_id=number * 100,
        last_order_id=number * 100 + days,
        usual_gap=7 if days > 2 else None,
        late_after=own if days > 4 else None,
    )


def cuts_of(rows) -> Cuts:
    """The cut points of these customers, each from a plain count of values."""
    gaps = [(row.second_day - row.first_day).days for row in rows if row.second_day is not None]
    return Cuts(
        *(cut_points(sorted(Counter(values).items()), len(rows)) for values in _values(rows)),
        nine_of_ten(sorted(Counter(gaps).items()), len(gaps)),
        len(rows),
        len(gaps),
    )


def _values(rows):
    return [row.last_day for row in rows], [row.days + row.earlier for row in rows], [row.net for row in rows]
