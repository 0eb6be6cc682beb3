"""Points in Shopify end as they are here, whatever happens in between and wherever the program is killed."""

import random
from typing import Any

import pytest
from sqlalchemy import select

from devstore.faults import Faults
from shopify_app.changes.facts import CustomersMerged
from shopify_app.db.base import ShopId
from shopify_app.jobs import write_points
from shopify_app.loyalty.ledger.model import PointsAccount, PointsMember
from shopify_app.loyalty.outward import shopify
from shopify_app.loyalty.outward.asking import WRITE_POINTS, keep_points_in_step
from shopify_app.loyalty.outward.kinds import WRITE_POINTS_IN_BULK
from shopify_app.loyalty.outward.model import PointsShown
from shopify_app.loyalty.programme.queries import add_version
from shopify_app.shops.queries import find_shop
from shopify_app.tasks import queries as tasks
from shopify_app.tasks.intents.model import Intent
from shopify_app.tasks.step import run_step
from tests.loyalty.test_settled import START, TEN_A_DOLLAR, order, run
from tests.tasks.crashes import Crash, Killed
from tests.world import World

SCOPE = "write_customers"


class Shopfront:
    """Some customers of a shop with a programme; points are given here, and read in the store."""

    def __init__(self, world: World, people: int, name: str = "alice") -> None:
        self.world, self.database, self.clock = world, world.wafa.database, world.clock
        self.far = world.store.add_shop(f"{name}.myshopify.com", currency="USD", timezone="UTC")
        world.install(self.far)
        world.work()
        self.people = [self.far.create_customer(f"C{number}").id for number in range(people)]
        self.far.set_scopes([*world.store.scopes, SCOPE])
        world.work()
        with self.database.transaction() as session:
            self.shop = ShopId(find_shop(session, self.far.domain).id)
            add_version(session, self.shop, TEN_A_DOLLAR, "staff", START)
        self.orders: dict[int, int] = {}

    def give(self, customer: int, dollars: int, number: int = 1) -> None:
        """Have one of a customer's orders be worth so much."""
        version = self.orders[number] = self.orders.get(number, 0) + 1
        made = order(number, customer, "2025-03-01", "100", refunded=str(100 - dollars), version=version)
        run(self.database, self.shop, [made], now=self.clock())

    def task(self) -> str | None:
        with self.database.reading() as session:
            found = tasks.latest(session, self.shop, WRITE_POINTS)
        return found.id if found and found.active else None

    def step(self) -> None:
        with self.database.reading() as session:
            found = tasks.latest(session, self.shop, WRITE_POINTS)
        assert found is not None
        run_step(self.database, self.world.wafa.steps, self.shop, found.id, "w", self.clock())

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.clock.forward(3)
            if self.task():
                self.step()

    def finish(self) -> None:
        for _ in range(400):
            if self.task() is None:
                return
            self.clock.forward(10)
            self.step()
        raise AssertionError("it never ends")

    def ask(self) -> None:
        with self.database.transaction() as session:
            keep_points_in_step(session, self.shop, "test", self.clock())

    def heads(self) -> dict[int, tuple[int, int]]:
        columns = PointsMember.customer_id, PointsAccount.available, PointsAccount.pending
        same = PointsAccount.account_id == PointsMember.account_id
        mine = select(*columns).join(PointsAccount, same).where(PointsMember.shop_id == self.shop)
        with self.database.reading() as session:
            return {customer: (available, pending) for customer, available, pending in session.execute(mine)}

    def shown(self) -> dict[int, tuple[int, int]]:
        found = {}
        for customer in self.far.customers.values():
            held = {key: int(one.value) for (_, key), one in customer.metafields.items()}
            if held:
                found[customer.id] = (held[shopify.POINTS], held[shopify.PENDING])
        return found

    def rows(self) -> list[Any]:
        with self.database.reading() as session:
            return list(session.scalars(select(PointsShown).where(PointsShown.shop_id == self.shop)))

    def is_in_step(self) -> bool:
        assert self.shown() == self.heads()
        assert not [row for row in self.rows() if row.due_at or row.batch is not None]
        return True


@pytest.fixture
def alice(world: World) -> Shopfront:
    return Shopfront(world, 30)


@pytest.fixture
def small(small_world: World) -> Shopfront:
    """For what does not depend on the database."""
    return Shopfront(small_world, 5)


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a handful is a bulk operation, of twenty customers at most, portion by portion."""
    monkeypatch.setattr(write_points, "SINGLY", 10)
    monkeypatch.setattr(write_points, "LARGEST", 20)
    monkeypatch.setattr(write_points, "PORTION", 8)
    monkeypatch.setattr(shopify, "AT_ONCE", 3)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_to_accounts_shopify_ends_in_step(alice: Shopfront, few_at_once: None, seed: int) -> None:
    chance, gone = random.Random(seed), set[int]()
    for turn in range(12):
        for number in chance.sample(range(len(alice.people)), chance.randrange(1, len(alice.people))):
            if alice.people[number] not in gone:
                alice.give(alice.people[number], chance.randrange(101), number + 1)
        if chance.random() < 0.4:
            kept, old = chance.sample([one for one in alice.people if one not in gone], 2)
            alice.far.merge_customers(kept, old)
            merged = CustomersMerged(kept, old, alice.clock())
            run(alice.database, alice.shop, [merged], now=alice.clock())
            gone.add(old)
        trouble = chance.choice(["answer_lost", "throttled", "reset"])
        alice.world.store.trouble.fail_next(alice.far.domain, trouble, chance.randrange(2))
        alice.go_on(chance.randrange(6))
        if chance.random() < 0.5:
            alice.ask()
            alice.finish()
            assert alice.is_in_step(), turn
    alice.ask()
    alice.finish()
    assert alice.is_in_step()


@pytest.mark.parametrize("many", [False, True], ids=["by calls", "as one operation"])
def test_killed_before_any_statement_it_ends_the_same(alice: Shopfront, few_at_once: None, many: bool) -> None:
    """Also where points change again after the kill, or are what they were before it."""
    people = alice.people[: 12 if many else 4]

    def have(dollars: int) -> None:
        for number, person in enumerate(people, 1):
            alice.give(person, dollars, number)

    have(50)
    alice.finish()
    have(60)
    with Crash(alice.database) as counted:
        alice.finish()
    assert alice.is_in_step()
    stride = max(1, counted.statements // (40 if alice.database.dialect == "sqlite" else 12))
    for turn, at in enumerate(range(1, counted.statements + 1, stride)):
        have(50)
        alice.finish()
        have(60)
        with Crash(alice.database, at):
            alice.finish()
        have((50, 60)[turn % 2])
        # The worker's lease on the step runs out, and its patience for an answer.
        alice.clock.forward(200)
        alice.ask()
        alice.finish()
        assert alice.is_in_step(), f"statement {at}"


@pytest.mark.parametrize("called", [False, True], ids=["before the call", "after it"])
@pytest.mark.parametrize("dollars", [50, 60], ids=["as before", "as they were to be"])
def test_killed_at_the_call_nothing_is_taken_for_written(
    small: Shopfront, monkeypatch: pytest.MonkeyPatch, called: bool, dollars: int
) -> None:
    person = small.people[0]
    small.give(person, 50)
    small.finish()
    small.give(person, 60)
    write = shopify.write

    def killed(admin: Any, shop: ShopId, customers: Any) -> None:
        if called:
            write(admin, shop, customers)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shopify, "write", killed)
        with pytest.raises(Killed):
            small.finish()
    small.give(person, dollars)
    small.clock.forward(200)
    small.finish()
    assert small.shown() == {person: (10 * dollars, 0)}
    assert small.is_in_step()


@pytest.mark.parametrize("after", range(1, 9))
def test_an_answer_that_is_lost_is_not_taken_for_one(small: Shopfront, after: int, few_at_once: None) -> None:
    for number, person in enumerate(small.people, 1):
        small.give(person, 50, number)
    calls = 0
    while small.task():
        if len(small.world.adapter.calls) > calls and calls < after:
            calls += 1
            if calls == after:
                small.world.store.trouble.fail_next(small.far.domain, "answer_lost", 1)
        small.clock.forward(10)
        small.step()
    assert small.is_in_step()


def test_who_was_taken_for_dead_does_not_leave_an_older_value(
    small: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers at one step: the first one's call leaves after the other has written something newer."""
    person = small.people[0]
    small.give(person, 50)
    write, times = shopify.write, list[int]()

    def late(admin: Any, shop: ShopId, customers: Any) -> None:
        times.append(customers[0].available)
        if len(times) == 1:
            small.clock.forward(200)
            small.give(person, 70)
            small.finish()
            assert small.shown()[person] == (700, 0)
        write(admin, shop, customers)

    monkeypatch.setattr(shopify, "write", late)
    small.finish()
    assert times == [500, 700, 700], "called first, and left last"
    assert small.is_in_step()


@pytest.mark.parametrize("dollars", [0, 70])
def test_after_a_merge_nothing_is_taken_for_granted(small: Shopfront, dollars: int) -> None:
    """Which metafields Shopify leaves on who is kept is not known: here, those of neither."""
    kept, old, fresh = small.people[:3]
    small.give(kept, 50, 1)
    small.give(old, 70, 2)
    small.give(old, dollars, 2)
    small.finish()
    small.far.merge_customers(kept, old)
    for one in small.far.customers[kept].metafields.values():
        one.value = "7"
    run(small.database, small.shop, [CustomersMerged(kept, old, small.clock())], now=small.clock())
    small.finish()
    assert small.shown() == {kept: (500 + 10 * dollars, 0)}
    small.far.merge_customers(fresh, kept)
    run(small.database, small.shop, [CustomersMerged(fresh, kept, small.clock())], now=small.clock())
    small.finish()
    assert small.is_in_step()
    assert small.shown() == {fresh: (500 + 10 * dollars, 0)}


def test_one_shops_points_are_none_of_anothers(small_world: World) -> None:
    alice, bob = (Shopfront(small_world, 3, name) for name in ("alice", "bob"))
    alice.give(alice.people[0], 50)
    bob.give(bob.people[1], 70)
    alice.finish()
    assert alice.is_in_step()
    assert bob.shown() == {}
    bob.finish()
    assert bob.is_in_step()
    assert alice.is_in_step()


def test_who_is_asked_to_slow_down_stands_back_and_never_fails(small: Shopfront) -> None:
    small.give(small.people[0], 50)
    small.world.store.set_faults(Faults(throttled=1.0), small.far.domain)
    for _ in range(20):
        small.clock.forward(60)
        small.step()
    with small.database.reading() as session:
        found = tasks.latest(session, small.shop, WRITE_POINTS)
    assert (found.state, found.attempts) == ("waiting", 0)
    small.world.store.set_faults(Faults(), small.far.domain)
    small.finish()
    assert small.is_in_step()


def test_an_operation_that_ends_badly_is_tried_again_and_then_given_up(alice: Shopfront, few_at_once: None) -> None:
    def give(dollars: int) -> None:
        for number, person in enumerate(alice.people, 1):
            alice.give(person, dollars, number)

    give(50)
    alice.world.store.trouble.fail_next(alice.far.domain, "bulk_failed", 2)
    alice.finish()
    assert alice.is_in_step()
    give(60)
    alice.world.store.trouble.fail_next(alice.far.domain, "bulk_failed", 3)
    alice.finish()
    with alice.database.reading() as session:
        found = tasks.latest(session, alice.shop, WRITE_POINTS)
    assert (found.state, found.error) == ("failed", write_points.STUCK)
    alice.ask()
    alice.finish()
    assert alice.is_in_step()


def test_a_line_with_somebody_who_is_gone_is_sorted_out_by_calls(alice: Shopfront, few_at_once: None) -> None:
    for number, person in enumerate(alice.people[:12], 1):
        alice.give(person, 50, number)
    held = alice.far.customers.pop(alice.people[1])
    alice.finish()
    heads = alice.heads()
    del heads[held.id]
    assert alice.shown() == heads
    assert [row.gone for row in alice.rows()].count(True) == 1
    assert sum("set_metafields" in one.query for one in alice.far.bulk._all.values()) == 1


def test_intents_and_tasks_name_no_customer(alice: Shopfront, few_at_once: None) -> None:
    for number, person in enumerate(alice.people, 1):
        alice.give(person, 50, number)
    texts = []
    while alice.task():
        with alice.database.reading() as session:
            texts.append(str(dict(tasks.latest(session, alice.shop, WRITE_POINTS).cursor)))
        alice.clock.forward(10)
        alice.step()
    with alice.database.reading() as session:
        kinds = session.scalars(select(Intent).where(Intent.kind == WRITE_POINTS_IN_BULK)).all()
        texts += [f"{one.key} {one.arguments} {one.outcome}" for one in kinds]
    assert len(kinds) == 1
    assert not [text for text in texts if any(str(person) in text for person in alice.people)]


def test_a_field_that_segments_have_no_room_for_is_one_that_they_cannot_use(small: Shopfront) -> None:
    for number in range(50):
        wanted = {"name": "x", "key": f"own_{number}", "type": "boolean", "ownerType": "CUSTOMER"}
        small.far.outward.metafields.define({**wanted, "capabilities": {"adminFilterable": {"enabled": True}}})
    small.give(small.people[0], 50)
    small.finish()
    assert small.is_in_step()
    definitions = {place[1]: one.filterable for place, one in small.far.outward.metafields.definitions.items()}
    assert definitions["points"] is False
