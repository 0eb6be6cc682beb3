"""Segments as pages show them, put into Shopify: the very people of the page, and nobody whose data was erased."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from devstore.segments import members_test
from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.segments.membership import members_of
from shopify_app.segments.outward import asking
from shopify_app.segments.queries import add_segment, delete_segment
from shopify_app.segments.rules.fields import Condition, How
from shopify_app.segments.rules.rule import Rule
from shopify_app.shops.queries import find_shop
from tests.small_shop import add_shop

if TYPE_CHECKING:
    from tests.world import World

TWICE = Rule("all", (Condition("orders", How.AT_LEAST, 2),))


class Shop:
    """Three who bought twice and two who bought once, with the permission to write."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.far = add_shop(world, repeaters=3, once=2)
        self.far.install([*world.store.scopes, "write_customers"])
        world.open(self.far)
        world.work()
        with world.wafa.database.reading() as session:
            row = find_shop(session, self.far.domain)
            assert row is not None
            self.id = ShopId(row.id)
        self.people = list(self.far.customers)

    def written(self, act: Callable[..., Any], *given: Any, **more: Any) -> Any:
        with self.world.wafa.database.transaction() as session:
            return act(session, self.id, *given, **more)

    def members(self, segment: str, now: Instant) -> set[int] | None:
        with self.world.wafa.database.reading() as session:
            found = members_of(session, self.id, segment, now)
            return None if found is None else set(session.scalars(found))

    def in_shopify(self, name: str) -> set[int]:
        (found,) = [one for one in self.far.outward.segments.all.values() if one.name == name]
        test = members_test(self.far, found.query)
        return {one.id for one in self.far.customers.values() if test(one)}


@pytest.fixture
def shop(world: "World") -> Shop:
    return Shop(world)


def test_a_segment_of_the_merchants_goes_to_shopify_as_it_is(shop: Shop) -> None:
    clock = shop.world.clock
    number = shop.written(add_segment, "Twice", TWICE, "7", clock())
    assert shop.members(str(number), clock()) == set(shop.people[:3])
    shop.written(asking.ask, str(number), "Twice", "7", clock())
    shop.world.work()
    assert shop.in_shopify("Twice") == set(shop.people[:3])
    shop.far.place_order(shop.people[4], [{"price": "3"}])
    shop.world.work()
    shop.written(asking.keep_in_step, "7", clock())
    shop.world.work()
    assert shop.in_shopify("Twice") == {*shop.people[:3], shop.people[4]}


def test_a_ready_made_one_does_too(shop: Shop) -> None:
    clock = shop.world.clock
    members = shop.members("once-60-days-ago", clock())
    assert members == set(shop.people[3:])
    shop.written(asking.ask, "once-60-days-ago", "Bought once", "7", clock())
    shop.world.work()
    assert shop.in_shopify("Bought once") == members


def test_who_was_erased_is_in_no_segment_that_goes_out(shop: Shop) -> None:
    clock = shop.world.clock
    number = shop.written(add_segment, "Twice", TWICE, "7", clock())
    shop.far.redact_customer(shop.people[0])
    shop.world.work()
    assert shop.members(str(number), clock()) == set(shop.people[1:3])


@pytest.mark.parametrize("segment", ["99", "no-such", "-1", "9" * 30, "٣"])
def test_what_is_no_segment_has_no_members(shop: Shop, segment: str) -> None:
    clock = shop.world.clock
    assert shop.members(segment, clock()) is None
    number = shop.written(add_segment, "Twice", TWICE, "7", clock())
    shop.written(delete_segment, number, "7", clock())
    assert shop.members(str(number), clock()) is None
