"""Figures in words, from figures alone."""

from datetime import date
from fractions import Fraction

import pytest

from shopify_app.clock import LocalDay
from shopify_app.language import Words, without_bidi_marks
from shopify_app.retention.asking import read_asked
from shopify_app.retention.measure import Figure
from shopify_app.retention.presenting import (
    NOTHING,
    change_text,
    compared_text,
    formula_text,
    home_card,
    period_text,
    value_text,
    waiting,
    window_choices,
    worth_comparing,
)
from shopify_app.retention.window import Window

EN, AR = Words("en"), Words("ar")
TODAY = LocalDay(date(2026, 11, 21))


def figure(kind: str, value: Fraction | None, name: str = "repeat_rate") -> Figure:
    return Figure(name, 1, kind, value, Fraction(0), Fraction(0))


def share(value: str) -> Figure:
    return figure("share", Fraction(value))


def money(value: str) -> Figure:
    return figure("money", Fraction(value), "net_revenue")


@pytest.mark.parametrize(
    ("now", "before", "english", "arabic"),
    [
        (share("0.346"), share("0.325"), "up 2.1 points", "بزيادة 2.1 نقطة مئوية"),
        (share("0.325"), share("0.346"), "down 2.1 points", "بنقص 2.1 نقطة مئوية"),
        (share("0.3461"), share("0.3460"), "no change", "دون تغيّر"),
        (money("109"), money("100"), "up 9.0 %", "بزيادة 9.0٪"),
        (money("50"), money("100"), "down 50.0 %", "بنقص 50.0٪"),
        (money("100"), money("100"), "no change", "دون تغيّر"),
        (money("100"), money("0"), None, None),
        (money("100"), money("-5"), None, None),
        (share("0.1"), None, None, None),
        (share("0.1"), figure("share", None), None, None),
        (figure("share", None), share("0.1"), None, None),
    ],
)
def test_changes(now, before, english, arabic) -> None:
    said = change_text(now, before, EN)
    assert (without_bidi_marks(said) if said else said) == english
    said = change_text(now, before, AR)
    assert (without_bidi_marks(said) if said else said) == arabic


def test_values_in_their_units() -> None:
    shown = [
        value_text(figure(kind, value), EN, "KWD")
        for kind, value in (
            ("share", Fraction(1, 3)),
            ("ratio", Fraction(7, 4)),
            ("count", Fraction(11960)),
            ("money", Fraction(39, 2)),
            ("money", Fraction(99_999_999, 1000)),
            ("money", Fraction(246_724_330, 1000)),
            ("share", None),
        )
    ]
    expected = ["33.3 %", "1.75", "11,960", "KWD 19.500", "KWD 99,999.999", "KWD 246.7K", NOTHING]
    assert [without_bidi_marks(text) for text in shown] == expected


def test_the_formula_is_exact_where_the_card_is_short() -> None:
    total = Figure("net_revenue", 1, "money", Fraction(2_500_000), Fraction(2_500_000), None)
    assert without_bidi_marks(formula_text(total, EN, "KWD")) == "KWD 2,500,000.000"


def test_a_share_of_sales_shows_both_amounts() -> None:
    parts = Figure("returning_revenue_share", 1, "share", Fraction(2, 5), Fraction(40), Fraction(100))
    assert without_bidi_marks(formula_text(parts, EN, "KWD")) == "KWD 40.000 ÷ KWD 100.000 = 40.0 %"


def test_periods_in_words() -> None:
    day = LocalDay(date(2026, 11, 1))
    assert period_text(Window("x", day, TODAY), EN) == "1 November 2026 to 21 November 2026"
    assert period_text(Window("x", TODAY, TODAY), EN) == "21 November 2026"
    assert period_text(Window("all", None, TODAY), AR) == "كل ما سبق حتى 21 نوفمبر 2026"


def test_a_period_of_ones_own_stays_in_the_picker() -> None:
    asked = read_asked({"window": "2026-11-01..2026-11-10"}, TODAY)
    choices = window_choices(asked, EN)
    assert [choice.value for choice in choices if choice.chosen] == ["2026-11-01..2026-11-10"]
    assert len(window_choices(read_asked({}, TODAY), EN)) == 4


def test_the_period_before_in_words() -> None:
    month, ever = (read_asked({"window": name}, TODAY).window for name in ("30d", "all"))
    assert compared_text(month, EN) == "against the 30 days before"
    assert compared_text(month, AR) == "مقارنةً بـ30 يومًا قبلها"
    assert compared_text(ever, EN) is None


def test_a_number_that_is_not_known_is_against_nothing() -> None:
    asked = read_asked({"window": "30d"}, TODAY)
    known = home_card(money("109"), money("100"), asked, EN, "KWD", "/")
    assert (known.change, known.compared) == ("up 9.0\N{NO-BREAK SPACE}%", "against the 30 days before")
    assert (waiting(known, EN).change, waiting(known, EN).compared) == (None, None)
    assert home_card(money("109"), None, asked, EN, "KWD", "/").compared is None


def test_only_known_time_is_compared() -> None:
    window = Window("x", LocalDay(date(2026, 11, 1)), TODAY)
    assert worth_comparing(window, LocalDay(date(2026, 11, 1)))
    assert not worth_comparing(window, LocalDay(date(2026, 11, 2)))
    assert not worth_comparing(window, None)
    assert not worth_comparing(None, TODAY)
