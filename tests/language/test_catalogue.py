"""The Arabic catalogue against the code, the templates and docs/glossary.md."""

import re
import unicodedata
from collections.abc import Iterator
from string import Formatter

import pytest

from shopify_app.language import LOCALES, Catalogue, catalogue
from tests.messages import ROOT, Message, messages

SPOKEN = messages()
ARABIC = catalogue("ar")
EXAMPLES = (0, 1, 2, 3, 11, 100)


def forms_of(message: Message, known: Catalogue) -> tuple[str, ...]:
    if message.many is None:
        text = known.texts.get(message.key)
        return (text,) if text else ()
    return known.plurals.get((message.key, message.many), ())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_the_search_finds_what_the_product_says() -> None:
    found = {message.key for message in SPOKEN}
    from_a_template, from_a_call, from_a_failure, from_a_table = (
        "How is this worked out?",
        "Reading your orders, newest first: {done} of about {total}. You can leave this page.",
        "The period ends before it starts.",
        "Bought more than once",
    )
    assert {from_a_template, from_a_call, from_a_failure, from_a_table} <= found


@pytest.mark.parametrize("message", SPOKEN, ids=lambda message: message.key[:40])
def test_everything_said_has_arabic(message: Message) -> None:
    assert all(forms_of(message, ARABIC)), f"{message.where} says {message.key!r}: add it to translations/ar.po"
    assert forms_of(message, ARABIC), f"{message.where} says {message.key!r}: add it to translations/ar.po"


def test_nothing_in_the_catalogue_is_unsaid() -> None:
    texts = {message.key for message in SPOKEN if message.many is None}
    plurals = {(message.key, message.many) for message in SPOKEN if message.many is not None}
    assert set(ARABIC.texts) <= texts
    assert set(ARABIC.plurals) <= plurals


def test_arabic_has_the_placeholders_of_its_key() -> None:
    for key, text in ARABIC.texts.items():
        assert placeholders(text) == placeholders(key), key


def test_plurals_have_six_forms_with_the_placeholders_of_their_keys() -> None:
    for (one, many), forms in ARABIC.plurals.items():
        assert len(forms) == 6, one
        wanted = placeholders(one) | placeholders(many)
        for form in forms[:3]:  # none, one and two are words of their own
            assert placeholders(form) | {"n"} == wanted | {"n"}, form
        for form in forms[3:]:
            assert placeholders(form) == wanted, form


def test_each_kind_of_number_takes_a_form_of_its_own() -> None:
    assert ARABIC.rule.count == 6
    assert [ARABIC.rule.choose(n) for n in EXAMPLES] == [0, 1, 2, 3, 4, 5]


# ---- docs/glossary.md ----


def rows(heading: str) -> Iterator[list[str]]:
    part = (ROOT / "docs/glossary.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:])


def test_terms_of_the_glossary_are_used_as_given() -> None:
    terms = {english: arabic for english, arabic, _ in rows("Terms")}
    assert len(terms) > 20
    wrong = {
        english: (ARABIC.texts[english], arabic)
        for english, arabic in terms.items()
        if english in ARABIC.texts and ARABIC.texts[english] != arabic
    }
    assert not wrong
    unknown = [english for english in terms if english not in ARABIC.texts]
    assert not unknown, "a term that nobody says"


def plain(text: str) -> str:
    """Without vowel signs and direction marks, alefs alike."""
    kept = "".join(char for char in text if unicodedata.category(char) not in ("Mn", "Cf"))
    return re.sub("[أإآ]", "ا", kept)


def forbidden() -> list[str]:
    words = [word.strip() for cells in rows("Never in Arabic") for word in cells[0].split("،")]
    assert len(words) > 25
    return words


def contains(text: str, word: str) -> bool:
    letter = "[\u0621-\u064a]"
    return bool(re.search(f"(?<!{letter})[وفبلك]?(?:ال|لل)?{re.escape(plain(word))}(?!{letter})", plain(text)))


@pytest.mark.parametrize("word", forbidden())
def test_words_that_are_never_said_are_not_said(word: str) -> None:
    said = [*ARABIC.texts.values(), *(form for forms in ARABIC.plurals.values() for form in forms)]
    assert not [text for text in said if contains(text, word)]


def test_forbidden_words_are_recognised_in_a_sentence() -> None:
    assert contains("هذا هو المُعدّل الشهري", "معدل")
    assert contains("بالأساس الجديد", "أساس")
    assert not contains("العملاء العائدين", "دين")


def test_only_languages_with_a_catalogue_are_offered() -> None:
    assert {path.stem for path in (ROOT / "translations").iterdir()} | {"en"} == set(LOCALES)
