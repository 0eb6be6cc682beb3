"""Reports > Match Shopify's numbers: our figures as Shopify counts, and what explains a difference to the last fils."""

import csv
import io
import random
from datetime import timedelta
from fractions import Fraction as F
from typing import Any

import pytest
from sqlalchemy import insert, literal, select, update

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.errors import Malformed
from shopify_app.orders.model import Order, OrderEdit, OrderLine, OrderRefetch, Refund
from shopify_app.retention.matching.match import Cause, Typed, compare, read_typed
from shopify_app.retention.matching.queries import Span, period
from shopify_app.retention.matching.sums import Sums
from shopify_app.shops.queries import find_shop
from tests.jobs.test_both_wires import TAXES, fill
from tests.small_shop import address, page
from tests.world import World

MATCH = "/reports/match"
NOVEMBER = f"{MATCH}?window=2026-11-01..2026-11-30"
NONE: dict[str, Any] = {"count": F(), "money": F()}


@pytest.fixture
def shop(small_world: World) -> Any:
    """By hand, November 2026 in Kuwait, KWD.

    #1 20.000 - 1.000, edited: 9.500 taken off, 12.250 added. #2 8.000, cancelled and refunded. #3 5.000 - 5.000.
    #4 a test, 7.000. #5 a gift card of 25.000. #6 of October, 10.000, of which 4.000 went back in November. #7 at 01:00
    on November 1, which is October in UTC, 3.000.
    """
    made = small_world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    now = small_world.clock()
    first = now.replace(day=1, hour=9)
    with made.history():
        noura, sara = (
            made.create_customer(name, "A", f"{name}@x.test", at=first - timedelta(days=40)) for name in "NS"
        )
        one = made.place_order(noura.id, [{"price": "10.000", "quantity": 2}], discount="1.000", at=first)
        made.edit(one.id, [{"price": "12.250"}], {one.lines[0].id: 1}, at=first + timedelta(days=1))
        two = made.place_order(sara.id, [{"price": "8.000"}], at=first + timedelta(days=2))
        made.cancel(two.id, at=first + timedelta(days=2))
        made.place_order(sara.id, [{"price": "5.000"}], discount="5.000", at=first + timedelta(days=3))
        made.place_order(sara.id, [{"price": "7.000"}], at=first + timedelta(days=4), test=True)
        made.place_order(sara.id, [{"price": "25.000", "gift_card": True}], at=first + timedelta(days=5))
        six = made.place_order(noura.id, [{"price": "10.000"}], at=first - timedelta(days=9))
        made.refund(six.id, amount="4.000", at=first + timedelta(days=6))
        made.place_order(None, [{"price": "3.000"}], at=first.replace(hour=0) - timedelta(hours=2))
    small_world.install(made)
    small_world.work()
    return made


BY_HAND = {
    "orders": "4",
    "gross_sales": "48.25",
    "discounts": "6",
    "returns": "21.5",
    "net_revenue": "20.75",
    "average_order_value": "7.5",
    "customers": "2",
    "returning_rate": "1",
}
"""Gross 20 + 8 + 5 + 3 + 12.25; returns 9.5 + 8 + 4; value of the four orders 19 + 8 + 0 + 3. Noura came
back, and Sara with an order that had nothing to pay."""


def rows(world: World, shop: Any, query: str = "", place: str = NOVEMBER) -> dict[str, dict[str, Any]]:
    told = world.json(shop, address(f"{place}{query}"))
    return {row["number"]: row for row in told["rows"]}


def test_our_figures_are_those_that_shopify_adds_up(small_world: World, shop: Any) -> None:
    told = rows(small_world, shop)
    assert {name: row["ours"] for name, row in told.items()} == BY_HAND
    assert {row["same"] for row in told.values()} == {None}


@pytest.mark.parametrize(
    ("number", "typed", "causes"),
    [
        ("orders", "4", None),
        ("orders", "3", ["zone"]),
        ("orders", "5", ["test"]),
        ("orders", "6", ["test", "gift_card_orders"]),
        ("orders", "9", []),
        ("gross_sales", "KWD 48.250", None),
        ("gross_sales", "73.250", ["gift_cards"]),
        ("gross_sales", "٣٦٫٠٠٠ د.ك.", ["edits"]),
        ("discounts", "-6.000", None),
        ("returns", "-12.000", ["edits"]),
        ("returns", "17.500", ["refund_dates"]),
        ("net_revenue", "20.751", []),
        ("returning_rate", "100 %", None),
        ("returning_rate", "100.00", None),
        ("returning_rate", "99%", []),
        ("average_order_value", "7.500", None),
    ],
)
def test_a_difference_is_explained_where_something_explains_it_exactly(
    small_world: World, shop: Any, number: str, typed: str, causes: list[str] | None
) -> None:
    row = rows(small_world, shop, f"&shopify_{number}={typed.replace('%', '%25')}")[number]
    assert row["same"] is (causes is None)
    assert row["explained_by"] == (causes or [])


def test_the_page_says_it_in_both_languages(small_world: World, shop: Any) -> None:
    shown = page(small_world, shop, NOVEMBER)
    assert "1 November 2026 to 21 November 2026" in shown
    assert "Gross sales Wafa KWD 48.250" in shown
    assert "Result" not in shown
    assert "Gift cards sold KWD 25.000" in shown
    assert "Orders, if days were those of UTC 3" in shown
    compared = page(small_world, shop, f"{NOVEMBER}&shopify_orders=5&shopify_customers=2&shopify_returns=1")
    assert "Orders Wafa 4 Difference +1 Explained Would fit exactly: Test orders" in compared
    assert "Customers Wafa 2 The same" in compared
    assert "Returns Wafa KWD 21.500 Difference -KWD 20.500 Different" in compared
    arabic = page(small_world, shop, f"{NOVEMBER}&shopify_orders=5", "ar")
    assert "يطابق الفرق تمامًا: الطلبات التجريبية" in arabic
    assert "طلبات بطاقات الهدايا وحدها" in arabic


def test_what_cannot_be_read_is_said_at_its_field_and_the_rest_is_compared(small_world: World, shop: Any) -> None:
    document = small_world.open(shop, address(f"{NOVEMBER}&shopify_orders=<b>&shopify_customers=2")).text
    assert 'error="Write this as a number, such as 1234.5."' in document
    assert 'value="&lt;b&gt;"' in document
    assert "The same" in document
    refused = small_world.open(shop, address(f"{MATCH}?shopify_orders=x"), Accept="application/json")
    assert refused.status_code == 400


def test_what_is_in_no_count_changes_the_page_all_the_same(small_world: World, shop: Any) -> None:
    query = address(f"{NOVEMBER}&shopify_orders=6")
    first = small_world.open(shop, query, Accept="application/json")
    shop.place_order(None, [{"price": "7.000"}], test=True)
    small_world.work()
    again = small_world.open(shop, query, **{"If-None-Match": first.headers["ETag"], "Accept": "application/json"})
    assert again.status_code == 200
    unchanged = small_world.open(shop, query, **{"If-None-Match": again.headers["ETag"], "Accept": "application/json"})
    assert unchanged.status_code == 304


def test_another_month_and_the_file(small_world: World, shop: Any) -> None:
    october = "?window=2026-10-01..2026-10-31"
    told = rows(small_world, shop, "", f"{MATCH}{october}")
    # The month that is over is the usual one: its figures have come to rest.
    assert told == rows(small_world, shop, "", MATCH)
    assert (told["orders"]["ours"], told["gross_sales"]["ours"], told["returns"]["ours"]) == ("1", "10", "0")
    text = small_world.open(shop, address(f"{MATCH}{october}&shopify_orders=2&format=csv")).text
    table = list(csv.DictReader(io.StringIO(text)))
    assert table[0] == {
        "number": "orders",
        "ours": "1",
        "shopify": "2",
        "difference": "1",
        "same": "False",
        "explained_by": "zone",
    }
    assert len(table) == 8


def test_a_shop_that_lives_the_same_life_adds_nothing(small_world: World, shop: Any) -> None:
    """Even where its orders, refunds and edits have the same numbers: Shopify's are one shop's own."""
    other = small_world.store.add_shop("bob.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    small_world.install(other)
    small_world.work()

    def sums() -> Sums:
        with small_world.wafa.database.reading() as session:
            mine, now = find_shop(session, shop.domain), small_world.clock()
            assert mine is not None
            since = Span(Instant(now - timedelta(days=30)), now)
            return period(session, ShopId(mine.id), "KWD", since, since)

    before, facts = sums(), page(small_world, shop, NOVEMBER)
    with small_world.wafa.database.transaction() as session:
        ids = [find_shop(session, each.domain).id for each in (shop, other)]
        for model in (Order, OrderLine, Refund, OrderEdit):
            columns = [column for column in model.__table__.columns if column.name != "shop_id"]
            copied = select(literal(ids[1]), *columns).where(model.shop_id == ids[0])
            session.execute(insert(model).from_select(["shop_id", *(column.name for column in columns)], copied))
        session.execute(update(OrderEdit).where(OrderEdit.shop_id == ids[1]).values(gross=OrderEdit.gross + 100_000))
        asked = {"reason": "test", "asked_at": small_world.clock()}
        session.add(OrderRefetch(shop_id=ids[1], order_id=1, **asked))
    assert sums() == before
    assert page(small_world, shop, NOVEMBER) == facts
    assert {name: row["ours"] for name, row in rows(small_world, shop).items()} == BY_HAND


def test_odd_periods_are_said_and_the_month_is_shown(small_world: World, shop: Any) -> None:
    shown = page(small_world, shop, f"{MATCH}?window=yesterday")
    assert "This address cannot be read" in shown
    assert "1 October 2026 to 31 October 2026" in shown
    assert rows(small_world, shop, "", f"{MATCH}?window=all")["orders"]["ours"] == "5"


def test_a_shop_without_orders_has_a_page(small_world: World) -> None:
    made = small_world.store.add_shop("alice.myshopify.com", currency="JPY", timezone="Asia/Tokyo")
    small_world.install(made)
    small_world.work()
    told = rows(small_world, made)
    assert (told["orders"]["ours"], told["net_revenue"]["ours"], told["returning_rate"]["ours"]) == ("0", "0", None)
    assert "What may be behind a difference" in page(small_world, made, MATCH)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
@pytest.mark.parametrize("tax", TAXES)
def test_the_rows_add_up_in_every_period(
    request: pytest.FixtureRequest, name: str, tax: str, config: Any, clock: Any, tmp_path: Any
) -> None:
    """Gross less discounts less returns is net sales as Reports > Numbers has it, whatever the period."""
    world = World(config, request.getfixturevalue(name), clock, tmp_path)
    shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    with shop.history():
        fill(world, shop, *TAXES[tax])
    world.install(shop)
    world.work()
    choose, today = random.Random(3), clock().date()
    for _ in range(12):
        start = today - timedelta(days=choose.randint(0, 95))
        window = f"{start}..{start + timedelta(days=choose.randint(0, 60))}"
        ours = {one: F(row["ours"] or 0) for one, row in rows(world, shop, "", f"{MATCH}?window={window}").items()}
        told = world.json(shop, address(f"/reports/numbers?window={window}&basis=shopify"))["metrics"]
        assert ours["gross_sales"] - ours["discounts"] - ours["returns"] == F(told["net_revenue"]["value"])
        assert ours["orders"] == F(told["orders"]["value"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.500", F(2469, 2)),
        ("KWD 1,234.500", F(2469, 2)),
        ("-$12.00", F(-12)),
        ("(12)", F(-12)),
        ("−12", F(-12)),
        ("١٬٢٣٤٫٥", F(2469, 2)),
        ("د.ك. 1.500", F(3, 2)),
        ("1.500 د.ك.", F(3, 2)),
        (" 7 ", F(7)),
        ("22 813.435", F("22813.435")),
        ("1\u00a0234\u00a0567", F(1_234_567)),
    ],
)
def test_figures_are_read_as_they_are_copied(text: str, value: F) -> None:
    assert read_typed(text, "net_revenue").value == value


@pytest.mark.parametrize("text", ["", "x", "1,5", "1 2", "1.2.3", "12,34.5", ",", "..", "9" * 60, "9" * 20])
def test_what_is_no_number_is_not_guessed(text: str) -> None:
    with pytest.raises(Malformed):
        read_typed(text, "net_revenue")


@pytest.mark.parametrize(("text", "name"), [("1.126", "orders"), ("9.5", "customers"), ("164", "returning_rate")])
def test_what_a_row_cannot_have_is_not_compared(text: str, name: str) -> None:
    with pytest.raises(Malformed):
        read_typed(text, name)


def test_a_mean_is_compared_as_precisely_as_it_was_typed() -> None:
    mean, taxed = {"average_order_value": F(22, 3)}, {"count": F(), "money": F(10)}
    same = {
        text: compare(mean, {"average_order_value": read_typed(text, "average_order_value")}, [], taxed)[5].same
        for text in ("7.333", "7.33", "7.3", "7.34", "8")
    }
    assert same == {"7.333": True, "7.33": True, "7.3": True, "7.34": False, "8": False}


def test_the_fewest_causes_explain_and_no_more_than_three() -> None:
    causes = [Cause(key, {"orders": F(n)}) for key, n in (("test", 1), ("free", -1), ("edits", 2), ("zone", 4))]
    told = {
        n: compare({"orders": F(10)}, {"orders": Typed(F(n), F())}, causes, NONE)[0].causes
        for n in (12, 13, 15, 17, 18)
    }
    assert told == {
        12: ("edits",),
        13: ("test", "edits"),
        15: ("test", "zone"),
        17: ("test", "edits", "zone"),
        18: (),
    }
