"""The points that a cell of a file means. Pure."""

import re
import unicodedata

MOST = 1_000_000
"""Points that one line may bring."""

UNWHOLE, NEGATIVE, ZERO, TOO_MANY = "unwhole", "negative", "zero", "too_many"
"""Why a cell brings no points."""

_UNSEEN = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_WHOLE = re.compile(
    r"(?P<sign>[-\u2212+]?)(?P<whole>[0-9]+|[0-9]{1,3}(?:(?P<mark>[, '\u2019\u066c])[0-9]{3})(?:(?P=mark)[0-9]{3})*"
    r"|[0-9]{1,3}(?:\.[0-9]{3}){2,})(?:[.\u066b]0{1,2})?"
)
_DIGITS = 12
"""More of them are too many whatever they say."""


def points_in(text: str) -> int | str:
    """A whole number from 1 to MOST, with whatever digits and marks between thousands; else why it is none.

    `1.234` and `1.000` are refused: they may be thousands, or decimals that no points have.
    """
    match = _WHOLE.fullmatch(plain(text))
    if match is None:
        return UNWHOLE
    digits = re.sub(r"\D", "", match["whole"]).lstrip("0")
    if not digits:
        return ZERO
    if match["sign"] in ("-", "\u2212"):
        return NEGATIVE
    return int(digits) if len(digits) <= _DIGITS and int(digits) <= MOST else TOO_MANY


def plain(text: str) -> str:
    """A cell's text without marks that are not seen, with one kind of blank, and with ASCII digits."""
    if text.isascii():
        return text.strip()
    return "".join(map(_evened, _UNSEEN.sub("", text))).strip()


def _evened(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if sign.isdecimal() else " " if sign.isspace() else sign
