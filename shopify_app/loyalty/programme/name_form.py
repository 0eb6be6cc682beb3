"""A name for points as somebody types it: one and many in each language, and whatever else reads wrong. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from shopify_app.language import Words
from shopify_app.loyalty.programme.form import BadProgramme, Problem
from shopify_app.loyalty.programme.name import LONGEST, Called, Name, counted, general, is_latin, is_word, suggested

ENGLISH = ("one", "many")
ARABIC = ("arabic_one", "arabic_many")
CORRECTED = ("none", "single", "two", "few", "eleven", "hundred", "every")
"""Forms in Arabic that follow from the two that are typed, until somebody says otherwise."""
OF = "of"
"""From which two words they followed: for others they are worked out anew."""
FIELDS = (*ENGLISH, *ARABIC, OF, *CORRECTED)
LONGEST_TYPED = 20
IN_ARABIC, IN_ENGLISH = (0, 1, 2, 5, 15, 100), (1, 5)
"""The numbers by which somebody sees whether a name reads right: in Arabic each takes another form."""

_LATIN = "Write a word in English letters, without numbers or signs, up to {most} letters."
_LETTERS = "Write a word without numbers or signs, up to {most} letters."
_GAP = "…"


def read_name(sent: Mapping[str, Any]) -> Name:
    """The name that was typed; BadProgramme where it is none."""
    problems: dict[str, Problem] = {}
    for name in (*ENGLISH, *ARABIC):
        fits, why = (is_latin, _LATIN) if name in ENGLISH else (is_word, _LETTERS)
        if not fits(_text(sent, name)) or len(_text(sent, name)) > LONGEST_TYPED:
            problems[name] = Problem(why, {"most": LONGEST_TYPED})
    if problems:
        raise BadProgramme(problems)
    one, many, arabic_one, arabic_many = (_text(sent, name) for name in (*ENGLISH, *ARABIC))
    found = suggested((one, many), arabic_one, arabic_many)
    if _text(sent, OF) != origin(sent):
        return found
    forms = dict(zip(CORRECTED, (*found.arabic, found.general), strict=True))
    forms |= {name: text for name in CORRECTED if (text := _text(sent, name))}
    if wrong := [name for name, form in forms.items() if not is_word(form)]:
        raise BadProgramme({name: Problem(_LETTERS, {"most": LONGEST}) for name in wrong})
    none, single, two, few, eleven, hundred, every = (forms[name] for name in CORRECTED)
    return Name(found.english, (none, single, two, few, eleven, hundred), every)


def origin(sent: Mapping[str, Any]) -> str:
    """What a form says of the two words that the others followed from."""
    return ", ".join(_text(sent, name) for name in ARABIC)


def typed_name(name: Name) -> dict[str, str]:
    """What stands in the form for a name."""
    told = dict(zip(ENGLISH, name.english, strict=True))
    told |= dict(zip(ARABIC, (name.arabic[5], name.arabic[3]), strict=True))
    told |= dict(zip(CORRECTED, (*name.arabic, name.general), strict=True))
    return told | {OF: origin(told)}


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    return " ".join(value.split()) if isinstance(value, str) and len(value) <= 2 * LONGEST_TYPED else ""


class Check(NamedTuple):
    """A sentence to read before a name is kept."""

    sentence: str
    gap: str
    """The same without the form."""
    field: str
    """Where the form is mended; empty where it stands as it was typed."""


def checks(called: Called, words: Words) -> Sequence[Check]:
    """The sentences in a language: with each kind of number, and in Arabic, which has a form for it, in general."""
    if not words.rtl:
        return [Check(_sentence(number, counted(number, called, words), words), "", "") for number in IN_ENGLISH]
    found = [
        Check(
            _sentence(number, counted(number, called, words), words),
            _sentence(number, _GAP if number < IN_ARABIC[3] else f"{words.number(number)} {_GAP}", words).rstrip("."),
            field,
        )
        for number, field in zip(IN_ARABIC, CORRECTED, strict=False)
    ]
    never, gap = (words.text("Your {name} never end.", name=name) for name in (general(called, words), _GAP))
    return [*found, Check(never, gap, CORRECTED[-1])]


def _sentence(number: int, points: str, words: Words) -> str:
    if number == 0:
        return words.text("You have {points}.", points=points)
    return words.text("You get {points} for this order.", points=points)
