"""Taking a code back, killed between every two steps, with an order placed there; and what Shopify answers."""

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from shopify_app.admin_api.errors import AccessRevoked, Rejected, Throttled, Unavailable
from shopify_app.clock import Instant
from shopify_app.jobs.return_codes import ReturnCodes
from shopify_app.loyalty.rewards.asking import Uses
from shopify_app.loyalty.rewards.kinds import reward_kinds
from shopify_app.loyalty.rewards.model import MADE, RETURNED, RETURNING, STOP_CODE, SURE, USED, Reward
from shopify_app.loyalty.rewards.queries import reward_of
from shopify_app.loyalty.rewards.returning import PATIENCE, Verdict, take_back, verdict
from shopify_app.tasks.intents.model import Intent
from tests.loyalty.test_at_once import FIRST, paid_with
from tests.loyalty.test_codes import CODE, holding
from tests.loyalty.test_settled import NOW, entries, run, told


class Killed(BaseException):
    """The process is gone."""


class Shopify:
    """One code and the orders with it; each call is a moment before and one after it."""

    def __init__(self, moment):
        self.moment = moment
        self.works, self.orders, self.calls, self.trouble = True, [], [], []

    def run(self, _shop, document, **_variables):
        self.moment()
        self.calls.append(document)
        if self.trouble:
            raise self.trouble.pop(0)
        answer = getattr(self, document)()
        self.moment()
        return SimpleNamespace(data=answer)

    def stop_code(self):
        self.works = False
        return {}

    def code_status(self):
        return {"codeDiscountNode": {"codeDiscount": {"status": "ACTIVE" if self.works else "EXPIRED"}}}

    def code_uses(self):
        found = {"status": "ACTIVE" if self.works else "EXPIRED", "asyncUsageCount": len(self.orders)}
        nodes = [{"id": f"gid://shopify/Order/{one}", "discountCodes": [CODE.lower()]} for one in self.orders]
        return {"codeDiscountNode": {"codeDiscount": found}, "orders": {"nodes": nodes}}

    def delete_code(self):
        return {}


class Road:
    """A shop in which somebody's code was taken back, and the task that sees it through."""

    def __init__(self, database, monkeypatch):
        monkeypatch.setattr("shopify_app.loyalty.rewards.kinds.whole", lambda said: said.data)
        monkeypatch.setattr("shopify_app.loyalty.rewards.asking.whole", lambda said: said.data)
        self.database, self.shop = database, holding(database)
        with database.transaction() as session:
            first = select(Reward).where(Reward.shop_id == self.shop)
            session.scalars(first).one().discount_id = "gid"
        self.now, self.left, self.passed, self.then = NOW, 0, 0, lambda: None
        self.shopify = Shopify(self.moment)
        kinds = reward_kinds(self, self.shopify)
        self.task = ReturnCodes(self, self.shopify, kinds, b"l" * 32, lambda: self.now)

    def moment(self):
        """One more moment has passed at which a process can be killed."""
        self.passed += 1
        if self.passed == self.left:
            self.then()
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

    def take_back(self):
        with self.database.transaction() as session:
            take_back(session, self.shop, FIRST, "staff", self.now)

    def step(self):
        try:
            self.task.step(SimpleNamespace(shop=self.shop, done=0, owner="test"), self.now)
        except Killed:
            self.left = 0

    def work(self, hours=3):
        """What the task does in some hours, asked again every five minutes."""
        for _ in range(hours * 12):
            self.step()
            self.now = Instant(self.now + timedelta(minutes=5))

    def order(self):
        """Somebody uses the code, if it works."""
        if self.shopify.works:
            self.shopify.orders.append(3)

    def heard(self):
        """We are told of the order."""
        facts = [paid_with(CODE, each, 7, "2025-12-01", "10") for each in self.shopify.orders]
        run(self.database, self.shop, facts, now=self.now)

    def reward(self):
        with self.database.reading() as session:
            return reward_of(session, self.shop, FIRST)

    def stands(self):
        """What became of it, and what customer 7 has now."""
        return self.reward().state, told(self.database, self.shop, self.now)[7].balance

    def came_back(self):
        return [(kind, points) for kind, cause, points, _ in entries(self.database, self.shop) if "reward" in cause]


@pytest.fixture
def road(database, monkeypatch):
    return Road(database, monkeypatch)


def whole_road(road):
    road.take_back()
    road.work()
    return road.passed


def test_killed_between_every_two_steps_the_points_come_back_once(database, monkeypatch):
    moments = whole_road(Road(database, monkeypatch))
    assert moments > 15
    for moment in range(1, moments + 1):
        road = Road(database, monkeypatch)
        road.left = moment
        whole_road(road)
        assert road.left == 0
        assert road.stands() == (RETURNED, 1000), moment
        assert road.came_back() == [("redeem", -500), ("restore", 500)], moment


@pytest.mark.parametrize("heard", [True, False])
def test_an_order_is_placed_at_every_moment_of_a_void_and_the_worker_is_killed_there(database, monkeypatch, heard):
    moments = whole_road(Road(database, monkeypatch))
    for moment in range(1, moments + 1):
        road = Road(database, monkeypatch)
        road.left, road.then = moment, road.order
        whole_road(road)
        if heard:
            road.heard()
        if road.shopify.orders:
            assert road.stands() == (USED, 600 if heard else 500), moment
        else:
            assert road.stands() == (RETURNED, 1000), moment


def test_an_order_that_turns_up_after_the_points_came_back_takes_them_again(road):
    whole_road(road)
    road.shopify.orders.append(3)
    road.heard()
    assert road.stands() == (USED, 600)
    assert road.came_back() == [("redeem", -500), ("restore", 500), ("redeem", -500)]


@pytest.mark.parametrize("trouble", [Throttled(7), Unavailable("no answer")])
def test_an_answer_that_settles_nothing_is_asked_for_again(road, trouble):
    road.shopify.trouble = [trouble]
    whole_road(road)
    assert road.stands() == (RETURNED, 1000)


@pytest.mark.parametrize("trouble", [Throttled(7), Unavailable("no answer"), AccessRevoked()])
def test_no_points_come_back_before_shopify_has_said_that_nobody_used_the_code(road, trouble):
    road.take_back()
    road.step()
    road.now = Instant(road.now + SURE)
    road.shopify.trouble = [trouble]
    road.step()
    assert road.stands() == (RETURNING, 500)
    road.work()
    assert road.stands() == (RETURNED, 1000)


@pytest.mark.parametrize("trouble", [Rejected([{"code": "INVALID", "message": "no"}]), AccessRevoked()])
def test_a_code_that_shopify_does_not_switch_off_is_good_and_can_be_taken_back_again(road, trouble):
    road.take_back()
    road.shopify.trouble = [trouble]
    road.step()
    assert road.stands() == (MADE, 500)
    assert road.reward().error == trouble.message
    whole_road(road)
    assert road.stands() == (RETURNED, 1000)
    assert road.reward().error is None


def test_taken_back_twice_it_is_switched_off_once(road):
    road.take_back()
    road.take_back()
    road.work()
    assert road.shopify.calls.count("stop_code") == 1
    with road.database.reading() as session:
        assert len(session.scalars(select(Intent).where(Intent.kind == STOP_CODE)).all()) == 1


def test_what_shopifys_answer_means():
    late = Instant(NOW + PATIENCE + timedelta(minutes=1))
    assert verdict(Uses(works=False, count=0, order_id=None), NOW, NOW) is Verdict.UNUSED
    assert verdict(Uses(works=True, count=0, order_id=None), NOW, NOW) is Verdict.WORKS
    assert verdict(Uses(works=True, count=0, order_id=3), NOW, NOW) is Verdict.USED
    assert verdict(Uses(works=False, count=1, order_id=None), NOW, NOW) is Verdict.UNCLEAR
    assert verdict(Uses(works=False, count=1, order_id=None), NOW, late) is Verdict.USED
