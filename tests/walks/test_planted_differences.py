"""Shopify's reports made otherwise than ours, on purpose: each difference has its name, and no other row has one."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from devstore import worlds
from tests.small_shop import add_shop, address, page
from tests.walks.test_golden_worlds import add_shop as add_golden
from tests.walks.test_shopify_reports import MATCH, MONTHS, NOVEMBER, fetched, installed
from tests.world import World


def reasons(told: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """What explains each row that differs."""
    return {name: row["explained_by"] for name, row in told.items() if row["same"] is False}


@pytest.mark.parametrize("name", ["souq", "newyork"])
def test_days_of_another_zone_are_named_in_every_month(small_world: World, name: str) -> None:
    shop = add_golden(small_world, name)
    twin = small_world.store.add_shop("bob.myshopify.com", currency=shop.currency, timezone=shop.timezone)
    for each in (twin, shop):
        worlds.load(each, name)
        installed(small_world, each)
    shop.reports = shop.reports.changed({"zone": "UTC"})
    told = [reasons(fetched(small_world, shop, month)) for month in MONTHS]
    found = [(row, causes) for month in told for row, causes in month.items()]
    assert len(found) >= 10, "the worlds have orders around midnight"
    assert {row for row, _ in found} >= {"customers", "returning_rate"}
    assert [row for row, causes in found if causes != ["zone"]] == []


def test_reports_that_are_behind_are_named_up_to_any_moment(small_world: World) -> None:
    """An order, an edit and money back within the last hours, each at a moment of its own."""
    shop = installed(small_world, add_shop(small_world, repeaters=3, once=2))
    known = list(shop.customers)
    small_world.clock.forward(3600)
    fresh = shop.create_customer("Maha")
    first = shop.place_order(fresh.id, [{"price": "12.500", "quantity": 2}], discount="1.000")
    small_world.clock.forward(3600)
    # Who bought once, long before: back for the first time.
    shop.place_order(known[-1], [{"price": "3.250"}])
    small_world.clock.forward(3600)
    shop.refund(first.id, lines={first.lines[0].id: 1})
    small_world.clock.forward(3600)
    shop.edit(first.id, [{"price": "4.000"}])
    small_world.clock.forward(3600)
    small_world.work()
    assert reasons(fetched(small_world, shop, NOVEMBER)) == {}
    seen: set[str] = set()
    for hours in (1.5, 2.5, 3.5, 4.9):
        shop.reports = shop.reports.changed({"behind": hours})
        told = reasons(fetched(small_world, shop, NOVEMBER))
        assert told
        assert set(map(tuple, told.values())) == {("late",)}, hours
        seen |= set(told)
    assert seen == {
        "orders",
        "gross_sales",
        "discounts",
        "returns",
        "net_revenue",
        "average_order_value",
        "customers",
        "returning_rate",
    }
    shown = page(small_world, shop, f"{MATCH}?window={NOVEMBER}&shopify_orders=3")
    assert "Would fit exactly: The last hours, which are not in Shopify's reports yet" in shown


def test_what_is_older_than_reports_may_be_behind_is_no_excuse(small_world: World) -> None:
    shop = installed(small_world, add_shop(small_world, repeaters=3, once=2))
    shop.place_order(None, [{"price": "3.250"}])
    small_world.work()
    small_world.clock.forward(13 * 3600)
    shop.reports = shop.reports.changed({"behind": 24})
    assert reasons(fetched(small_world, shop, NOVEMBER))["orders"] == []


def test_who_came_back_may_be_told_with_todays_knowledge(small_world: World) -> None:
    """In August three of five were new who have come back since: Shopify may call them returning already then."""
    shop = installed(small_world, add_shop(small_world, repeaters=3, once=2))
    august = "2026-08-01..2026-08-31"
    assert fetched(small_world, shop, august)["returning_rate"]["ours"] == "0"
    shop.reports = shop.reports.changed({"returning": "now"})
    told = fetched(small_world, shop, august)
    assert told["returning_rate"]["shopify"] == "0.6"
    assert reasons(told) == {"returning_rate": ["later"]}


def test_orders_that_were_given_up_are_named_where_shopify_has_none(small_world: World) -> None:
    """Our side counts them, as Shopify is said to: should it not, that is what the difference is."""
    shop = add_shop(small_world, once=2)
    long_ago = small_world.clock() - timedelta(days=45)
    with shop.history():
        for amount in ("7.000", "9.500"):
            shop.place_order(None, [{"price": amount}], at=long_ago, financial_status="pending")
    installed(small_world, shop)
    window = f"{(long_ago - timedelta(days=1)).date()}..{(long_ago + timedelta(days=1)).date()}"
    query = f"{MATCH}?window={window}&shopify_orders=0&shopify_gross_sales=0&shopify_net_revenue=0"
    told = {row["number"]: row for row in small_world.json(shop, address(query))["rows"]}
    assert Fraction(told["gross_sales"]["ours"]) == Fraction("16.5")
    assert reasons(told) == {row: ["unpaid"] for row in ("orders", "gross_sales", "net_revenue")}
    assert "Orders unpaid for too long 2" in page(small_world, shop, f"{MATCH}?window={window}")
