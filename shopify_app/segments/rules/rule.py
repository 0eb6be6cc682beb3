"""A rule: conditions of which all or any must be true, one of them perhaps such a list itself. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Literal

from shopify_app.errors import AppError, Malformed
from shopify_app.segments.rules.fields import FIELDS, HOWS, SEVERAL, Condition, How, read_value, value_text

Match = Literal["all", "any"]
MATCHES: tuple[Match, ...] = ("all", "any")
MOST_CONDITIONS, MOST_LISTS = 12, 4
"""In one rule, and lists within it: more could not be read in a sentence either."""


class BadRule(AppError):
    """A rule that cannot be read, or that nobody could meet: a sentence for each place where something is wrong."""

    status = 422

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("This rule cannot be used as it is.")
        self.problems = problems
        """Message keys, by the name of a line of the rule and of its part: c3.value."""


@dataclass(frozen=True, slots=True)
class Line:
    """One condition as it was written, before anybody has looked whether it makes sense."""

    name: str
    """Where it stands, so that a problem can be told beside it."""
    within: str
    """The list that it is in; empty for the rule itself."""
    field: str
    how: str
    value: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is meant: all of the parts are true of them, or any."""

    match: Match
    parts: tuple["Condition | Rule", ...]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those that stand in no list of their own."""
        return tuple(part for part in self.parts if isinstance(part, Condition))

    @property
    def lists(self) -> tuple["Rule", ...]:
        """The lists within."""
        return tuple(part for part in self.parts if isinstance(part, Rule))

    def every(self) -> Iterator[Condition]:
        """All conditions there are."""
        for part in self.parts:
            yield from (part,) if isinstance(part, Condition) else part.every()

    def document(self) -> dict[str, Any]:
        """As plain values, for a program and to be kept."""
        return {"match": self.match, "parts": [_plain(part) for part in self.parts]}

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(self.document(), ensure_ascii=False)


def _plain(part: "Condition | Rule") -> dict[str, Any]:
    if isinstance(part, Rule):
        return part.document()
    return {"field": part.field, "is": part.how.value, "value": value_text(part.value)}


def read_lines(match: str, lines: Sequence[Line]) -> Rule:
    """The rule that these lines make; lists stand where their first line does. BadRule for what makes no sense."""
    problems: dict[str, str] = {}
    if match not in MATCHES:
        problems["match"] = "Choose all or any."
    read = {line.name: _condition(line, problems) for line in lines}
    if not lines:
        problems["match"] = "Add at least one condition."
    if len(lines) > MOST_CONDITIONS or len({line.within for line in lines} - {""}) > MOST_LISTS:
        problems["match"] = "Too many conditions: 12 in all and 4 lists of alternatives are the most."
    if problems:
        raise BadRule(problems)
    placed = [(line, condition) for line in lines if (condition := read[line.name]) is not None]
    _refuse_impossible("all" if match == "all" else "any", placed)
    return _made("all" if match == "all" else "any", placed)


_Placed = tuple[Line, Condition]


def _condition(line: Line, problems: dict[str, str]) -> Condition | None:
    if line.field not in FIELDS:
        problems[f"{line.name}.field"] = "Choose what this condition is about."
        return None
    kind = FIELDS[line.field]
    if line.how not in HOWS[kind]:
        problems[f"{line.name}.is"] = "Choose how to compare."
        return None
    try:
        return Condition(line.field, How(line.how), read_value(kind, line.value))
    except Malformed as problem:
        problems[f"{line.name}.value"] = problem.message
        return None


def other(match: Match) -> Match:
    """How the lists within a rule are matched: alternatives where all must be true, and the other way round."""
    return "any" if match == "all" else "all"


def _made(match: Match, placed: Sequence[_Placed]) -> Rule:
    parts: dict[str, Condition | list[Condition]] = {}
    for line, condition in placed:
        if not line.within:
            parts[line.name] = condition
        else:
            within = parts.setdefault(f"in {line.within}", [])
            if isinstance(within, list):
                within.append(condition)
    return Rule(match, tuple(part if isinstance(part, Condition) else _list(match, part) for part in parts.values()))


def _list(match: Match, conditions: Sequence[Condition]) -> "Condition | Rule":
    return conditions[0] if len(conditions) == 1 else Rule(other(match), tuple(conditions))


def read_rule(document: Any) -> Rule:
    """A rule from plain values, as strictly as from a form; BadRule for what is none."""
    if not isinstance(document, dict) or not isinstance(document.get("parts"), list):
        raise BadRule({"match": "This rule cannot be read."})
    match = document.get("match")
    lines: list[Line] = []
    for number, part in enumerate(document["parts"]):
        if isinstance(part, dict) and "parts" in part:
            lines += _lines_within(part, match, number)
        else:
            lines.append(_line(part, f"c{number}", ""))
    return read_lines(match if isinstance(match, str) else "", lines)


def _lines_within(part: dict[str, Any], match: object, number: int) -> list[Line]:
    if not isinstance(part["parts"], list) or part.get("match") not in MATCHES or part["match"] == match:
        raise BadRule({"match": "This rule cannot be read."})
    return [_line(inner, f"c{number}-{at}", str(number)) for at, inner in enumerate(part["parts"])]


def _line(part: Any, name: str, within: str) -> Line:
    texts = [part.get(key) for key in ("field", "is", "value")] if isinstance(part, dict) else [None]
    if not isinstance(part, dict) or part.keys() != {"field", "is", "value"}:
        raise BadRule({f"{name}.field": "This rule cannot be read."})
    field, how, value = (text if isinstance(text, str) else "" for text in texts)
    return Line(name, within, field, how, value)


def kept_rule(text: str) -> Rule:
    """What `Rule.text` gave."""
    return read_rule(json.loads(text))


def lines_of(rule: Rule) -> list[Line]:
    """The rule as lines of a form."""
    found: list[Line] = []
    for number, part in enumerate(rule.parts):
        own = (part,) if isinstance(part, Condition) else part.conditions
        within = "" if isinstance(part, Condition) else f"g{number}"
        found += [_line_of(one, f"c{len(found) + at}", within) for at, one in enumerate(own)]
    return found


def _line_of(one: Condition, name: str, within: str) -> Line:
    return Line(name, within, one.field, one.how.value, value_text(one.value))


# ---- what nobody could meet ----


def _refuse_impossible(match: Match, placed: Sequence[_Placed]) -> None:
    """BadRule where some conditions that must all be true cannot be, beside the later of the first such pair."""
    for line, condition in placed:
        if _never(condition):
            raise BadRule({f"{line.name}.value": "Nobody here has so few: whoever is counted has ordered."})
    for together in _conjunctions(match, placed, whole=False):
        _refuse(together)
    ways = list(_conjunctions(match, placed, whole=True))
    if all(_clash(way) for way in ways):
        _refuse(ways[0])


def _refuse(together: Sequence[_Placed]) -> None:
    if clash := _clash(together):
        raise BadRule({f"{clash.name}.value": "Nobody can meet this and what another line asks for."})


def _conjunctions(match: Match, placed: Sequence[_Placed], *, whole: bool) -> Iterator[Sequence[_Placed]]:
    """Conditions that must be true together: those of each list, or each way in which the whole rule can be met."""
    own = [each for each in placed if not each[0].within]
    lists: dict[str, list[_Placed]] = {}
    for each in placed:
        if each[0].within:
            lists.setdefault(each[0].within, []).append(each)
    if match == "all":
        yield from ([*own, *chosen] for chosen in product(*lists.values())) if whole else (own,)
    else:
        yield from lists.values()
        yield from ([each] for each in own) if whole else ()


def _clash(together: Sequence[_Placed]) -> Line | None:
    pairs = combinations(together, 2)
    return next((later[0] for one, later in pairs if _cannot_both_be(one[1], later[1])), None)


def _never(one: Condition) -> bool:
    return one.field == "orders" and one.how is How.AT_MOST and one.value == 0


def _cannot_both_be(one: Condition, two: Condition) -> bool:
    if (one.field, two.field) in (("last_order", "first_order"), ("first_order", "last_order")):
        last, first = (one, two) if one.field == "last_order" else (two, one)
        # Nobody's last order is longer ago than their first.
        return last.how is How.AT_LEAST and first.how is How.AT_MOST and last.value > first.value  # type: ignore[operator]
    if one.field != two.field:
        return False
    hows = {one.how, two.how}
    if hows == {How.IS}:
        return one.field not in SEVERAL and one.value != two.value
    if hows == {How.IS, How.IS_NOT}:
        return one.value == two.value
    low, high = (one, two) if one.how in (How.AT_LEAST, How.SINCE) else (two, one)
    bounds = (low.how, high.how)
    return bounds in ((How.AT_LEAST, How.AT_MOST), (How.SINCE, How.UNTIL)) and low.value > high.value  # type: ignore[operator]
