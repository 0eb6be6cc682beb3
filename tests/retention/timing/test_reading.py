"""Timing from a shop's rows: kept or not, as of any day, in any zone, for a shop whose rhythm is known."""

import json
from datetime import UTC, date, datetime, timedelta

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import OrderDeleted
from shopify_app.clock import Instant, LocalDay
from shopify_app.retention.asking import read_asked
from shopify_app.retention.history.queries import Tallies, keep
from shopify_app.retention.past.looking import Looked, look
from shopify_app.retention.timing.page import timing_document
from shopify_app.retention.timing.reading import read_timing
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.shops.queries import find_shop, get_shop
from tests.factories import EPOCH, LOOKUP, make_shop, order
from tests.retention.timing.shops import FIRST, simulated
from tests.small_shop import add_shop

TODAY = LocalDay(date.fromordinal(FIRST + 399))


def orders_of(shop, hour="12:00"):
    for number, (who, day) in enumerate(((who, day) for who, days in shop.items() for day in days), 1):
        yield order(number, who, f"{date.fromordinal(FIRST + day).isoformat()}T{hour}", "10")


def opened(database, name, shop=None, **of):
    made = make_shop(database, f"{name}.myshopify.com", **of)
    told(database, made, list(orders_of(shop or RHYTHM)))
    return made


def told(database, shop, facts):
    with database.transaction() as session:
        apply_facts(session, shop, facts, Instant(EPOCH), LOOKUP)


def read(database, shop, query=None, today=TODAY, kept=False):
    with database.reading() as session:
        asked = read_asked(query or {}, today, "365d")
        looked = Looked(asked, WindowSums(session, shop), None, get_shop(session, shop).currency, None)
        tallies = Tallies(session, shop)
        found = read_timing(session, shop, looked, tallies, None)
        rows = tallies.to_keep(today)
    if kept and rows:
        with database.transaction() as session:
            keep(session, rows)
    return found and json.loads(json.dumps(timing_document(found)))


RHYTHM = simulated(21, days=400, a_day=1, rhythm=lambda _day: 30, comes_back=0.6)


def test_a_planted_rhythm_is_on_the_page_on_both_databases(database):
    found = read(database, opened(database, "rhythm"))
    assert abs(found["usual_gap"]["median_days"] - 28) <= 2
    first = found["repeat_curves"][0]
    assert abs(float(first["within"]["180"]["share"]) - 0.6) <= 0.06
    assert float(first["within"]["180"]["low"]) < 0.6 < float(first["within"]["180"]["high"])
    assert abs(first["half_of_those_who_come_days"] - 28) <= 3


def test_what_is_kept_tells_the_same_after_orders_came_and_went(database):
    shop = opened(database, "kept")
    before = read(database, shop, kept=True)
    assert read(database, shop) == before
    told(database, shop, [order(9000, 1, f"{TODAY.isoformat()}T08:00", "10")])
    told(database, shop, [OrderDeleted(1, Instant(datetime(2030, 1, 1, tzinfo=UTC)))])
    brought_up = read(database, shop)
    other = make_shop(database, "other.myshopify.com")
    told(database, other, [*list(orders_of(RHYTHM))[1:], order(9000, 1, f"{TODAY.isoformat()}T08:00", "10")])
    assert brought_up == read(database, other)
    assert brought_up != before


def test_an_earlier_day_knows_nothing_of_later_orders(sqlite):
    whole = opened(sqlite, "whole")
    until = TODAY - timedelta(days=100)
    cut = {who: [day for day in days if day < 300] for who, days in RHYTHM.items()}
    short = opened(sqlite, "short", {who: days for who, days in cut.items() if days})
    query = {"as_of": until.isoformat(), "window": "90d"}
    assert read(sqlite, whole, query) == read(sqlite, short, {"window": "90d"}, today=LocalDay(until))


def test_days_are_the_shops_own(sqlite):
    """At 22:00 in London it is the next day in Kuwait: orders of one evening and the morning after are of one day."""
    evening_and_morning = [
        each
        for who in range(1, 41)
        for each in (
            order(2 * who, who, "2024-06-01T22:00", "10"),
            order(2 * who + 1, who, "2024-06-02T06:00", "10"),
        )
    ]
    gaps = {}
    for zone in ("UTC", "Asia/Kuwait"):
        shop = make_shop(sqlite, f"{zone[:3].lower()}.myshopify.com", timezone=zone)
        told(sqlite, shop, evening_and_morning)
        gaps[zone] = read(sqlite, shop)["usual_gap"]
    assert gaps["UTC"]["median_days"] == 1
    assert gaps["Asia/Kuwait"] is None


def test_guests_are_in_nothing(sqlite):
    shop = make_shop(sqlite, "guests.myshopify.com")
    told(sqlite, shop, [order(number, None, f"{TODAY.isoformat()}T08:00", "10") for number in range(1, 90)])
    found = read(sqlite, shop)
    assert found["repeat_curves"][0]["people"] == 0
    assert found["comparison"]["figures"]["new_customers"]["value"] == "0"


def test_a_shop_without_orders_has_nothing(sqlite):
    assert read(sqlite, make_shop(sqlite, "none.myshopify.com")) is None


def test_a_period_before_the_shop_existed_is_no_period(sqlite):
    shop = opened(sqlite, "early")
    found = read(sqlite, shop, {"window": "2001-01-01..2001-01-31"})
    assert found["comparison"] is None


def test_returning_customers_are_those_of_numbers(small_world):
    shop = add_shop(small_world, repeaters=35, once=30)
    small_world.install(shop)
    small_world.work()
    numbers = small_world.json(shop, "/reports/numbers?window=30d")["metrics"]["returning_rate"]
    with small_world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        looked = look(session, row, {"window": "30d"}, small_world.clock(), "365d")
        found = read_timing(session, row.id, looked, Tallies(session, row.id), None)
    assert timing_document(found)["comparison"]["figures"]["returning"]["value"] == numbers["value"]
