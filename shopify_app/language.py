"""The words of the app in each language, and numbers, money and days as that language writes them.

English is the language of the message keys; translations/<locale>.po holds every other. Pure modules hand
out keys, and whoever speaks to a person holds a `Words`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache, lru_cache
from gettext import c2py
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    get_currency_name,
)

from shopify_app.clock import Instant
from shopify_app.money import exponent

LOCALES = ("en", "ar")
NAMES = {"en": "English", "ar": "العربية"}
"""Each language in its own words, for the switch."""

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"

_NBSP = "\N{NO-BREAK SPACE}"
_RTL_MARK, _LTR_MARK = "\N{RIGHT-TO-LEFT MARK}", "\N{LEFT-TO-RIGHT MARK}"
_ISOLATE, _END_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_BIDI_MARKS = dict.fromkeys((0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_WIDE = Context(prec=60)
_SHORT_FROM = 10_000
_RIGHT_TO_LEFT = {"ar"}

Value = str | int


@dataclass(frozen=True, slots=True)
class Plurals:
    """How many forms a language has, and which one a number takes."""

    count: int
    choose: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language's texts by message key; plural texts by their singular and plural keys."""

    texts: dict[str, str]
    plurals: dict[tuple[str, str], tuple[str, ...]]
    rule: Plurals


@cache
def catalogue(locale: str) -> Catalogue:
    """The texts of a language, read once; English has none of its own, its keys are the texts."""
    if locale == "en":
        return Catalogue({}, {}, Plurals(2, lambda n: int(n != 1)))
    with (TRANSLATIONS / f"{locale}.po").open("rb") as file:
        return _catalogue(read_po(file, locale=locale, abort_invalid=True))


def _catalogue(read: Catalog) -> Catalogue:
    texts: dict[str, str] = {}
    plurals: dict[tuple[str, str], tuple[str, ...]] = {}
    for message in read:
        if isinstance(message.id, (tuple, list)) and not isinstance(message.string, str):
            plurals[message.id[0], message.id[1]] = tuple(message.string or ())
        elif isinstance(message.id, str) and message.id and isinstance(message.string, str):
            texts[message.id] = message.string
    return Catalogue(texts, plurals, Plurals(read.num_plurals, c2py(read.plural_expr)))


def without_bidi_marks(text: str) -> str:
    """The same text for a file that programs read: no invisible direction marks, plain spaces."""
    return text.translate(_BIDI_MARKS).replace(_NBSP, " ")


def to_decimal(value: Fraction | Decimal | int, digits: int) -> Decimal:
    """The value with that many decimals, halves rounded away from zero as people do."""
    exact = Fraction(value)
    quotient = _WIDE.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return quotient.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=_WIDE)


def counted(number: int, one: str, many: str) -> str:
    """`1 shop`, `2 shops`: for operators, who are spoken to in English."""
    return f"{number:,} {one if number == 1 else many}"


@dataclass(frozen=True, slots=True)
class Words:
    """One language, as a value: texts by key, and numbers, money and time in that language."""

    locale: str

    def __post_init__(self) -> None:
        if self.locale not in LOCALES:
            raise ValueError(f"no words in {self.locale!r}")

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way the language is written."""
        return "rtl" if self.locale in _RIGHT_TO_LEFT else "ltr"

    @property
    def rtl(self) -> bool:
        """True when the language is written from right to left."""
        return self.direction == "rtl"

    def text(self, key: str, **values: Value) -> str:
        """The text of a message key with its values filled in; the key itself where nobody translated it."""
        text = catalogue(self.locale).texts.get(key, key)
        return _ended_once(text.format_map(values)) if values else text

    def plural(self, one: str, many: str, n: int, **values: Value) -> str:
        """The text for a number: `one` and `many` are the English forms; `{n}` is the number, written out."""
        known = catalogue(self.locale)
        forms = known.plurals.get((one, many))
        text = forms[known.rule.choose(abs(n))] if forms else (one if abs(n) == 1 else many)
        return _ended_once(text.format_map({"n": self.number(n), **values}))

    def form_of(self, forms: Sequence[str], n: int) -> str:
        """Of the forms of a word, in the order of the language's plurals, the one that a number takes."""
        return forms[catalogue(self.locale).rule.choose(abs(n))]

    def isolated(self, text: str) -> str:
        """A name or a code in a sentence, kept from being torn apart where the sentence runs the other way."""
        return f"{_ISOLATE}{text}{_END_ISOLATE}" if self.rtl else text

    def number(self, value: Fraction | Decimal | int, digits: int = 0) -> str:
        """A number with separated thousands and that many decimals."""
        return _number(value, digits, self.locale)

    def plus(self, written: str) -> str:
        """A number or an amount with a plus, where its minus would stand."""
        if not self.rtl:
            return f"+{written}"
        return f"{_RTL_MARK}{_LTR_MARK}+{written.removeprefix(_RTL_MARK)}"

    def short_number(self, value: Fraction) -> str:
        """A large count in a few characters: 13.4K, 13.4 ألف."""
        if abs(value) < _SHORT_FROM:
            return self.number(value)
        text = format_compact_decimal(to_decimal(value, 0), locale=self.locale, fraction_digits=1)
        return f"{_RTL_MARK}{text}" if self.rtl else text

    def country(self, code: str) -> str:
        """A country by its two letters, or these letters where nobody knows it."""
        return _territories(self.locale).get(code, code)

    def percent(self, share: Fraction, digits: int = 1) -> str:
        """A share of one as a percentage."""
        number = self.number(share * 100, digits)
        # Bare, the sign would stand on either side of the digits, as the letters before them have it.
        return f"{_RTL_MARK}{number}{_RTL_MARK}٪" if self.rtl else f"{number}{_NBSP}%"

    def money(self, minor: int, currency: str) -> str:
        """An exact amount given in minor units."""
        return self.amount(Fraction(minor, 10 ** exponent(currency)), currency)

    def amount(self, major: Fraction, currency: str) -> str:
        """An amount given in major units, with all of the currency's decimals."""
        return self._spaced(_amount(major, currency, self.locale), currency)

    def short_amount(self, major: Fraction, currency: str) -> str:
        """A large amount in a few characters; small ones exact."""
        if abs(major) < _SHORT_FROM:
            return self.amount(major, currency)
        text = format_compact_currency(to_decimal(major, 0), currency, locale=self.locale, fraction_digits=1)
        return self._spaced(text, currency)

    def currency(self, code: str) -> str:
        """A currency's name."""
        return get_currency_name(code, locale=self.locale)

    def day(self, day: date) -> str:
        """A calendar day with its year."""
        return _date(day, "d MMMM y", self.locale)

    def weekday(self, day: date) -> str:
        """A calendar day of this year, with the day of the week."""
        return _date(day, "EEEE d MMMM", self.locale)

    def month(self, day: date) -> str:
        """The month that a day is in, with its year."""
        return _date(day, "MMMM y", self.locale)

    def short_month(self, day: date) -> str:
        """The month that a day is in, without its year."""
        return _date(day, "MMM", self.locale)

    def short_month_and_year(self, day: date) -> str:
        """The month that a day is in, in a few characters."""
        return _date(day, "MMM y", self.locale)

    def time(self, moment: Instant, zone: ZoneInfo) -> str:
        """The time of day on the shop's clock."""
        return format_time(moment.astimezone(zone), "HH:mm", locale=self.locale)

    def duration(self, days: int) -> str:
        """A length of time in days."""
        return self.plural("{n} day", "{n} days", days)

    def _spaced(self, text: str, currency: str) -> str:
        # The English pattern puts a code of letters right before the digits: KWD1,234.500.
        if not self.rtl:
            return text.replace(currency, f"{currency}{_NBSP}", 1)
        # A symbol of Latin letters would be torn apart: US on one side, $ on the other.
        return text if text.endswith(_RTL_MARK) else f"{text}{_LTR_MARK}"


# A page writes the same months and most of the same amounts as the one before it, and babel takes its time over each.


@lru_cache(maxsize=4096)
@cache
def _territories(locale: str) -> Mapping[str, str]:
    return dict(Locale.parse(locale).territories)


def _number(value: Fraction | Decimal | int, digits: int, locale: str) -> str:
    pattern = _number_pattern(digits)
    # See _amount for the side of the sign; what begins with it still reads from the right.
    pattern = f"{pattern};{_RTL_MARK}{_LTR_MARK}-{pattern}" if locale == "ar" else pattern
    return format_decimal(to_decimal(value, digits), pattern, locale=locale)


@lru_cache(maxsize=4096)
def _amount(major: Fraction, currency: str, locale: str) -> str:
    digits = exponent(currency)
    pattern = _number_pattern(digits)
    behind = f"{pattern}{_NBSP}\u00a4"
    # The sign stands to the left of its digits, as Arabic writes it with these digits.
    pattern = f"{_RTL_MARK}{behind};{_RTL_MARK}{_LTR_MARK}-{behind}" if locale == "ar" else f"\u00a4{pattern}"
    return format_currency(to_decimal(major, digits), currency, pattern, locale, currency_digits=False)


@lru_cache(maxsize=1024)
def _date(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def _ended_once(sentence: str) -> str:
    """Where an abbreviation with a full stop of its own ends the sentence (د.ك.), that one does for both."""
    return sentence.replace(f".{_RTL_MARK}.", f".{_RTL_MARK}")


def _number_pattern(digits: int) -> str:
    return "#,##0" + (f".{'0' * digits}" if digits else "")
