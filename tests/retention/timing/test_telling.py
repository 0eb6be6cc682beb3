"""What is said and drawn of timing: in both languages, in both sizes, for shops of every kind."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.language import Words, without_bidi_marks
from shopify_app.retention.seasons import Season
from shopify_app.retention.timing.changes import Part
from shopify_app.retention.timing.comparing import Against
from shopify_app.retention.timing.page import TALLIES, Circumstances, find, timing_document, timing_part
from shopify_app.retention.window import Unit, Window, parse_window
from tests.retention.timing.shops import FIRST, columns_from, histories, simulated

EN, AR = Words("en"), Words("ar")
LAST = date.fromordinal(FIRST + 899)


def returning(shop):
    def part(span):
        bought = {who for who, days in shop.items() if any(span.start <= on(day) <= span.end for day in days)}
        back = {who for who in bought if any(span.start <= on(day) <= span.end for day in sorted(set(shop[who]))[1:])}
        return Part(len(back), len(bought))

    return part


def on(day):
    return date.fromordinal(FIRST + day)


def found_in(shop, window="365d", against=None, as_of=LAST, currency="KWD"):
    rows = columns_from(shop, as_of.toordinal() - FIRST)
    asked = parse_window(window, as_of)
    first = min((on(min(days)) for days in shop.values()), default=as_of)
    asked = asked if asked.start else Window("all", first, asked.end)
    about = Circumstances(asked, against, as_of, first, currency, returning(shop))
    return find([tally.share(rows, Unit.ORDER) for tally in TALLIES], about)


@pytest.fixture(scope="module")
def regulars():
    """A shop in Kuwait whose customers come back every 40 days or so, from January 2024 until June 2026."""
    return simulated(11, days=900, a_day=3, rhythm=lambda _day: 40, comes_back=0.6)


def said(part):
    return without_bidi_marks(part)


def test_the_page_says_what_share_comes_back_and_how_fast(regulars):
    told = timing_part(found_in(regulars), EN).speed
    # Six of ten do, after 37 days in the middle; those of 2,700 who did are 58 of a hundred.
    assert said(told.sentence) == (
        "Of every 100 people who buy for the first time, 58 come back within one year. "
        "Half of those do so within 36 days."
    )
    assert "Usual gap between two purchases: 3" in told.usual
    assert [row.title for row in told.rows] == ["Second purchase", "Third purchase", "Fourth purchase"]
    assert len(told.likely) == 15
    assert "likely between" in told.likely[0]


def test_in_arabic_it_says_the_same(regulars):
    told = timing_part(found_in(regulars), AR)
    assert "من كل 100 شخص يشترون لأول مرة، يعود 58 خلال سنة." in said(told.speed.sentence)
    assert [choice.title for choice in told.comparison.againsts] == ["الفترة السابقة", "الأيام نفسها من العام الماضي"]
    assert any(said(choice.title) == "رمضان 1447" for choice in told.comparison.periods)


def test_a_flat_shop_has_changed_in_nothing(regulars):
    rows = timing_part(found_in(regulars, "90d"), EN).comparison.rows
    assert [row.tone for row in rows] == [None] * 4
    assert {row.note for row in rows if row.change not in (None, "no change")} == {"within normal variation"}
    assert rows[1].now == "–"
    assert rows[1].note == "Known from 19 June 2026 on."


def test_ramadan_is_held_against_ramadan(regulars):
    found = found_in(regulars, "2026-02-18..2026-03-19", Against.SEASON)
    told = timing_part(found, EN).comparison
    assert (said(told.now), said(told.before)) == ("18 February 2026 to 19 March 2026", "1 March 2025 to 29 March 2025")
    assert [choice.title for choice in told.periods if choice.chosen] == ["Ramadan 1447"]
    assert any("Umm al-Qura" in note for note in told.notes)
    assert timing_document(found)["comparison"]["before"] == {"start": "2025-03-01", "end": "2025-03-29"}


def test_what_cannot_be_compared_is_said_and_the_figures_stay(regulars):
    told = timing_part(found_in(regulars, "all"), EN).comparison
    assert told.before is None
    assert told.againsts == []
    assert "do not reach back far enough" in told.notes[0]
    assert told.rows[0].now == "2,700"


def test_a_period_before_the_shop_existed_says_so(regulars):
    told = timing_part(found_in(regulars, "2001-01-01..2001-01-31"), EN).comparison
    assert (told.rows, told.notes) == ([], ["There is nothing in this period: your first order is of 1 January 2024."])
    assert [said(choice.title) for choice in told.periods if choice.chosen] == ["1 January 2001 to 31 January 2001"]


def test_the_line_has_weeks_and_the_seasons_in_them(regulars):
    found = found_in(regulars)
    told = timing_part(found, EN).comparison.line
    assert (told.heading, len(told.rows)) == ("Returning customers rate, week by week", 53)
    assert told.rows[-1].title.endswith(", so far")
    assert [band.season for band in found.line.bands] == [
        Season.WHITE_FRIDAY,
        Season.RAMADAN,
        Season.KUWAITI_NATIONAL_DAYS,
        Season.EID_AL_FITR,
        Season.EID_AL_ADHA,
    ]
    assert sum("Ramadan 1447" in row.seasons for row in told.rows) == 5


def test_a_quiet_shop_has_months_and_a_very_quiet_one_no_line():
    assert not found_in(simulated(12, days=900, a_day=0.3)).line.weekly
    assert found_in(simulated(13, days=900, a_day=0.05)).line is None


def test_that_friday_is_white_where_people_call_it_so(regulars):
    titles = {
        currency: timing_part(found_in(regulars, currency=currency), EN).comparison.line.seasons
        for currency in ("KWD", "USD")
    }
    assert titles["KWD"][0].startswith("White Friday 2025")
    assert titles["USD"][0].startswith("Black Friday 2025")


def test_a_season_that_is_under_way_can_be_chosen(regulars):
    until = date(2026, 2, 25)
    told = timing_part(found_in(regulars, "2026-02-18..2026-03-19", Against.SEASON, as_of=until), EN).comparison
    assert (said(told.now), said(told.before)) == (
        "18 February 2026 to 25 February 2026",
        "1 March 2025 to 8 March 2025",
    )


# ---- drawings ----


def plots(found, words):
    told = timing_part(found, words)
    return [*told.speed.plots, *(told.comparison.line.plots if told.comparison.line else [])]


def is_inside(plot):
    places = [tuple(map(int, pair.split(","))) for line in plot.lines for pair in line.points.split()]
    places += [(dot.x, dot.y) for line in plot.lines for dot in line.dots]
    width = plot.size.width
    assert all(plot.left <= x <= plot.right and plot.top <= y <= plot.bottom for x, y in places)
    assert all(plot.left <= strip.x and strip.x + strip.width <= plot.right + 2 for strip in plot.strips)
    assert all(0 <= label.x <= width and 0 <= label.y <= plot.size.height for label in plot.labels)
    assert list(plot.grid) == sorted(plot.grid, reverse=True)
    assert plot.grid[0] == plot.bottom


@pytest.mark.parametrize("words", [EN, AR], ids=lambda words: words.locale)
def test_everything_is_inside(regulars, words):
    for plot in plots(found_in(regulars), words):
        is_inside(plot)


def test_arabic_is_drawn_from_the_right(regulars):
    found = found_in(regulars)
    for english, arabic in zip(plots(found, EN), plots(found, AR), strict=True):
        width = english.size.width
        for one, other in zip(english.lines, arabic.lines, strict=True):
            there = [tuple(map(int, pair.split(","))) for pair in other.points.split()]
            assert [f"{width - x},{y}" for x, y in there] == one.points.split()
            assert [width - dot.x for dot in other.dots] == [dot.x for dot in one.dots]
        assert [width - strip.x - strip.width for strip in arabic.strips] == [strip.x for strip in english.strips]
        assert (arabic.left, arabic.right) == (width - english.right, width - english.left)


def test_curves_rise_and_names_of_seasons_do_not_meet(regulars):
    wide, _, line, narrow = plots(found_in(regulars), EN)
    for curve in wide.lines:
        heights = [int(pair.split(",")[1]) for pair in curve.points.split()]
        assert heights == sorted(heights, reverse=True)
        assert len(curve.dots) == 5
    named = [label for label in line.labels if label.y < line.top]
    assert [label.text for label in named] == ["White Friday 2025", "Ramadan 1447"]
    assert all(one.x + 7 * len(one.text) < two.x for one, two in pairwise(named))
    assert not [label for label in narrow.labels if label.y < narrow.top]


@given(
    histories, st.sampled_from(["all", "30d", "90d", "365d"]), st.sampled_from([*Against, None]), st.integers(0, 520)
)
def test_any_shop_is_told_and_drawn(shop, window, against, day):
    shop = {who: [each for each in days if each <= day] for who, days in shop.items()}
    found = found_in({who: days for who, days in shop.items() if days}, window, against, on(day))
    timing_document(found)
    for words in (EN, AR):
        for plot in plots(found, words):
            is_inside(plot)


def test_a_shop_without_customers_says_when_there_will_be_something():
    told = timing_part(found_in({}, "365d"), EN)
    assert told.speed.plots == []
    assert told.speed.too_few == "Once 30 customers have had time to come back, this shows how fast people do."
    assert told.comparison.line is None


def test_all_orders_on_one_day_are_told():
    told = timing_part(found_in({who: [0, 0] for who in range(1, 200)}, "365d"), EN)
    assert said(told.speed.sentence) == ("Of every 100 people who buy for the first time, 0 come back within one year.")
