"""Numbers and texts that no form sends, in addresses and rules: an answer, never an error of ours."""

import pytest

from shopify_app.jobs.keep_sums import keep_sums
from shopify_app.jobs.nightly import request_work
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.queries import latest
from tests.small_shop import add_shop, address, post
from tests.world import World

SEGMENTS = "/customers/segments"


@pytest.fixture
def on_postgresql(config, postgresql, clock, tmp_path):
    return World(config, postgresql, clock, tmp_path)


def installed(world, **more):
    shop = add_shop(world, repeaters=3, once=2, **more)
    world.install(shop)
    world.work()
    return shop


def status(world, shop, path):
    return world.open(shop, address(path)).status_code


def test_an_average_of_25_million_rupiah_is_a_sensible_rule(on_postgresql):
    """21,474,836.47 in a currency of two decimals is where it ends: some 1,300 dollars."""
    world = on_postgresql
    shop = world.store.add_shop("alice.myshopify.com", currency="IDR", timezone="Asia/Jakarta")
    one = shop.create_customer("Sari").id
    shop.place_order(one, [{"price": "30000000.00", "quantity": 1}])
    world.install(shop)
    world.work()
    rule = {"name": "Big", "match": "all", "c0.field": "average_order", "c0.is": "at_least", "c0.value": "25000000"}
    assert post(world, shop, SEGMENTS, rule).status_code == 200
    assert status(world, shop, f"{SEGMENTS}/1") == 200
    assert world.json(shop, f"{SEGMENTS}/1")["counted"]["people"] == 1


def test_one_stored_rule_does_not_stop_the_night(on_postgresql):
    world = on_postgresql
    shop = installed(world)
    rule = {"name": "Big", "match": "all", "c0.field": "average_order", "c0.is": "at_least", "c0.value": "2500000"}
    assert post(world, shop, SEGMENTS, rule).status_code == 200
    with world.wafa.database.reading() as session:
        key = find_shop(session, shop.domain).id
    keep_sums(world.wafa.database, key, world.clock())


@pytest.mark.parametrize("after", ["99999999999_1", "-9999999999_5"])
def test_a_forged_place_of_a_list_by_orders(on_postgresql, after):
    shop = installed(on_postgresql)
    assert status(on_postgresql, shop, f"/customers?sort=orders&after={after}") < 500


@pytest.mark.parametrize("path", ["/customers?q=a%00b"])
def test_a_nought_byte_in_a_search(on_postgresql, path):
    shop = installed(on_postgresql)
    assert status(on_postgresql, shop, path) < 500


def test_a_nought_byte_in_the_id_of_a_view(on_postgresql):
    shop = installed(on_postgresql)
    assert post(on_postgresql, shop, "/customers/views/a%00b/delete", {}).status_code == 404


@pytest.mark.parametrize("tab", ["", "/data"])
def test_a_merged_number_of_5000_digits(small_world, tab):
    shop = installed(small_world)
    one = next(iter(shop.customers))
    assert status(small_world, shop, f"/customers/{one}{tab}?merged={'9' * 5000}") < 500


def test_deleting_a_segment_of_an_impossible_number(small_world):
    shop = installed(small_world)
    assert post(small_world, shop, f"{SEGMENTS}/99999999999999999999/delete", {}).status_code == 404


def test_the_night_ends_well_with_such_a_rule(on_postgresql):
    """find_changes comes after keep_sums, in the night's last step; a rebuild ends with keep_sums, too."""
    world = on_postgresql
    shop = installed(world)
    rule = {"name": "Big", "match": "all", "c0.field": "average_order", "c0.is": "at_least", "c0.value": "2500000"}
    assert post(world, shop, SEGMENTS, rule).status_code == 200
    world.clock.forward(2 * 86_400)
    request_work(world.wafa.database, world.clock())
    world.work()
    shop.change(timezone="UTC")
    world.work()
    with world.wafa.database.reading() as session:
        key = find_shop(session, shop.domain).id
        told = {kind: latest(session, key, kind).state for kind in ("reconcile_shop", "rebuild_counts")}
    assert told == {"reconcile_shop": "done", "rebuild_counts": "done"}
