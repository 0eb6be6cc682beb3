"""Points that no order gives: once each, within the limit, whatever is told in whatever order and killed wherever."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomerSeen, CustomersMerged
from shopify_app.changes.points import decide
from shopify_app.clock import Instant, LocalDay, day_start, local_day
from shopify_app.customers.birthdays.calendar import GREGORIAN, day_of
from shopify_app.customers.birthdays.model import CustomerBirthday
from shopify_app.customers.birthdays.queries import birthday_hash, store_birthdays
from shopify_app.customers.consent import AGREED, EMAIL, SMS, Consent
from shopify_app.jobs.give_occasions import GIVE_OCCASIONS, give_occasions, is_due
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.model import PointsAccount, PointsCause, PointsMember
from shopify_app.loyalty.ledger.proving import prove_points
from shopify_app.loyalty.occasions.bonus import Occasion, bonus, occasion_of
from shopify_app.loyalty.occasions.days import LATE, next_to_go_through
from shopify_app.loyalty.programme.occasions import Occasions
from shopify_app.loyalty.programme.queries import add_version
from shopify_app.loyalty.programme.rule import Rule, Version
from shopify_app.privacy.redact import redact_customer
from shopify_app.shops.queries import lock_shop
from shopify_app.tasks.queries import request
from shopify_app.tasks.step import run_step
from tests.changes.test_incremental_is_rebuild import shops
from tests.examples import examples
from tests.factories import LOOKUP, make_shop

START = Instant(datetime(2025, 1, 1, tzinfo=UTC))
NOW = Instant(datetime(2025, 12, 1, 12, tzinfo=UTC))
KUWAIT = ZoneInfo("Asia/Kuwait")
ALL = Occasions(joined=50, agreed=20, birthday=100, anniversary=30)


def rule(occasions=ALL, **more):
    return Rule("USD", 10, 100, 14, 500, 150, occasions=occasions, **more)


def open_shop(database, occasions=ALL, since=START):
    shop = make_shop(database, f"o{next(shops)}.myshopify.com", timezone="Asia/Kuwait")
    with database.transaction() as session:
        add_version(session, shop, rule(occasions), "staff", since)
    return shop


def run(database, shop, facts, cut=100, now=NOW):
    for start in range(0, len(facts), cut):
        with database.transaction() as session:
            apply_facts(session, shop, facts[start : start + cut], now, LOOKUP)


def given_to(database, shop):
    """By customer, what each occasion gave; the ledger is proven on the way."""
    with database.reading() as session:
        assert list(prove_points(session, shop, ledger_key(LOOKUP, shop), NOW)) == []
        mine = PointsMember.shop_id == shop, PointsCause.shop_id == shop
        columns = PointsMember.customer_id, PointsCause.cause, PointsCause.points
        same = PointsMember.account_id == PointsCause.account_id
        rows = session.execute(select(*columns).join(PointsCause, same).where(*mine)).all()
    return sorted((customer, *occasion_of(cause), points) for customer, cause, points in rows)


def agreed(customer, way, at):
    return CustomerSeen.only(customer, at, {way: Consent(AGREED, at, at)})


def left(customer, way, at):
    return CustomerSeen.only(customer, at, {way: Consent("unsubscribed", at)})


def created(customer, at, later=0):
    return CustomerSeen(customer, at, Instant(at + timedelta(days=later)))


WHEN = st.integers(-40, 300).map(lambda days: Instant(START + timedelta(days=days, hours=1)))


@st.composite
def lives(draw):
    """What is told of some customers; whoever agreed did so before the programme, or after, and not both."""
    facts = []
    for customer in range(1, draw(st.integers(2, 4))):
        at = draw(WHEN)
        facts += [created(customer, at, later) for later in draw(st.lists(st.integers(0, 9), max_size=2))]
        for way in draw(st.lists(st.sampled_from((EMAIL, SMS)), unique=True)):
            first = draw(WHEN)
            facts.append(agreed(customer, way, first))
            facts += [left(customer, way, Instant(first + timedelta(days=5)))] if draw(st.booleans()) else []
            facts += [agreed(customer, way, Instant(first + timedelta(days=9)))] if first > START else []
    return facts


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_any_order_any_repetition_any_batches(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 60, 30)
    @given(facts=lives(), seed=st.randoms(use_true_random=False), cut=st.integers(1, 5))
    def check(facts, seed, cut):
        one, other = open_shop(database), open_shop(database)
        run(database, one, facts)
        again = facts + [fact for fact in facts if seed.random() < 0.3]
        seed.shuffle(again)
        run(database, other, again, cut)
        assert given_to(database, one) == given_to(database, other) == expected(facts)

    check()


def expected(facts):
    """Worked out from all that was told, at once."""
    found = set()
    for customer in {fact.customer_id for fact in facts}:
        mine = [fact for fact in facts if fact.customer_id == customer]
        joined = {fact.created_at for fact in mine if not fact.consents}
        found |= {(customer, "joined", "", 50) for at in joined if at >= START}
        for way in (EMAIL, SMS):
            said = [fact.consents[way].agreed_at for fact in mine if way in fact.consents]
            first = min((at for at in said if at is not None), default=None)
            found |= {(customer, "agreed", way, 20)} if first is not None and first >= START else set()
    return sorted(found)


@settings(max_examples=200, deadline=None)
@given(
    told=st.lists(
        st.tuples(
            st.integers(0, 900), st.sampled_from(("birthday", "anniversary", "joined", "agreed")), st.integers(0, 3)
        )
    ),
    most=st.none() | st.integers(1, 200),
)
def test_nothing_is_given_twice_nor_beyond_the_limit(told, most):
    versions = [Version(1, START, rule(Occasions(50, 20, 100, anniversary=30, most_a_month=most)))]
    grants = []
    for days, sort, which in told:
        occasion = Occasion(Instant(START + timedelta(days=days)), sort, str(which) if which else "")
        gives = bonus(occasion, 7, grants, versions, KUWAIT)
        grants += [gives[0]] if gives else []
    assert len({grant.key for grant in grants}) == len(grants)
    by_month = Counter()
    for grant in grants:
        by_month[local_day(grant.earned_at, KUWAIT).replace(day=1)] += grant.points
    assert most is None or max(by_month.values(), default=0) <= most
    for sort in ("birthday", "anniversary"):
        moments = sorted(grant.earned_at for grant in grants if grant.key.startswith(sort))
        assert all(later - sooner >= timedelta(days=300) for sooner, later in pairwise(moments))


def keep_birthday(database, shop, customer, born):
    day = birthday_hash(LOOKUP, shop, GREGORIAN, day_of(date.fromisoformat(born), GREGORIAN))
    with database.transaction() as session:
        lock_shop(session, shop)
        store_birthdays(session, shop, {customer: day}, LOOKUP)


def go_through(database, shop, now, kill=lambda: False):
    """All days up to now; whoever is killed has committed what they did, and nobody knows how far they were."""
    step = give_occasions(database, LOOKUP)

    def killed(task, at):
        outcome = step(task, at)
        if kill():
            raise RuntimeError("killed")
        return outcome

    with database.transaction() as session:
        task = request(session, shop, GIVE_OCCASIONS, None, "test", now)
    at = now
    for _ in range(400):
        run_step(database, {GIVE_OCCASIONS: killed}, shop, task, "test", at)
        at = Instant(at + timedelta(minutes=10))
        with database.reading() as session:
            if not is_due(session, shop, now):
                return
    raise AssertionError("the days do not end")


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
@pytest.mark.parametrize("seed", range(3))
def test_killed_between_any_two_steps_nobody_is_given_anything_twice(request, name, seed, monkeypatch):
    database, chance = request.getfixturevalue(name), __import__("random").Random(seed)
    monkeypatch.setattr("shopify_app.jobs.give_occasions.AT_ONCE", 2)
    shop = open_shop(database)
    for customer in range(1, 8):
        keep_birthday(database, shop, customer, f"1990-01-{10 + customer % 3}")
    done = Instant(datetime(2025, 1, 5, 12, tzinfo=UTC))
    go_through(database, shop, done)
    assert given_to(database, shop) == []
    go_through(database, shop, Instant(datetime(2025, 1, 20, 12, tzinfo=UTC)), lambda: chance.random() < 0.4)
    assert given_to(database, shop) == [(customer, "birthday", "2025", 100) for customer in range(1, 8)]
    go_through(database, shop, Instant(datetime(2026, 1, 20, 12, tzinfo=UTC)))
    assert len(given_to(database, shop)) == 14


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_two_with_both_bonuses_who_become_one_get_none_again(request, name):
    database = request.getfixturevalue(name)
    shop = open_shop(database)
    run(
        database, shop, [created(1, Instant(START + timedelta(days=1))), created(2, Instant(START + timedelta(days=2)))]
    )
    for customer in (1, 2):
        keep_birthday(database, shop, customer, "1990-01-10")
    keep_birthday(database, shop, 3, "1990-01-11")
    go_through(database, shop, Instant(datetime(2025, 1, 12, 12, tzinfo=UTC)))
    assert len(given_to(database, shop)) == 5
    run(database, shop, [CustomersMerged(1, 2, NOW), CustomersMerged(1, 3, NOW)])
    with database.reading() as session:
        birthdays = session.scalars(select(CustomerBirthday.customer_id).where(CustomerBirthday.shop_id == shop)).all()
    assert birthdays == [1]
    again = [created(1, Instant(START + timedelta(days=1)), 9), agreed(1, EMAIL, Instant(START + timedelta(days=20)))]
    run(database, shop, again)
    go_through(database, shop, Instant(datetime(2025, 1, 25, 12, tzinfo=UTC)))
    assert Counter(sort for _, sort, _, _ in given_to(database, shop)) == {"joined": 2, "birthday": 3, "agreed": 1}
    keep_birthday(database, shop, 2, "1990-02-10")
    with database.reading() as session:
        birthdays = session.scalars(select(CustomerBirthday.customer_id).where(CustomerBirthday.shop_id == shop)).all()
    assert birthdays == [1], "whoever was merged away has none"


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_whoever_was_forgotten_is_given_nothing(request, name):
    database = request.getfixturevalue(name)
    shop = open_shop(database)
    run(database, shop, [created(1, Instant(START - timedelta(days=1)))])
    keep_birthday(database, shop, 1, "1990-01-10")
    with database.transaction() as session:
        redact_customer(session, shop, 1, LOOKUP, START)
    keep_birthday(database, shop, 1, "1990-01-10")
    run(database, shop, [agreed(1, EMAIL, Instant(START + timedelta(days=20))), created(1, Instant(START), 30)])
    go_through(database, shop, Instant(datetime(2025, 1, 25, 12, tzinfo=UTC)))
    with database.reading() as session:
        for model in (CustomerBirthday, PointsAccount):
            assert session.scalars(select(model.shop_id).where(model.shop_id == shop)).all() == []


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_who_came_while_the_programme_was_being_decided_is_given_theirs(request, name):
    database = request.getfixturevalue(name)
    shop = make_shop(database, f"o{next(shops)}.myshopify.com")
    before, after = (Instant(START + timedelta(seconds=seconds)) for seconds in (-1, 1))
    run(database, shop, [created(1, before), created(2, after), agreed(3, SMS, after)])
    with database.transaction() as session:
        assert decide(session, shop, rule(), "staff", LOOKUP, START)
    assert given_to(database, shop) == [(2, "joined", "", 50), (3, "agreed", "sms", 20)]


def test_days_are_gone_through_in_order_and_no_further_back_than_a_month():
    versions = [Version(1, START, rule())]
    today = LocalDay(date(2025, 6, 30))
    assert next_to_go_through(today, today, versions, KUWAIT) is None
    assert next_to_go_through(LocalDay(date(2025, 6, 28)), today, versions, KUWAIT) == date(2025, 6, 29)
    assert next_to_go_through(None, today, versions, KUWAIT) == today - timedelta(days=LATE)
    # Switched on in the afternoon of the first: that day began before.
    assert next_to_go_through(None, LocalDay(date(2025, 1, 3)), versions, KUWAIT) == date(2025, 1, 2)
    paused = [*versions, Version(2, day_start(LocalDay(date(2025, 6, 29)), KUWAIT), rule(earning=False))]
    assert next_to_go_through(LocalDay(date(2025, 6, 27)), today, paused, KUWAIT) == date(2025, 6, 28)
    assert next_to_go_through(LocalDay(date(2025, 6, 28)), today, paused, KUWAIT) is None
