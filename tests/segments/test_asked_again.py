"""Segments in Shopify, asked for one way and then another."""

import pytest

from tests.segments.outward_shop import OutwardShop
from tests.small_shop import add_shop, post


def test_the_last_of_two_names_given_in_one_round_is_shopifys(small_world):
    """A rename's intent is named by the task's round: a second one within it finds the first one done."""
    alice = OutwardShop(small_world, 12)
    alice.members = set(alice.people[:5])
    alice.finish(alice.ask("First"))
    task = alice.ask("Second")
    names = iter(["Third", "Fourth"])

    def enter_next():
        """Steps until Shopify's segment is about to be looked at."""
        for _ in range(60):
            view = alice.view(task)
            if not view.active or view.cursor.get("phase") == "enter":
                return view.active
            alice.clock.forward(10)
            alice.step(task)
        raise AssertionError

    for name in names:
        assert enter_next()
        alice.ask(name)
        alice.clock.forward(10)
        alice.step(task)
    alice.finish(task)
    assert not alice.standing().due
    there = [one.name for one in alice.far.outward.segments.all.values()]
    assert there == [alice.standing().title] == ["Fourth"]


@pytest.mark.parametrize("end", ["untag", "out"])
def test_a_tag_that_is_being_taken_off_comes_back_only_when_asked_for(small_world, end):
    """Who brings the segment up to date, or puts it in again, has said nothing of a tag."""
    world = small_world
    shop = add_shop(world, once=3)
    world.install(shop)
    world.work()
    shop.set_scopes([*world.store.scopes, "write_customers"])
    world.work()
    path = "/customers/segments/ready/once-60-days-ago/shopify"
    assert post(world, shop, path, {"tag": "quiet"}).status_code == 200
    world.work()
    assert [one.tags for one in shop.customers.values()] == [["quiet"]] * 3
    assert post(world, shop, f"{path}/{end}", {}).status_code == 200
    assert post(world, shop, path, {}).status_code == 200
    world.work()
    assert [one.tags for one in shop.customers.values()] == [[]] * 3
