"""Everything that can happen to points: nothing is given or spent twice, and in another order every lot is the same."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import func, select

from shopify_app.changes.facts import CustomersMerged, OrderSeen, RefundSeen
from shopify_app.changes.points import decide
from shopify_app.changes.points_anew import GIVEN_ONCE, differences
from shopify_app.clock import Instant
from shopify_app.errors import AppError
from shopify_app.loyalty.by_hand.giving import Deed, do_by_hand, undo
from shopify_app.loyalty.gift.giving import give, take_back
from shopify_app.loyalty.gift.model import GIVEN, GIVING, prefix_of
from shopify_app.loyalty.gift.queries import add_gift, gift_of, move_gift
from shopify_app.loyalty.ledger.anchoring import take_anchor
from shopify_app.loyalty.ledger.booking import causes_of
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.model import PointsAccount, PointsCause, PointsEntry, PointsMember
from shopify_app.loyalty.ledger.proving import prove_points
from shopify_app.loyalty.ledger.queries import causes_in, head_of
from shopify_app.loyalty.ledger.standing import standing
from shopify_app.loyalty.programme.queries import endings_of, versions_of
from shopify_app.loyalty.rewards import returning
from shopify_app.loyalty.rewards.asking import Uses
from shopify_app.loyalty.rewards.model import ASKED, MADE, REFUSED, RETURNED, RETURNING, SURE, Reward
from shopify_app.loyalty.rewards.queries import move, reward_of
from shopify_app.loyalty.rewards.redeeming import give_back, redeem
from shopify_app.loyalty.settling import let_time_pass
from shopify_app.loyalty.to_many.queries import lots_under
from shopify_app.loyalty.told.replaying import replay_points
from shopify_app.orders.facts import RefundFacts
from shopify_app.privacy.redact import apply_and_forget, redact_customer
from shopify_app.shops.queries import lock_shop
from tests import factories
from tests.changes.test_incremental_is_rebuild import fact_strategy
from tests.examples import examples
from tests.factories import LOOKUP
from tests.loyalty.test_settled import TEN_A_DOLLAR, open_shop, sent

BEGIN = Instant(datetime(2025, 5, 1, tzinfo=UTC))
"""After everything that the deliveries of the beginning tell of."""
PAID = replace(TEN_A_DOLLAR, reward_points=150, reward=40, by_hand=2_000)
PLAIN = (
    PAID,
    replace(PAID, earning=False),
    replace(PAID, points=3, per_order=7, most=400, wait_days=0),
    replace(PAID, ends_after=20),
    replace(PAID, ends_after=60, extended=True),
)
WITH_BONUS = (replace(PAID, first_order=25, nth=3, nth_points=40), replace(PAID, first_order=60))
PEOPLE = st.integers(1, 4)
"""Redeemed, or done by hand, so often at most: each has its number."""
DEEDS = st.integers(0, 2)

redeemed = st.tuples(st.just("redeem"), DEEDS, PEOPLE)
commands = st.one_of(
    *[redeemed] * 2,
    st.tuples(st.just("answer"), DEEDS, st.sampled_from([True, True, True, False])),
    *[st.tuples(st.just("buy"), DEEDS, st.integers(1, 9_000))] * 3,
    st.tuples(st.just("take_code_back"), DEEDS),
    st.tuples(st.just("end_code"), DEEDS),
    *[st.tuples(st.just("ask"))] * 2,
    st.tuples(st.just("by_hand"), DEEDS, PEOPLE, st.integers(-400, 900).filter(bool)),
    st.tuples(st.just("undo"), DEEDS, PEOPLE),
    st.tuples(st.just("gift"), st.dictionaries(PEOPLE, st.integers(1, 300), min_size=1)),
    st.tuples(st.just("ungift")),
    st.tuples(st.just("forget"), PEOPLE),
    st.tuples(st.just("pass_time")),
    st.tuples(st.just("anchor")),
)
GIFT = "e" * 32


def scripts(rules):
    """Commands with what is delivered after each, and how many days pass before it."""
    return st.lists(st.integers(1, 9_000), min_size=9, max_size=9).flatmap(partial(_scripts, rules))


def _scripts(rules, amounts):
    """By how much each order that was bought with a code is refunded each time: a refund never says another amount."""
    decided = st.tuples(st.just("decide"), st.sampled_from(rules))
    refunded = st.sampled_from([back_of(at // 3, at % 3 + 1, amount) for at, amount in enumerate(amounts)])
    deliveries = st.lists(fact_strategy.map(sent) | refunded, max_size=4)
    steps = st.tuples(commands | decided, st.integers(0, 12), deliveries)
    return st.tuples(deliveries, st.lists(steps, min_size=6, max_size=20))


def back_of(number, nth, amount):
    """A refund of an order that was bought with a code, whether there is one or not."""
    about = (100 + number) * 100 + nth, 100 + number
    return RefundSeen(RefundFacts(*about, Instant(BEGIN + timedelta(days=nth)), amount))


@dataclass
class Life:
    """One shop, to which a script happens."""

    database: object
    now: Instant = BEGIN
    shop: int = 0
    gone: set = field(default_factory=set)
    """Customers who were merged away or forgotten: no page does anything for them."""
    bought: dict = field(default_factory=dict)
    """Orders that were paid with the code of a reward, by its number."""

    def __post_init__(self):
        self.shop = open_shop(self.database, PAID)
        self.key = ledger_key(LOOKUP, self.shop)
        # Everybody has something to spend, and something that waits.
        self.tell([sent(factories.order(10 + one, one, "2025-03-01", "35")) for one in range(1, 5)])
        self.tell([factories.order(20 + one, one, "2025-03-02", "12") for one in range(1, 5)])
        self.redeem(0, 1)
        self.answer(0, True)
        self.redeem(1, 2)

    def tell(self, facts, cut=100):
        """Deliveries arrive; of merged people no page knows any more."""
        for start in range(0, len(facts), cut):
            with self.database.transaction() as session:
                apply_and_forget(session, self.shop, facts[start : start + cut], self.now, LOOKUP)
        self.gone |= {fact.deleted_id for fact in facts if isinstance(fact, CustomersMerged)}

    def do(self, command):
        """Do something at this moment, twice: the second time nothing comes of it. What Shopify tells of it."""
        name, *about = command
        told = list(getattr(self, name)(*about) or ())
        before = self.entries()
        if name not in ("ask", "buy"):
            getattr(self, name)(*about)
            assert self.entries() == before, f"{command} was done twice"
        return told

    def entries(self):
        with self.database.reading() as session:
            return session.scalar(select(func.count()).where(PointsEntry.shop_id == self.shop))

    # What staff, customers and time do

    def redeem(self, number, customer):
        if customer in self.gone:
            return
        before, ours = self.available(customer), f"{number:032x}"
        known = self.state(number) is not None
        with self.database.reading() as session:
            version = versions_of(session, self.shop)[-1]
        try:
            with self.database.transaction() as session:
                redeem(session, self.shop, self.key, customer, ours, version, "staff", self.now)
        except AppError:
            assert known or before < version.rule.reward_points
            assert self.available(customer) == before
        else:
            assert self.available(customer) == before - (0 if known else version.rule.reward_points)

    def answer(self, number, made):
        """Shopify has made the code, or refused to."""
        with self.database.transaction() as session:
            lock_shop(session, self.shop)
            if self.state(number) == ASKED and made:
                move(session, self.shop, f"{number:032x}", MADE, of=ASKED, discount_id="gid")
            elif self.state(number) == ASKED:
                give_back(session, self.shop, self.key, reward_of(session, self.shop, f"{number:032x}"), None, self.now)

    def buy(self, number, cents):
        """Whoever has the code pays with it, if it works: a delivery."""
        found = self.reward(number)
        works = found and (found.state == MADE or (found.state == RETURNING and found.stopped_at is None))
        if not works or number in self.bought:
            return ()
        with self.database.reading() as session:
            at_home = select(PointsMember.customer_id).join(
                PointsCause,
                (PointsCause.shop_id == PointsMember.shop_id) & (PointsCause.account_id == PointsMember.account_id),
            )
            customer = session.scalar(
                at_home.where(PointsCause.shop_id == self.shop, PointsCause.cause == f"reward/{found.reward_id}")
            )
        text = f"{cents // 100}.{cents % 100:02}"
        seen = sent(factories.order(100 + number, customer, self.now.isoformat(), text))
        self.bought[number] = seen.order.order_id
        return [OrderSeen(replace(seen.order, discount_code=found.code), seen.version)]

    def take_code_back(self, number):
        if self.state(number) == MADE:
            with self.database.transaction() as session:
                returning.take_back(session, self.shop, f"{number:032x}", "staff", self.now)

    def end_code(self, number):
        if self.state(number) == MADE:
            with self.database.transaction() as session:
                lock_shop(session, self.shop)
                found = reward_of(session, self.shop, f"{number:032x}")
                found.ends_at = self.now
                returning.note_ended(session, self.shop, found, self.now)

    def ask(self):
        """Codes stop working; at the next time Shopify is asked what became of them, and tells the truth."""
        for number in range(3):
            if self.state(number) == RETURNING:
                with self.database.transaction() as session:
                    lock_shop(session, self.shop)
                    self._ask(session, number, reward_of(session, self.shop, f"{number:032x}"))

    def _ask(self, session, number, found):
        order = self.bought.get(number)
        if found.stopped_at is None:
            returning.note_stopped(session, self.shop, found, self.now)
        elif self.now - found.stopped_at >= SURE:
            uses = Uses(False, int(order is not None), order)
            returning.settle_return(session, self.shop, self.key, found, uses, self.now)

    def by_hand(self, number, customer, points):
        if customer in self.gone:
            return
        deed = Deed(f"{number:032x}", points, "Late parcel")
        self._try(do_by_hand, customer, deed, self.rule(), "staff", self.now)

    def undo(self, number, customer):
        if customer not in self.gone:
            self._try(undo, customer, f"{number:032x}", "staff", self.now)

    def _try(self, deed, *about):
        """Do it, or nothing at all."""
        before = self.entries()
        try:
            with self.database.transaction() as session:
                deed(session, self.shop, self.key, *about)
        except AppError:
            assert self.entries() == before

    def gift(self, shares):
        with self.database.transaction() as session:
            asked = {"months": 12, "most": None, "rule": 1, "since": BEGIN, "until": BEGIN, "asked_at": self.now}
            add_gift(
                session, self.shop, {"gift_id": GIFT, "state": GIVING, "actor": "staff", "given_at": BEGIN, **asked}
            )
            found = gift_of(session, self.shop, GIFT)
            if found.state == GIVING:
                theirs = {one: points for one, points in shares.items() if one not in self.gone}
                give(session, self.shop, self.key, found, theirs, self.now)
                give(session, self.shop, self.key, found, theirs, self.now)
                move_gift(session, self.shop, GIFT, GIVEN)

    def ungift(self):
        with self.database.transaction() as session:
            lots = lots_under(session, self.shop, prefix_of(GIFT), "", 100)
            take_back(session, self.shop, self.key, GIFT, lots, self.now)

    def forget(self, customer):
        self.gone.add(customer)
        with self.database.transaction() as session:
            redact_customer(session, self.shop, customer, LOOKUP, self.now)

    def decide(self, rule):
        with self.database.transaction() as session:
            decide(session, self.shop, rule, "staff", LOOKUP, self.now)

    def pass_time(self):
        with self.database.transaction() as session:
            while let_time_pass(session, self.shop, self.key, self.now):
                pass

    def anchor(self):
        with self.database.transaction() as session:
            take_anchor(session, self.shop, self.key, self.now)

    # What there is

    def rule(self):
        with self.database.reading() as session:
            return versions_of(session, self.shop)[-1].rule

    def available(self, customer):
        with self.database.reading() as session:
            head = head_of(session, self.shop, customer)
            if head is None:
                return 0
            causes = causes_in(session, self.shop, [head.account])[head.account].values()
            return standing(causes_of(causes), self.now, endings_of(session, self.shop)).to_spend

    def reward(self, number):
        with self.database.reading() as session:
            mine = Reward.shop_id == self.shop, Reward.reward_id == f"{number:032x}"
            return session.scalar(select(Reward).where(*mine))

    def state(self, number):
        found = self.reward(number)
        return found and found.state

    def booked(self):
        """By cause, what all its entries come to."""
        with self.database.reading() as session:
            own = select(PointsEntry.cause, func.sum(PointsEntry.points)).where(PointsEntry.shop_id == self.shop)
            return {cause: int(points) for cause, points in session.execute(own.group_by(PointsEntry.cause))}

    def left(self):
        """By whoever they are of, what can be spent and when it ends, what waits and what is owed; proven."""
        with self.database.reading() as session:
            assert list(prove_points(session, self.shop, self.key, self.now)) == []
            assert list(replay_points(session, self.shop, self.key)) == []
            assert {one.reason for one in differences(session, self.shop)} <= {GIVEN_ONCE}
            heads = session.scalars(select(PointsAccount).where(PointsAccount.shop_id == self.shop)).all()
            members = select(PointsMember.account_id, PointsMember.customer_id)
            owners = dict(session.execute(members.where(PointsMember.shop_id == self.shop)).all())
            causes = causes_in(session, self.shop, [head.account_id for head in heads])
            ends = endings_of(session, self.shop)
        found = []
        for head in heads:
            now_is = standing(causes_of(causes[head.account_id].values()), self.now, ends)
            assert min(head.available, head.pending, head.debt) >= 0
            lots = [*now_is.available, *now_is.pending]
            pieces = sorted((*lot[:2], "gift" if lot.lot.startswith("gift") else lot.lot, lot.points) for lot in lots)
            if pieces or now_is.debt:
                found.append((owners.get(head.account_id, 0), pieces, now_is.ends, now_is.debt))
        return sorted(found)

    def check(self):
        """Nothing is given twice or spent twice, whatever has happened."""
        booked = self.booked()
        for number in range(3):
            found, used = self.reward(number), -booked.get(f"reward/{number:032x}", 0)
            assert 0 <= used <= (found.points if found else 0)
            if found is None:
                continue
            assert used == 0 or found.state not in (REFUSED, RETURNED)
            assert found.state not in (REFUSED, RETURNED) or number not in self.bought or self.is_late(number)
        for cause, points in booked.items():
            assert points >= 0 or not cause.startswith(("order/", "nth/", "gift/"))

    def is_late(self, number):
        """Whether we have not been told of the order with this code."""
        return f"order/{self.bought[number]}" not in self.booked()

    def cancel(self):
        """Every order is cancelled in the end: what it gave is taken back, what it was paid with comes back."""
        whole = [
            sent(factories.order(n, None, "2025-03-01", "1", cancelled_at=self.now.isoformat(), version=10**9))
            for n in (*range(1, 9), *range(11, 15), *range(21, 25), *(100 + number for number in self.bought))
        ]
        self.tell(whole)
        booked = self.booked()
        assert not any(points for cause, points in booked.items() if cause.startswith(("order/", "nth/")))
        for number in self.bought:
            assert booked[f"reward/{number:032x}"] == 0


def live(life, script, chance=None):
    """Have it all happen; by `chance` what is delivered between two commands comes in another order, and again."""
    first, steps = script
    told = []
    for command, days, deliveries in ((None, 0, first), *steps):
        life.now = Instant(life.now + timedelta(days=days, minutes=20))
        facts = [*(life.do(command) if command else ()), *deliveries]
        if chance:
            again = [fact for fact in told if chance.random() < 0.1] + [fact for fact in facts if chance.random() < 0.3]
            shuffled = chance.sample([*facts, *again], len(facts) + len(again))
            life.tell(shuffled, chance.randint(1, 5))
        else:
            life.tell(facts)
        told += facts
        life.check()
    life.pass_time()
    return life


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_nothing_is_given_or_spent_twice(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 60, 30)
    @given(script=scripts((*PLAIN, *WITH_BONUS)), chance=st.randoms(use_true_random=False))
    def check(script, chance):
        life = live(Life(database), script, chance)
        life.left()
        life.cancel()
        life.left()

    check()


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_what_is_told_in_another_order_leaves_every_lot_as_it_was(request, name):
    """The same commands at the same moments; bonuses aside, of which test_settled.py says what may differ."""
    database = request.getfixturevalue(name)

    @examples(name, 60, 30)
    @given(script=scripts(PLAIN), chance=st.randoms(use_true_random=False))
    def check(script, chance):
        one, other = live(Life(database), script), live(Life(database), script, chance)
        assert one.left() == other.left()
        assert [one.state(number) for number in range(3)] == [other.state(number) for number in range(3)]

    check()
