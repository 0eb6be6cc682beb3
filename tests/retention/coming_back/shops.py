"""Random shops for cohorts, and the same figures worked out slowly, one customer at a time."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.retention.coming_back.cohorts import cohorts_of
from shopify_app.retention.coming_back.grid import GRIDS, LAST
from shopify_app.retention.coming_back.periods import Period
from shopify_app.retention.counting import Booking, numbered
from shopify_app.retention.history.columns import columns_of
from shopify_app.retention.window import Basis, Unit

START = datetime(2023, 11, 1, tzinfo=UTC)
AS_OF = LocalDay(date(2025, 4, 20))


@st.composite
def an_order(draw):
    """Buyer (0: a guest), moment, net, and days until some of it was given back, if it was; that may come first."""
    minutes = draw(st.integers(0, 530 * 24 * 4)) * 15
    back = draw(st.none() | st.integers(-40, 90))
    return draw(st.integers(0, 5)), Instant(START + timedelta(minutes=minutes)), draw(st.integers(-500, 9000)), back


orders = st.lists(an_order(), max_size=30)


def rows_of(orders, basis, zone, hidden=None, scale=1, numbers=None):
    """As the aggregate has them; `hidden` orders of a buyer came before those that are known."""
    bought = defaultdict(list)
    for number, (buyer, at, net, back) in enumerate(orders, start=1):
        name = (numbers or {}).get(number, number)
        who = -name if buyer == 0 else (numbers or {}).get(-buyer, buyer)
        day = local_day(at, zone)
        lost = 100 if back is not None else 0
        own = net - lost if basis is Basis.KEPT else net
        bought[who].append(Booking(basis, name, day, who, at, 1, net * scale, own * scale))
        if basis is Basis.SHOPIFY and lost:
            later = LocalDay(day + timedelta(days=back + 1))
            bought[who].append(Booking(basis, name, later, who, at, 0, 0, -lost * scale))
    known = hidden or {}
    return {(basis.value, who): numbered(rows, known.get(who, 0)) for who, rows in bought.items()}


def kept(rows, basis, unit, period):
    return GRIDS[period].share(columns_of(rows, basis), unit)


def told(rows, basis, unit, period, as_of=AS_OF):
    """What a page shows, as plain values: cohort, people, and of each cell whether it is over and its five sums."""
    return {
        one.span.start: (
            one.size,
            [(cell.over, cell.bought, cell.back, cell.orders, cell.net, cell.net_so_far) for cell in one.cells],
        )
        for one in cohorts_of(kept(rows, basis, unit, period), period, as_of)
        if one.size
    }


def period_start(day, period):
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    month = day.month if period is Period.MONTH else (day.month - 1) // 3 * 3 + 1
    return date(day.year, month, 1)


def after(start, period):
    """The first day of the next period."""
    return period_start(start + timedelta(days={"week": 7, "month": 31, "quarter": 93}[period.value]), period)


def by_hand(rows, unit, period, as_of=AS_OF):
    """The same from the rows, by going through the calendar with each customer."""
    cohorts = defaultdict(list)
    for (_, who), mine in rows.items():
        firsts = [row for row in mine if row.nth == 1 and row.orders]
        if who > 0 and firsts and firsts[0].day <= as_of:
            cohorts[period_start(firsts[0].day, period)].append(mine)
    return {
        start: (len(people), list(_cells(start, people, unit, period, as_of))[: LAST[period] + 1])
        for start, people in cohorts.items()
    }


def _cells(start, people, unit, period, as_of):
    begin, back, net_so_far, first = start, 0, 0, True
    while begin <= as_of:
        end = after(begin, period)
        bought = orders = net = 0
        for mine in people:
            here = [row for row in mine if (begin <= row.day or first) and row.day < end]
            days = sorted(row.day for row in here if row.orders)
            bought += bool(days)
            orders += len(days) if unit is Unit.ORDER else len(set(days))
            net += sum(row.net for row in here)
            ever = sorted(row.day for row in mine if row.orders)
            ever = ever if unit is Unit.ORDER else sorted(set(ever))
            back += len(ever) > 1 and begin <= ever[1] < end
        net_so_far += net
        yield end - timedelta(days=1) <= as_of, bought, back, orders, net, net_so_far
        begin, first = end, False
