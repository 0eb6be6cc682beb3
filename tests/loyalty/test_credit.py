"""Store credit paid and taken back, killed between every two steps: never twice, and no points are lost."""

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from sqlalchemy import exists, select

from shopify_app.changes.facts import CustomersMerged
from shopify_app.clock import Instant
from shopify_app.jobs.make_codes import make_codes
from shopify_app.jobs.return_codes import ReturnCodes
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.proving import prove_points
from shopify_app.loyalty.programme.prize import CREDIT, Prize
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.rewards.kinds import reward_kinds
from shopify_app.loyalty.rewards.model import ASKED, MADE, REFUSED, RETURNED, RETURNING, TAKE_CREDIT, Reward
from shopify_app.loyalty.rewards.queries import reward_of
from shopify_app.loyalty.rewards.redeeming import redeem
from shopify_app.loyalty.rewards.returning import take_back
from shopify_app.loyalty.rewards.statement import Move, Statement, is_paid, is_taken, read_statement
from shopify_app.privacy.redact import redact_customer
from shopify_app.tasks.intents.kind import CannotTell, Found, NotThere
from shopify_app.tasks.intents.model import SENT
from shopify_app.tasks.intents.queries import intents_of
from tests.factories import LOOKUP
from tests.loyalty.test_at_once import FIRST, SECOND
from tests.loyalty.test_returning import Killed
from tests.loyalty.test_settled import NOW, START, TEN_A_DOLLAR, open_shop, order, run, told

FIVE = Prize("x", CREDIT, 300, 500)
"""300 points become 5.00 of store credit."""
DAY = timedelta(days=1)


class Shopify:
    """The accounts of some customers; each call is a moment before and one after it."""

    def __init__(self, moment):
        self.moment = moment
        self.accounts, self.calls = {}, 0

    def run(self, _shop, document, pace, **asked):
        self.moment()
        answer = getattr(self, document)(*asked.values())
        self.moment()
        return SimpleNamespace(data=answer)

    def move(self, customer, amount, lapses_at=None, event="ADJUSTMENT"):
        """What anybody does to an account: our call, another app, the merchant, an order."""
        self.calls += 1
        kind = "Credit" if amount > 0 else "Debit"
        one = {
            "__typename": f"StoreCreditAccount{kind}Transaction",
            "id": f"gid://shopify/StoreCreditAccount{kind}Transaction/{self.calls}",
            "amount": {"amount": str(amount)},
            "createdAt": self.now().isoformat(),
            "event": event,
            "expiresAt": lapses_at,
        }
        self.accounts.setdefault(customer, []).append(one)
        return {"payload": {"storeCreditAccountTransaction": {"id": one["id"]}}}

    def pay_credit(self, who, credit):
        return self.move(who, float(credit["creditAmount"]["amount"]), credit["expiresAt"])

    def take_credit(self, who, debit):
        return self.move(who, -float(debit["debitAmount"]["amount"]))

    def credit_accounts(self, who):
        nodes = [{"id": who, "balance": {"currencyCode": "USD"}}] if who in self.accounts else []
        return {"customer": {"storeCreditAccounts": {"nodes": nodes, "pageInfo": {"hasNextPage": False}}}}

    def credit_entries(self, who):
        page = {"nodes": self.accounts[who][::-1], "pageInfo": {"hasNextPage": False}}
        return {"storeCreditAccount": {"transactions": page}}

    def credit_left(self, _who):
        return {"node": {"remainingAmount": {"amount": "5.00"}}}

    def of(self, customer):
        """What came into an account and went out of it, by our calls alone."""
        own = self.accounts.get(f"gid://shopify/Customer/{customer}", [])
        return [float(one["amount"]["amount"]) for one in own]

    def ours(self, customer):
        """The one payment that lapses."""
        own = self.accounts[f"gid://shopify/Customer/{customer}"]
        return next(one["id"] for one in own if one["expiresAt"])


class Road:
    """A shop in which customer 7 has 1000 points, and the tasks that see rewards through."""

    def __init__(self, database, monkeypatch):
        monkeypatch.setattr("shopify_app.loyalty.rewards.credit.whole", lambda said: said.data)
        monkeypatch.setattr("shopify_app.loyalty.rewards.statement.whole", lambda said: said.data)
        self.database = database
        self.shop = open_shop(database, replace(TEN_A_DOLLAR, others=(FIVE,)))
        run(database, self.shop, [order(1, 7, "2025-03-01", "100")])
        self.now, self.left, self.passed, self.then = NOW, 0, 0, lambda: None
        self.shopify = Shopify(self.moment)
        self.shopify.now = lambda: self.now
        kinds = reward_kinds(self, self.shopify)
        self.steps = (
            make_codes(self, kinds, LOOKUP, lambda: self.now),
            ReturnCodes(self, self.shopify, kinds, LOOKUP, lambda: self.now).step,
        )

    def moment(self):
        """One more moment has passed at which a process can be killed."""
        self.passed += 1
        if self.passed == self.left:
            raise Killed

    def reading(self):
        return self.database.reading()

    @contextmanager
    def transaction(self):
        self.moment()
        with self.database.transaction() as session:
            yield session
            self.moment()
        self.moment()

    def redeem(self, reward=FIRST):
        with self.database.transaction() as session:
            version, key = versions_of(session, self.shop)[-1], ledger_key(LOOKUP, self.shop)
            redeem(session, self.shop, key, 7, reward, version, "staff", self.now, FIVE.id)

    def take_back(self, reward=FIRST):
        with self.database.transaction() as session:
            take_back(session, self.shop, reward, "staff", self.now)

    def work(self, minutes=12):
        """What the tasks do in some minutes, until nothing is left to do; after a kill something else comes first."""
        for _ in range(minutes):
            for step in self.steps:
                try:
                    step(SimpleNamespace(shop=self.shop, done=0, owner="test"), self.now)
                except Killed:
                    self.left = 0
                    self.then()
            self.now = Instant(self.now + timedelta(minutes=1))
            if not self.is_open():
                break

    def is_open(self):
        own = Reward.shop_id == self.shop, Reward.state.in_((ASKED, RETURNING))
        with self.database.reading() as session:
            return session.scalar(select(exists().where(*own)))

    def reward(self, reward=FIRST):
        with self.database.reading() as session:
            return reward_of(session, self.shop, reward)

    def has(self, customer=7):
        return told(self.database, self.shop, self.now)[customer].balance


@pytest.fixture
def road(database, monkeypatch):
    return Road(database, monkeypatch)


def paid(road):
    road.redeem()
    road.work()
    return road.passed


def test_killed_between_every_two_steps_it_is_paid_once(database, monkeypatch):
    moments = paid(Road(database, monkeypatch))
    assert moments >= 8
    for moment in range(1, moments + 1):
        road = Road(database, monkeypatch)
        road.left = moment
        paid(road)
        assert road.left == 0
        assert road.reward().state == MADE, moment
        assert (road.shopify.of(7), road.has()) == ([5.0], 700), moment


def test_killed_between_every_two_steps_of_taking_back_it_is_taken_once(database, monkeypatch):
    road = Road(database, monkeypatch)
    begun = paid(road)
    road.take_back()
    road.work()
    for moment in range(begun + 1, road.passed + 1):
        again = Road(database, monkeypatch)
        paid(again)
        again.take_back()
        again.left = moment
        again.work()
        assert again.left == 0
        assert again.reward().state == RETURNED, moment
        assert (again.shopify.of(7), again.has()) == ([5.0, -5.0], 1000), moment


def test_two_of_one_amount_are_told_apart_whenever_the_worker_is_killed(database, monkeypatch):
    """Redeemed in one second: each is paid once, and both are taken back."""

    def both(road):
        road.redeem()
        road.redeem(SECOND)
        road.work(20)
        road.take_back()
        road.take_back(SECOND)
        road.work(20)

    first = Road(database, monkeypatch)
    both(first)
    for moment in range(1, first.passed + 1):
        road = Road(database, monkeypatch)
        road.left = moment
        both(road)
        assert [road.reward(one).state for one in (FIRST, SECOND)] == [RETURNED, RETURNED], moment
        assert (sorted(road.shopify.of(7)), road.has()) == ([-5.0, -5.0, 5.0, 5.0], 1000), moment


def test_somebody_else_pays_the_same_amount_at_every_moment(database, monkeypatch):
    moments = paid(Road(database, monkeypatch))
    for moment in range(1, moments + 1):
        road = Road(database, monkeypatch)
        road.left = moment
        road.then = lambda road=road: road.shopify.move("gid://shopify/Customer/7", 5.0)
        paid(road)
        assert road.reward().state == MADE, moment
        assert (road.shopify.of(7), road.has()) == ([5.0, 5.0], 700), moment
        assert road.reward().discount_id == road.shopify.ours(7), moment


def test_who_is_forgotten_at_any_moment_is_paid_once_at_most(database, monkeypatch):
    moments = paid(Road(database, monkeypatch))
    for moment in range(1, moments + 1):
        road = Road(database, monkeypatch)

        def forget(road=road):
            with database.transaction() as session:
                redact_customer(session, road.shop, 7, LOOKUP, road.now)

        road.left, road.then = moment, forget
        paid(road)
        assert len(road.shopify.of(7)) <= 1, moment
        assert road.reward().state == MADE if road.shopify.of(7) else road.reward().state in (MADE, REFUSED), moment
        with database.reading() as session:
            assert list(prove_points(session, road.shop, ledger_key(LOOKUP, road.shop), road.now)) == []


def test_who_is_merged_at_any_moment_is_paid_once(database, monkeypatch):
    """Shopify merges nobody who has store credit: who is merged has not been paid."""
    moments = paid(Road(database, monkeypatch))
    for moment in range(1, moments + 1):
        road = Road(database, monkeypatch)

        def merge(road=road):
            if not road.shopify.of(7):
                run(database, road.shop, [CustomersMerged(8, 7, START)], now=road.now)

        road.left, road.then = moment, merge
        paid(road)
        assert road.reward().state == MADE, moment
        assert road.shopify.of(7) + road.shopify.of(8) == [5.0], moment


def reward(ends_at=NOW):
    return Reward(amount=500, currency="USD", ends_at=ends_at)


def credited(lapses_at, amount=500, number=1):
    return Move(f"credit/{number}", True, amount, NOW, lapses_at)


def statement(*moves, complete=True):
    return Statement(moves, complete=complete)


def test_a_payment_is_known_by_the_second_in_which_it_lapses():
    own, next_second = credited(NOW), credited(Instant(NOW + timedelta(seconds=1)), number=2)
    assert is_paid(statement(next_second, own), reward(), {next_second.lapses_at}) == Found({"id": "credit/1"})
    # Of two who became one: the other's payment lapses in the very second, and is known for the other's.
    assert isinstance(is_paid(statement(own), reward(), {NOW}, {own.id}), NotThere)
    assert isinstance(is_paid(statement(next_second), reward(), {next_second.lapses_at}), NotThere)
    assert isinstance(is_paid(statement(credited(None)), reward(), ()), NotThere)
    assert isinstance(is_paid(statement(credited(NOW, 501)), reward(), ()), NotThere)
    assert isinstance(is_paid(statement(credited(Instant(NOW + 9 * DAY))), reward(), ()), NotThere)


def test_nothing_is_paid_again_where_shopify_may_have_made_another_moment_of_it():
    assert isinstance(is_paid(statement(credited(Instant(NOW + DAY))), reward(), ()), CannotTell)
    assert isinstance(is_paid(statement(complete=False), reward(), ()), CannotTell)
    assert isinstance(is_paid(statement(credited(NOW), complete=False), reward(), ()), Found)


def test_what_was_taken_for_another_is_not_taken_for_this():
    out = [Move(f"debit/{number}", False, 500, NOW, None) for number in (1, 2)]
    assert is_taken(statement(*out), reward(), {"debit/1"}) == Found({"id": "debit/2"})
    assert isinstance(is_taken(statement(*out), reward(), {"debit/1", "debit/2"}), NotThere)
    assert isinstance(is_taken(statement(credited(NOW)), reward(), ()), NotThere)
    assert isinstance(is_taken(statement(complete=False), reward(), ()), CannotTell)


def page(*nodes, more=False):
    return {"nodes": nodes, "pageInfo": {"hasNextPage": more}}


def node(kind, amount, at, **more):
    told = {"amount": {"amount": amount}, "createdAt": at.isoformat(), "event": "ADJUSTMENT", "id": "gid"}
    return {"__typename": f"StoreCreditAccount{kind}Transaction", **told, **more}


@pytest.mark.parametrize(("currency", "amount", "minor"), [("KWD", "1.250", 1250), ("JPY", "125.0", 125)])
def test_a_statement_is_read_with_the_decimals_of_its_currency(currency, amount, minor):
    found = read_statement(page(node("Debit", f"-{amount}", NOW), node("Credit", amount, NOW)), currency, NOW)
    assert [(one.amount, one.is_credit) for one in found.moves] == [(minor, False), (minor, True)]


def test_a_statement_leaves_out_orders_and_what_lapsed_and_says_how_far_it_reaches():
    before = Instant(NOW - DAY)
    found = read_statement(
        page(
            node("Credit", "5.00", NOW),
            node("Debit", "-5.00", NOW, event="ORDER_PAYMENT"),
            node("Expiration", "-5.00", NOW),
            node("Credit", "5.00", before),
            more=True,
        ),
        "USD",
        NOW,
    )
    assert (len(found.moves), found.complete) == (1, True)
    assert not read_statement(page(node("Credit", "5.00", NOW), more=True), "USD", NOW).complete


def test_what_is_being_taken_from_a_customer_is_waited_for(database, monkeypatch):
    """Of two on their way at once nobody could tell afterwards which of them arrived."""
    waited = 0
    for moment in range(1, 12):
        road = Road(database, monkeypatch)
        for one in (FIRST, SECOND):
            road.redeem(one)
        road.work()
        for one in (FIRST, SECOND):
            road.take_back(one)
        road.left = road.passed + moment
        road.work(2)
        with database.reading() as session:
            sent = intents_of(session, road.shop, TAKE_CREDIT, {SENT})
        if [one.arguments["reward"] for one in sent] == [FIRST]:
            waited += 1
            assert road.reward(SECOND).state == RETURNING, moment
        road.work()
        assert (road.shopify.of(7).count(-5.0), road.has()) == (2, 1000), moment
    assert waited
