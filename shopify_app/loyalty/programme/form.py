"""A programme as somebody types it: into a rule, or problems beside their fields. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from msgspec import convert
from msgspec.structs import replace

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.loyalty.programme.name import POINTS, Called, read_called, written
from shopify_app.loyalty.programme.occasions import SORTS, Occasions
from shopify_app.loyalty.programme.rule import BY_HAND, Rule
from shopify_app.money import Minor, Money, exponent, parse_minor

AMOUNTS = ("per", "reward")
EXTRAS = ("per_order", "first_order", "nth", "nth_points")
"""Whole numbers of which nothing typed means none."""
FIELDS = (
    "points",
    "per",
    "reward_points",
    "reward",
    "wait_days",
    "code_days",
    *EXTRAS,
    "most",
    "by_hand",
    "ends",
    "ends_after",
    *SORTS,
    "calendar",
    "most_a_month",
    "called",
)
NUMBERS = (
    *("points", *AMOUNTS, "reward_points", "wait_days", "code_days", *EXTRAS, "most", "by_hand", "ends_after"),
    *(*SORTS, "most_a_month"),
)
"""Fields that can be emptied; the others are chosen from a list."""
NEVER, AFTER, QUIET = "never", "after", "quiet"
"""When points end: never, so long after they could be spent, or so long without an order."""
GREGORIAN, HIJRI = "gregorian", "hijri"
"""By which calendar birthdays are kept."""
SHORTEST, LONGEST_END = 90, 3650
MOST_POINTS = 1_000_000
LONGEST = 365
_DIGITS = 12

_WHOLE = "Write a whole number from {low} to {high}."
_AMOUNT = "Write an amount above zero, like {example}."
_SECOND = "The first order has a field of its own. Write 2 or more."
UNNAMED = "Choose what shoppers call their points."
_WHICH = "Say for which order: the third, write 3."
_HOW_MANY = "Write how many points this order gives."
GIVEN_AWAY = "New customers who agree to messages would reach a reward without buying. Give less of these points."
TOO_DEAR = "All of an order's points would be worth more than the order. Ask for more points, or give less."


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field: a message key and its values."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


class BadProgramme(Malformed):
    """What was typed is no programme; `problems` says why, by field."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__("This programme cannot be saved as it is.")
        self.problems = problems


_UNITS = dict.fromkeys(("KWD", "BHD", "OMR", "JOD"), 1) | dict.fromkeys(("SAR", "AED", "QAR", "ILS"), 10)
_UNITS |= {"EGP": 100, "LBP": 100_000, "IQD": 5_000, "JPY": 500, "KRW": 5_000}
"""About as much as a Kuwaiti dinar buys, in round major units: a ready programme reads alike wherever a shop sells."""


def ready(currency: str) -> dict[str, Rule]:
    """The ready programmes in a currency, by name: what a point is worth is a share of what it takes to earn it."""
    unit = _UNITS.get(currency, 100 if exponent(currency) == 0 else 5) * 10 ** exponent(currency)
    simple = Rule(currency=currency, points=10, per=unit, wait_days=14, reward_points=500, reward=unit * 3 // 2)
    balanced = replace(simple, reward=unit * 5 // 2, first_order=50, occasions=Occasions(birthday=100))
    cashback = replace(simple, points=4, reward_points=100, reward=unit)
    return {"simple": simple, "balanced": balanced, "cashback": cashback}


def typed(rule: Rule) -> dict[str, str]:
    """What stands in the form for a rule."""
    told = {name: str(Money(getattr(rule, name), rule.currency).decimal()) for name in AMOUNTS}
    told |= {name: str(getattr(rule, name) or "") for name in (*EXTRAS, "most", "ends_after")}
    if not rule.nth_points:
        told["nth"] = ""
    told |= {sort: str(rule.occasions.points(sort) or "") for sort in SORTS}
    told["calendar"] = HIJRI if rule.occasions.hijri else GREGORIAN
    told["most_a_month"] = str(rule.occasions.most_a_month or "")
    told["called"] = written(rule.name)
    told["ends"] = NEVER if rule.ends_after is None else QUIET if rule.extended else AFTER
    return {name: told[name] if name in told else str(getattr(rule, name)) for name in FIELDS}


def as_typed(asked: Mapping[str, str], usual: Rule) -> dict[str, str]:
    """What stands in the form: as it was sent, where it was, else as it is for the usual rule.

    Whoever sends a form may leave out what is empty: of one that was sent, what is not there was emptied. A name of
    points alone is no form.
    """
    sent = {name: asked[name] for name in FIELDS if name in asked}
    return typed(usual) | (dict.fromkeys(NUMBERS, "") if sent.keys() - {"called"} else {}) | sent


def read_programme(sent: Mapping[str, Any], currency: str) -> Rule:
    """The rule that was typed; BadProgramme where it is none."""
    problems: dict[str, Problem] = {}
    whole = {"points": (1, MOST_POINTS), "reward_points": (1, MOST_POINTS)}
    whole |= {"wait_days": (0, LONGEST), "code_days": (1, LONGEST)}
    numbers = {name: _whole(sent.get(name), name, low, high, problems) for name, (low, high) in whole.items()}
    amounts = {name: _amount(sent.get(name), name, currency, problems) for name in AMOUNTS}
    extras = _extras(sent, problems)
    ends, occasions, name = _ends(sent, problems), _occasions(sent, problems), _name(sent, problems)
    if problems:
        raise BadProgramme(problems)
    rule = convert(
        {"currency": currency, **numbers, **amounts, **extras, **ends, "occasions": occasions, "name": name}, Rule
    )
    if rule.cost >= 1:
        raise BadProgramme({"reward": Problem(TOO_DEAR)})
    return for_buyers(rule)


def starting_day(sent: object, today: LocalDay) -> LocalDay | None:
    """The day on which a draft is to be switched on, from tomorrow on and within a year; None where none was said."""
    text = _text(sent)
    if not text:
        return None
    try:
        day = LocalDay(date.fromisoformat(text))
    except ValueError:
        day = today
    if not today < day <= today + timedelta(days=LONGEST):
        raise Malformed("Choose a day from tomorrow on, within a year.")
    return day


def for_buyers(rule: Rule) -> Rule:
    """The rule, by which nobody has a reward who has not bought; BadProgramme for another."""
    if rule.occasions and rule.is_given_away:
        raise BadProgramme({"joined" if rule.occasions.joined else "agreed": Problem(GIVEN_AWAY)})
    return rule


def _occasions(sent: Mapping[str, Any], problems: dict[str, Problem]) -> Occasions:
    points = {sort: _maybe(sent.get(sort), sort, 0, problems) or 0 for sort in SORTS}
    most = _maybe(sent.get("most_a_month"), "most_a_month", 1, problems)
    return Occasions(**points, hijri=_text(sent.get("calendar")) == HIJRI, most_a_month=most)


def _name(sent: Mapping[str, Any], problems: dict[str, Problem]) -> Called:
    name = read_called(_text(sent.get("called", POINTS)))
    if name is None:
        problems["called"] = Problem(UNNAMED)
    return name or POINTS


def _extras(sent: Mapping[str, Any], problems: dict[str, Problem]) -> dict[str, int | None]:
    extras: dict[str, int | None] = {name: _maybe(sent.get(name), name, 0, problems) or 0 for name in EXTRAS}
    if extras["nth"] == 1:
        problems["nth"] = Problem(_SECOND)
    if extras["nth_points"] and not extras["nth"] and "nth" not in problems:
        problems["nth"] = Problem(_WHICH)
    if extras["nth"] and not extras["nth_points"] and not problems.keys() & {"nth", "nth_points"}:
        problems["nth_points"] = Problem(_HOW_MANY)
    by_hand = _maybe(sent.get("by_hand", BY_HAND), "by_hand", 0, problems)
    return extras | {"most": _maybe(sent.get("most"), "most", 1, problems), "by_hand": by_hand or 0}


def _maybe(value: object, name: str, low: int, problems: dict[str, Problem]) -> int | None:
    """A whole number, or None where nothing was typed."""
    return _whole(value, name, low, MOST_POINTS, problems) if _text(value) else None


def _ends(sent: Mapping[str, Any], problems: dict[str, Problem]) -> dict[str, Any]:
    how = _text(sent.get("ends"))
    if how not in (AFTER, QUIET):
        return {"ends_after": None, "extended": False}
    days = _whole(sent.get("ends_after"), "ends_after", SHORTEST, LONGEST_END, problems)
    return {"ends_after": days, "extended": how == QUIET}


def _text(value: object) -> str:
    # Asked for its length by whoever reads it: thousands of digits take long.
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _whole(value: object, name: str, low: int, high: int, problems: dict[str, Problem]) -> int:
    text = _text(value)
    if text.isdecimal() and len(text) <= _DIGITS and low <= int(text) <= high:
        return int(text)
    problems[name] = Problem(_WHOLE, {"low": low, "high": high})
    return low


def _amount(value: object, name: str, currency: str, problems: dict[str, Problem]) -> int:
    text = _text(value)
    try:
        minor = parse_minor(text, currency) if len(text) <= _DIGITS else 0
    except Malformed:
        minor = 0
    if minor > 0:
        return minor
    problems[name] = Problem(
        _AMOUNT, {"example": str(Money(Minor(ready(currency)["simple"].reward), currency).decimal())}
    )
    return 1
