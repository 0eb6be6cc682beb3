"""Reports > Match with Shopify's figures from its own reports: by month, by permission, and when all goes wrong."""

import re
from typing import Any

import pytest

from devstore import worlds
from shopify_app.language import Words
from shopify_app.retention.matching.ask_shopify import ReportsDenied, ReportsNotApproved, ReportsUnreadable
from shopify_app.retention.matching.match import ROWS
from shopify_app.retention.matching.report import COLUMNS
from shopify_app.shops.access import OPTIONAL
from shopify_app.shops.queries import find_shop
from tests.small_shop import add_shop, address, page, post
from tests.walks.test_golden_worlds import WORLDS
from tests.walks.test_golden_worlds import add_shop as add_golden
from tests.world import World

MATCH, FETCH = "/reports/match", "/reports/match/shopify"
REPORTS = "read_reports"
(NEED,) = (need for need in OPTIONAL if need.scope == REPORTS)
NOVEMBER = "2026-11-01..2026-11-30"
MONTHS = [f"2025-{month:02}-01..2025-{month:02}-{day}" for month, day in ((1, 31), (2, 28), (3, 31), (4, 30))]


def installed(world: World, shop: Any, *, granted: bool = True) -> Any:
    shop.install([*world.store.scopes, *([REPORTS] if granted else [])])
    assert world.open(shop, address("/")).status_code == 200
    world.work()
    return shop


@pytest.fixture
def shop(small_world: World) -> Any:
    """Three people who bought twice and two who bought once, 100 and 10 days ago."""
    return installed(small_world, add_shop(small_world, repeaters=3, once=2))


def fetched(world: World, shop: Any, window: str) -> dict[str, dict[str, Any]]:
    """The rows of the page that the answer leads to."""
    answer = post(world, shop, FETCH, {"window": window})
    assert answer.status_code == 200, answer.text
    assert "message" not in answer.get_json()
    return {row["number"]: row for row in world.json(shop, answer.get_json()["go"])["rows"]}


@pytest.mark.parametrize("name", WORLDS)
def test_month_by_month_both_sides_are_the_same(world: World, name: str) -> None:
    """The store reckons for itself; each figure of ours was worked out on paper, too."""
    shop = add_golden(world, name)
    worlds.load(shop, name)
    installed(world, shop)
    months = [*MONTHS, "2025-01-01..2025-12-31", "all"]
    different = [
        (window, row)
        for window in months
        for row in fetched(world, shop, window).values()
        if row["same"] is not True and (row["ours"], row["shopify"]) != (None, None)
    ]
    assert different == []


def test_the_figures_stand_in_the_fields_as_if_typed(small_world: World, shop: Any) -> None:
    go = post(small_world, shop, FETCH, {"window": NOVEMBER}).get_json()["go"]
    shown = page(small_world, shop, go.partition("&shop=")[0])
    assert re.search(r"Read from Shopify's reports on 21 November 2026 at 12:\d\d\.", shown)
    document = small_world.open(shop, go).text
    assert 'name="shopify_orders" value="3"' in document
    assert 'name="shopify_returning_rate" value="100.00"' in document
    assert "read=2026-11-21T09%3A" in document.partition("data-download")[2], "the file has the same address"
    assert "قُرئت من تقارير شوبيفاي" in small_world.open(shop, go.replace("locale=en", "locale=ar")).text
    told = small_world.json(shop, go)
    assert {row["number"] for row in told["rows"] if row["same"]} == set(ROWS)


@pytest.mark.parametrize("read", ["2036-01-01T00:00Z", "yesterday", "2026-11-21T09:12", ""])
def test_nobody_is_told_of_a_moment_that_cannot_be(small_world: World, shop: Any, read: str) -> None:
    assert "Read from Shopify" not in page(small_world, shop, f"{MATCH}?window={NOVEMBER}&read={read}")


@pytest.mark.parametrize("level", ["none", "level1", "level2"])
@pytest.mark.parametrize("granted", [True, False])
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_each_state_of_permission_and_approval_has_its_sentence(
    small_world: World, level: str, granted: bool, locale: str
) -> None:
    shop = add_shop(small_world, repeaters=3, once=2)
    shop.approve(level)
    installed(small_world, shop, granted=granted)
    words, button = Words(locale), Words(locale).text("Get Shopify's numbers")
    shown = page(small_world, shop, MATCH, locale)
    assert (button in shown) == (level != "none"), "what cannot be seen cannot be compared"
    assert (words.text(NEED.without) in shown) == (not granted and level != "none")
    headers = {"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json"}
    answer = small_world.client.post(address(FETCH, locale), json={"window": NOVEMBER}, headers=headers)
    if granted and level == "level2":
        assert answer.status_code == 200
        return
    assert answer.status_code == 403
    refused = ReportsNotApproved() if granted else ReportsDenied()
    assert answer.get_json()["error"] == words.text(refused.message)
    assert page(small_world, shop, MATCH, locale) == shown, "everything is as before"


def test_not_to_give_it_is_no_fault_on_any_page(small_world: World) -> None:
    shop = installed(small_world, add_shop(small_world, repeaters=3, once=2), granted=False)
    assert small_world.json(shop, address("/settings"))["lacking"] == []
    assert "What Wafa may not see" not in page(small_world, shop, "/settings")


def test_granted_taken_back_and_granted_again(small_world: World) -> None:
    shop = installed(small_world, add_shop(small_world, repeaters=3, once=2), granted=False)
    for _ in range(2):
        small_world.clock.forward(60)
        assert NEED.without in page(small_world, shop, MATCH)
        assert post(small_world, shop, FETCH, {"window": NOVEMBER}).status_code == 403
        shop.set_scopes([*small_world.store.scopes, REPORTS])
        small_world.work()
        assert NEED.without not in page(small_world, shop, MATCH)
        assert fetched(small_world, shop, NOVEMBER)["orders"]["same"] is True
        small_world.clock.forward(60)
        shop.set_scopes(small_world.store.scopes)
        small_world.work()
    with small_world.wafa.database.reading() as session:
        found = find_shop(session, shop.domain)
        assert found is not None
        assert REPORTS not in found.scopes


def test_shopify_is_asked_before_our_own_memory_of_the_permission(small_world: World) -> None:
    """Press, allow, and the numbers are there, though the webhook is still on its way; the other way round it is
    known from then on that the permission is gone."""
    shop = installed(small_world, add_shop(small_world, repeaters=3, once=2), granted=False)
    small_world.clock.forward(60)
    shop.set_scopes([*small_world.store.scopes, REPORTS])
    assert fetched(small_world, shop, NOVEMBER)["orders"]["same"] is True
    small_world.work()
    small_world.clock.forward(60)
    small_world.store.trouble.lose_next(shop.domain, "app/scopes_update")
    shop.set_scopes(small_world.store.scopes)
    assert NEED.without not in page(small_world, shop, MATCH)
    assert post(small_world, shop, FETCH, {"window": NOVEMBER}).get_json()["error"] == ReportsDenied().message
    assert NEED.without in page(small_world, shop, MATCH)


def test_the_old_name_of_a_column_is_tried_where_the_new_one_is_unknown(small_world: World, shop: Any) -> None:
    shop.refund(next(iter(shop.orders)), amount="4.000")
    small_world.work()
    assert fetched(small_world, shop, NOVEMBER)["returns"]["shopify"] == "4"
    shop.reports = shop.reports.changed({"unknown": ["sales_reversals"]})
    told = fetched(small_world, shop, NOVEMBER)["returns"]
    assert (told["shopify"], told["same"]) == ("4", True)


@pytest.mark.parametrize(
    ("fault", "times", "status"),
    [("too_many", 20, 503), ("server_error", 3, 502), ("timed_out", 1, 502), ("locked", 1, 409), ("html", 3, 502)],
)
def test_trouble_is_said_and_the_page_is_as_before(
    small_world: World, shop: Any, fault: str, times: int, status: int
) -> None:
    before = page(small_world, shop, MATCH)
    for _ in range(times):
        small_world.store.trouble.fail_next(shop.domain, fault)
    answer = post(small_world, shop, FETCH, {"window": NOVEMBER})
    assert answer.status_code == status
    assert answer.get_json()["error"]
    assert page(small_world, shop, MATCH) == before


@pytest.mark.parametrize("window", ["", "yesterday", "2026-13-01..2026-13-02"])
def test_a_period_that_is_none_is_refused(small_world: World, shop: Any, window: str) -> None:
    assert post(small_world, shop, FETCH, {"window": window}).status_code == 400
    assert post(small_world, shop, FETCH, []).status_code == 400


def test_what_shopify_does_not_know_any_more_is_left_to_be_typed(small_world: World, shop: Any) -> None:
    shop.reports = shop.reports.changed({"unknown": ["sales_reversals", "returns", "customers"]})
    answer = post(small_world, shop, FETCH, {"window": NOVEMBER}).get_json()
    assert answer["message"] == "Shopify did not tell every number. What is missing can be typed in."
    told = {row["number"]: row["shopify"] for row in small_world.json(shop, answer["go"])["rows"]}
    assert {name for name, figure in told.items() if figure is None} == {"returns", "customers"}


def test_reports_that_cannot_be_read_are_said_to_be(small_world: World, shop: Any) -> None:
    shop.reports = shop.reports.changed({"unknown": [name for names in COLUMNS.values() for name in names]})
    answer = post(small_world, shop, FETCH, {"window": NOVEMBER})
    assert (answer.status_code, answer.get_json()["error"]) == (502, ReportsUnreadable().message)


def test_one_shop_never_reads_of_another(small_world: World, shop: Any) -> None:
    other = installed(small_world, add_shop(small_world, "bob.myshopify.com", repeaters=1))
    theirs = fetched(small_world, other, NOVEMBER)
    assert theirs["orders"]["shopify"] == "1"
    assert fetched(small_world, shop, NOVEMBER)["orders"]["shopify"] == "3"


@pytest.mark.parametrize("read", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00%2B14:00", "1999-12-31T00:00:00Z"])
def test_a_moment_that_no_zone_can_tell_is_none(small_world: World, shop: Any, read: str) -> None:
    path = f"{MATCH}?window={NOVEMBER}&read={read}&shopify_orders=3"
    assert "Read from Shopify" not in page(small_world, shop, path)
