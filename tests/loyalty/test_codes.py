"""Codes and orders that are told in another order, twice, too large, or of another time."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from sqlalchemy import event, select, update

from shopify_app.admin_api.errors import Rejected, Unavailable
from shopify_app.changes.facts import OrderSeen
from shopify_app.clock import Instant
from shopify_app.jobs.make_codes import AT_ONCE, make_codes
from shopify_app.loyalty.ledger.model import PointsCause
from shopify_app.loyalty.ledger.queries import accounts_of
from shopify_app.loyalty.programme.queries import add_version
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.rewards.kinds import reward_kinds
from shopify_app.loyalty.rewards.model import MAKE_CODE, Reward
from shopify_app.loyalty.rewards.queries import reward_of, rewards_in
from shopify_app.privacy.redact import redact_customer
from shopify_app.shops.model import Shop
from shopify_app.tasks.intents.model import UNKNOWN, Intent
from tests.factories import LOOKUP
from tests.loyalty.test_at_once import FIRST, SECOND, redeemed
from tests.loyalty.test_settled import NOW, entries, open_shop, order, run, told

CODE = "AAAA-BBBB-CCCC"


@pytest.fixture
def shop(database):
    """Customer 7 has 1000 points, and has redeemed 500 of them for CODE."""
    return holding(database)


def holding(database):
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "100")])
    redeemed(database, shop, 7, FIRST)
    with database.transaction() as session:
        session.execute(update(Reward).where(Reward.shop_id == shop).values(code=CODE, state="made"))
    return shop


def test_an_order_that_turns_out_to_be_of_a_later_time_names_the_rule_of_then(database):
    shop = open_shop(database)
    twice = Rule("USD", 20, 100, 14, 500, 150)
    with database.transaction() as session:
        add_version(session, shop, twice, "staff", Instant(datetime(2025, 6, 1, tzinfo=UTC)))
    run(database, shop, [order(1, 7, "2025-05-31", "10")])
    run(database, shop, [order(1, 7, "2025-06-02", "10", version=1)])
    assert told(database, shop)[7].balance == 200
    with database.reading() as session:
        assert session.scalars(select(PointsCause.rule).where(PointsCause.shop_id == shop)).all() == [2]


def test_an_order_that_gives_more_than_a_database_holds_is_an_order(database):
    """999,999 points a cent, worth less than the cent; and a sale of 100 billion."""
    shop = open_shop(database, Rule("USD", 999_999, 1, 14, 1_000_000, 1))
    run(database, shop, [order(1, 7, "2025-03-01", "100000000000")])
    run(database, shop, [order(2, 7, "2025-03-01", "90000000000")])
    run(database, shop, [order(3, 7, "2025-03-01", "90000000000")])
    assert entries(database, shop)


def test_the_rewards_of_one_are_not_looked_for_among_those_of_all(sqlite):
    shop = holding(sqlite)
    said = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        said.append((statement, parameters))

    with sqlite.reading() as session:
        account = accounts_of(session, shop, [7])[7]
        event.listen(session.connection(), "before_cursor_execute", note)
        assert len(rewards_in(session, shop, account, 10)) == 1
        (asked,) = said
        plan = [row[-1] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", asked[1])]
    assert not [step for step in plan if "reward" in step and step.endswith("(shop_id=?)")], plan


class Shopify:
    """Answers from a list; what is an exception is raised."""

    def __init__(self, **answers):
        self.answers = answers

    def run(self, _shop, document, **_variables):
        said = self.answers[document].pop(0)
        if isinstance(said, Exception):
            raise said
        return SimpleNamespace(data=said, errors=(), denied=())


def made(**errors):
    return {"codeDiscountNode": {"id": "gid"}, "userErrors": [], **errors}


@pytest.fixture
def asked(database, monkeypatch):
    """A shop whose reward is asked for; what Shopify answers is a list."""
    monkeypatch.setattr("shopify_app.loyalty.rewards.kinds.whole", lambda said: said.data)
    shop = open_shop(database)
    run(database, shop, [order(1, 7, "2025-03-01", "2000")])
    redeemed(database, shop, 7, FIRST)

    def work(now=NOW, **answers):
        kinds = reward_kinds(database, Shopify(**answers))
        step = make_codes(database, kinds, b"l" * 32, lambda: now)
        return step(SimpleNamespace(shop=shop, done=0, owner="test"), now)

    return shop, work


def test_a_code_that_was_made_by_a_call_without_an_answer_is_made(database, asked):
    """The search did not find it yet; the second call is told that it is there."""
    shop, work = asked
    work(make_code=[Unavailable("no answer")])
    taken = Rejected([{"code": "TAKEN", "message": "Code must be unique"}])
    later = Instant(NOW.replace(hour=1))
    work(
        later,
        find_code=[{"codeDiscountNodeByCode": None}, {"codeDiscountNodeByCode": {"id": "gid"}}],
        make_code=[taken],
    )
    with database.reading() as session:
        assert reward_of(session, shop, FIRST).state == "made"
    assert told(database, shop)[7].balance == 19_500


def test_rewards_of_which_nobody_can_tell_do_not_keep_others_waiting(database, asked):
    shop, work = asked
    for number in range(AT_ONCE - 1):
        redeemed(database, shop, 7, f"{number:032x}")
    with database.transaction() as session:
        stuck = Intent.shop_id == shop, Intent.kind == MAKE_CODE
        session.execute(update(Intent).where(*stuck).values(state=UNKNOWN, due_at=None, attempts=1))
    redeemed(database, shop, 7, SECOND, Instant(NOW.replace(minute=1)))
    now = Instant(NOW.replace(hour=1))
    nothing = [Unavailable("down")] * 100
    for _ in range(3):
        work(now, find_code=list(nothing), make_code=[{"discountCodeBasicCreate": made()}])
    with database.reading() as session:
        assert reward_of(session, shop, SECOND).state == "made"


def test_a_code_of_another_currency_than_the_shops_is_not_made(database, asked):
    shop, work = asked
    with database.transaction() as session:
        session.execute(update(Shop).where(Shop.id == shop).values(told_currency="EUR"))
    work(make_code=[{"discountCodeBasicCreate": made()}])
    with database.reading() as session:
        assert reward_of(session, shop, FIRST).state == "refused"
    assert told(database, shop)[7].balance == 20_000


@pytest.mark.parametrize("again", [False, True])
def test_every_code_of_an_order_is_looked_at_also_where_nothing_else_is_new(database, again):
    """An order that was known by its first code alone is told once more, with all of them."""
    shop = holding(database)
    seen = order(3, 7, "2025-11-30", "10")
    first, both = (replace(seen.order, discount_code="SHIPFREE", other_codes=codes) for codes in ((), (CODE,)))
    run(database, shop, [OrderSeen(first, seen.version)] if again else [])
    run(database, shop, [OrderSeen(both, seen.version)])
    with database.reading() as session:
        assert (reward_of(session, shop, FIRST).state, reward_of(session, shop, FIRST).order_id) == ("used", 3)
    run(database, shop, [order(3, 7, "2025-11-30", "10", refunded="10", version=1)])
    assert told(database, shop)[7].balance == 1000


def test_nothing_is_learnt_from_the_codes_of_somebody_who_was_forgotten(database):
    shop = holding(database)
    with database.transaction() as session:
        redact_customer(session, shop, 8, LOOKUP, NOW)
    seen = order(3, 8, "2025-11-30", "10")
    run(database, shop, [OrderSeen(replace(seen.order, discount_code="X", other_codes=(CODE,)), seen.version)])
    with database.reading() as session:
        assert reward_of(session, shop, FIRST).state == "made"
