"""What shoppers call points: by one of four ready names, or by the merchant's own. Pure.

Arabic forms are those that stand behind a preposition, as they do in every sentence that shoppers read: then one form
of each is enough, whatever its gender.
"""

import unicodedata
from collections.abc import Mapping

from msgspec import Struct

from shopify_app.language import Words

POINTS, STARS, LEAVES, BEADS = "points", "stars", "leaves", "beads"
LONGEST = 32
"""Characters of a form."""
_SEPARATOR = "|"
_ARABIC_COUNTED = 3
"""The first of the six Arabic forms that has its number before it: none, one and two are words of their own."""
_BETWEEN = " '\N{RIGHT SINGLE QUOTATION MARK}-"


class Name(Struct, frozen=True):
    """A name in all its forms."""

    english: tuple[str, str]
    """Of one, and of any other number."""
    arabic: tuple[str, str, str, str, str, str]
    """None, one, two; and the word after 3 to 10, after 11 to 99, after 100."""
    general: str
    """In Arabic, all of them: النقاط."""


Called = str | Name
"""A key of READY, or a name of the merchant's own."""

READY: Mapping[str, Name] = {
    POINTS: Name(("point", "points"), ("لا نقاط", "نقطة واحدة", "نقطتين", "نقاط", "نقطة", "نقطة"), "النقاط"),
    STARS: Name(("star", "stars"), ("لا نجوم", "نجمة واحدة", "نجمتين", "نجوم", "نجمة", "نجمة"), "النجوم"),
    LEAVES: Name(("leaf", "leaves"), ("لا أوراق", "ورقة واحدة", "ورقتين", "أوراق", "ورقة", "ورقة"), "الأوراق"),
    BEADS: Name(("bead", "beads"), ("لا حبات", "حبة واحدة", "حبتين", "حبات", "حبة", "حبة"), "الحبات"),
}


def counted(number: int, called: Called, words: Words) -> str:
    """So many of them."""
    name = _name(called)
    forms = name.arabic if words.rtl else name.english
    form = _said(words.form_of(forms, number), called, words)
    if words.rtl and abs(number) < _ARABIC_COUNTED:
        return form
    return f"{words.number(number)} {form}"


def general(called: Called, words: Words) -> str:
    """All of them, as a sentence is about them."""
    name = _name(called)
    return _said(name.general if words.rtl else name.english[1], called, words)


def none_of(called: Called, words: Words) -> str:
    """Not one of them."""
    name = _name(called)
    return _said(name.arabic[0] if words.rtl else f"no {name.english[1]}", called, words)


def _name(called: Called) -> Name:
    return called if isinstance(called, Name) else READY[called]


def _said(form: str, called: Called, words: Words) -> str:
    """What somebody typed may run the other way."""
    return words.isolated(form) if isinstance(called, Name) else form


def written(called: Called) -> str:
    """One text for a form's field; `read_called` reads it."""
    return called if isinstance(called, str) else _SEPARATOR.join((*called.english, *called.arabic, called.general))


def read_called(text: str) -> Called | None:
    """What `written` has written; None for anything else."""
    if text in READY:
        return text
    one, many, *others = text.split(_SEPARATOR) if text.count(_SEPARATOR) == len(_ALL) - 1 else ("", "")
    if not (is_latin(one) and is_latin(many) and others and all(is_word(form) for form in others)):
        return None
    none, single, two, few, eleven, hundred, every = others
    return Name((one, many), (none, single, two, few, eleven, hundred), every)


_ALL = ("one", "many", "none", "single", "two", "few", "eleven", "hundred", "every")


def is_word(text: str) -> bool:
    """Whether it is letters of English or Arabic alone, and not too long: no markup, no numbers, no signs."""
    tidy = text == " ".join(text.split()) and 0 < len(text) <= LONGEST
    return tidy and unicodedata.category(text[0])[0] == "L" and all(_is_letter(one) for one in text)


def is_latin(text: str) -> bool:
    """Whether it is a word that can stand in an English sentence."""
    return is_word(text) and "ARABIC" not in _scripts(text)


def _is_letter(one: str) -> bool:
    known = _scripts(one) <= {"LATIN", "ARABIC"} and unicodedata.category(one)[0] in "LM"
    return known or one in _BETWEEN


def _scripts(text: str) -> set[str]:
    return {unicodedata.name(one, "").split(" ")[0] for one in text}


def suggested(english: tuple[str, str], one: str, many: str) -> Name:
    """A name of which these forms are known, the others as most Arabic words have them: somebody has to look at it."""
    if "ARABIC" not in _scripts(one + many):
        return Name(english, (f"لا {many}", one, f"اثنين من {many}", many, many, many), many)
    feminine = one.endswith("ة")
    two = f"{one[:-1]}تين" if feminine else f"{one}ين"
    eleven = one if feminine or one[-1] in "اءى" or " " in one else f"{one}ًا"
    every = many if many.startswith("ال") else f"ال{many}"
    return Name(english, (f"لا {many}", f"{one} {'واحدة' if feminine else 'واحد'}", two, many, eleven, one), every)
