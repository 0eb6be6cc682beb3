"""The hand-computed shop of docs/metrics.md and the KWD fixture, in every variant, on both databases."""

from datetime import date
from fractions import Fraction as F

import pytest

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomersMerged, OrderDeleted
from shopify_app.clock import LocalDay
from shopify_app.retention.measure import measure
from shopify_app.retention.queries import Behind, monthly, orders_behind
from shopify_app.retention.window import Basis, Unit, Window, parse_window
from tests.factories import LOOKUP, instant, make_shop, order

A, B, C, D, G, F_ = 1, 2, 3, 4, 7, 6


def golden(**changes):
    orders = {
        "A1": order(11, A, "2025-01-15T12:00+00:00", "50.00"),
        "A2": order(12, A, "2025-02-10T12:00+00:00", "30"),
        "A3": order(13, A, "2025-02-20T12:00+00:00", "20", cancelled_at="2025-02-21T12:00+00:00"),
        "B1": order(21, B, "2025-02-01T03:30+00:00", "40"),
        "B2": order(22, B, "2025-03-09T07:30+00:00", "60"),
        "C1": order(31, C, "2025-01-20T12:00+00:00", "10", cancelled_at="2025-01-21T12:00+00:00"),
        "C2": order(32, C, "2025-03-05T15:00+00:00", "25"),
        "D1": order(41, D, "2025-02-14T15:00+00:00", "100", refunded="100", refunded_at="2025-02-20T15:00+00:00"),
        "D2": order(42, D, "2025-04-01T03:59+00:00", "80", refunded="30"),
        "E1": order(51, None, "2025-02-02T12:00+00:00", "15"),
        "F1": order(61, F_, "2025-01-01T12:00+00:00", "99", test=True),
        "G1": order(71, G, "2025-03-03T12:00+00:00", "0.00"),
    }
    return list((orders | changes).values())


AS_OF = LocalDay(date(2025, 3, 31))
AT = instant("2025-04-02T00:00+00:00")
CANCELLED = order(11, A, "2025-01-15T12:00+00:00", "50.00", cancelled_at="2025-01-16T12:00+00:00")
VARIANTS = {
    # customers, repeat, RCR, frequency, net AOV of customers, net AOV with guests
    "base": ([], 4, 3, F(3, 4), F(7, 4), F(255, 7), F(270, 8)),
    "A1 cancelled too": ([CANCELLED], 4, 2, F(1, 2), F(3, 2), F(205, 6), F(220, 7)),
    "merge C into A": ([CustomersMerged(A, C, AT)], 3, 3, F(1), F(7, 3), F(255, 7), F(270, 8)),
    "B2 deleted": ([OrderDeleted(22, AT)], 4, 2, F(1, 2), F(3, 2), F(195, 6), F(210, 7)),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_it_gets_the_golden_shop_right(database, name):
    later, customers, repeat, rate, frequency, aov_customers, aov = VARIANTS[name]
    shop = make_shop(database, timezone="America/New_York")
    with database.transaction() as session:
        first = [CANCELLED if fact.order.order_id == 11 and CANCELLED in later else fact for fact in golden()]
        apply_facts(session, shop, first + [fact for fact in later if fact is not CANCELLED], AT, LOOKUP)
        figures = measure(session, shop, parse_window("all", AS_OF), Basis.KEPT, Unit.ORDER)
    assert figures["customers"].value == customers
    assert (figures["repeat_rate"].numerator, figures["repeat_rate"].value) == (repeat, rate)
    assert figures["purchase_frequency"].value == frequency
    assert figures["customer_value"].value / figures["purchase_frequency"].value == aov_customers
    assert figures["average_order_value"].value == aov


@pytest.mark.parametrize(
    ("zone", "by_hand"),
    [
        ("America/New_York", {1: (2, 9000), 2: (3, 4500), 3: (3, 13500)}),
        ("UTC", {1: (1, 5000), 2: (4, 8500), 3: (2, 8500)}),
    ],
)
def test_days_are_the_shops_own(database, zone, by_hand):
    """Orders and net sales by month move with the zone: B1 is January in New York and February in UTC."""
    shop = make_shop(database, timezone=zone)
    with database.transaction() as session:
        apply_facts(session, shop, golden(), AT, LOOKUP)
        months = [(LocalDay(date(2025, m, 1)), LocalDay(date(2025, m, d))) for m, d in ((1, 31), (2, 28), (3, 31))]
        found = monthly(session, shop, Basis.KEPT, months, AS_OF)
    assert {month.start.month: (month.orders, month.net) for month in found} == by_hand


def test_an_empty_shop_has_no_rate(database):
    shop = make_shop(database)
    with database.reading() as session:
        figures = measure(session, shop, parse_window("all", AS_OF), Basis.KEPT, Unit.ORDER)
    undefined = {name for name, figure in figures.items() if figure.value is None}
    assert undefined == {
        "repeat_rate",
        "returning_rate",
        "purchase_frequency",
        "average_order_value",
        "customer_value",
        "returning_revenue_share",
        "orders_without_customer_share",
    }
    assert figures["orders"].value == figures["customers"].value == figures["net_revenue"].value == 0


def kuwait():
    kwd = {"currency": "KWD", "zone": "Asia/Kuwait"}
    return [
        order(1, A, "2026-01-31T23:30", "10.000", "1.000", **kwd),
        order(2, B, "2026-02-01T02:30", "20.500", refunded="4.500", refunded_at="2026-03-02T12:00", **kwd),
        order(3, A, "2026-02-10T12:00", "5.250", **kwd),
        order(4, C, "2026-02-12T12:00", "8.000", "8.000", **kwd),
        order(
            5,
            C,
            "2026-03-05T12:00",
            "7.125",
            cancelled_at="2026-03-06T12:00",
            refunded="7.125",
            refunded_at="2026-03-06T12:00",
            **kwd,
        ),
        order(8, D, "2026-03-09T12:00", "15.000", gift_card=True, **kwd),
        order(6, B, "2026-03-20T12:00", "3.375", "0.375", **kwd),
    ]


MONTHS = {"Jan": ("2026-01-01..2026-01-31"), "Feb": "2026-02-01..2026-02-28", "Mar": "2026-03-01..2026-03-31"}
KUWAIT = {
    # basis: month: net, orders, AOV, returning customers of customers
    Basis.SHOPIFY: {
        "Jan": ("9.000", 1, F("9.000"), (0, 1)),
        "Feb": ("25.750", 3, F("25.750") / 3, (1, 3)),
        "Mar": ("-1.500", 2, F("5.0625"), (2, 2)),
    },
    Basis.KEPT: {
        "Jan": ("9.000", 1, F("9.000"), (0, 1)),
        "Feb": ("21.250", 2, F("21.250") / 2, (1, 2)),
        "Mar": ("3.000", 1, F("3.000"), (1, 1)),
    },
}


@pytest.mark.parametrize("basis", list(Basis))
def test_it_gets_the_kwd_fixture_right(database, basis):
    shop = make_shop(database, currency="KWD", timezone="Asia/Kuwait")
    as_of = LocalDay(date(2026, 3, 31))
    with database.transaction() as session:
        apply_facts(session, shop, kuwait(), instant("2026-04-01T00:00+00:00"), LOOKUP)
        for month, (net, orders, aov, returning) in KUWAIT[basis].items():
            figures = measure(session, shop, parse_window(MONTHS[month], as_of), basis, Unit.ORDER)
            assert figures["net_revenue"].value == F(net), month
            assert figures["orders"].value == orders, month
            assert figures["average_order_value"].value == aov, month
            rate = figures["returning_rate"]
            assert (rate.numerator, rate.denominator) == returning, month
        total = measure(session, shop, Window("all", None, as_of), basis, Unit.ORDER)["net_revenue"]
    assert total.value == F("33.250")


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("drill", ["repeat", "returning"])
def test_the_orders_behind_a_number_are_counted_like_the_number(database, unit, drill):
    """Two orders on one day are a repeat by orders, and none by days."""
    shop = make_shop(database)
    with database.transaction() as session:
        twice = [order(1, A, "2025-03-01T10:00", "5"), order(2, A, "2025-03-01T11:00", "5")]
        apply_facts(session, shop, twice, AT, LOOKUP)
        behind = Behind(Basis.KEPT, parse_window("all", AS_OF), unit, drill)
        rows, _ = orders_behind(session, shop, behind, None, 10)
    by_orders = {"repeat": [2, 1], "returning": [2]}[drill]
    assert [row.order_id for row in rows] == (by_orders if unit is Unit.ORDER else [])
