"""What earns more, less or nothing, in words. Pure."""

from collections.abc import Sequence
from fractions import Fraction

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.loyalty.programme.name import POINTS, Called, general, none_of
from shopify_app.loyalty.programme.rate import ALL, COLLECTIONS, RAMADAN, TEN_DAYS, USUAL, Days, MoonDays, Rate, Stretch
from shopify_app.moon import moon_day

MONTH_TITLES = (
    "Muharram",
    "Safar",
    "Rabi al-Awwal",
    "Rabi al-Thani",
    "Jumada al-Ula",
    "Jumada al-Akhira",
    "Rajab",
    "Shaban",
    "Ramadan",
    "Shawwal",
    "Dhu al-Qida",
    "Dhu al-Hijja",
)
"""Of the Hijri year, in their order."""
_SHOWN = 3
_DOUBLE = 200


def rate_text(rate: Rate, called: Called, words: Words) -> str:
    """The whole of it in one sentence, as a shopper reads it."""
    points = how_text(rate.percent, words, called)
    if rate.when is None:
        return words.text("{products}: {points}.", products=what_text(rate, words), points=points)
    season = season_text(rate.when, words)
    if rate.what == ALL:
        return words.text("{season}: {points}.", season=season, points=points)
    return words.text(
        "{season}, on {products}: {points}.", season=season, products=what_text(rate, words), points=points
    )


def how_text(percent: int, words: Words, called: Called = POINTS) -> str:
    """How much of the usual points."""
    name = general(called, words)
    if percent == 0:
        return none_of(called, words)
    if percent == _DOUBLE:
        return words.text("twice the {name}", name=name)
    if percent < USUAL:
        return words.text("{percent} of the {name}", percent=words.percent(Fraction(percent, USUAL), 0), name=name)
    times = Fraction(percent, USUAL)
    digits = 0 if percent % USUAL == 0 else 1 if percent % 10 == 0 else 2
    return words.text("{times} times the {name}", times=words.number(times, digits), name=name)


def what_text(rate: Rate, words: Words) -> str:
    """On what."""
    if rate.what == ALL:
        return words.text("All products")
    named = _listed([words.isolated(title or str(number)) for number, title in rate.of], words)
    if rate.what == COLLECTIONS:
        return words.text("What stands in {collections}", collections=named)
    return named


def _listed(titles: Sequence[str], words: Words) -> str:
    said = titles[0]
    for title in titles[1:_SHOWN]:
        said = words.text("{some}, {more}", some=said, more=title)
    if len(titles) > _SHOWN:
        said = words.plural("{some} and {n} more", "{some} and {n} more", len(titles) - _SHOWN, some=said)
    return said


def season_text(when: Days | MoonDays, words: Words) -> str:
    """When, as a sentence begins."""
    if when == RAMADAN:
        return words.text("In Ramadan")
    if when == TEN_DAYS:
        return words.text("In the first ten days of Dhu al-Hijja")
    if isinstance(when, Days):
        if when.first == when.last:
            return words.text("On {day}", day=words.day(when.first))
        return words.text("From {first} until {last}", first=words.day(when.first), last=words.day(when.last))
    first, last = (_month_day(month, day, words) for month, day in (when.first, when.last))
    if first == last:
        return words.text("Every year on {day}", day=first)
    return words.text("Every year from {first} until {last}", first=first, last=last)


def _month_day(month: int, day: int, words: Words) -> str:
    return words.text("{day} {month}", day=str(day), month=words.text(MONTH_TITLES[month - 1]))


def stretch_texts(stretch: Stretch, words: Words) -> tuple[str, str]:
    """The days of one time that a season comes, in the calendar of the sun and in that of the moon."""
    sun = _until(words.day(stretch.first), words.day(stretch.last), words)
    return sun, _until(moon_text(stretch.first, words), moon_text(stretch.last, words), words)


def _until(first: str, last: str, words: Words) -> str:
    return first if first == last else words.text("{first} to {last}", first=first, last=last)


def moon_text(day: LocalDay, words: Words) -> str:
    """A day of the Hijri year; a dash beyond the calendar's table."""
    of = moon_day(day)
    if of is None:
        return "–"
    return words.text("{day} {year}", day=_month_day(of.month, of.day, words), year=str(of.year))
