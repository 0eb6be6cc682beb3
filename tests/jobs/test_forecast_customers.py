"""The night's forecasts: those of the models, kept for whoever is a customer, and for nobody else."""

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from benchmarks.buyers import simulate
from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomersMerged
from shopify_app.clock import LocalDay
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.invariants.promises import broken
from shopify_app.jobs import forecast_customers
from shopify_app.jobs.forecast_customers import ForecastCustomers, request_forecast
from shopify_app.privacy.redact import redact_customer
from shopify_app.retention.fit.forecast import YEAR, Scorer
from shopify_app.retention.fit.histories import collapse
from shopify_app.retention.fit.ladder import fit_shop
from shopify_app.retention.fit.totals import totals
from shopify_app.retention.forecasts.checking import Check
from shopify_app.retention.forecasts.model import FORECAST, CustomerForecast, ForecastFit
from shopify_app.retention.forecasts.queries import forecast_of, most_valuable, standing_forecast
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.tasks.queries import get
from shopify_app.tasks.step import run_step
from tests.factories import LOOKUP, instant, make_shop, order

FIRST = date(2025, 1, 1)
SPAN = 400
AS_OF = LocalDay(FIRST + timedelta(days=SPAN))
NOW = instant(f"{AS_OF}T03:00")
BOUGHT = simulate(300, SPAN, 4)


def shop_of(database, bought=BOUGHT, domain="alice.myshopify.com"):
    shop = make_shop(database, domain)
    facts = [
        order(
            at, int(who) + 1, datetime.combine(FIRST + timedelta(days=int(day)), time(12)).isoformat(), f"{net / 100}"
        )
        for at, (who, day, net) in enumerate(zip(*bought, strict=True), start=1)
    ]
    with database.transaction() as session:
        apply_facts(session, shop, facts, NOW, LOOKUP)
    return shop


def forecast(database, shop, now=NOW, between=lambda: None):
    """The task from its request to its end; `between` happens after each of its steps."""
    with database.transaction() as session:
        task = request_forecast(session, shop, "test", now)
    steps = {FORECAST: ForecastCustomers(database, lambda: now).step}
    for _ in range(50):
        run_step(database, steps, shop, task, "test", now)
        between()
        with database.reading() as session:
            if get(session, shop, task).state == "done":
                return
    raise AssertionError("it does not end")


def kept(database, shop):
    with database.reading() as session:
        rows = session.scalars(select(CustomerForecast).where(CustomerForecast.shop_id == shop))
        return {row.customer_id: row for row in rows}


def customers(database):
    with database.reading() as session:
        return set(session.scalars(select(CountedCustomer.customer_id)))


def expected():
    who, histories = collapse(*BOUGHT, SPAN)
    fitted = fit_shop(histories)
    return who + 1, histories, fitted, Scorer(fitted, histories).score(histories)


def test_what_is_kept_is_what_the_models_say(database, monkeypatch):
    monkeypatch.setattr(forecast_customers, "ROWS", 7)
    shop = shop_of(database)
    forecast(database, shop)
    who, histories, fitted, told = expected()
    rows = kept(database, shop)
    assert list(rows) == who.tolist()
    for at, customer in enumerate(who.tolist()):
        row = rows[customer]
        assert (row.as_of, row.regular) == (AS_OF, bool(told.regular[at]))
        assert (row.chance_30, row.chance_90) == pytest.approx((told.chance_30[at], told.chance_90[at]), rel=1e-6)
        assert row.alive == pytest.approx(told.alive[at], abs=1e-5)
        assert row.value_low <= row.value_12m <= row.value_high
        assert (row.value_12m, row.value_high) == pytest.approx((told.value[at], told.high[at]), abs=1, rel=1e-6)
        assert (row.next_from is None) == (histories.repeats[at] == 0)
    with database.reading() as session:
        standing = standing_forecast(session, shop)
        best = most_valuable(session, shop, 10)
    assert (standing.level, standing.customers, standing.repeaters) == ("full", len(who), histories.repeaters)
    assert standing.sums["value"]["expected"] == pytest.approx(totals(fitted, histories, YEAR).value.expected)
    assert [one.row.value_12m for one in best] == sorted((row.value_12m for row in rows.values()), reverse=True)[:10]


def test_it_is_held_against_what_came(database):
    shop = shop_of(database)
    forecast(database, shop)
    with database.reading() as session:
        check = Check.read(standing_forecast(session, shop).back_test)
    days = {(int(who), int(day)) for who, day, _ in zip(*BOUGHT, strict=True)}
    known = {who for who, day in days if day <= SPAN - 90}
    later = [who for who, day in days if day > SPAN - 90 and who in known]
    assert check.came == len(later) == sum(line.came for line in check.lines)
    assert sum(line.customers for line in check.lines) == len(known)
    once = {who for who in known if sum(each == who and day <= SPAN - 90 for each, day in days) == 1}
    assert check.lines[0].customers == len(once)
    assert check.lines[0].came == sum(who in once for who in later)
    assert check.bias == (check.expected - check.came) / check.came
    assert abs(check.bias) < 0.5


def test_the_next_night_begins_where_this_one_ended(database):
    shop = shop_of(database)
    forecast(database, shop)
    before = kept(database, shop)
    forecast(database, shop)
    after = kept(database, shop)
    assert [row.value_12m for row in after.values()] == pytest.approx(
        [row.value_12m for row in before.values()], rel=1e-4, abs=1
    )


def test_too_little_to_say_anything_of_anybody(database):
    few = BOUGHT.customers < 8
    shop = shop_of(database, [column[few] for column in BOUGHT])
    with database.transaction() as session:
        values = {"alive": 1.0, "chance_30": 1.0, "chance_90": 1.0, "value_12m": 1, "value_low": 1, "value_high": 1}
        session.add(CustomerForecast(shop_id=shop, customer_id=1, as_of=AS_OF, regular=False, **values))
    forecast(database, shop)
    with database.reading() as session:
        standing = standing_forecast(session, shop)
    assert (standing.level, standing.missing_repeaters > 0) == ("low", True)
    assert kept(database, shop) == {}


def test_a_shop_without_customers(database):
    shop = make_shop(database)
    forecast(database, shop)
    with database.reading() as session:
        standing = standing_forecast(session, shop)
    assert (standing.level, standing.missing_repeaters, standing.back_test) == ("none", 10, None)


def test_whose_first_purchase_is_not_known_is_told_of_and_not_learned_from(database):
    shop = shop_of(database)
    with database.transaction() as session:
        session.execute(update(CountedCustomer).where(CountedCustomer.customer_id <= 100).values(earlier=3))
    forecast(database, shop)
    _, histories, _, _ = expected()
    with database.reading() as session:
        standing = standing_forecast(session, shop)
    assert standing.customers == len(histories) == len(kept(database, shop))
    assert standing.repeaters == np.count_nonzero(histories.repeats[100:])


def test_who_is_no_customer_any_more_has_no_forecast(database, monkeypatch):
    monkeypatch.setattr(forecast_customers, "ROWS", 7)
    shop = shop_of(database)
    forecast(database, shop)
    with database.transaction() as session:
        gone = CountedCustomer.customer_id.in_([3, 4, 300])
        session.execute(update(CountedCustomer).where(gone).values(generation=99))
    with database.reading() as session:
        assert forecast_of(session, shop, 3) is None
    forecast(database, shop)
    assert not kept(database, shop).keys() & {3, 4, 300}


def merge(database, shop, old, new, now=NOW):
    with database.transaction() as session:
        apply_facts(session, shop, [CustomersMerged(new, old, now)], now, LOOKUP)


def forget(database, shop, customer):
    with database.transaction() as session:
        redact_customer(session, shop, customer, LOOKUP, NOW)


def nobody_is_named_who_must_not_be(database, shop):
    with database.reading() as session:
        found = [one for one in broken(session, shop, NOW, LOOKUP) if "forecast" in str(one)]
    assert found == []


@pytest.mark.parametrize("change", [lambda *at: merge(*at, 5, 200), lambda *at: forget(*at, 5)])
def test_merged_and_forgotten_people_have_none_whenever_it_happens(database, monkeypatch, change):
    monkeypatch.setattr(forecast_customers, "ROWS", 7)
    shop = shop_of(database)
    forecast(database, shop)
    assert 5 in kept(database, shop)
    change(database, shop)
    assert 5 not in kept(database, shop)
    nobody_is_named_who_must_not_be(database, shop)
    forecast(database, shop)
    assert not [who for who in kept(database, shop) if who == 5 or who >= OPAQUE_FROM]


@pytest.mark.parametrize("change", [lambda *at: merge(*at, 5, 200), lambda *at: forget(*at, 5)])
def test_also_between_reading_and_writing(database, monkeypatch, change):
    shop, changed = shop_of(database), []
    real = forecast_customers.next_customers

    def reading(session, at, *others):
        rows = real(session, at, *others)
        if rows and not changed:
            changed.append(True)
            if database.dialect == "postgresql":
                session.commit()
            change(database, shop)
        return rows

    monkeypatch.setattr(forecast_customers, "next_customers", reading)
    forecast(database, shop)
    assert changed
    assert 5 not in kept(database, shop)
    assert 6 in kept(database, shop)
    nobody_is_named_who_must_not_be(database, shop)


def test_shops_are_told_of_their_own_people_alone(database):
    shop = shop_of(database)
    other = make_shop(database, "bob.myshopify.com")
    forecast(database, shop)
    forecast(database, other)
    assert kept(database, other) == {}
    assert len(kept(database, shop)) == 300
    with database.reading() as session:
        assert most_valuable(session, other, 10) == []
        assert len(session.scalars(select(ForecastFit)).all()) == 2


def test_in_another_currency_nothing_is_said_until_it_is_worked_out(database):
    shop = shop_of(database)
    forecast(database, shop)
    with database.transaction() as session:
        session.execute(update(ForecastFit).values(currency="KWD"))
    with database.reading() as session:
        assert standing_forecast(session, shop) is None
