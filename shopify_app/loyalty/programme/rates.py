"""What earns more, less or nothing, as somebody types it. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from shopify_app.errors import Malformed
from shopify_app.loyalty.programme.form import TOO_DEAR, BadProgramme, Problem
from shopify_app.loyalty.programme.rate import ALL, KINDS, RAMADAN, TEN_DAYS, USUAL, Days, MoonDays, Rate
from shopify_app.loyalty.programme.rule import Rule

MOST = 10
"""Rates of a programme."""
MOST_TIMES = 10
MOST_NAMED = 50
"""Products or collections of one rate."""
ALWAYS, DAYS, RAMADAN_SEASON, TEN_DAYS_SEASON, MOON = "always", "days", "ramadan", "ten_days", "moon"
SEASONS = (ALWAYS, DAYS, RAMADAN_SEASON, TEN_DAYS_SEASON, MOON)
DAY_FIELDS = ("first", "last")
MOON_FIELDS = ("first_day", "first_month", "last_day", "last_month")
FIELDS = ("times", "of", *DAY_FIELDS, *MOON_FIELDS)
MONTH_DAYS, MONTHS = 30, 12
_TIMES = re.compile(r"\d{1,2}(\.\d{1,2})?", re.ASCII)
_DAY = re.compile(r"(19|20|21)\d{2}-\d{2}-\d{2}", re.ASCII)
_DIGITS = 24

_HOW = "Write 0 for no points, or how many times the usual points, to {most}: 2, or 1.5."
_USUAL = "That is what everything earns. Write another number."
_NAMED = "Choose one at least, and {most} at most."
_EVERYTHING = "Choose some products, or a season: what everything always earns stands in the programme."
_DAY_WRONG = "Choose a day."
_BEFORE = "The last day is before the first."
_WHOLE = "Write a whole number from {low} to {high}."
FULL = "A programme has ten of these at most. Take one out first."


def read_rate(sent: Mapping[str, Any], rate_id: str, named: Mapping[int, str], zone: str) -> Rate:
    """The rate that was typed, for some of these products or collections; BadProgramme where it is none."""
    what, season = str(sent.get("what")), str(sent.get("season"))
    if what not in KINDS or season not in SEASONS or (what == ALL and season == ALWAYS):
        raise BadProgramme({"what": Problem(_EVERYTHING)})
    problems: dict[str, Problem] = {}
    percent = _percent(_text(sent, "times"), problems)
    of = () if what == ALL else _named(sent.get("of"), named, problems)
    when = _when(season, sent, problems)
    if problems:
        raise BadProgramme(problems)
    return Rate(rate_id, percent, what, of, when, zone)


def with_rate(rule: Rule, rate: Rate) -> Rule:
    """The rule with one more rate; the same where it has that one. Malformed where it has enough of them."""
    if any(replace(one, id=rate.id) == rate for one in rule.rates):
        return rule
    if len(rule.rates) >= MOST:
        raise Malformed(FULL)
    more = replace(rule, rates=(*rule.rates, rate))
    if more.dearest >= 1:
        raise BadProgramme({"times": Problem(TOO_DEAR)})
    return more


def _percent(text: str, problems: dict[str, Problem]) -> int:
    if not _TIMES.fullmatch(text) or _hundredths(text) > MOST_TIMES * USUAL:
        problems["times"] = Problem(_HOW, {"most": MOST_TIMES})
    elif _hundredths(text) == USUAL:
        problems["times"] = Problem(_USUAL)
    else:
        return _hundredths(text)
    return USUAL


def _hundredths(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * USUAL + int(part.ljust(2, "0"))


def _named(sent: Any, named: Mapping[int, str], problems: dict[str, Problem]) -> tuple[tuple[int, str], ...]:
    """A list, or one text with commas."""
    texts = sent.split(",") if isinstance(sent, str) else sent if isinstance(sent, list) else []
    wanted = {str(one).strip() for one in texts}
    found = tuple((number, title) for number, title in sorted(named.items()) if str(number) in wanted)
    if not found or len(found) > MOST_NAMED:
        problems["of"] = Problem(_NAMED, {"most": MOST_NAMED})
    return found


def _when(season: str, sent: Mapping[str, Any], problems: dict[str, Problem]) -> Days | MoonDays | None:
    if season == DAYS:
        first, last = (_day(sent, name, problems) for name in DAY_FIELDS)
        if not problems.keys() & set(DAY_FIELDS) and last < first:
            problems["last"] = Problem(_BEFORE)
        return Days(first, last)
    if season == MOON:
        numbers = [_whole(sent, name, MONTH_DAYS if "day" in name else MONTHS, problems) for name in MOON_FIELDS]
        return MoonDays((numbers[1], numbers[0]), (numbers[3], numbers[2]))
    return {RAMADAN_SEASON: RAMADAN, TEN_DAYS_SEASON: TEN_DAYS}.get(season)


def _day(sent: Mapping[str, Any], name: str, problems: dict[str, Problem]) -> date:
    text = _text(sent, name)
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    problems[name] = Problem(_DAY_WRONG)
    return date.min


def _whole(sent: Mapping[str, Any], name: str, high: int, problems: dict[str, Problem]) -> int:
    text = _text(sent, name)
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= high:
        return int(text)
    problems[name] = Problem(_WHOLE, {"low": 1, "high": high})
    return 1


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if len(text) <= _DIGITS else ""
