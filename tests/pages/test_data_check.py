"""Settings, and under it what each night's comparison found."""

import csv
import io
import re
from datetime import date, timedelta

import pytest

from shopify_app.admin_api.errors import AccessDenied, AccessRevoked, Rejected, ShopClosed, Throttled, Unavailable
from shopify_app.db.base import ShopId
from shopify_app.reconciliation.days import NEWEST
from shopify_app.reconciliation.model import Reconciliation
from shopify_app.shops.queries import find_shop
from tests.small_shop import add_shop, page


@pytest.fixture
def shop(small_world):
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    return shop


def night(world, shop, day=date(2026, 11, 20), **values) -> None:
    counts = {
        "orders": 1234,
        "days": 61,
        "missing": 0,
        "stale": 0,
        "deleted": 0,
        "merged": 0,
        "unsolved": 0,
        "drift": 0,
    }
    with world.wafa.database.transaction() as session:
        mine = ShopId(find_shop(session, shop.domain).id)
        times = {"started_at": world.clock(), "finished_at": world.clock()}
        session.add(Reconciliation(shop_id=mine, night=day, **{**counts, **times, **values}))


CHECK = "/settings/data-check"
UNKNOWN = "– Not known – Not known – Not known – Not known"
COUNTS = ("orders", "days", "missing", "changed", "deleted", "merged", "unsolved", "counts_off")


def test_before_the_first_night_it_says_when_that_is(small_world, shop) -> None:
    first = "The first check runs in the night after your orders have been read."
    assert first in page(small_world, shop, "/settings")
    shown = page(small_world, shop, CHECK)
    assert "No check yet" in shown
    assert shown.count(first) == 1
    assert "Every night your orders are compared with Shopify's" in shown
    assert small_world.json(shop, CHECK) == {"nights": []}


def test_a_night_that_matched_is_one_calm_line(small_world, shop) -> None:
    night(small_world, shop)
    line = "Last check, Friday 20 November: Everything matched."
    assert line in page(small_world, shop, "/settings")
    shown = page(small_world, shop, CHECK)
    assert line in shown
    assert "20 November 2026 Everything matched. 0 0 1,234 61" in shown
    assert small_world.json(shop, "/settings") == {
        "data_check": line,
        "lacking": [],
        "approved": True,
        "unpaid_days": 30,
        "preview": None,
    }


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"missing": 1}, "1 difference, put right. 1 1 1,234 61"),
        ({"missing": 1, "stale": 2, "deleted": 3, "merged": 4}, "10 differences, all put right. 10 10 1,234 61"),
        (
            {"stale": 2, "unsolved": 1},
            "1 difference could not be put right. Please contact support. 3 2 1,234 61",
        ),
        ({"drift": 5}, "The numbers did not fit the orders and are counted anew. 0 0 1,234 61"),
        ({"finished_at": None}, f"It has not come to its end yet. {UNKNOWN}"),
        (
            {"finished_at": None, "trouble": Unavailable().message},
            f"Shopify could not be reached. The next night tries again. {UNKNOWN}",
        ),
        (
            {"finished_at": None, "trouble": ShopClosed().message},
            f"Shopify said that this shop is paused or closed. The next night tries again. {UNKNOWN}",
        ),
    ],
)
def test_what_was_found_is_said(small_world, shop, values, said) -> None:
    night(small_world, shop, **values)
    assert f"20 November 2026 {said}" in page(small_world, shop, CHECK)


def test_a_night_that_was_broken_off_promises_nothing_once_another_came(small_world, shop) -> None:
    night(small_world, shop)
    night(small_world, shop, date(2026, 11, 19), finished_at=None, trouble=ShopClosed().message)
    night(small_world, shop, date(2026, 11, 18), finished_at=None)
    shown = page(small_world, shop, CHECK)
    assert f"19 November 2026 Shopify said that this shop is paused or closed. {UNKNOWN}" in shown
    assert f"18 November 2026 It did not come to its end. {UNKNOWN}" in shown
    assert "tries again" not in shown


@pytest.mark.parametrize(
    "error", [ShopClosed(), Unavailable(), Throttled(1), Rejected([]), AccessRevoked(), AccessDenied()]
)
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_no_night_asks_to_press_what_is_not_there(small_world, shop, error, locale) -> None:
    night(small_world, shop, finished_at=None, trouble=error.message)
    shown = page(small_world, shop, CHECK, locale)
    again = {"en": "The next night tries again.", "ar": "وستُعاد المراجعة في الليلة القادمة."}[locale]
    assert shown.count(again) == 2, "above the table and in it"
    row = shown.split("20 ", 1)[1]
    assert not re.search("try again|Open Wafa|يُرجى", row, re.IGNORECASE)


def test_the_table_says_what_is_compared(small_world, shop) -> None:
    night(small_world, shop)
    shown = page(small_world, shop, CHECK)
    assert "Orders compared: those that changed since the night before, and those that only one side has." in shown
    assert f"Days compared: that day, the {NEWEST} days before it and each night some older ones" in shown
    assert f"اليوم نفسه و{NEWEST} يومًا قبله" in page(small_world, shop, CHECK, "ar")


def test_it_speaks_arabic(small_world, shop) -> None:
    night(small_world, shop, missing=3)
    shown = page(small_world, shop, CHECK, "ar")
    assert "3 اختلافات، وصححناها كلها." in shown
    assert "Data check" not in shown
    assert "مراجعة البيانات" in page(small_world, shop, "/settings", "ar")


def test_only_the_last_thirty_nights_newest_first(small_world, shop) -> None:
    for back in range(35):
        night(small_world, shop, date(2026, 11, 20) - timedelta(days=back), missing=back)
    told = small_world.json(shop, CHECK)["nights"]
    assert [one["missing"] for one in told] == list(range(30))


def test_the_file_holds_the_same(small_world, shop) -> None:
    night(small_world, shop, merged=2, drift=None)
    answer = small_world.open(shop, f"{CHECK}?format=csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="data-check.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row == {
        "night": "2026-11-20",
        "orders": "1234",
        "days": "61",
        "missing": "0",
        "changed": "0",
        "deleted": "0",
        "merged": "2",
        "unsolved": "0",
        "counts_off": "",
        "finished": "True",
    }


def test_programs_are_not_told_noughts_that_nobody_counted(small_world, shop) -> None:
    night(small_world, shop, finished_at=None, orders=0, days=0, drift=None)
    (told,) = small_world.json(shop, CHECK)["nights"]
    assert told == {"night": "2026-11-20", **dict.fromkeys(COUNTS), "finished": False}
    (row,) = csv.DictReader(io.StringIO(small_world.open(shop, f"{CHECK}?format=csv").text))
    assert row == {"night": "2026-11-20", **dict.fromkeys(COUNTS, ""), "finished": "False"}


def test_it_is_sent_again_only_when_it_changed(small_world, shop) -> None:
    etag = small_world.open(shop, CHECK).headers["ETag"]
    assert small_world.open(shop, CHECK, **{"If-None-Match": etag}).status_code == 304
    night(small_world, shop)
    assert small_world.open(shop, CHECK, **{"If-None-Match": etag}).status_code == 200


def test_each_shop_sees_its_own(small_world, shop) -> None:
    other = add_shop(small_world, "bob.myshopify.com")
    small_world.install(other)
    night(small_world, other)
    assert small_world.json(shop, CHECK) == {"nights": []}
