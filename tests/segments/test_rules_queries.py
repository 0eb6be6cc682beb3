"""Whom a rule means, asked of the tables: the same as a slow look at every order, on both databases."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomerSeen
from shopify_app.changes.rebuild import drift
from shopify_app.customers.consent import EMAIL, SMS, Consent
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.db.base import Base
from shopify_app.orders.model import OrderVersion
from shopify_app.products.queries import store_collection
from shopify_app.retention.forecasts.model import CustomerForecast
from shopify_app.retention.forecasts.queries import keep_fit
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.segments.membership import members_of
from shopify_app.segments.queries import add_segment
from shopify_app.segments.rules.fields import FIELDS, Condition, How
from shopify_app.segments.rules.queries import _FIELDS, Standpoint, among_customers, size_of
from shopify_app.segments.rules.rule import Rule
from tests.factories import LOOKUP, instant, make_shop, rebuilt
from tests.segments.shops import AGREED, COLLECTIONS, FORECASTS, NOW, Bought, histories, meant, people_of, rules

ON_BOTH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@pytest.fixture
def shops(database):
    """Two: what one has sold is nothing to the other."""
    return [make_shop(database, f"{name}.myshopify.com", "KWD", "Asia/Kuwait") for name in ("alice", "bob")]


def filled(database, shops, orders):
    with database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if "shop_id" in table.c and table.name not in ("shop_key",):
                session.execute(table.delete())
        apply_facts(session, shops[0], [*(order.seen() for order in orders), *agreements()], NOW, LOOKUP)
        apply_facts(session, shops[1], [order.seen() for order in orders[:1]], NOW, LOOKUP)
        for shop in shops:
            keep_fit(session, shop, NOW.date(), "KWD", FIT)
        for customer, told in FORECASTS.items():
            session.add(CustomerForecast(shop_id=shops[0], customer_id=customer, **told, **REST))
            session.add(CustomerForecast(shop_id=shops[1], customer_id=customer, **LIKELY, **REST))
        for collection, products in COLLECTIONS.items():
            store_collection(session, shops[0], collection, f"Number {collection}", products, NOW)
            store_collection(session, shops[1], collection + 10, "Another shop's", {7, 8, 9}, NOW)


KNOWN = {"level": "full", "missing_repeaters": 0, "missing_days": 0, "customers": 9, "repeaters": 9}
FIT = {**KNOWN, "parameters": {}, "sums": {}}
REST = {"as_of": NOW.date(), "chance_90": 0.5, "value_low": 0, "value_high": 99_000, "regular": False}
LIKELY = {"alive": 1.0, "chance_30": 1.0, "value_12m": 99_000}


def agreements():
    """What Shopify tells of the first three customers."""
    agreed, not_agreed = Consent("subscribed", NOW), Consent("unsubscribed", NOW)
    for number in (1, 2, 3):
        told = {way: agreed if AGREED.get(number) == way else not_agreed for way in (EMAIL, SMS)}
        yield CustomerSeen(number, NOW, NOW, consents=told)


def found(database, shop, rule):
    with database.reading() as session:
        at = Standpoint.of(session, shop, NOW)
        size = size_of(at, rule)
        return set(session.scalars(among_customers(at, rule, CountedCustomer.customer_id))), size


@ON_BOTH
@given(orders=histories(), rule=rules())
def test_a_rule_means_whom_a_slow_look_finds(database, shops, orders, rule):
    filled(database, shops, orders)
    people, size = found(database, shops[0], rule)
    assert people == meant(rule, orders)
    assert size.people == len(people)
    assert size.net == sum(person.net for person in people_of(orders) if person.number in people)
    with database.reading() as session:
        assert drift(session, shops[0]) == 0


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_be_asked(field):
    assert field in _FIELDS


def test_an_amount_finer_than_the_currency_lies_between_two(database, shops):
    filled(database, shops, [Bought(1, 1, NOW, ((7, 1001, 0),)), Bought(2, 2, NOW, ((7, 1000, 0),))])
    least = Rule("all", (Condition("spend", How.AT_LEAST, Decimal("1.0005")),))
    most = Rule("all", (Condition("average_order", How.AT_MOST, Decimal("1.0005")),))
    assert (found(database, shops[0], least)[0], found(database, shops[0], most)[0]) == ({1}, {2})


def test_days_are_the_shops_own(database, shops):
    filled(
        database, shops, [Bought(1, 1, instant("2026-07-01T20:59"), ((7, 10, 0),)), Bought(2, 2, NOW, ((7, 10, 0),))]
    )
    today = Rule("all", (Condition("last_order", How.AT_MOST, 0),))
    second = Rule("all", (Condition("first_order_day", How.UNTIL, date(2026, 7, 1)),))
    assert (found(database, shops[0], today)[0], found(database, shops[0], second)[0]) == ({2}, {1})


def test_where_an_order_went_may_be_told_later(database, shops):
    there = Rule("all", (Condition("country", How.IS, "KW"),))
    unsaid = Bought(1, 1, NOW, ((7, 10, 0),))
    filled(database, shops, [unsaid])
    assert found(database, shops[0], there)[0] == set()
    with database.transaction() as session:
        versions = session.query(OrderVersion).count()
        apply_facts(session, shops[0], [replace(unsaid, country="KW").seen()], NOW, LOOKUP)
        # No metric reads it: there is nothing to look back on.
        assert session.query(OrderVersion).count() == versions
    assert found(database, shops[0], there)[0] == {1}
    rebuilt(database, shops[0])
    assert found(database, shops[0], there)[0] == {1}
    with database.reading() as session:
        assert drift(session, shops[0]) == 0


def test_a_channel_with_a_bar_in_its_name_is_one_channel(database, shops):
    filled(database, shops, [Bought(1, 1, NOW, ((7, 10, 0),), channel="a|b"), Bought(2, 2, NOW, ((7, 10, 0),))])
    asked = Rule("all", (Condition("channel", How.IS, "a/b"),))
    assert found(database, shops[0], asked)[0] == {1}


def test_shopify_is_told_of_whoever_is_somebody(database, shops):
    filled(database, shops, [Bought(1, 1, NOW, ((7, 10, 0),)), Bought(2, OPAQUE_FROM + 5, NOW, ((7, 10, 0),))])
    everybody = Rule("all", (Condition("orders", How.AT_LEAST, 1),))
    with database.transaction() as session:
        number = add_segment(session, shops[0], "Everybody", everybody, "42", NOW)
        told = {key: members_of(session, shops[0], key, NOW) for key in (str(number), "new", "none", "77")}
        assert {key: found if found is None else list(session.scalars(found)) for key, found in told.items()} == {
            str(number): [1],
            "new": [],
            "none": None,
            "77": None,
        }
        assert members_of(session, shops[1], str(number), NOW) is None
