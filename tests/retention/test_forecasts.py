"""What to expect, on Reports > Value: in words, as a file, and held against what came."""

import csv
from datetime import date, timedelta
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given
from sqlalchemy import delete, update

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.forecasts.checking import Check, Line
from shopify_app.retention.forecasts.model import CustomerForecast, ForecastFit
from shopify_app.retention.forecasts.presenting import check_lines, checked, document, too_early
from shopify_app.retention.forecasts.queries import Standing
from shopify_app.retention.forecasts.row import share
from tests.small_shop import PLACE, page, post

EN, AR = Words("en"), Words("ar")


@pytest.fixture
def world_and_shop(small_world):
    """Thirty people over a year; twelve of them come back every sixty days."""
    shop = small_world.store.add_shop(
        "alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait", name="Alice", primary_locale="en"
    )
    now = small_world.clock()
    with shop.history():
        for number in range(30):
            first = now - timedelta(days=400 - 7 * number)
            customer = shop.create_customer("Noura", "A", f"c{number}@example.com", "ar", first)
            for place in range(4 if number < 12 else 1):
                lines = [{"price": "10.000", "quantity": 1}]
                shop.place_order(customer_id=customer.id, lines=lines, at=first + timedelta(days=60 * place))
    small_world.install(shop)
    small_world.work()
    return small_world, shop


def test_the_page_says_what_to_expect_in_both_languages(world_and_shop):
    world, shop = world_and_shop
    said = page(world, shop, "/reports/value")
    assert "What to expect in the next 12 months Likely between KWD" in said
    assert "Customers of whom most is expected" in said
    assert "Worked out on 21 November 2026." in said
    assert "100 %" not in said.split("Customers of whom most is expected")[1]
    told = world.json(shop, "/reports/value")["next_12_months"]
    assert (told["level"], told["currency"], len(told["customers"])) == ("full", "KWD", 10)
    amounts = {
        name: f"KWD\N{NO-BREAK SPACE}{float(told['net_sales'][name]):,.3f}" for name in ("low", "high", "expected")
    }
    sentence = "Likely between {low} and {high} of net sales from the customers you have now; {expected} on average."
    assert sentence.format(**amounts).replace("\N{NO-BREAK SPACE}", " ") in said
    assert all(len(amount.split(".")[1]) == 3 for amount in told["net_sales"].values()), "as every amount in dinars"
    values = [float(one["expected_value"]) for one in told["customers"]]
    assert values == sorted(values, reverse=True)
    for one in told["customers"]:
        assert float(one["likely_at_least"]) <= float(one["expected_value"]) <= float(one["likely_at_most"])
    assert "المتوقع خلال الأشهر الاثني عشر القادمة بين" in page(world, shop, "/reports/value", "ar")


def bought(shop, times):
    return next(one.id for one in shop.customers.values() if len(one.orders) == times)


def test_a_customers_page_says_what_to_expect_and_why(world_and_shop):
    world, shop = world_and_shop
    person = bought(shop, 4)
    text = page(world, shop, f"/customers/{person}").split("What to expect", 1)[1]
    assert "Ordered 4 times, about every 60 days; the last was " in text
    for title in (
        "Chance to order in 30 days",
        "Chance to order in 90 days",
        "Next order expected",
        "Still a customer",
    ):
        assert title in text
    assert "Worked out on 21 November 2026." in text
    told = world.json(shop, f"/customers/{person}?{PLACE}")["expected"]
    assert (told["as_of"], told["ordered_since"]) == ("2026-11-21", False)
    assert 0 <= float(told["chance_30_days"]) <= float(told["chance_90_days"]) <= float(told["still_a_customer"]) < 1
    assert float(told["likely_at_least"]) <= float(told["expected_value"]) <= float(told["likely_at_most"])
    assert told["as_of"] < told["next_order_from"] <= told["next_order_to"]
    assert "طلب 4 مرات، كل 60 يومًا تقريبًا" in page(world, shop, f"/customers/{person}", "ar")


def test_who_bought_once_is_told_what_such_people_did(world_and_shop):
    world, shop = world_and_shop
    person = bought(shop, 1)
    text = page(world, shop, f"/customers/{person}").split("What to expect", 1)[1]
    told = world.json(shop, f"/customers/{person}?{PLACE}")["expected"]
    assert (told["still_a_customer"], told["next_order_from"]) == (None, None)
    assert "Still a customer" not in text
    assert "Bought once" in text


def test_an_order_after_the_forecast_is_said(world_and_shop):
    world, shop = world_and_shop
    person = bought(shop, 4)
    with world.wafa.database.transaction() as session:
        long_ago = date(2025, 12, 1)
        session.execute(update(CustomerForecast).values(as_of=long_ago))
    assert world.json(shop, f"/customers/{person}?{PLACE}")["expected"]["ordered_since"] is True
    text = page(world, shop, f"/customers/{person}")
    assert "They have ordered since this was worked out; it is worked out anew every night." in text
    assert "Worked out on 1 December 2025." in text


def test_nothing_is_expected_before_there_is_a_forecast(world_and_shop):
    world, shop = world_and_shop
    person = bought(shop, 4)
    with world.wafa.database.transaction() as session:
        session.execute(delete(CustomerForecast))
    assert "Nothing is expected of this customer yet" in page(world, shop, f"/customers/{person}")
    with world.wafa.database.transaction() as session:
        session.execute(delete(ForecastFit))
    assert "Nothing is expected yet: that is worked out every night." in page(world, shop, f"/customers/{person}")
    assert world.json(shop, f"/customers/{person}?{PLACE}")["expected"] is None


def test_the_file_has_everybody_and_is_noted(world_and_shop):
    world, shop = world_and_shop
    lines = world.open(shop, f"/reports/value/forecast?format=csv&{PLACE}").text.splitlines()
    assert lines[0].startswith("customer_id,net,expected_value,likely_at_least,likely_at_most,chance_30_days,")
    assert len({line.split(",")[0] for line in lines[1:]}) == 30
    noted = world.json(shop, f"/settings/privacy/access?{PLACE}")["access"]
    assert [one["what"] for one in noted] == ["customers"]


@pytest.mark.parametrize("path", ["/reports/value/forecast?", "/customers?columns=chance_30_days,still_a_customer&"])
def test_a_chance_in_a_file_has_four_decimals_at_most(world_and_shop, path):
    world, shop = world_and_shop
    header, *lines = csv.reader(world.open(shop, f"{path}format=csv&{PLACE}").text.splitlines())
    chances = [
        line[header.index(name)] for line in lines for name in ("chance_30_days", "still_a_customer") if name in header
    ]
    told = [one for one in chances if one]
    assert len(told) >= 30
    assert all(len(one.partition(".")[2]) <= 4 for one in told), told[:3]
    assert any(len(one) > 4 for one in told)


@given(st.floats(0, 1))
def test_a_chance_is_told_as_it_is_but_for_what_is_too_fine(chance):
    told = share(chance)
    assert told == Fraction(99, 100) or abs(told - Fraction(chance)) <= Fraction(1, 20_000)
    assert (told * 10_000).denominator == 1


def test_pages_of_the_file_join_without_a_gap(world_and_shop, monkeypatch):
    world, shop = world_and_shop
    address = f"/reports/value/forecast?format=csv&{PLACE}"
    whole = world.open(shop, address).text
    monkeypatch.setattr("shopify_app.retention.forecasts.panel._FILE_ROWS", 7)
    assert world.open(shop, address).text == whole


def test_how_good_it_is(world_and_shop):
    world, shop = world_and_shop
    said = page(world, shop, "/reports/value/forecast")
    assert "90 days ago, " in said
    assert "Orders that came" in said
    told = world.json(shop, "/reports/value/forecast")["check"]
    assert told["came"] == sum(line["orders_that_came"] for line in told["lines"])
    assert sum(float(line["expected_orders"]) for line in told["lines"]) == pytest.approx(
        float(told["expected"]), abs=0.01
    )
    assert "قبل 90 يومًا كان عدد الطلبات المتوقع" in page(world, shop, "/reports/value/forecast", "ar")


def test_a_shop_without_orders_has_neither(small_world):
    shop = small_world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    small_world.install(shop)
    small_world.work()
    assert "What to expect" not in page(small_world, shop, "/reports/value")
    assert "it takes half a year" in page(small_world, shop, "/reports/value/forecast")


def check(expected, came):
    return Check(Fraction(expected), came, (Line(1, 5, Fraction(expected), came), Line(2, 0, Fraction(0), 0)))


@pytest.mark.parametrize(
    ("expected", "came", "sentence", "alarming"),
    [
        (412, 431, "90 days ago, 412 orders were to be expected until today, and 431 came: 4 % too low.", False),
        (60, 40, "90 days ago, 60 orders were to be expected until today, and 40 came: 50 % too high.", True),
        (6, 4, "90 days ago, 6 orders were to be expected until today, and 4 came: 50 % too high.", False),
        (70, 0, "90 days ago, 70 orders were to be expected until today, and none came.", True),
    ],
)
def test_being_off_is_said_and_warned_of_where_it_means_something(expected, came, sentence, alarming):
    one = check(expected, came)
    assert checked(one, EN).replace("\N{NO-BREAK SPACE}", " ") == sentence
    assert one.alarming is alarming
    assert len(check_lines(one, EN)) == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (("full", 0, 0, 40), None),
        (("low", 6, 0, 4), "4 people have come back. It can be said from 10 on."),
        (("low", 0, 12, 40), "it can be said in 12 days."),
        (("low", 0, 0, 40), "cannot be said yet."),
        (("none", 10, 90, 0), "0 people have come back."),
    ],
)
def test_what_is_missing_is_said(values, said):
    level, repeaters, days, back = values
    told = too_early(Standing(None, level, repeaters, days, 50, back, {}, None), EN)
    assert (told is None) if said is None else (said in told)


def test_a_merchant_has_it_worked_out_at_once(world_and_shop):
    world, shop = world_and_shop
    path = "/reports/value/forecast"
    assert "Work it out now" in page(world, shop, path)
    answer = post(world, shop, f"{path}/work-out", {})
    assert answer.get_json()["message"] == "It is being worked out. You can leave this page."
    shown = page(world, shop, path)
    assert "It is being worked out." in shown
    assert "Work it out now" not in shown
    assert world.json(shop, path)["state"] == "waiting"
    assert post(world, shop, f"{path}/work-out", {}).get_json()["task"] == answer.get_json()["task"]
    world.work()
    assert "Work it out now" in page(world, shop, path)


@pytest.mark.parametrize(
    ("expected", "came", "low", "high"),
    [(60, 30, 450, 1100), (30, 60, 900, 2200), (10, 5, 900, 1100), (0, 50, 900, 1100)],
)
def test_all_together_may_be_as_far_off_as_it_was(expected, came, low, high):
    test = {"expected": expected, "came": came, "lines": []}
    sums = {"value": {"low": 900.0, "expected": 1000.0, "high": 1100.0}}
    standing = Standing(LocalDay(date(2026, 11, 21)), "full", 0, 0, 50, 40, sums, test)
    told = document(standing, [], EN, "JPY")["net_sales"]
    assert told == {"low": str(low), "expected": "1000", "high": str(high)}
