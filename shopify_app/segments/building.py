"""The form in which a rule is made: what can be chosen, what stands in it, and how it is read again. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shopify_app.errors import Malformed
from shopify_app.language import Words
from shopify_app.retention.presenting import Choice
from shopify_app.segments.model import NAME
from shopify_app.segments.ready import GROUP_TITLES
from shopify_app.segments.rules.fields import FIELDS, FORECASTS, HOWS, How, Kind
from shopify_app.segments.rules.rule import MATCHES, BadRule, Line, Rule, lines_of, read_lines, read_rule
from shopify_app.segments.rules.telling import Names, channel_title

FIELD_TITLES: Mapping[str, str] = {
    "orders": "Number of orders",
    "spend": "Spent in all",
    "average_order": "Spent for each order",
    "last_order": "Days since the last order",
    "first_order": "Days since the first order",
    "first_order_day": "Day of the first order",
    "late": "Later than usual",
    "big_spender": "In the fifth who spend most",
    "group": "Group",
    "product": "Product",
    "collection": "Collection",
    "channel": "Where it was sold",
    "country": "Country",
    "discounts": "Share of orders with a discount",
    "email_consent": "Agreed to e-mails",
    "sms_consent": "Agreed to text messages",
    "chance": "Chance to order in 30 days",
    "still_customer": "Still a customer",
    "expected": "Expected value, 12 months",
}
HOW_TITLES: Mapping[How, str] = {
    How.AT_LEAST: "at least",
    How.AT_MOST: "at most",
    How.SINCE: "on or after",
    How.UNTIL: "on or before",
    How.IS: "is",
    How.IS_NOT: "is not",
}
MATCH_TITLES: Mapping[str, str] = {"all": "all of these", "any": "at least one of these"}
_LINE = re.compile(r"(c\d{1,4}(?:-\d{1,4})?)\.(field|is|value|within)")
_ADDRESS = re.compile(r".@.+\..")
_STARTS: Mapping[str, str] = {
    "orders": "2",
    "last_order": "60",
    "first_order": "30",
    "discounts": "50",
    "chance": "50",
    "still_customer": "50",
}
"""What a new line begins with, so that it can be counted at once; an amount or a day nobody can guess."""
_FIRST = Line("c0", "", "orders", How.AT_LEAST.value, _STARTS["orders"])


@dataclass(frozen=True, slots=True)
class Asking:
    """One field with all that can be answered; the page keeps one of each, to copy it."""

    name: str
    title: str
    kind: Kind
    hows: list[Choice]
    values: list[Choice]
    """What to choose from, where it is not typed."""
    start: str
    """What is typed in it before anybody has; nothing where that depends on the shop."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form."""

    line: Line
    asking: Asking
    fields: list[Choice]


@dataclass(frozen=True, slots=True)
class RowList:
    """Lines that stand together: those of the rule itself, or of a list within it."""

    name: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Form:
    """The whole of it."""

    name: str
    match: list[Choice]
    own: list[Row]
    lists: list[RowList]
    askings: list[Asking]
    fields: list[Choice]
    currency: str


def form_of(name: str, rule: Rule | None, names: Names, words: Words, currency: str) -> Form:
    """The form with this rule in it, or with a first condition to begin with."""
    lines, offered = lines_of(rule) if rule else [_FIRST], _offered(names)
    offered += [line.field for line in lines if line.field not in offered]
    rows = [
        Row(line, _asking(line.field, line.how, line.value, names, words), _fields(line.field, offered, words))
        for line in lines
    ]
    within = dict.fromkeys(line.within for line in lines if line.within)
    match = rule.match if rule else "all"
    return Form(
        name=name,
        match=[Choice(one, words.text(MATCH_TITLES[one]), one == match) for one in MATCHES],
        own=[row for row in rows if not row.line.within],
        lists=[RowList(each, [row for row in rows if row.line.within == each]) for each in within],
        askings=[_asking(field, "", "", names, words) for field in offered],
        fields=_fields("orders", offered, words),
        currency=currency,
    )


def _offered(names: Names) -> list[str]:
    """Fields that can be asked: of what the shop has none, nothing can be chosen."""
    without = {"product": not names.products, "collection": not names.collections}
    without |= {"channel": not names.channels, "country": not names.countries}
    listed = [field for field, kind in FIELDS.items() if not without.get(kind)]
    return [field for field in listed if names.forecasts or field not in FORECASTS]


def _fields(chosen: str, offered: Sequence[str], words: Words) -> list[Choice]:
    return [Choice(field, words.text(FIELD_TITLES[field]), field == chosen) for field in offered]


def _asking(field: str, how: str, value: str, names: Names, words: Words) -> Asking:
    kind = FIELDS[field]
    hows = _choices({one.value: words.text(HOW_TITLES[one]) for one in HOWS[kind]}, how)
    return Asking(
        field, words.text(FIELD_TITLES[field]), kind, hows, _values(kind, value, names, words), _STARTS.get(field, "")
    )


def _values(kind: Kind, value: str, names: Names, words: Words) -> list[Choice]:
    match kind:
        case "yes":
            named = {"yes": words.text("Yes"), "no": words.text("No")}
        case "group":
            named = {group.value: words.text(title) for group, title in GROUP_TITLES.items()}
        case "product":
            named = {str(number): title for number, title in names.products.items()}
        case "channel":
            named = {channel: channel_title(channel, words) for channel in names.channels}
        case "country":
            named = {country: words.country(country) for country in names.countries}
        case "collection":
            named = {str(number): title for number, title in names.collections.items()}
        case _:
            return []
    return _choices(named, value)


def _choices(titles: Mapping[str, str], chosen: str) -> list[Choice]:
    """The first is chosen where nothing else is."""
    now = chosen if chosen in titles else next(iter(titles), "")
    return [Choice(value, title, value == now) for value, title in titles.items()]


# ---- reading it again ----


def read_sent(body: Mapping[str, Any]) -> Rule:
    """The rule that a form or a program has sent; BadRule for what is none."""
    if "rule" in body:
        return read_rule(body["rule"])
    parts: dict[str, dict[str, str]] = {}
    for name, value in body.items():
        if (named := _LINE.fullmatch(name)) and isinstance(value, str):
            parts.setdefault(named[1], {})[named[2]] = value
    lines = [
        Line(name, part.get("within", ""), *(part.get(key, "") for key in ("field", "is", "value")))
        for name, part in parts.items()
    ]
    match = body.get("match")
    return read_lines(match if isinstance(match, str) else "", _in_order(lines))


def _in_order(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: [int(number) for number in line.name[1:].split("-")])


def read_named(body: Mapping[str, Any]) -> tuple[str, Rule]:
    """Name and rule of a segment; BadRule with all that is wrong with either."""
    name = body.get("name")
    name = " ".join(name.split()) if isinstance(name, str) else ""
    problems = _problems_of(name)
    try:
        rule = read_sent(body)
    except BadRule as bad:
        raise BadRule({**problems, **bad.problems}) from bad
    if problems:
        raise BadRule(problems)
    return name, rule


def _problems_of(name: str) -> dict[str, str]:
    if not name:
        return {"name": "Give the segment a name."}
    if len(name) > NAME or not name.isprintable():
        return {"name": "Choose a shorter name, of 80 characters at most."}
    if _ADDRESS.search(name):
        return {"name": "Choose a name without an e-mail address: it would tell who somebody is."}
    return {}


def taken(problem: Malformed) -> BadRule:
    """Told beside the name: it is taken, or there are too many."""
    return BadRule({"name": problem.message})
