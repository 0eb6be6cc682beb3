"""Reports > Coming back: the table, its people, its file, and what is said where there is little to say."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest

from shopify_app.language import without_bidi_marks
from tests.small_shop import add_shop, address, page, said

PATH = "/reports/coming-back"


def at(text):
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def bought(shop, *customers, amount="10.000"):
    """Each customer's orders on these days; None is a guest."""
    with shop.history():
        for days in customers:
            first = at(days[0])
            person = shop.create_customer("Noura", "A", f"{days}{amount}{len(shop.customers)}@example.com", "ar", first)
            for day in days:
                shop.place_order(person.id, [{"price": amount, "quantity": 1}], at=at(day))


@pytest.fixture
def shop(small_world):
    """Two who first bought in August, one of whom came back in October; three in September, one back at once."""
    shop = add_shop(small_world)
    bought(shop, ["2026-08-05", "2026-10-07"], ["2026-08-20"], ["2026-09-01", "2026-09-02"], ["2026-09-03"])
    bought(shop, ["2026-09-30", "2026-11-10"])
    small_world.install(shop)
    small_world.work()
    return shop


def cells(document):
    """Of each row its name and the text of its cells, in the order of the table."""
    rows = re.findall(r"<tr>(.*?)</tr>", document.split("<tbody>")[1].split("</tbody>")[0], re.DOTALL)
    found = {}
    for row in rows:
        name, *others = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        plain = [re.sub(r"<[^>]+>", "", each).replace("\N{NO-BREAK SPACE}", " ").strip() for each in others]
        found[re.sub(r"<[^>]+>", "", name).strip()] = plain
    return found


def table(world, shop, query="", status=200):
    answer = world.open(shop, address(f"{PATH}{query}"))
    assert answer.status_code == status, answer.text
    return cells(answer.text)


def test_who_came_back_by_when(small_world, shop):
    shown = table(small_world, shop)
    assert list(shown) == ["Nov 2026", "Oct 2026", "Sep 2026", "Aug 2026"], "newest first, none left out"
    assert shown["Aug 2026"] == ["2", "0.0 %", "0.0 %", "50.0 %", "50.0 %", *[""] * 9]
    assert shown["Sep 2026"] == ["3", "33.3 %", "33.3 %", "66.7 %", *[""] * 10]
    assert shown["Oct 2026"] == ["0", *[""] * 13]


@pytest.mark.parametrize(
    ("query", "august"),
    [
        ("show=back_people", ["2", "0", "0", "1", "1"]),
        ("show=bought", ["2", "100.0 %", "0.0 %", "50.0 %", "0.0 %"]),
        ("show=bought_people", ["2", "2", "0", "1", "0"]),
        ("show=orders", ["2", "2", "0", "1", "0"]),
        ("show=net", ["2", "10.000", "0.000", "5.000", "0.000"]),
        ("show=net_so_far", ["2", "10.000", "10.000", "15.000", "15.000"]),
    ],
)
def test_it_can_be_looked_at_in_other_ways(small_world, shop, query, august):
    assert table(small_world, shop, f"?{query}")["Aug 2026"][:5] == august


def test_people_by_quarter_and_week(small_world, shop):
    assert table(small_world, shop, "?by=quarter")["Jul to Sep 2026"][:3] == ["5", "20.0 %", "60.0 %"]
    assert table(small_world, shop, "?by=week&show=back_people")["31 August 2026"][:2] == ["2", "1"]


def test_two_orders_of_a_day_are_one_purchase_where_that_is_asked_for(small_world):
    shop = add_shop(small_world)
    bought(shop, ["2026-08-05", "2026-08-05"])
    small_world.install(shop)
    small_world.work()
    assert table(small_world, shop)["Aug 2026"][1] == "100.0 %"
    assert table(small_world, shop, "?unit=day")["Aug 2026"][1] == "0.0 %"


def test_what_is_not_over_is_striped_and_in_no_average(small_world, shop):
    document = small_world.open(shop, address(PATH)).text
    striped = re.findall(r'<td class="([^"]*wf-part[^"]*)">.*?aria-label="([^"]*)"', document)
    assert [label.split(":")[0] for _, label in striped] == [
        "Sep 2026, 2 months later",
        "Aug 2026, 3 months later",
    ]
    assert all("This is not over yet." in label for _, label in striped)
    foot = document.split("<tfoot>")[1]
    means = [
        re.sub(r"<[^>]+>", "", each).replace("\N{NO-BREAK SPACE}", " ")
        for each in re.findall(r"<td[^>]*>(.*?)</td>", foot)
    ]
    assert means[1:4] == ["20.0 %", "20.0 %", "50.0 %"]
    assert means[15:18] == ["5", "5", "2"], "of the 5 people of both months, and of the 2 of August"


def test_no_two_things_share_their_colours(small_world, shop):
    colours = {}
    for show in ("back", "bought", "net", "net_so_far", "orders"):
        document = small_world.open(shop, address(f"{PATH}?show={show}")).text
        colours[show] = re.search(r'class="wf-heat (wf-heat-[a-z-]+)"', document)[1]
    assert len(set(colours.values())) == 5


def test_a_number_leads_to_its_people(small_world, shop):
    document = small_world.open(shop, address(PATH)).text
    for label, people in (
        ("Aug 2026, 2 months later", "People who first bought in August 2026 and had bought again by 31 October 2026."),
        ("2 people, Aug 2026", "People who first bought in August 2026."),
    ):
        href = re.search(rf'href="([^"]*)" aria-label="{label}', document)[1].replace("&amp;", "&")
        listed = small_world.open(shop, href)
        assert people in listed.text
        assert listed.text.count("<s-table-row>") == (1 if "later" in label else 2)
        assert re.search(r'href="/customers/\d+', listed.text)
    href = re.search(
        r'href="([^"]*)" aria-label="Sep 2026, 2 months', small_world.open(shop, address(f"{PATH}?show=bought")).text
    )[1]
    text = small_world.open(shop, href.replace("&amp;", "&")).text
    assert "People who first bought in September 2026 and bought in November 2026." in text
    assert text.count("<s-table-row>") == 1


def test_the_people_are_as_many_as_the_number_says_on_every_page_of_the_list(small_world, monkeypatch):
    monkeypatch.setattr("shopify_app.retention.coming_back.people.panel.ROWS", 2)
    monkeypatch.setattr("shopify_app.retention.coming_back.people.panel.FILE_ROWS", 2)
    shop = add_shop(small_world, repeaters=5, once=3)
    small_world.install(shop)
    small_world.work()
    query = f"{PATH}/people?cohort=2026-08-01"
    for more, wanted in (("", 8), ("&later=3&show=back", 5), ("&later=3&show=bought", 5), ("&later=0&show=bought", 8)):
        found, after = [], ""
        while after is not None:
            told = small_world.json(shop, f"{query}{more}{after and f'&after={after}'}")
            found += told["people"]
            after = told["after"]
        assert len(found) == len({one["customer_id"] for one in found}) == wanted
        assert found == sorted(found, key=lambda one: (one["first_order"], int(one["customer_id"])), reverse=True)
        lines = list(csv.DictReader(io.StringIO(small_world.open(shop, address(f"{query}{more}&format=csv")).text)))
        assert [line["customer_id"] for line in lines] == [one["customer_id"] for one in found]
    back = small_world.json(shop, f"{query}&later=3&show=back")["people"][0]
    assert (back["orders"], back["net"], back["first_order"]) == (2, "30.000", "2026-08-13")
    assert back["came_back_on"] == "2026-11-11"


def test_the_file_and_json_have_every_cell(small_world, shop):
    text = small_world.open(shop, address(f"{PATH}?format=csv")).text
    lines = list(csv.DictReader(io.StringIO(text)))
    august = [line for line in lines if line["first_order_from"] == "2026-08-01"]
    assert [line["came_back"] for line in august] == ["0", "0", "1", "1"]
    assert [line["net_so_far"] for line in august] == ["20.000", "20.000", "30.000", "30.000"]
    assert [line["period_over"] for line in august] == ["True", "True", "True", "False"]
    assert august[0]["currency"] == "KWD"
    told = small_world.json(shop, PATH)
    assert [one["came_back"] for one in told["cells"] if one["first_order_from"] == "2026-08-01"] == [0, 0, 1, 1]
    assert told["averages"][1]["came_back_share"] == "0.2"
    assert told["groups"] is None


def test_the_sentence_says_what_the_table_does(small_world):
    shop = add_shop(small_world)
    bought(shop, *[["2026-01-05", "2026-04-05"]] * 40, *[["2026-02-10"]] * 60)
    small_world.install(shop)
    small_world.work()
    said = "Of every 100 people who first bought between January 2026 and February 2026, 40 came back within 6 months."
    assert said in page(small_world, shop, PATH)
    arabic = without_bidi_marks(page(small_world, shop, PATH, "ar"))
    assert "من كل 100 شخص اشتروا لأول مرة بين يناير 2026 وفبراير 2026، عاد 40 خلال 6 أشهر." in arabic
    assert "within 12 weeks" not in page(small_world, shop, f"{PATH}?by=week"), "of the 40, none within 12 weeks"
    assert "came back within 2 quarters." in page(small_world, shop, f"{PATH}?by=quarter")


# ---- an earlier day ----


def test_an_earlier_day_is_looked_at_with_what_was_known_then(small_world, shop):
    small_world.clock.forward(24 * 3600)
    person = next(one for one in shop.customers.values() if len(one.orders) == 2)
    small_world.clock.forward(24 * 3600)
    for order in person.orders:
        shop.cancel(order)
    small_world.work()
    assert table(small_world, shop)["Aug 2026"][0] == "1"
    then = table(small_world, shop, "?as_of=2026-11-22")
    assert then["Aug 2026"][:4] == ["2", "0.0 %", "0.0 %", "50.0 %"]
    assert table(small_world, shop, "?as_of=2026-11-22&seen=now")["Aug 2026"][0] == "1"
    earlier = table(small_world, shop, "?as_of=2026-09-15&seen=now")
    assert list(earlier) == ["Sep 2026", "Aug 2026"]
    assert "Worked out from all orders in 0.0 s." in page(small_world, shop, f"{PATH}?as_of=2026-11-22")
    people = small_world.json(shop, f"{PATH}/people?cohort=2026-08-01&as_of=2026-11-22")["people"]
    assert len(people) == 2
    file = small_world.open(shop, address(f"{PATH}/people?cohort=2026-08-01&as_of=2026-11-22&format=csv")).text
    assert len(file.splitlines()) == 3


# ---- little to say, and bad addresses ----


def test_an_empty_shop_says_so(small_world):
    shop = add_shop(small_world)
    small_world.install(shop)
    small_world.work()
    assert "Your numbers appear here with the first order." in page(small_world, shop, PATH)
    assert small_world.json(shop, PATH)["cells"] == []


@pytest.mark.parametrize(
    ("locale", "sentence"), [("en", "Your first order was on 5 August 2026."), ("ar", "كان أول طلب لديك في")]
)
def test_a_day_before_the_first_order_says_when_that_was_and_can_be_changed(small_world, shop, locale, sentence):
    for address_of in (f"{PATH}?as_of=2020-01-01", f"{PATH}?as_of=2020-01-01&basis=shopify"):
        document = small_world.open(shop, address(address_of, locale)).text
        assert sentence in said(document)
        assert 'name="as_of" value="2020-01-01"' in document
        assert "No orders yet" not in document


def test_a_shop_of_guests_says_that_nobody_can_tell(small_world):
    shop = add_shop(small_world)
    with shop.history():
        for day in ("2026-08-05", "2026-09-05"):
            shop.place_order(None, [{"price": "5.000", "quantity": 1}], at=at(day))
    small_world.install(shop)
    small_world.work()
    text = page(small_world, shop, PATH)
    assert "None of your orders names a customer, so nobody can tell who comes back." in text
    assert "Choose what of the first order" not in text


def test_a_shop_that_sold_on_one_day_only_has_one_month(small_world):
    shop = add_shop(small_world)
    bought(shop, *[["2026-11-20"]] * 3, ["2026-11-20", "2026-11-20"])
    small_world.install(shop)
    small_world.work()
    assert table(small_world, shop) == {"Nov 2026": ["4", "25.0 %", *[""] * 12]}
    assert "1 person has bought more than once. From 30 on, we can show a pattern." in page(small_world, shop, PATH)


def test_while_orders_are_being_read_nobodys_first_order_is_known(small_world):
    shop = add_shop(small_world, repeaters=2, once=3)
    small_world.install(shop)
    text = page(small_world, shop, PATH)
    assert "Your orders are being read" in text
    assert "<table" not in small_world.open(shop, address(PATH)).text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("by=year", "Choose by what to put people together: month, quarter or week. Months are shown instead."),
        ("show=all", "Choose what to show: back, back_people, bought"),
        ("newest=2026-13-01", "Write a day as year-month-day, such as 2026-01-31. The newest are shown instead."),
        ("newest=2027-01-01", "This is later than the last day that is counted. The newest are shown instead."),
        ("newest=1999-01-01", "Nobody had bought by then. The newest are shown instead."),
        ("split=shoe", "Choose by what to put people into groups: product,"),
        ("as_of=2030-01-01", "Choose today or an earlier day."),
        ("basis=mine", "Choose how to count: kept or shopify."),
    ],
)
def test_bad_addresses_are_explained_and_the_page_goes_on(small_world, shop, query, sentence):
    text = page(small_world, shop, f"{PATH}?{query}", status=400)
    assert "This address cannot be read" in text
    assert sentence in text
    assert "Aug 2026" in text
    assert small_world.open(shop, address(f"{PATH}?{query}"), Accept="application/json").status_code == 400
    assert small_world.open(shop, address(f"{PATH}?{query}&format=csv")).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "cohort=yesterday",
        "cohort=2027-01-01",
        "cohort=2026-08-01&later=13",
        "cohort=2026-08-01&later=-1",
        "cohort=2026-08-01&later=99999999",
        "cohort=2026-08-01&later=x",
        "cohort=2026-08-01&after=x",
    ],
)
def test_people_that_cannot_be_are_a_clear_answer(small_world, shop, query):
    answer = small_world.open(shop, address(f"{PATH}/people?{query}"))
    assert answer.status_code == 400
    assert small_world.open(shop, address(f"{PATH}/people?cohort=1999-01-01")).status_code == 200


def test_another_zone_moves_people_to_other_months(small_world):
    """A first order of 1 September in Kuwait, one minute past midnight, was one of August in New York."""
    shop, moment = add_shop(small_world), datetime(2026, 8, 31, 21, 1, tzinfo=UTC)
    with shop.history():
        person = shop.create_customer("A", "B", "late@example.com", "en", moment)
        shop.place_order(person.id, [{"price": "1.000", "quantity": 1}], at=moment)
    small_world.install(shop)
    small_world.work()
    assert [name for name, (people, *_) in table(small_world, shop).items() if people == "1"] == ["Sep 2026"]
    shop.change(timezone="America/New_York")
    small_world.work()
    assert [name for name, (people, *_) in table(small_world, shop).items() if people == "1"] == ["Aug 2026"]


def test_with_another_currency_people_begin_anew(small_world, shop):
    """What was sold in the old one does not count any more: two currencies never add."""
    shop.change(currency="USD")
    small_world.work()
    assert "Your numbers appear here with the first order." in page(small_world, shop, PATH)
    person = next(iter(shop.customers.values()))
    shop.place_order(person.id, [{"price": "7.00", "quantity": 1}])
    small_world.work()
    assert table(small_world, shop, "?show=net_so_far") == {"Nov 2026": ["1", "7.00", *[""] * 12]}
