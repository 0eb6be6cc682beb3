"""Points where the shop, the order or the code is not what one expects: over HTTP, as Shopify tells it."""

from typing import Any
from urllib.parse import urlencode

import pytest

from shopify_app.shops.queries import find_shop, get_shop
from tests.small_shop import address, page, post
from tests.walks.bought import by_orders
from tests.walks.test_points import SIMPLE, points, switch_on
from tests.walks.test_rewards import SECOND, person, redeem, shop
from tests.world import World

assert person
assert shop


def test_a_shop_that_sells_in_another_currency_gives_no_code_of_the_one_before(
    world: World, shop: Any, person: int
) -> None:
    """Shopify takes the amount of a code in the shop's currency: 1.500 dinars would become 1.50 of anything."""
    redeem(world, shop, person)
    shop.change(currency="USD")
    shop.place_order(person, [{"price": "1.00"}], at=world.clock())
    world.work()
    with world.wafa.database.reading() as session:
        number = find_shop(session, "alice.myshopify.com").id
        assert get_shop(session, number).currency == "USD"
    assert redeem(world, shop, person, SECOND).status_code == 409
    text = page(world, shop, f"/customers/{person}/points")
    assert "become a code" not in text


@pytest.mark.parametrize("path", ["/loyalty"])
def test_a_page_knows_that_points_were_redeemed(world: World, shop: Any, person: int, path: str) -> None:
    first = world.open(shop, address(path))
    redeem(world, shop, person)
    again = world.open(shop, address(path), **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200


def test_a_page_knows_that_an_order_was_sent(world: World, shop: Any, person: int) -> None:
    order = shop.place_order(person, [{"price": "10.000"}], at=world.clock())
    switch_on(world, shop, wait_days="0")
    order = shop.place_order(person, [{"price": "10.000"}], at=world.clock())
    world.work()
    first = world.open(shop, address("/loyalty"))
    shop.sending.send(order.id)
    world.work()
    assert points(world, shop, person)["available"] == 700
    again = world.open(shop, address("/loyalty"), **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200


@pytest.mark.parametrize(
    "after",
    [
        "0001-01-01T00:00:00+14:00_1_1",
        "0001-01-01T00:00:00+00:00_0_0",
        "9999-12-31T23:59:59-14:00_1_1",
        "2026-01-01T00:00:00+00:00_1_" + "0" * 20 + "9" * 30,
        "2026-01-01T00:00:00+00:00_1_" + "1" * 5000,
        "2026-01-01T00:00:00+00:00_9223372036854775807_9223372036854775807",
        "2026-W01_1_1",
        "\0_1_1",
        "__",
    ],
)
def test_a_place_in_the_log_that_nobody_was_given(world: World, shop: Any, after: str) -> None:
    for place in ("/loyalty/log", f"/customers/{by_orders(shop, 2)[0]}/points"):
        for accept in ("text/html", "application/json"):
            answer = world.open(shop, address(f"{place}?{urlencode({'after': after})}"), Accept=accept)
            assert answer.status_code in (200, 400), (place, answer.status_code)


NONSENSE = [
    *("", " ", "-1", "0", "NaN", "Infinity", "1e9", "٣", "²", "9" * 12, "9" * 13, "0.0000000001", "\0", "1\n", "+1"),
    *("1_0", "0x1", "1.٣", "1.²"),
]


@pytest.mark.parametrize("value", [*NONSENSE, None, True, 1.5, [], {}, 10**30, -5])
def test_a_programme_of_nonsense(world: World, shop: Any, value: Any) -> None:
    for name in SIMPLE:
        for path in ("/loyalty/draft", "/loyalty/switch-on"):
            assert post(world, shop, path, {**SIMPLE, name: value}).status_code in (200, 400), (name, path)
        if isinstance(value, str):
            answer = world.open(shop, address(f"/loyalty?{urlencode({**SIMPLE, name: value})}"))
            assert answer.status_code in (200, 400), name
        assert world.open(shop, address("/loyalty")).status_code == 200
