"""Files of balances while workers are killed, people are merged and forgotten, and others bring files."""

from typing import Any

import pytest
from sqlalchemy import func, select

from shopify_app.changes.facts import CustomersMerged
from shopify_app.jobs import bring_points
from shopify_app.loyalty.brought import bringing
from shopify_app.loyalty.brought.lines import arriving
from shopify_app.loyalty.brought.model import BroughtFile, BroughtLine
from shopify_app.loyalty.ledger.model import PointsCause, PointsEntry, PointsMember
from shopify_app.privacy.numbers import Person
from shopify_app.privacy.redact import redact_customer, redact_person
from shopify_app.shops.queries import find_shop
from tests.loyalty.test_settled import run
from tests.small_shop import address, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_brought import bring, five, given, kept_lines, looked_through, told
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import proven
from tests.world import World


@pytest.fixture
def shop(world: World) -> Any:
    made = bought(world)
    switch_on(world, made)
    return made


@pytest.fixture
def beside(config: Any, postgresql: Any, clock: Any, tmp_path: Any) -> tuple[World, Any]:
    """On PostgreSQL, where two are at work at once."""
    world = World(config, postgresql, clock, tmp_path)
    made = bought(world)
    switch_on(world, made)
    return world, made


def number_of(world: World) -> Any:
    with world.wafa.database.reading() as session:
        return find_shop(session, "alice.myshopify.com").id


def forget(world: World, customer: int) -> None:
    with world.wafa.database.transaction() as session:
        redact_customer(session, number_of(world), customer, world.wafa.config.lookup_key, world.clock())


def merge(world: World, kept: int, gone: int) -> None:
    run(world.wafa.database, number_of(world), [CustomersMerged(kept, gone, world.clock())], now=world.clock())


def just_before(monkeypatch: Any, place: Any, then: Any) -> None:
    """Once, before the shop's row is held there, something else happens and is committed."""
    real, left = place.lock_shop, [then]

    def both_of_them(*arguments: Any) -> Any:
        if left:
            left.pop()()
        return real(*arguments)

    monkeypatch.setattr(place, "lock_shop", both_of_them)


class Killed(BaseException):
    """The worker's process ends."""


def dies_at(monkeypatch: Any, nth: int) -> list[int]:
    """The worker dies at its nth look or gift: before it, or after it was done and before anybody noted it."""
    left = [nth]
    for name in ("look_through", "give_next", "take_back_next"):
        real = getattr(bringing, name)

        def guarded(*arguments: Any, real: Any = real) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return real(*arguments)

        monkeypatch.setattr(bring_points, name, guarded)
    return left


@pytest.mark.parametrize("nth", range(1, 14, 2))
def test_a_worker_that_is_killed_anywhere_changes_nothing_in_the_end(
    world: World, shop: Any, monkeypatch: Any, nth: int
) -> None:
    monkeypatch.setattr(bring_points, "LINES", 2)
    monkeypatch.setattr(bring_points, "_PIECES", 2)
    left = dies_at(monkeypatch, nth)

    def work() -> None:
        for _ in range(60):
            try:
                world.work()
            except Killed:
                # Whoever held the step is gone; after its lease another takes it over.
                world.clock.forward(120)
            else:
                return

    path = bring(world, shop, five(shop) + "X,stranger@example.com,70\n").json["go"].split("?")[0]
    work()
    assert told(world, shop, path)["to_give"] == {"people": 5, "points": 510}
    post(world, shop, f"{path}/give", {})
    work()
    found = told(world, shop, path)
    assert (found["state"], found["people"], found["points"], found["left"]) == ("given", 5, 510, {"unknown": 1})
    with world.wafa.database.reading() as session:
        lots = select(func.count(), func.sum(PointsCause.points)).where(PointsCause.cause.startswith("brought/"))
        assert session.execute(lots).one() == (5, 510)
        entries = select(func.count()).where(PointsEntry.cause.startswith("brought/"), PointsEntry.points > 0)
        assert session.scalar(entries) == 5
    proven(world)
    post(world, shop, f"{path}/undo", {})
    work()
    assert told(world, shop, path)["taken_back"] == 510
    assert world.json(shop, address("/loyalty"))["points"]["available"] == 0
    assert left[0] <= 0 or nth > 9
    proven(world)


@pytest.mark.parametrize("when", ["before it is looked through", "before it is given", "afterwards"])
def test_whoever_is_forgotten_is_in_no_line_and_gets_no_points(world: World, shop: Any, when: str) -> None:
    customer = by_orders(shop, 2)[0]
    people = [one.id for one in shop.customers.values() if one.orders]
    text = "customer id,points\n" + "".join(f"{one},100\n" for one in people)
    path = bring(world, shop, text).json["go"].split("?")[0]
    if when != "before it is looked through":
        world.work()
    if when == "afterwards":
        given(world, shop, path)
    forget(world, customer)
    world.work()
    found = given(world, shop, path)
    with world.wafa.database.reading() as session:
        assert session.scalars(select(PointsMember).where(PointsMember.customer_id == customer)).all() == []
    assert kept_lines(world) == 0
    assert (found["people"], found["forgotten"]) == ((5, 0) if when == "afterwards" else (4, 1))
    proven(world)


def test_a_stranger_who_asks_by_an_address_is_taken_out_of_files(world: World, shop: Any) -> None:
    looked_through(world, shop, "email,phone,points\nX@Example.com,,5\nother@example.com,,6\n,+965 5000 1234,7\n")
    with world.wafa.database.transaction() as session:
        person = Person(None, "x@example.com", "+96550001234")
        redact_person(session, number_of(world), person, None, world.wafa.config.lookup_key, world.clock())
    assert kept_lines(world) == 1
    with world.wafa.database.reading() as session:
        assert session.scalar(select(BroughtFile.forgotten)) == 2


def test_a_file_that_names_somebody_forgotten_keeps_nothing_of_them(world: World, shop: Any) -> None:
    customer = by_orders(shop, 2)[0]
    forget(world, customer)
    path = looked_through(world, shop, f"customer id,email,points\n{customer},c0@example.com,5\n")
    assert (kept_lines(world), told(world, shop, path)["forgotten"]) == (0, 1)
    proven(world)


@pytest.mark.parametrize("when", ["before it is looked through", "before it is given", "afterwards"])
def test_two_who_become_one_get_what_one_of_them_had_unless_both_were_given(world: World, shop: Any, when: str) -> None:
    one, other = by_orders(shop, 2)[:2]
    text = f"customer id,points\n{one},100\n{other},200\n"
    path = bring(world, shop, text).json["go"].split("?")[0]
    if when != "before it is looked through":
        world.work()
    if when == "afterwards":
        given(world, shop, path)
    merge(world, one, other)
    world.work()
    found = given(world, shop, path)
    assert points(world, shop, one)["balance"] == (300 if when == "afterwards" else 100)
    assert found["left"] == ({} if when == "afterwards" else {"twice": 1})
    with world.wafa.database.reading() as session:
        assert session.scalars(select(BroughtLine).where(BroughtLine.customer_id == other)).all() == []
    proven(world)


def test_two_who_become_one_between_their_lines_get_what_the_first_had(
    world: World, shop: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bring_points, "LINES", 1)
    monkeypatch.setattr(bring_points, "_PIECES", 1)
    one, other = by_orders(shop, 2)[:2]
    # Also where whoever has had points from another file is to get some.
    path = looked_through(world, shop, f"customer id,points\n{one},100\n{other},200\n", "?again=1")
    post(world, shop, f"{path}/give", {})
    while not told(world, shop, path)["people"]:
        world.step_tasks()
    merge(world, other, one)
    world.work()
    assert points(world, shop, other)["balance"] == 100
    assert told(world, shop, path)["left"] == {"twice": 1}
    proven(world)


@pytest.mark.parametrize("nth", [0, 1])
def test_whoever_is_forgotten_while_the_row_is_waited_for_gets_nothing(
    beside: tuple[World, Any], monkeypatch: Any, nth: int
) -> None:
    world, shop = beside
    customer = by_orders(shop, 2)[0]
    path = bring(world, shop, five(shop)).json["go"].split("?")[0]
    if nth:
        world.work()
        post(world, shop, f"{path}/give", {})
    just_before(monkeypatch, bringing, lambda: forget(world, customer))
    world.work()
    assert given(world, shop, path)["people"] == 4
    with world.wafa.database.reading() as session:
        assert session.scalars(select(PointsMember).where(PointsMember.customer_id == customer)).all() == []
    proven(world)


def test_a_merge_while_the_row_is_waited_for_gives_nobody_twice(beside: tuple[World, Any], monkeypatch: Any) -> None:
    world, shop = beside
    one, other = by_orders(shop, 2)[:2]
    path = looked_through(world, shop, f"customer id,points\n{one},100\n{other},200\n")
    post(world, shop, f"{path}/give", {})
    just_before(monkeypatch, bringing, lambda: merge(world, one, other))
    world.work()
    assert points(world, shop, one)["balance"] == 100
    assert told(world, shop, path)["left"] == {"twice": 1}
    proven(world)


def test_of_two_files_at_once_one_is_looked_through(beside: tuple[World, Any], monkeypatch: Any) -> None:
    """The second takes the place of the first, whose lines are still arriving."""
    world, shop = beside
    answers = []
    just_before(monkeypatch, arriving, lambda: answers.append(bring(world, shop, five(shop, 200))))
    first = bring(world, shop, five(shop))
    assert (first.status_code, answers[0].status_code) == (409, 200)
    world.work()
    second = answers[0].json["go"].split("?")[0]
    assert given(world, shop, second)["points"] == 1010
    with world.wafa.database.reading() as session:
        assert sorted(session.scalars(select(BroughtFile.state))) == ["given", "put_away"]
    assert kept_lines(world) == 0
    proven(world)


def test_a_file_that_was_cut_off_as_it_arrived_stands_in_nobodys_way(world: World, shop: Any, monkeypatch: Any) -> None:
    def killed(*_arguments: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(arriving, "add_lines", killed)
        with pytest.raises(Killed):
            bring(world, shop, five(shop))
    path = looked_through(world, shop, five(shop))
    assert given(world, shop, path)["points"] == 510
    proven(world)
