"""Which columns of a file say whose points they are and how many, by their titles. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# As Smile, Yotpo, LoyaltyLion, BON and Shopify itself call them, and as people write them; the surest first.
# Neither a plain id, which is the other app's own, nor points that were earned in all: some of them are spent.
_NUMBER: tuple[str, ...] = ("shopify customer id", "shopify id", "customer id", "customer number", "merchant id")
_NUMBER += ("رقم العميل في شوبيفاي", "معرف العميل", "رقم العميل")
_EMAIL: tuple[str, ...] = ("email", "e mail", "email address", "e mail address", "customer email", "mail")
_EMAIL += ("البريد الالكتروني", "بريد الكتروني", "بريد العميل", "البريد", "الايميل", "ايميل")
_PHONE: tuple[str, ...] = (
    "phone",
    "phone number",
    "mobile",
    "mobile number",
    "mobile phone",
    "customer phone",
    "telephone",
    "whatsapp",
)
_PHONE += ("الهاتف", "رقم الهاتف", "الجوال", "رقم الجوال", "الموبايل", "رقم الموبايل", "واتساب")
_POINTS: tuple[str, ...] = (
    "points balance",
    "point balance",
    "current points balance",
    "current points",
    "available points",
)
_POINTS += ("points available", "loyalty points", "reward points", "total points", "points", "balance points")
_POINTS += ("رصيد النقاط", "النقاط المتاحه", "النقاط الحاليه", "عدد النقاط", "نقاط الولاء", "النقاط", "نقاط")

_MARKS = re.compile("[\u0640\u064b-\u0652\u0670]")
"""Strokes that stretch Arabic words, and vowels."""
_SPELLINGS = str.maketrans("أإآىة", "ااايه")
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """At which place of a line what stands; None where no column says it."""

    number: int | None
    email: int | None
    phone: int | None
    points: int | None

    @property
    def name_people(self) -> bool:
        """Whether any of them says whose points they are."""
        return any(place is not None for place in (self.number, self.email, self.phone))


def columns_of(titles: Sequence[str]) -> Columns:
    """What each column is, in either language and any usual spelling; of two that say the same, the surest."""
    spelled = [_evened(title) for title in titles]

    def place(names: Sequence[str]) -> int | None:
        return next((spelled.index(name) for name in names if name in spelled), None)

    return Columns(place(_NUMBER), place(_EMAIL), place(_PHONE), place(_POINTS))


def _evened(title: str) -> str:
    text = _MARKS.sub("", unicodedata.normalize("NFKC", title).casefold()).translate(_SPELLINGS)
    return _BETWEEN.sub(" ", text).strip()
