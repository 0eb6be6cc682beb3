"""A month's report is stored, and another month goes by: refunds, cancellations, edits, merges, redactions."""

import json
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs.nightly import request_work
from shopify_app.language import without_bidi_marks
from shopify_app.retention.past.queries import as_it_was, stored_report
from shopify_app.retention.past.report import worked_out_again
from shopify_app.shops.queries import find_shop
from tests.small_shop import address, page
from tests.world import World

REPORT = "/reports/numbers?report=2026-11"
NOVEMBER = "window=2026-11-01..2026-11-30"
STORED = (
    "November 2026 Orders 7 Net sales KWD 107.000 Returning customers KWD 65.000"
    " First orders and guests KWD 42.000 Net sales as stored KWD 165.000"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, config: Any, clock: Any, tmp_path: Any) -> World:
    return World(config, request.getfixturevalue(request.param), clock, tmp_path)


def lived(world: World) -> Any:
    """Eight people with an order each in November, two of them with another; stored in the night of 1 December."""
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    with shop.history():
        for number in range(8):
            person = shop.create_customer(f"c{number}", "A", f"{number}@x.test", at=world.clock() - timedelta(days=200))
            for ago in (100, 12) if number < 2 else (10,):
                lines = [{"price": "10.000", "quantity": 2}]
                shop.place_order(person.id, lines, at=world.clock() - timedelta(days=ago))
    world.install(shop)
    world.work()
    shop.place_order(people(shop)[2], [{"price": "5.000"}])
    world.work()
    nights(world, 12)
    return shop


def nights(world: World, count: int) -> None:
    for _ in range(count):
        world.clock.forward(24 * 3600)
        request_work(world.wafa.database, world.clock())
        world.work()


def people(shop: Any) -> list[int]:
    return sorted(shop.customers)


def another_month(world: World, shop: Any) -> None:
    """Everything that changes what November looks like from later."""
    orders = list(shop.orders.values())
    shop.refund(orders[0].id, amount="3.000")
    shop.refund(orders[4].id, lines={orders[4].lines[0].id: 1})
    nights(world, 7)
    shop.cancel(orders[5].id)
    shop.edit(orders[6].id, [{"price": "2.000"}], {orders[6].lines[0].id: 1})
    nights(world, 7)
    shop.merge_customers(people(shop)[6], people(shop)[7])
    shop.delete_order(orders[7].id)
    shop.place_order(people(shop)[0], [{"price": "4.000"}])
    nights(world, 14)


def stored(world: World) -> str:
    with world.wafa.database.reading() as session:
        row = find_shop(session, "alice.myshopify.com")
        assert row is not None
        report = stored_report(session, ShopId(row.id), date(2026, 11, 1))
        assert report is not None
        assert worked_out_again(session, ShopId(row.id), report) == report.document
        return report.document


def explained(world: World, shop: Any, query: str, locale: str = "en", status: int = 200) -> str:
    text = page(world, shop, f"/reports/numbers/net_revenue?{NOVEMBER}&{query}", locale, status)
    return without_bidi_marks(text)


def metrics(world: World, shop: Any, query: str) -> Any:
    return world.json(shop, f"/reports/numbers?{query}")["metrics"]


def test_a_stored_report_is_the_same_after_another_month(world: World) -> None:
    shop = lived(world)
    before = stored(world)
    shown = {unit: world.json(shop, f"{REPORT}&basis=shopify&unit={unit}") for unit in ("order", "day")}
    another_month(world, shop)
    assert stored(world) == before
    told = json.loads(before)
    for unit, earlier in shown.items():
        now = world.json(shop, f"{REPORT}&basis=shopify&unit={unit}")
        assert now == earlier
        assert now["metrics"] == told[f"shopify {unit}"]["metrics"]
    # It is not the same by chance: with what is known today, November is another month.
    assert metrics(world, shop, NOVEMBER) != told["kept order"]["metrics"]
    shop.redact_customer(people(shop)[0])
    shop.redact_customer(people(shop)[-1])
    world.work()
    assert stored(world) == before
    with world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        assert row is not None
        assert broken(session, ShopId(row.id), world.clock(), world.wafa.config.lookup_key) == []


def test_a_reader_sees_an_earlier_day_with_the_knowledge_of_either(small_world: World) -> None:
    shop = lived(small_world)
    another_month(small_world, shop)
    then = explained(small_world, shop, "as_of=2026-11-30")
    assert "KWD 165.000" in then
    assert "As it was known at the end of 30 November 2026. See it with what is known today" in then
    assert "With what is known today, it is KWD 107.000: 5 orders in this period have" in then
    now = explained(small_world, shop, "as_of=2026-11-30&seen=now")
    assert "KWD 107.000" in now
    assert "Counted up to 30 November 2026, with what is known today. See it as it was known then" in now
    arabic = explained(small_world, shop, "as_of=2026-11-30", "ar")
    assert "بما هو معروف اليوم، الرقم هو 107.000 د.ك.، فقد تغيرت 5 طلبات في هذه الفترة منذ ذلك اليوم." in arabic
    yesterday = f"as_of={(small_world.clock() - timedelta(days=1)).date().isoformat()}"
    assert "Nothing in this period has changed since" in explained(small_world, shop, yesterday)
    assert "As it was known" not in explained(small_world, shop, "")


def test_what_was_known_before_the_installation_nobody_can_tell(small_world: World) -> None:
    shop = lived(small_world)
    early = explained(small_world, shop, "as_of=2026-11-15&seen=then")
    assert (
        "Counted up to 15 November 2026, with what is known today: Wafa has known your orders since 21 November 2026."
        in early
    )
    assert "as it was known then" not in early
    assert small_world.json(shop, f"/reports/numbers?{NOVEMBER}&as_of=2026-11-15")["seen"] == "now"
    assert small_world.json(shop, f"/reports/numbers?{NOVEMBER}&as_of=2026-11-25")["seen"] == "then"


def test_stored_months_stand_beside_those_of_today(small_world: World) -> None:
    shop = lived(small_world)
    another_month(small_world, shop)
    shown = page(small_world, shop, "/reports/numbers?window=all")
    assert "Net sales as stored" in shown
    assert STORED in shown
    looked = page(small_world, shop, "/reports/numbers?report=2026-11")
    assert "November 2026 as it was stored on 1 December 2026, once it was over." in looked
    assert "Net sales KWD 165.000" in looked


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("report=2026-09", "There is no stored report of this month."),
        ("report=november", "Write a day as year-month-day"),
        ("report=2026-13", "Write a day as year-month-day"),
        ("as_of=2026-11-30&seen=never", "Choose whose knowledge to show: then or now."),
    ],
)
def test_addresses_that_cannot_be_read_are_explained(small_world: World, query: str, sentence: str) -> None:
    shop = lived(small_world)
    assert sentence in page(small_world, shop, f"/reports/numbers?{query}", status=400)


def test_where_too_much_has_changed_today_is_shown(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = lived(small_world)
    another_month(small_world, shop)
    monkeypatch.setattr("shopify_app.retention.past.looking.as_it_was", partial(as_it_was, most=2))
    shown = explained(small_world, shop, "as_of=2026-11-30", status=400)
    assert "Too much has changed since that day to show its numbers as they were. What is known today" in shown
    assert "KWD 107.000" in shown


def test_the_list_and_the_file_behind_a_number_are_those_of_then(small_world: World) -> None:
    shop = lived(small_world)
    asked = f"/reports/numbers/net_revenue?{NOVEMBER}&as_of=2026-11-30"
    before = small_world.open(shop, address(f"{asked}&seen=now&format=csv")).text
    another_month(small_world, shop)
    assert small_world.open(shop, address(f"{asked}&format=csv")).text == before
    assert small_world.open(shop, address(f"{asked}&seen=now&format=csv")).text != before


def test_another_currency_since_is_that_of_today_alone(small_world: World) -> None:
    shop = lived(small_world)
    shop.change(currency="USD")
    small_world.work()
    shop.place_order(people(shop)[0], [{"price": "70.00"}])
    nights(small_world, 2)
    shown = explained(small_world, shop, "as_of=2026-11-30")
    assert "KWD 165.000" in shown
    assert "With what is known today, it is $0.00: 9 orders in this period have changed since." in shown
    assert "KWD 165.000" in page(small_world, shop, "/reports/numbers?report=2026-11")
