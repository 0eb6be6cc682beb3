"""Numbers, money and days as each language writes them."""

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from shopify_app.clock import Instant
from shopify_app.language import Words, to_decimal, without_bidi_marks

EN, AR = Words("en"), Words("ar")
RLM, LRM = "\N{RIGHT-TO-LEFT MARK}", "\N{LEFT-TO-RIGHT MARK}"
NBSP = "\N{NO-BREAK SPACE}"


def test_unknown_languages_are_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        Words("fr")


def test_directions() -> None:
    assert (EN.direction, AR.direction) == ("ltr", "rtl")


def test_text_falls_back_to_its_key_and_fills_in_values() -> None:
    assert EN.text("up {percent}", percent="3 %") == "up 3 %"
    assert AR.text("up {percent}", percent="3٪") == "بزيادة 3٪"
    assert AR.text("Nobody translated this.") == "Nobody translated this."
    with pytest.raises(KeyError):
        EN.text("up {percent}", wrong="3 %")


@pytest.mark.parametrize(
    ("n", "english", "arabic"),
    [
        (0, "0 days", "أقل من يوم"),
        (1, "1 day", "يوم واحد"),
        (2, "2 days", "يومين"),
        (3, "3 days", "3 أيام"),
        (11, "11 days", "11 يومًا"),
        (47, "47 days", "47 يومًا"),
        (100, "100 days", "100 يوم"),
        (1100, "1,100 days", "1,100 يوم"),
    ],
)
def test_plurals_in_every_form(n: int, english: str, arabic: str) -> None:
    assert EN.duration(n) == english
    assert AR.duration(n) == arabic


@pytest.mark.parametrize(
    ("minor", "currency", "english", "arabic"),
    [
        (1234500, "KWD", f"KWD{NBSP}1,234.500", f"{RLM}1,234.500{NBSP}د.ك.{RLM}"),
        (5, "KWD", f"KWD{NBSP}0.005", f"{RLM}0.005{NBSP}د.ك.{RLM}"),
        (-500, "KWD", f"-KWD{NBSP}0.500", f"{RLM}{LRM}-0.500{NBSP}د.ك.{RLM}"),
        (123450, "USD", "$1,234.50", f"{RLM}1,234.50{NBSP}US${LRM}"),
        (1234, "JPY", "¥1,234", f"{RLM}1,234{NBSP}JP¥{LRM}"),
        (1250, "IQD", f"IQD{NBSP}1.250", f"{RLM}1.250{NBSP}د.ع.{RLM}"),
    ],
)
def test_money_has_the_decimals_of_its_currency(minor: int, currency: str, english: str, arabic: str) -> None:
    assert EN.money(minor, currency) == english
    assert AR.money(minor, currency) == arabic


def test_signs_stand_to_the_left_of_their_digits() -> None:
    """In Arabic a bare minus or plus would stand where the sentence comes from, on the right."""
    assert (EN.number(-1200), AR.number(-1200)) == ("-1,200", f"{RLM}{LRM}-1,200")
    assert AR.percent(Fraction(-1, 8)) == f"{RLM}{RLM}{LRM}-12.5{RLM}٪"
    assert (EN.plus(EN.number(3)), AR.plus(AR.number(3))) == ("+3", f"{RLM}{LRM}+3")
    assert AR.plus(AR.money(500, "KWD")) == f"{RLM}{LRM}+0.500{NBSP}د.ك.{RLM}"


def test_amounts_round_halves_up_and_stay_exact_before() -> None:
    assert without_bidi_marks(EN.amount(Fraction(10125, 2000), "KWD")) == "KWD 5.063"
    assert str(to_decimal(Fraction(1, 3), 6)) == "0.333333"
    assert str(to_decimal(Fraction(-5, 2), 0)) == "-3"


def test_short_amounts() -> None:
    assert EN.short_amount(Fraction(13_399_500, 1000), "KWD") == f"KWD{NBSP}13.4K"
    assert without_bidi_marks(AR.short_amount(Fraction(13_399_500, 1000), "KWD")) == "13.4 ألف د.ك."
    assert without_bidi_marks(EN.short_amount(Fraction(999), "KWD")) == "KWD 999.000"


def test_short_numbers_read_from_the_right_also_inside_a_drawing() -> None:
    assert (EN.short_number(Fraction(30_000)), AR.short_number(Fraction(30_000))) == ("30K", f"{RLM}30{NBSP}ألف")


def test_shares_carry_one_decimal_and_their_sign_behind() -> None:
    share = Fraction(1942, 6310)
    assert EN.percent(share) == f"30.8{NBSP}%"
    # Marks on both sides of the digits: the sign stands to their left, whatever letters come before.
    assert AR.percent(share) == f"{RLM}30.8{RLM}٪"
    assert AR.percent(Fraction(58, 100), 0) == f"{RLM}58{RLM}٪"


def test_an_abbreviation_that_ends_a_sentence_has_the_only_full_stop() -> None:
    key = "Over completed orders, it would be {value}."
    assert without_bidi_marks(AR.text(key, value=AR.money(1500, "KWD"))) == "وعلى الطلبات المكتملة يكون 1.500 د.ك."
    assert without_bidi_marks(AR.text(key, value=AR.percent(Fraction(1, 2)))) == "وعلى الطلبات المكتملة يكون 50.0٪."


def test_days_months_and_times() -> None:
    day = date(2026, 11, 21)
    assert (EN.weekday(day), AR.weekday(day)) == ("Saturday 21 November", "السبت 21 نوفمبر")
    assert (EN.day(day), AR.day(day)) == ("21 November 2026", "21 نوفمبر 2026")
    assert (EN.short_month(day), AR.short_month(day)) == ("Nov", "نوفمبر")
    assert EN.month(day) == "November 2026"
    moment = Instant(datetime(2026, 11, 21, 6, 12, tzinfo=UTC))
    assert AR.time(moment, ZoneInfo("Asia/Kuwait")) == "09:12"


def test_countries_have_names_in_each_language() -> None:
    assert [Words(locale).country("KW") for locale in ("en", "ar")] == ["Kuwait", "الكويت"]
    assert Words("ar").country("ZZZ") == "ZZZ"


def test_files_carry_no_direction_marks() -> None:
    assert without_bidi_marks(AR.money(1500, "KWD") + AR.isolated("#1")) == "1.500 د.ك.#1"
