"""Reports: numbers, explanations, orders, files, and what happens with bad addresses."""

import csv
import io
import re
import xml.etree.ElementTree as ElementTree

import pytest

from shopify_app.language import without_bidi_marks
from shopify_app.retention.registry import METRICS
from tests.small_shop import add_shop, address, page

NUMBERS = "/reports/numbers"
PERIOD = "The usual period is shown instead."
TODAY = "The numbers as of today are shown instead."


@pytest.fixture
def shop(small_world):
    """Two people who bought twice (10 and 20 KWD), three who bought once (5 KWD)."""
    shop = add_shop(small_world, repeaters=2, once=3)
    small_world.install(shop)
    small_world.work()
    return shop


def figure(document: str, name: str) -> str:
    found = re.search(rf'data-figure="{name}"><bdi[^>]*>([^<]*)<', document)
    assert found, name
    return found[1]


# ---- all numbers ----


def test_every_number_is_there_with_its_sentence(small_world, shop) -> None:
    text = page(small_world, shop, NUMBERS)
    assert "Bought more than once 40.0 % of the people who bought in this period did so at least twice" in text
    assert "Orders per customer 1.40" in text
    assert "Net sales KWD 75.000" in text
    assert "Average order value KWD 10.714" in text
    assert "22 November 2025 to 21 November 2026" in text


def test_arabic_says_the_same_the_other_way_round(small_world, shop) -> None:
    text = without_bidi_marks(page(small_world, shop, NUMBERS, "ar"))
    assert "نسبة من اشتروا أكثر من مرة 40.0٪" in text
    document = small_world.open(shop, address(NUMBERS, "ar")).text
    assert '<html lang="ar" dir="rtl">' in document


def test_changes_are_against_the_period_before_where_that_is_known(small_world, shop) -> None:
    # The first order of all is of 13 August: what came before is not known, so nothing is compared with it.
    text = page(small_world, shop, f"{NUMBERS}?window=30d")
    assert "Changes are against 23 September 2026 to 22 October 2026." in text
    assert "Changes are against" not in page(small_world, shop, f"{NUMBERS}?window=90d")


def test_a_share_moves_by_points_and_an_amount_by_percent(small_world) -> None:
    shop = add_shop(small_world)
    people = [shop.create_customer("A", "B", f"{n}@example.com", "en", small_world.clock()) for n in range(4)]
    before, now = small_world.clock().replace(day=1), small_world.clock()
    with shop.history():
        shop.place_order(people[3].id, [{"price": "1.000", "quantity": 1}], at=before.replace(month=9))
        for person, day, amount in ((0, before, "10"), (0, before, "10"), (1, before, "10"), (2, now, "33")):
            shop.place_order(people[person].id, [{"price": amount, "quantity": 1}], at=day)
    small_world.install(shop)
    small_world.work()
    # On 1 November one of two bought twice, for 30 KWD in all; on the 21st one person bought once, for 33 KWD.
    text = page(small_world, shop, f"{NUMBERS}?window=2026-11-11..2026-11-21")
    assert "0.0 % of the people who bought in this period did so at least twice down 50.0 points" in text
    assert "Net sales KWD 33.000 after discounts, edits and refunds, without tax and shipping up 10.0 %" in text
    arabic = without_bidi_marks(page(small_world, shop, f"{NUMBERS}?window=2026-11-11..2026-11-21", "ar"))
    assert "بنقص 50.0 نقطة مئوية" in arabic
    assert "بزيادة 10.0٪" in arabic


def test_json_is_the_same_address(small_world, shop) -> None:
    told = small_world.json(shop, f"{NUMBERS}?window=all&basis=kept&unit=order&as_of=2026-11-21")
    assert told["shop"] == shop.domain
    assert told["window"] == {"start": "2026-08-13", "end": "2026-11-21"}
    assert (told["as_of"], told["basis"], told["unit"]) == ("2026-11-21", "kept", "order")
    assert told["metrics"]["repeat_rate"] == {"value": "0.4", "numerator": "2", "denominator": "5", "version": 1}
    assert told["metrics"]["net_revenue"]["value"] == "75"


def test_what_was_asked_for_stays_in_every_link(small_world, shop) -> None:
    document = small_world.open(shop, address(f"{NUMBERS}?window=90d&basis=shopify&unit=day&as_of=2026-11-20")).text
    links = re.findall(r'href="(/reports[^"]*)"', document)
    assert len(links) > 10
    assert all("shop=alice.myshopify.com" in link and "host=abc" in link and "locale=en" in link for link in links)
    explanations = [link for link in links if "/numbers/" in link]
    kept = ("window=90d", "basis=shopify", "unit=day", "as_of=2026-11-20")
    assert all(part in link for link in explanations for part in kept)


def test_the_pickers_keep_their_place_in_the_admin(small_world, shop) -> None:
    document = small_world.open(shop, address(NUMBERS)).text
    form = document.split("<form", 1)[1].split("</form>")[0]
    for name, value in (("shop", "alice.myshopify.com"), ("host", "abc"), ("locale", "en")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in form


@pytest.mark.parametrize(
    ("query", "sentence", "instead"),
    [
        ("window=yesterday", "Choose a period: all, 30d, 90d, 365d or two days", PERIOD),
        ("window=2026-02-30..2026-03-01", "Write a day as year-month-day", PERIOD),
        ("window=0001-01-01..9999-12-31", "Write a day as year-month-day", PERIOD),
        ("window=2026-03-01..2026-02-01", "The period ends before it starts.", PERIOD),
        ("basis=mine", "Choose how to count: kept or shopify.", "Completed orders are shown instead."),
        ("unit=week", "Choose what counts as one purchase: order or day.", "Each order counts instead."),
        ("as_of=tomorrow", "Write a day as year-month-day", TODAY),
        ("as_of=2026-11-22", "Choose today or an earlier day.", TODAY),
        ("as_of=0001-01-01", "Write a day as year-month-day", TODAY),
        ("as_of=٢٠٢٦-01-01", "Write a day as year-month-day", TODAY),
    ],
)
def test_bad_addresses_are_explained_and_the_page_goes_on(small_world, shop, query, sentence, instead) -> None:
    text = page(small_world, shop, f"{NUMBERS}?{query}", status=400)
    assert sentence in text
    assert instead in text
    assert "Net sales KWD 75.000" in text
    answer = small_world.open(shop, address(f"{NUMBERS}?{query}"), Accept="application/json")
    assert answer.status_code == 400
    assert sentence in answer.get_json()["error"]


def test_what_an_address_says_is_never_markup(small_world, shop) -> None:
    nasty = "%3Cscript%3Ealert(1)%3C/script%3E"
    document = small_world.open(shop, address(f"{NUMBERS}?window={nasty}&host={nasty}&x={nasty}")).text
    assert "<script>alert" not in document


def test_before_anything_is_read_it_does_not_say_that_there_is_nothing(small_world) -> None:
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    text = page(small_world, shop, NUMBERS)
    assert "Asking Shopify for your orders." in text
    assert "No orders yet" not in text
    small_world.work()
    assert "Your orders are being read" not in page(small_world, shop, NUMBERS)


def test_a_shop_without_orders_is_told_when_numbers_come(small_world) -> None:
    shop = add_shop(small_world)
    small_world.install(shop)
    small_world.work()
    assert "No orders yet Your numbers appear here with the first order." in page(small_world, shop, NUMBERS)


# ---- versions of a page ----


def test_an_unchanged_page_is_not_made_again(small_world, shop) -> None:
    for path in ("/", NUMBERS, f"{NUMBERS}/orders", f"{NUMBERS}?window=30d"):
        etag = small_world.open(shop, address(path)).headers["ETag"]
        again = small_world.open(shop, address(path), **{"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")


def test_the_page_holds_its_version_and_a_new_order_changes_it(small_world, shop) -> None:
    answer = small_world.open(shop, address(NUMBERS))
    etag = answer.headers["ETag"]
    assert f'data-etag="{etag.strip(chr(34))}"' in answer.text
    shop.place_order(lines=[{"price": "25.000", "quantity": 1}])
    small_world.work()
    fresh = small_world.open(shop, address(NUMBERS), **{"If-None-Match": etag})
    assert fresh.status_code == 200
    assert "100.000" in figure(fresh.text, "net_revenue")


def test_versions_tell_shops_languages_and_questions_apart(small_world, shop) -> None:
    paths = (address(NUMBERS), address(NUMBERS, "ar"), address(f"{NUMBERS}?window=30d"), address("/"))
    etags = {small_world.open(shop, path).headers["ETag"] for path in paths}
    assert len(etags) == len(paths)


# ---- chart ----


def test_the_chart_and_its_table_show_twelve_months(small_world, shop) -> None:
    document = small_world.open(shop, address(NUMBERS)).text
    drawings = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", document, re.DOTALL)]
    assert [drawing.get("viewBox") for drawing in drawings] == ["0 0 920 240", "0 0 360 220"]
    assert all(drawing.get("aria-label").startswith("From December 2025 to November 2026") for drawing in drawings)
    rows = re.findall(r"<tbody>(.*?)</tbody>", document, re.DOTALL)[0]
    assert rows.count("<tr>") == 12
    assert "November 2026, so far" in rows
    text = page(small_world, shop, NUMBERS)
    assert "From December 2025 to November 2026, amounts in Kuwaiti Dinar. The last month is not over." in text


def test_the_chart_ends_with_the_last_month_that_has_something(small_world, shop) -> None:
    text = page(small_world, shop, f"{NUMBERS}?as_of=2026-11-05&window=all")
    assert "From September 2025 to August 2026, amounts in Kuwaiti Dinar." in text
    assert "The last month is not over." not in text
    early = page(small_world, shop, f"{NUMBERS}?as_of=2026-01-31&window=all")
    assert "Net sales, 12 months Nothing was sold up to 31 January 2026." in early
    assert "<svg" not in small_world.open(shop, address(f"{NUMBERS}?as_of=2026-01-31")).text


@pytest.mark.parametrize("query", ["as_of=2020-01-01", "window=2020-01-01..2020-12-31"])
def test_a_period_before_the_first_order_says_when_that_was(small_world, shop, query) -> None:
    text = page(small_world, shop, f"{NUMBERS}?{query}")
    assert "Nothing was sold in this period. Your first order was on" in text
    assert "What to count" in text
    for useless in ("KWD 0.000", "Too early to say", "points higher"):
        assert useless not in text.split("Net sales, 12 months")[0]


def test_today_is_not_pinned_by_the_pickers(small_world, shop) -> None:
    document = small_world.open(shop, address(NUMBERS)).text
    assert 'name="as_of" value=""' in document
    assert "2026-11-21" not in document.split("<form", 1)[1].split("</form>")[0]
    looked_back = small_world.open(shop, address(f"{NUMBERS}?as_of=2026-11-20")).text
    assert 'name="as_of" value="2026-11-20"' in looked_back
    assert small_world.open(shop, address(f"{NUMBERS}?as_of=")).status_code == 200


# ---- explanations ----


def test_a_number_shows_its_own_figures(small_world, shop) -> None:
    text = page(small_world, shop, f"{NUMBERS}/repeat_rate?window=all")
    assert "customers with two or more orders in the period ÷ customers with at least one" in text
    assert "2 ÷ 5 = 40.0 %" in text
    assert "Completed orders: not cancelled" in text
    assert "As Shopify counts, it would be 40.0 %." in text
    value = page(small_world, shop, f"{NUMBERS}/average_order_value?window=all")
    assert "KWD 75.000 ÷ 7 = KWD 10.714" in value


def test_a_number_without_a_value_says_so(small_world, shop) -> None:
    text = page(small_world, shop, f"{NUMBERS}/repeat_rate?window=2026-01-01..2026-01-31")
    assert "0 ÷ 0: nothing to divide by, so there is no number" in text
    assert "No orders in this period." in text


@pytest.mark.parametrize(
    ("name", "rows"),
    [("orders", 7), ("customers", 7), ("repeat_rate", 4), ("returning_rate", 2), ("orders_without_customer_share", 0)],
)
def test_the_orders_behind_a_number(small_world, shop, name, rows) -> None:
    told = small_world.json(shop, f"{NUMBERS}/{name}?window=all")
    assert len(told["orders"]) == rows
    assert list(told["metrics"]) == [name]


def test_formulas_and_figures_divide_by_the_same_sign(small_world, shop) -> None:
    for name, metric in METRICS.items():
        text = page(small_world, shop, f"{NUMBERS}/{name}?window=all")
        formula = re.search(r"How is this worked out\? (.*?) Completed orders:", text)
        assert formula, name
        assert " / " not in formula[1]
        assert formula[1].count("÷") in (0, 2), "in words and in figures, or in neither"
        assert metric.formula in text


def test_customers_behind_a_number_lead_to_their_pages(small_world, shop) -> None:
    shop.place_order(None, [{"price": "3.000", "quantity": 1}], at=small_world.clock())
    small_world.work()
    customers = {str(order.customer.id) for order in shop.orders.values() if order.customer}
    document = small_world.open(shop, address(f"{NUMBERS}/orders?window=all")).text
    links = re.findall(r'<s-link href="/customers/(\d+)\?', document)
    assert set(links) == customers
    assert len(links) == 7, "the guest leads nowhere"
    assert "<s-table-cell>Guest</s-table-cell>" in document


def test_unknown_numbers_are_not_found(small_world, shop) -> None:
    assert small_world.open(shop, f"{NUMBERS}/love").status_code == 404


def test_the_list_goes_on_page_by_page(small_world) -> None:
    shop = add_shop(small_world, repeaters=20, once=13)
    small_world.install(shop)
    small_world.work()
    path, seen = f"{NUMBERS}/orders?window=all", []
    for _ in range(3):
        document = small_world.open(shop, address(path)).text
        seen += re.findall(r"/reports/orders/(\d+)", document)
        following = re.search(r'href="(/reports/numbers/orders\?[^"]*after=[^"]*)"', document)
        if not following:
            break
        path = following[1].replace("&amp;", "&").split("&shop=")[0]
    assert len(seen) == len(set(seen)) == 53


@pytest.mark.parametrize("after", ["x", "2026-99-99_1", f"2026-01-01_{'9' * 40}", "%00"])
def test_odd_pages_of_the_list_are_refused_or_empty(small_world, shop, after) -> None:
    answer = small_world.open(shop, f"{NUMBERS}/orders?after={after}")
    assert answer.status_code in (200, 400)


# ---- files ----


def read(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_file_holds_all_orders_as_plain_decimals(small_world) -> None:
    shop = add_shop(small_world, repeaters=20, once=13)
    small_world.install(shop)
    small_world.work()
    answer = small_world.open(shop, f"{NUMBERS}/orders?window=all&format=csv&locale=ar")
    rows = read(answer)
    assert len(rows) == 53
    assert {row["net"] for row in rows} == {"10.000", "20.000", "5.000"}
    assert {row["currency"] for row in rows} == {"KWD"}
    assert re.search(r'filename="orders_2026-08-13_2026-11-21.csv"', answer.headers["Content-Disposition"])
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", answer.text)


def test_a_file_of_a_bad_address_is_refused(small_world, shop) -> None:
    answer = small_world.open(shop, f"{NUMBERS}/orders?window=x&format=csv", Accept="text/csv, */*")
    assert answer.status_code == 400
