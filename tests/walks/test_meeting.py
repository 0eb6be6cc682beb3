"""Rates, store credit and balances from another app where they meet each other, over HTTP."""

from typing import Any
from urllib.parse import urlencode

import pytest

from shopify_app.privacy.queries import held_of
from shopify_app.shops.queries import find_shop
from tests.small_shop import address, post
from tests.walks.bought import bought
from tests.walks.test_brought import five, given, looked_through, told
from tests.walks.test_points import SIMPLE, switch_on
from tests.world import World


@pytest.fixture
def shop(world: World) -> Any:
    made = bought(world)
    made.set_scopes([*world.store.scopes, "write_discounts"])
    world.work()
    return made


def test_no_rate_or_programme_makes_store_credit_worth_more_than_its_order(world: World, shop: Any) -> None:
    """Ten points for KWD 1.000; 100 of them, for KWD 10.000, are KWD 4.000: nothing may earn 2.5 times as much."""
    switch_on(world, shop)
    credit = {"kind": "credit", "points": "100", "value": "4"}
    assert post(world, shop, "/loyalty/rewards/add", credit).status_code == 200
    rate = {"what": "all", "season": "ramadan"}
    assert post(world, shop, "/loyalty/rates/add", rate | {"times": "2.5"}).status_code == 400
    assert post(world, shop, "/loyalty/switch-on", SIMPLE | {"points": "25"}).status_code == 400
    assert post(world, shop, "/loyalty/rates/add", rate | {"times": "2.4"}).status_code == 200
    dearer = credit | {"value": "4.2"}
    assert post(world, shop, "/loyalty/rewards/add", dearer).status_code == 400


def test_who_is_looked_for_again_before_the_last_ones_are_given_is_in_some_list(world: World, shop: Any) -> None:
    switch_on(world, shop)
    path = looked_through(world, shop, five(shop) + "S,late@example.com,40\nT,later@example.com,50\n")
    given(world, shop, path)
    shop.create_customer("Late", "B", "late@example.com", "ar")
    world.clock.forward(600)
    post(world, shop, f"{path}/again", {})
    world.work()
    before = told(world, shop, path)
    assert (before["to_give"], before["left"]) == ({"people": 1, "points": 40}, {"unknown": 1})
    post(world, shop, f"{path}/again", {})
    world.work()
    assert told(world, shop, path) == before
    assert given(world, shop, path)["left"] == {"unknown": 1}
    assert "later@example.com" in world.open(shop, address(f"{path}/left")).text


def test_an_address_that_no_file_and_no_gift_has_is_not_found(world: World, shop: Any) -> None:
    for odd in ("%00", "0", "f" * 500):
        for path in (f"/loyalty/import/{odd}", f"/loyalty/import/{odd}/left"):
            assert world.open(shop, address(path)).status_code == 404, path
        for path in (f"/loyalty/import/{odd}/give", f"/loyalty/import/{odd}/again", f"/loyalty/gift/{odd}/undo"):
            assert post(world, shop, path, {}).status_code == 404, path


@pytest.mark.parametrize("month", ["0", "13", "\0", " ", "٣"])
def test_a_month_that_no_year_has_is_refused(world: World, shop: Any, month: str) -> None:
    switch_on(world, shop)
    typed = {"what": "all", "season": "moon", "times": "2", "first_day": "1", "last_day": "2", "last_month": "2"}
    answer = world.open(shop, address(f"/loyalty/rates?{urlencode(typed | {'first_month': month})}"))
    assert answer.status_code == 400


def test_a_line_that_names_somebody_by_address_alone_is_in_the_answer_to_their_request(world: World, shop: Any) -> None:
    switch_on(world, shop)
    person = next(one for one in shop.customers.values() if one.orders)
    looked_through(world, shop, f"email,points\n{person.email},-3\nstranger@example.com,-4\n")
    with world.wafa.database.reading() as session:
        held = held_of(session, find_shop(session, "alice.myshopify.com").id, [person.id])
    assert [(one["place"], one["outcome"]) for one in held["brought_lines"]] == [(2, "negative")]
