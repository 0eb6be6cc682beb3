"""Settings, and under it what each night's comparison found."""

import csv
import io
from datetime import date, timedelta

import pytest

from shopify_app.db.base import ShopId
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


def test_before_the_first_night_it_says_when_that_is(small_world, shop) -> None:
    first = "The first check runs in the night after your orders have been read."
    assert first in page(small_world, shop, "/settings")
    shown = page(small_world, shop, CHECK)
    assert "No check yet" in shown
    assert first in shown
    assert small_world.json(shop, CHECK) == {"nights": []}


def test_a_night_that_matched_is_one_calm_line(small_world, shop) -> None:
    night(small_world, shop)
    line = "Last check, Friday 20 November: Everything matched."
    assert line in page(small_world, shop, "/settings")
    shown = page(small_world, shop, CHECK)
    assert line in shown
    assert "20 November 2026 Everything matched. 0 0 1,234 61" in shown
    assert small_world.json(shop, "/settings") == {"data_check": line}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"missing": 1}, "1 1 1 difference, put right."),
        ({"missing": 1, "stale": 2, "deleted": 3, "merged": 4}, "10 10 10 differences, all put right."),
        ({"stale": 2, "unsolved": 1}, "3 2 1 difference could not be put right. Please contact support."),
        ({"drift": 5}, "0 0 The numbers did not fit the orders and are counted anew."),
        ({"finished_at": None}, "0 0 It has not come to its end yet."),
        (
            {"finished_at": None, "trouble": "Shopify could not be reached. Please try again in a minute."},
            "0 0 Shopify could not be reached. Please try again in a minute.",
        ),
    ],
)
def test_what_was_found_is_said(small_world, shop, values, said) -> None:
    night(small_world, shop, **values)
    assert f"1,234 61 {said}" in page(small_world, shop, CHECK)


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
