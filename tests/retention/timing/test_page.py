"""How fast people come back, on the page beside who does."""

from datetime import timedelta

from shopify_app.language import without_bidi_marks
from tests.small_shop import add_shop, address, page

PATH = "/reports/coming-back"


def lived(world, regulars=60, once=40):
    """People who first bought 200 days ago or later, one a day; the regulars among them come every 20 days."""
    shop, now = add_shop(world), world.clock()
    with shop.history():
        for number in range(regulars + once):
            first = now - timedelta(days=200 - number, minutes=number)
            person = shop.create_customer("Noura", "A", f"c{number}@example.com", "ar", first)
            for times in range(4 if number % 5 < 3 else 1):
                lines = [{"price": "10.000", "quantity": 1}]
                shop.place_order(person.id, lines, at=first + timedelta(days=20 * times))
    world.install(shop)
    world.work()
    return shop


def told(world, shop, query="", locale="en", status=200):
    return without_bidi_marks(page(world, shop, f"{PATH}{query}", locale, status))


def test_the_page_says_how_fast_and_compares_two_periods(world):
    shop = lived(world)
    shown = told(world, shop, "?window=90d")
    assert "Of every 100 people who buy for the first time, 60 come back within 90 days." in shown
    assert "Half of those do so within 20 days." in shown
    assert "Usual gap between two purchases: 20 days." in shown
    assert "One period against another" in shown
    assert "من كل 100 شخص يشترون لأول مرة، يعود 60 خلال 90 يومًا." in told(world, shop, "?window=90d", "ar")
    answer = world.json(shop, f"{PATH}?window=90d&against=before")["timing"]
    assert answer["usual_gap"] == {"gaps": 180, "median_days": 20, "p75_days": 20, "p90_days": 20}
    assert answer["comparison"]["against"] == "before"


def test_home_and_this_page_say_the_same_of_how_fast(world):
    shop = lived(world)
    assert "60 come back within 90 days. Half of those do so within 20 days." in told(world, shop)
    home = world.open(shop, address("/")).text
    assert "Half of those who come back within 90 days do so within 20 days." in without_bidi_marks(home)
    sentence = home.split("Half of those who come back within", 1)[1].split("</li>")[0]
    assert f'href="{PATH}?' in sentence


def test_what_is_called_the_usual_gap_is_one_number(world):
    shown = told(world, lived(world))
    assert shown.count("Usual gap") == 2, "the number and the link to that of each product"
    assert "Time to the next order within which half of those order again who do so within a year" in shown


def test_both_forms_keep_what_the_other_asks_for(small_world):
    document = small_world.open(lived(small_world), address(f"{PATH}?by=quarter&window=90d&against=before")).text
    first, last = document.split("<form")[1], document.split("<form")[-1]
    assert 'name="window" value="90d"' in first
    assert 'name="against" value="before"' in first
    assert 'name="by" value="quarter"' in last
    assert last.count('name="window"') == 1


def test_what_cannot_be_compared_with_is_said(small_world):
    shown = told(small_world, lived(small_world), "?against=odd", status=400)
    assert "Choose what to compare with: before, last_year or season. Another comparison is shown instead." in shown


def test_the_next_reader_finds_everything_added_up(small_world, monkeypatch):
    shop = lived(small_world)
    before = told(small_world, shop)
    calls = []
    monkeypatch.setattr("shopify_app.retention.history.queries.added_up", lambda *what: calls.append(what))
    assert told(small_world, shop) == before
    assert calls == []


def test_an_earlier_day_tells_what_was_by_then(small_world):
    shop = lived(small_world)
    day = (small_world.clock() - timedelta(days=150)).date().isoformat()
    answer = small_world.json(shop, f"{PATH}?as_of={day}&seen=now")["timing"]
    assert answer["repeat_curves"][0]["people"] == 51
    assert answer["repeat_curves"][0]["known_to_day"] == 20


def test_where_there_is_nothing_the_other_parts_stay(small_world):
    shop = lived(small_world)
    shown = told(small_world, shop, "?window=2001-01-01..2001-01-31")
    assert "There is nothing in this period: your first order is of" in shown
    assert "Who comes back" in shown
