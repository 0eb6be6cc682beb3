"""Every page of a shop where Shopify has approved the app for no protected customer data, for some, or for all of it.

Which it has is the operator's affair: nothing that the merchant grants changes it, and no page may say so.
"""

import json
import logging
from typing import Any

import pytest
from sqlalchemy import select

from devstore.labels import Labels
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs.nightly import request_work
from shopify_app.language import Words
from shopify_app.orders.model import Order
from shopify_app.orders.queries import refetches
from shopify_app.shops.access import UNAPPROVED
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.model import Task
from shopify_app.tasks.queries import latest
from tests.small_shop import add_shop, address, page, post
from tests.walks.test_missing_scopes import PAGES, orders
from tests.world import World

HEADING = "Waiting for Shopify's approval"
SAYING = ("/", "/reports/numbers?window=all", "/reports/match", "/settings")
"""Pages that say what is missing and how it is asked for."""
DAY = 86_400
LEVELS = ("none", "level1", "level2")


def installed(world: World, level: str) -> Any:
    """Three people who bought twice and two who bought once, 100 and 10 days ago."""
    shop = add_shop(world, repeaters=3, once=2)
    shop.approve(level)
    world.install(shop)
    world.work()
    return shop


def attempts(world: World, kind: str = "import_orders") -> list[str]:
    """The states of a kind's tasks, as they were asked for."""
    with world.wafa.database.reading() as session:
        return [*session.scalars(select(Task.state).where(Task.kind == kind).order_by(Task.created_at))]


def number(world: World, shop: Any) -> ShopId:
    with world.wafa.database.reading() as session:
        found = find_shop(session, shop.domain)
        assert found is not None
        return ShopId(found.id)


def night(world: World) -> None:
    world.clock.forward(DAY)
    request_work(world.wafa.database, world.clock())
    world.work()


def check_whole(world: World, shop: Any) -> None:
    """The figures are the store's own, and every promise is kept."""
    assert orders(world, shop) == ("8", "5")
    assert world.json(shop, address("/settings"))["approved"]
    for path in SAYING:
        assert HEADING not in page(world, shop, path)
    with world.wafa.database.reading() as session:
        lookup = world.wafa.config.lookup_key
        assert not [*broken(session, number(world, shop), world.clock(), lookup, dear=True)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_each_page_works_and_says_what_is_missing_and_how_to_ask(small_world: World, level: str, locale: str) -> None:
    shop = installed(small_world, level)
    spoken = Words(locale)
    shown = {path: page(small_world, shop, path, locale) for path in PAGES}
    for path in SAYING:
        for sentence in UNAPPROVED:
            assert (spoken.text(sentence) in shown[path]) == (level == "none"), (path, sentence)
        assert (spoken.text("Try again") in shown[path]) == (level == "none"), path
        assert spoken.text("A permission is missing") not in shown[path]
        assert spoken.text("Reading your orders has stopped") not in shown[path]
    assert orders(small_world, shop) == (("0", "0") if level == "none" else ("8", "5"))
    assert small_world.json(shop, address("/settings"))["lacking"] == []


@pytest.mark.parametrize("level", LEVELS)
def test_the_headings_are_said_in_both_languages(small_world: World, level: str) -> None:
    shop = installed(small_world, level)
    for locale, heading in (("en", HEADING), ("ar", "بانتظار موافقة شوبيفاي")):
        for path in SAYING:
            answer = small_world.open(shop, address(path, locale)).get_data(as_text=True)
            assert (heading in answer.replace("&#39;", "'")) == (level == "none"), path


def test_a_permission_that_is_missing_too_is_said_first(small_world: World) -> None:
    """It is the merchant's to give; the other is not."""
    shop = installed(small_world, "none")
    small_world.clock.forward(60)
    shop.set_scopes(["read_customers", "read_products"])
    small_world.work()
    shown = page(small_world, shop, "/")
    assert "No numbers can be worked out without permission to read orders." in shown
    assert UNAPPROVED[0] not in shown
    small_world.clock.forward(60)
    shop.set_scopes(small_world.store.scopes)
    small_world.work()
    assert UNAPPROVED[0] in page(small_world, shop, "/")


def test_level_1_is_all_that_is_asked_for(small_world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing that any number needs is kept from us: no name, no e-mail address, no phone number, no address."""
    with caplog.at_level(logging.WARNING):
        shop = installed(small_world, "level1")
        small_world.clock.forward(3600)
        shop.update_customer(next(iter(shop.customers)), first_name="Nora")
        shop.cancel(next(iter(shop.orders)), refund=False)
        night(small_world)
    assert attempts(small_world, "reconcile_shop") == ["done"]
    assert "came without" not in caplog.text
    assert orders(small_world, shop) == ("7", "5")


def test_customers_appear_by_number_and_by_no_name(small_world: World) -> None:
    shop = installed(small_world, "level1")
    explained = small_world.open(shop, address("/reports/numbers/returning_rate?window=all")).text
    numbers = [str(one) for one in shop.customers]
    assert any(one in explained for one in numbers)
    assert "Noura" not in explained
    listed = small_world.json(shop, address("/reports/numbers/returning_rate?window=all"))["orders"]
    assert "Noura" not in page(small_world, shop, f"/reports/orders/{listed[0]['order_id']}")


def test_what_happens_at_level_1_is_counted_as_it_happens(small_world: World) -> None:
    shop = installed(small_world, "level1")
    small_world.clock.forward(60)
    buyer = shop.create_customer("Maha", "B", "maha@x.test", phone="+9655")
    first = shop.place_order(buyer.id, [{"price": "7.000", "quantity": 2}])
    shop.place_order(buyer.id, [{"price": "9.000"}])
    small_world.work()
    assert orders(small_world, shop) == ("10", "6")
    shop.refund(first.id, lines={first.lines[0].id: 2})
    shop.cancel(first.id)
    keeper = next(iter(shop.customers))
    shop.merge_customers(keeper, buyer.id)
    small_world.work()
    assert orders(small_world, shop) == ("9", "5")
    shop.redact_customer(keeper)
    small_world.work()
    assert {one.status for one in small_world.store.deliveries} == {"delivered"}
    bodies = [json.loads(one.body) for one in small_world.store.deliveries if one.topic == "orders/create"]
    assert {body["customer"]["email"] for body in bodies} == {None}


def countries(world: World) -> list[str | None]:
    with world.wafa.database.reading() as session:
        return [*session.scalars(select(Order.country).order_by(Order.order_id))]


@pytest.mark.parametrize(("level", "country", "none"), [("level1", None, ""), ("level2", "KW", "")])
def test_where_orders_went_is_known_where_shopify_lets_us_and_missed_nowhere_else(
    small_world: World, level: str, country: str | None, none: str
) -> None:
    """By the import, by webhooks, and asked for again order by order; an order without an address has none."""
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    lines = [{"price": "10.000", "quantity": 2}]
    with shop.history():
        made = [shop.place_order(None, lines, labels=Labels("KW")), shop.place_order(None, lines, source="pos")]
    shop.approve(level)
    world.install(shop)
    world.work()
    assert countries(world) == [country, none]
    made.append(shop.place_order(None, lines, labels=Labels(None, "KW", codes=("eid",))))
    world.work()
    assert countries(world) == [country, none, country]
    for order in made:
        shop.edit(order.id, [{"price": "1.000"}])
    world.work()
    assert countries(world) == [country, none, country]
    with world.wafa.database.reading() as session:
        assert session.scalar(select(Order.discount_code).where(Order.order_id == made[2].id)) == "EID"
        assert not refetches(session, number(world, shop), 5)


def test_without_approval_nothing_is_tried_for_ever_and_the_log_stays_short(
    small_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        shop = installed(small_world, "none")
        for _ in range(3):
            night(small_world)
        for _ in range(30):
            small_world.clock.forward(3)
            page(small_world, shop, "/")
            small_world.work()
    assert set(attempts(small_world)) == {"failed"}
    assert 4 <= len(attempts(small_world)) <= 5, "one at installation, one a night, perhaps one for the page"
    assert attempts(small_world, "reconcile_shop") == []
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record for record in told if record.exc_info or record.levelno > logging.WARNING] == []
    assert len(told) <= len(attempts(small_world)) + 1


def test_try_again_reads_everything_once_shopify_agrees(small_world: World) -> None:
    shop = installed(small_world, "none")
    asked = post(small_world, shop, "/settings/import", {}).get_json()
    assert asked["message"] == "Wafa asks Shopify once more."
    small_world.work()
    assert UNAPPROVED[0] in page(small_world, shop, "/")
    shop.approve("level1")
    post(small_world, shop, "/settings/import", {})
    small_world.work()
    check_whole(small_world, shop)


def test_the_next_night_reads_everything_once_shopify_agrees(small_world: World) -> None:
    shop = installed(small_world, "none")
    shop.approve("level1")
    night(small_world)
    check_whole(small_world, shop)
    night(small_world)
    assert attempts(small_world, "reconcile_shop") == ["done"]


def test_the_next_opening_reads_everything_once_shopify_agrees(small_world: World) -> None:
    shop = installed(small_world, "none")
    shop.approve("level1")
    small_world.clock.forward(3600)
    page(small_world, shop, "/reports/numbers?window=all")
    small_world.work()
    check_whole(small_world, shop)


def test_a_shop_that_is_read_at_last_hears_of_what_comes(small_world: World) -> None:
    """What was not sent while nothing was approved is found by reading; what comes after is sent."""
    shop = installed(small_world, "none")
    unheard = shop.place_order(next(iter(shop.customers)), [{"price": "5.000"}])
    small_world.work()
    assert "orders/create" not in {one.topic for one in small_world.store.deliveries}
    shop.approve("level1")
    night(small_world)
    assert orders(small_world, shop) == ("9", "5")
    shop.cancel(unheard.id)
    small_world.work()
    assert orders(small_world, shop) == ("8", "5")


def test_what_was_approved_and_is_no_more_leaves_the_numbers_and_says_so(small_world: World) -> None:
    shop = installed(small_world, "level1")
    shop.approve("none")
    night(small_world)
    assert attempts(small_world, "reconcile_shop") == ["failed"]
    shown = page(small_world, shop, "/")
    assert UNAPPROVED[0] in shown
    assert "Net sales" in shown
    assert "Shopify had not approved Wafa" in page(small_world, shop, "/settings/data-check")
    for _ in range(3):
        night(small_world)
    assert attempts(small_world, "reconcile_shop") == ["failed"]
    shop.approve("level1")
    night(small_world)
    check_whole(small_world, shop)


def test_shopifys_own_count_comes_with_the_approval(small_world: World) -> None:
    shop = installed(small_world, "none")
    assert small_world.json(shop, address("/"))["shopify_count"] is None
    shop.approve("level1")
    night(small_world)
    with small_world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        assert row is not None
        assert (row.shopify_buyers, row.shopify_repeaters) == (5, 3)
        counting = latest(session, ShopId(row.id), "count_customers")
    assert counting is not None
    assert counting.actor == "system:nightly"


def test_the_operator_reads_which_shops_wait(small_world: World) -> None:
    installed(small_world, "none")
    told = small_world.app.test_cli_runner().invoke(args=["imports"]).output
    assert "Shopify has not approved Wafa for reading orders and customers." in told
