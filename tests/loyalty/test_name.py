"""What shoppers call points, in every sentence that they read: ready names, the merchant's own, and what is no name."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from shopify_app.clock import LocalDay
from shopify_app.language import Words, catalogue
from shopify_app.loyalty.programme.form import BadProgramme, read_programme, ready, typed
from shopify_app.loyalty.programme.name import (
    BEADS,
    LEAVES,
    POINTS,
    READY,
    STARS,
    Name,
    counted,
    general,
    none_of,
    read_called,
    suggested,
    written,
)
from shopify_app.loyalty.programme.name_form import ARABIC, CORRECTED, checks, origin, read_name, typed_name
from shopify_app.loyalty.programme.occasions import Occasions
from shopify_app.loyalty.programme.prize import CREDIT, PERCENT, Prize
from shopify_app.loyalty.programme.rate import TEN_DAYS, Rate
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text, terms

TODAY = LocalDay(date(2026, 11, 21))
EN, AR = Words("en"), Words("ar")
HEARTS = Name(("heart", "hearts"), ("لا قلوب", "قلب واحد", "قلبين", "قلوب", "قلبًا", "قلب"), "القلوب")
ISOLATE, END = "\u2068", "\u2069"
FULL = replace(
    ready("KWD")["balanced"],
    per_order=2,
    first_order=50,
    nth=3,
    nth_points=15,
    most=100,
    ends_after=90,
    occasions=Occasions(joined=5, agreed=1, birthday=11, anniversary=2, most_a_month=103),
    others=(Prize("a", PERCENT, 300, 20), Prize("b", CREDIT, 200, 500)),
    rates=(
        Rate("a", 0, "products", ((1, "Oud"),)),
        Rate("b", 200, when=TEN_DAYS),
        Rate("c", 50, "products", ((2, "Musk"),)),
        Rate("d", 150, "products", ((3, "Amber"),)),
    ),
)
"""A programme whose terms say all that terms can say of points."""


def plain(text: str) -> str:
    return text.replace(ISOLATE, "").replace(END, "")


@pytest.mark.parametrize(
    ("key", "arabic"),
    [
        (POINTS, ("لا نقاط", "نقطة واحدة", "نقطتين", "5 نقاط", "15 نقطة", "100 نقطة")),
        (STARS, ("لا نجوم", "نجمة واحدة", "نجمتين", "5 نجوم", "15 نجمة", "100 نجمة")),
        (LEAVES, ("لا أوراق", "ورقة واحدة", "ورقتين", "5 أوراق", "15 ورقة", "100 ورقة")),
        (BEADS, ("لا حبات", "حبة واحدة", "حبتين", "5 حبات", "15 حبة", "100 حبة")),
    ],
)
def test_a_ready_name_has_a_form_for_every_kind_of_number(key: str, arabic: tuple[str, ...]) -> None:
    assert tuple(counted(n, key, AR) for n in (0, 1, 2, 5, 15, 100)) == arabic
    one, many = READY[key].english
    assert [counted(n, key, EN) for n in (0, 1, 2, 1_200)] == [f"0 {many}", f"1 {one}", f"2 {many}", f"1,200 {many}"]


@given(st.integers(0, 10_000))
def test_points_are_counted_as_the_merchants_own_pages_count_them_but_for_two(number: int) -> None:
    for words in (EN, AR):
        said, own = counted(number, POINTS, words), points_text(number, words)
        assert said == (own.replace("نقطتان", "نقطتين") if number == 2 else own)


@pytest.mark.parametrize("name", [STARS, LEAVES, BEADS, HEARTS])
@pytest.mark.parametrize("words", [EN, AR], ids=["en", "ar"])
def test_no_term_speaks_of_points_once_they_have_another_name(name: Any, words: Words) -> None:
    for wait, ends, quiet in ((0, None, False), (14, 90, False), (14, 90, True)):
        rule = replace(FULL, wait_days=wait, ends_after=ends, extended=quiet)
        called, usual = terms(replace(rule, name=name), words, TODAY), terms(rule, words, TODAY)
        assert len(called) == len(usual)
        wrong = [one for one in called if any(word in one.lower() for word in ("point", "نقا", "نقط"))]
        assert not wrong
        speaking = [one for one in usual if any(word in one.lower() for word in ("point", "نقا", "نقط"))]
        assert len(speaking) >= 15, "as many would say it"


def test_a_name_that_was_typed_stands_apart_from_what_is_around_it() -> None:
    beads = Name(("Oudie", "Oudies"), ("لا Oudies", "Oudie", "اثنين من Oudies", *("Oudies",) * 3), "Oudies")
    assert counted(500, beads, AR) == f"500 {ISOLATE}Oudies{END}"
    assert general(beads, AR) == f"{ISOLATE}Oudies{END}"
    assert none_of(beads, EN) == "no Oudies"
    assert ISOLATE not in "".join(terms(FULL, AR, TODAY)).replace(f"{ISOLATE}Oud{END}", "").replace(
        f"{ISOLATE}Musk{END}", ""
    ).replace(f"{ISOLATE}Amber{END}", ""), "ready names are of the language that they stand in"


def test_versions_of_before_say_points() -> None:
    old = json.decode(json.encode({**json.decode(json.encode(ready("KWD")["simple"]))}))
    del old["name"]
    rule = json.decode(json.encode(old), type=Rule)
    assert rule == ready("KWD")["simple"]
    assert rule.name == POINTS


@pytest.mark.parametrize("name", [*READY, HEARTS])
def test_a_rule_keeps_its_name_in_the_database_and_in_a_form(name: Any) -> None:
    rule = replace(ready("KWD")["simple"], name=name)
    assert json.decode(json.encode(rule), type=Rule) == rule
    assert read_programme(typed(rule), "KWD") == rule
    assert read_called(written(name)) == name


@pytest.mark.parametrize(
    "text",
    ["", "gold", "|" * 8, "<b>|b|" + "|".join("ب" * 7), "heart|hearts", written(HEARTS) + "|", written(HEARTS)[:-6]],
)
def test_what_nobody_could_choose_is_no_name(text: str) -> None:
    assert read_called(text) is None
    with pytest.raises(BadProgramme):
        read_programme(typed(ready("KWD")["simple"]) | {"called": text}, "KWD")


@given(st.text(max_size=300))
def test_any_text_is_a_name_that_reads_back_or_none(text: str) -> None:
    called = read_called(text)
    assert called is None or written(called) == text


HEART = {"one": "heart", "many": "hearts", "arabic_one": "قلب", "arabic_many": "قلوب"}


def test_two_words_in_each_language_are_enough() -> None:
    assert read_name(HEART) == HEARTS
    star = {"one": "star", "many": "stars", "arabic_one": "نجمة", "arabic_many": "نجوم"}
    assert read_name(star) == READY[STARS]


def test_a_word_that_reads_wrong_is_mended_and_stays_so_until_the_name_is_another() -> None:
    sent = HEART | {"of": origin(HEART), "two": "قلبين اثنين"}
    assert read_name(sent).arabic[2] == "قلبين اثنين"
    assert read_name(sent | {"arabic_one": "نجمة", "arabic_many": "نجوم"}).arabic[2] == "نجمتين"
    assert read_name(typed_name(read_name(sent))) == read_name(sent)


BAD = ["", " ", "5 stars", "<b>", "a|b", "a&b", "{n}", "\u202eab", "a\0", "x" * 21, "★", "a\nb", "-a"]


@pytest.mark.parametrize("text", [*BAD, "نجمة"])
def test_in_english_it_is_written_in_english_letters(text: str) -> None:
    if text == "a\nb":
        assert read_name(HEART | {"one": text}).english[0] == "a b"
        return
    with pytest.raises(BadProgramme) as wrong:
        read_name(HEART | {"one": text})
    assert set(wrong.value.problems) == {"one"}


@pytest.mark.parametrize("text", [one for one in BAD if one.strip() and "\n" not in one])
@pytest.mark.parametrize("field", [*ARABIC, *CORRECTED])
def test_in_arabic_there_are_letters_alone(field: str, text: str) -> None:
    if field in CORRECTED and len(text) == 21:
        return
    with pytest.raises(BadProgramme) as wrong:
        read_name(HEART | {"of": origin(HEART), field: text})
    assert set(wrong.value.problems) == {field}


LETTERS = st.text("abcdefghijklmnopqrstuvwxyzابتثجحخدذرزسشصضطظعغفقكلمنهوي", min_size=1, max_size=20)


@given(LETTERS, LETTERS)
def test_whatever_follows_from_two_words_can_be_kept(one: str, many: str) -> None:
    name = suggested(("a", "b"), one, many)
    assert read_called(written(name)) == name


def test_the_sentences_to_check_have_a_form_each() -> None:
    said = checks(HEARTS, AR)
    assert [plain(one.sentence) for one in said[:6]] == [
        "رصيدك: لا قلوب.",
        "تحصل على قلب واحد عن هذا الطلب.",
        "تحصل على قلبين عن هذا الطلب.",
        "تحصل على 5 قلوب عن هذا الطلب.",
        "تحصل على 15 قلبًا عن هذا الطلب.",
        "تحصل على 100 قلب عن هذا الطلب.",
    ]
    assert [one.field for one in said] == list(CORRECTED)
    assert [one.sentence for one in checks(HEARTS, EN)] == [
        "You get 1 heart for this order.",
        "You get 5 hearts for this order.",
    ]
    assert catalogue("ar").rule.count == 6
