"""Segments in Shopify: marks, tags and Shopify's own segment, kept as they were asked for, and taken out again."""

import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from shopify_app.errors import Malformed
from shopify_app.jobs.nightly import request_work
from shopify_app.jobs.write_members import FULL, STOPPED, STUCK
from shopify_app.jobs.write_segments import WRITE_SEGMENTS, WriteSegments
from shopify_app.segments.outward import asking
from shopify_app.segments.outward.model import DROP, IN, MARK, TAG, SegmentMember
from shopify_app.segments.outward.queries import drop_members, join_members
from shopify_app.shops.queries import get_shop
from shopify_app.tasks import queries as tasks
from shopify_app.tasks.intents.model import Intent
from tests.factories import make_shop
from tests.segments.outward_shop import KEY, OutwardShop

if TYPE_CHECKING:
    from shopify_app.clock import Instant
    from shopify_app.db.base import Database, Session, ShopId
    from shopify_app.segments.outward.queries import Members
    from tests.world import World


def test_a_segment_is_written_once_and_then_only_what_differs(alice: OutwardShop) -> None:
    alice.members = set(alice.people[:30])
    assert alice.plan() == asking.Plan(add=30, remove=0, tag_add=0, tag_remove=0, calls=4, bulk=False)
    view = alice.finish(alice.ask())
    assert view.result == {"written": 30}
    assert alice.is_in_step()
    assert alice.writes == {"set": 2, "values": 30}
    assert alice.plan().nothing
    alice.writes.clear()
    alice.finish(alice.ask())
    assert alice.writes == {}, "what Shopify has is not written again"
    alice.members = set(alice.people[3:32])
    planned = alice.plan()
    assert (planned.add, planned.remove, planned.calls) == (2, 3, 1)
    alice.finish(alice.keep_in_step())
    assert alice.is_in_step()
    assert alice.writes == {"set": 1, "values": 5}
    standing = alice.standing()
    assert (standing.members, standing.tagged, standing.due) == (29, 0, False)
    assert standing.shopify_id == next(iter(alice.far.outward.segments.all))


def test_whatever_members_do_shopify_ends_in_step(alice: OutwardShop, few_at_once: None) -> None:
    chance = random.Random(7)
    for turn in range(8):
        alice.members = set(chance.sample(alice.people, chance.randrange(len(alice.people))))
        tag = "late" if chance.random() < 0.6 else None
        planned = alice.plan(tag)
        before = (alice.marked(), alice.tagged())
        alice.finish(alice.ask(tag=tag))
        assert alice.is_in_step(tag=tag is not None), turn
        assert (planned.add, planned.remove) == (len(alice.members - before[0]), len(before[0] - alice.members))
        wanted = alice.members if tag else set()
        assert (planned.tag_add, planned.tag_remove) == (len(wanted - before[1]), len(before[1] - wanted))


def test_tags_are_put_on_when_asked_for_and_taken_off_alone(small: OutwardShop) -> None:
    small.far.outward.tag(f"gid://shopify/Customer/{small.people[0]}", ["gold", "Late"])
    small.members = set(small.people[:4])
    small.finish(small.ask(tag=" late "))
    assert small.tagged() == set(small.people[1:4]), "one had it already, as somebody else wrote it"
    assert small.rows(TAG) == dict.fromkeys(small.members, "in")
    with pytest.raises(Malformed, match="another tag"):
        small.ask(tag="other")
    for wrong in ("", "a,b", "x" * 41, "a\nb"):
        with pytest.raises(Malformed, match="without a comma"):
            small.ask(tag=wrong)
    small.finish(small.take_out(tag_alone=True))
    assert small.rows(TAG) == {}
    assert [one.tags for one in small.far.customers.values() if one.tags] == [["gold"]]
    assert small.marked() == small.members == small.in_segment()
    small.finish(small.ask(tag="other"))
    assert small.tagged("other") == small.members


def test_all_of_it_can_be_taken_out_and_put_in_again(alice: OutwardShop) -> None:
    alice.members = set(alice.people[:7])
    for _ in range(2):
        alice.finish(alice.ask(tag="late"))
        assert alice.is_in_step(tag=True)
        alice.finish(alice.take_out())
        assert alice.in_segment() is None
        assert alice.far.outward.metafields.definitions == {}
        assert not [one for one in alice.far.customers.values() if one.metafields or one.tags]
        assert (alice.rows(), alice.rows(TAG)) == ({}, {})
        assert not alice.standing().wanted
    assert alice.keep_in_step() is None, "what is out stays out"


def test_one_shops_segments_are_none_of_anothers(small_world: "World") -> None:
    alice, bob = (OutwardShop(small_world, 6, name=name) for name in ("alice", "bob"))
    alice.members, bob.members = set(alice.people[:3]), set(bob.people[:4])
    bobs = bob.ask(tag="late")
    assert alice.keep_in_step() is None
    alice.finish(alice.ask("Alice's", tag="late"))
    assert (alice.marked(), alice.in_segment("Alice's"), alice.tagged()) == (alice.members,) * 3
    assert (bob.marked(), bob.tagged(), bob.standing().due) == (set(), set(), True)
    bob.finish(bobs)
    assert bob.is_in_step(tag=True)
    bob.finish(bob.take_out())
    assert (bob.rows(), bob.rows(TAG), bob.in_segment()) == ({}, {}, None)
    assert alice.rows() == alice.rows(TAG) == dict.fromkeys(alice.members, "in")
    assert alice.tagged() == alice.members


def test_of_people_who_are_no_more_one_shops_rows_are_none_of_anothers(database: "Database") -> None:
    alice, bob = (make_shop(database, f"{name}.myshopify.com") for name in ("alice", "bob"))
    with database.transaction() as session:
        session.add(SegmentMember(shop_id=alice, segment=KEY, medium=MARK, customer_id=1, state=IN))
        session.add(SegmentMember(shop_id=bob, segment="gold", medium=MARK, customer_id=1, state=IN))
    place = SegmentMember.shop_id, SegmentMember.segment, SegmentMember.customer_id, SegmentMember.state
    with database.transaction() as session:
        join_members(session, alice, {1: 2})
        assert set(session.execute(select(*place))) == {(alice, KEY, 2, DROP), (bob, "gold", 1, IN)}
        assert drop_members(session, alice, [1, 2]) == 1
        assert set(session.execute(select(*place))) == {(bob, "gold", 1, IN)}


def test_one_that_is_refused_stops_no_other(small: OutwardShop) -> None:
    def members_of(session: "Session", shop: "ShopId", segment: str, now: "Instant") -> "Members | None":
        return None if segment == "erased" else small.members_of(session, shop, segment, now)

    small.members = set(small.people[:3])
    small.steps = {WRITE_SEGMENTS: WriteSegments(small.database, small.world.wafa.admin, small.clock, members_of).step}
    with small.database.transaction() as session:
        asking.ask(session, small.shop, "erased", "Erased", "7", small.clock())
    view = small.finish(small.ask(), "failed")
    assert "no longer exists" in (view.error or "")
    assert small.is_in_step()
    assert not small.standing().due


def test_what_was_never_in_shopify_is_not_taken_out(small: OutwardShop) -> None:
    assert small.take_out() is None
    with pytest.raises(ValueError, match="no key"), small.database.transaction() as session:
        asking.ask(session, small.shop, "a segment", "T", "7", small.clock())


def test_without_the_permission_nothing_is_written(small_world: "World") -> None:
    shop = OutwardShop(small_world, 3, granted=False)
    shop.members = set(shop.people)
    assert shop.finish(shop.ask(tag="late"), "failed").error == asking.DENIED
    assert shop.writes == {}
    assert shop.far.outward.metafields.definitions == {}
    shop.far.set_scopes([*small_world.store.scopes, "write_customers"])
    shop.finish(shop.ask(tag="late"))
    assert shop.is_in_step(tag=True)


def test_a_permission_taken_back_half_way_stops_it_and_nothing_is_forgotten(small: OutwardShop) -> None:
    small.members = set(small.people[:5])
    task = small.ask()
    while not small.far.outward.metafields.definitions:
        small.step(task)
    small.far.set_scopes(small.world.store.scopes)
    assert small.finish(task, "failed").error == STOPPED
    assert small.standing().due
    assert set(small.rows().values()) == {"add"}
    small.far.set_scopes([*small.world.store.scopes, "write_customers"])
    small.members = set(small.people[3:7])
    small.finish(small.ask())
    assert small.is_in_step()


def test_many_changes_are_a_bulk_operation(alice: OutwardShop, few_at_once: None) -> None:
    alice.world.store.bulk_seconds = 30.0
    alice.members = set(alice.people)
    assert alice.plan("late").bulk
    alice.finish(alice.ask(tag="late"))
    assert alice.is_in_step(tag=True)
    kinds = [one.kind for one in alice.far.bulk.listed(alice.clock())]
    assert kinds.count("MUTATION") == 4, "two portions of thirty, marks and tags"
    alice.members = set(alice.people[:20])
    alice.finish(alice.keep_in_step())
    assert alice.marked() == alice.members == alice.tagged()


def test_a_bulk_operation_that_fails_half_way_is_gone_over_again(alice: OutwardShop, few_at_once: None) -> None:
    alice.world.store.bulk_seconds = 30.0
    alice.members = set(alice.people)
    alice.world.store.trouble.fail_next(alice.far.domain, "bulk_failed", 1)
    alice.finish(alice.ask())
    assert alice.is_in_step()


def test_bulk_operations_that_never_do_anything_are_given_up(small: OutwardShop, few_at_once: None) -> None:
    small.members = set(small.people)
    faults = type(small.world.store.trouble.of(small.far.domain))
    small.world.store.set_faults(faults(bulk_failed=1.0))
    assert small.finish(small.ask(), "failed").error == STUCK
    small.world.store.set_faults(faults())
    small.finish(small.ask())
    assert small.is_in_step()


@pytest.mark.parametrize("bulk", [False, True])
def test_who_is_no_more_in_shopify_holds_nobody_up(
    alice: OutwardShop, bulk: bool, request: pytest.FixtureRequest
) -> None:
    if bulk:
        request.getfixturevalue("few_at_once")
    alice.members = set(alice.people[:40])
    for gone in (alice.people[0], alice.people[30]):
        del alice.far.customers[gone]
    alice.finish(alice.ask(tag="late"))
    there = alice.members & alice.far.customers.keys()
    assert alice.marked() == alice.tagged() == alice.in_segment() == there
    assert (set(alice.rows()), set(alice.rows(TAG))) == (there, there)


def test_a_name_that_is_taken_gets_ours_beside_it(small: OutwardShop) -> None:
    small.far.outward.segments.create("Late customers", "number_of_orders > 1")
    small.members = set(small.people[:2])
    small.finish(small.ask())
    assert small.in_segment("Late customers (Wafa)") == small.members


def test_a_new_name_whose_answer_is_lost_is_looked_for(small: OutwardShop) -> None:
    small.members = set(small.people[:2])
    small.finish(small.ask())
    task = small.ask("Long away")
    while small.view(task).phase != "enter":
        small.step(task)
    small.world.store.trouble.fail_next(small.far.domain, "answer_lost", 1)
    small.finish(task)
    assert small.in_segment("Long away") == small.members
    assert small.in_segment() is None


def test_a_segment_that_the_merchant_deleted_by_hand_stays_deleted(small: OutwardShop) -> None:
    small.members = set(small.people[:2])
    small.finish(small.ask())
    small.far.outward.segments.all.clear()
    small.finish(small.keep_in_step())
    assert small.far.outward.segments.all == {}
    small.finish(small.take_out())
    assert small.marked() == set()


def test_a_definition_that_went_with_the_app_is_made_anew(small: OutwardShop) -> None:
    small.members = set(small.people[:5])
    small.finish(small.ask())
    book = small.far.outward.metafields
    book.undefine(
        {"identifier": {"ownerType": "CUSTOMER", "key": f"segment_{KEY}"}, "deleteAllAssociatedMetafields": True}
    )
    assert small.marked() == set()
    small.finish(small.keep_in_step())
    assert small.is_in_step()


def test_no_room_for_another_field_says_so(small: OutwardShop) -> None:
    book = small.far.outward.metafields
    for number in range(50):
        filterable = {"adminFilterable": {"enabled": True}}
        book.define(
            {"ownerType": "CUSTOMER", "namespace": "custom", "key": f"k{number}", "name": "K", "type": "boolean"}
            | {"capabilities": filterable}
        )
    assert small.finish(small.ask(), "failed").error == FULL
    book.definitions.clear()
    small.finish(small.ask())


def test_a_segment_that_is_gone_here_is_left_alone_there(small: OutwardShop) -> None:
    small.members = set(small.people[:5])
    small.finish(small.ask())
    small.members = None
    assert "no longer exists" in (small.finish(small.keep_in_step(), "failed").error or "")
    assert small.marked() == set(small.people[:5])


def test_what_makes_room_comes_before_what_needs_it(small: OutwardShop) -> None:
    small.members = set(small.people[:2])
    small.finish(small.ask())
    book = small.far.outward.metafields
    for number in range(49):
        book.define(
            {"ownerType": "CUSTOMER", "namespace": "custom", "key": f"k{number}", "name": "K", "type": "boolean"}
            | {"capabilities": {"adminFilterable": {"enabled": True}}}
        )
    with small.database.transaction() as session:
        task = asking.ask(session, small.shop, "first-by-name", "First", "7", small.clock())
    assert small.finish(task, "failed").error == FULL
    small.finish(small.take_out())
    assert small.in_segment("First") == small.members, "it waited for the room"


def test_what_could_not_be_taken_out_is_tried_again_at_night(small: OutwardShop) -> None:
    small.members = set(small.people[:2])
    small.finish(small.ask())
    small.far.set_scopes(small.world.store.scopes)
    assert small.finish(small.take_out(), "failed").error == asking.DENIED
    small.far.set_scopes([*small.world.store.scopes, "write_customers"])
    small.finish(small.keep_in_step())
    assert (small.marked(), small.in_segment()) == (set(), None)
    assert small.keep_in_step() is None


def test_who_asks_while_it_is_written_is_heard(small: OutwardShop) -> None:
    small.members = set(small.people[:5])
    task = small.ask()
    for _ in range(4):
        small.step(task)
    assert small.take_out() == task
    small.finish(task)
    assert (small.marked(), small.in_segment()) == (set(), None)


def test_each_night_what_is_in_shopify_is_compared_anew(small: OutwardShop) -> None:
    small.members = set(small.people[:5])
    small.finish(small.ask())
    small.members = set(small.people[2:7])
    small.clock.forward(86_400)
    request_work(small.database, small.clock())
    with small.database.reading() as session:
        task = tasks.latest(session, small.shop, asking.WRITE_SEGMENTS)
    assert task is not None
    assert task.actor == "system:nightly"
    small.finish(task.id)
    assert small.is_in_step()


def test_our_own_echo_makes_no_work(alice: OutwardShop) -> None:
    alice.members = set(alice.people[:30])
    alice.finish(alice.ask(tag="late"))

    def seen() -> tuple[int, int]:
        with alice.database.reading() as session:
            return get_shop(session, alice.shop).facts_version, len(session.scalars(select(Intent.key)).all())

    before = seen()
    alice.writes.clear()
    assert alice.world.store.deliver_due() >= 60
    alice.world.work()
    assert seen() == before
    assert alice.writes == {}
