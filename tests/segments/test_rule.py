"""A rule is read strictly: what makes no sense is told beside the line that it stands in."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings

from shopify_app.language import Words
from shopify_app.segments.building import form_of
from shopify_app.segments.rules.fields import FIELDS, Condition, How, read_value
from shopify_app.segments.rules.rule import BadRule, Line, Rule, kept_rule, lines_of, read_lines, read_rule
from shopify_app.segments.rules.telling import Names
from tests.segments.shops import histories, meant, rules

REGULAR = Condition("orders", How.AT_LEAST, 5)


def line(field, how, value, within="", name="c0"):
    return Line(name, within, field, how, value)


def problems(match, *lines):
    named = [Line(f"c{at}", each.within, each.field, each.how, each.value) for at, each in enumerate(lines)]
    with pytest.raises(BadRule) as refused:
        read_lines(match, named)
    return refused.value.problems


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (("orders", "at_least", " 5 "), REGULAR),
        (("spend", "at_most", "12.500"), Condition("spend", How.AT_MOST, Decimal("12.5"))),
        (("first_order_day", "since", "2026-02-28"), Condition("first_order_day", How.SINCE, date(2026, 2, 28))),
        (("late", "is", "no"), Condition("late", How.IS, False)),
        (("group", "is_not", "best"), Condition("group", How.IS_NOT, "best")),
        (("product", "is", "7001"), Condition("product", How.IS, 7001)),
    ],
)
def test_a_condition_is_what_was_written(written, read):
    rule = read_lines("all", [line(*written)])
    assert rule == Rule("all", (read,))
    assert kept_rule(rule.text()) == rule


@pytest.mark.parametrize(
    ("written", "where"),
    [
        (("phone", "is", "5"), "field"),
        (("", "is", ""), "field"),
        (("orders", "is", "5"), "is"),
        (("late", "at_least", "yes"), "is"),
        (("orders", "at_least", ""), "value"),
        (("orders", "at_least", "five"), "value"),
        (("orders", "at_least", "-1"), "value"),
        (("orders", "at_least", "5.5"), "value"),
        (("orders", "at_least", "٥"), "value"),
        (("orders", "at_least", "9" * 11), "value"),
        (("last_order", "at_most", "36501"), "value"),
        (("spend", "at_least", "1,000"), "value"),
        (("spend", "at_least", "1e9"), "value"),
        (("spend", "at_least", "1.2345"), "value"),
        (("first_order_day", "since", "2026-02-30"), "value"),
        (("group", "is", "champions"), "value"),
        (("product", "is", "0"), "value"),
        (("product", "is", "9" * 19), "value"),
        (("late", "is", "true"), "value"),
        (("discounts", "at_least", "101"), "value"),
        (("country", "is", "kw"), "value"),
        (("country", "is", "KWT"), "value"),
        (("channel", "is", "a|b"), "value"),
        (("channel", "is", ""), "value"),
        (("collection", "is", "summer"), "value"),
        (("orders", "at_most", "0"), "value"),
    ],
)
def test_what_cannot_be_read_is_told_beside_it(written, where):
    found = problems("all", line("orders", "at_least", "1"), line(*written))
    assert list(found) == [f"c1.{where}"]


def test_every_line_is_told_of_at_once():
    lines = line("orders", "at_least", "x"), line("late", "is", "?"), line("spend", "at_least", "5")
    assert list(problems("all", *lines)) == ["c0.value", "c1.value"]
    assert list(problems("none", *lines[2:])) == list(problems("all")) == ["match"]


def test_more_than_can_be_read_in_a_sentence_is_too_much():
    assert "match" in problems("all", *[line("orders", "at_least", "1")] * 13)
    assert "match" in problems("all", *[line("orders", "at_least", "1", f"g{n}") for n in range(5)])


IMPOSSIBLE = [
    ("all", 1, [("orders", "at_least", "5"), ("orders", "at_most", "2")]),
    ("all", 2, [("orders", "at_least", "5"), ("late", "is", "yes"), ("orders", "at_most", "4")]),
    ("all", 1, [("spend", "at_most", "10"), ("spend", "at_least", "10.001")]),
    ("all", 1, [("first_order_day", "since", "2026-03-01"), ("first_order_day", "until", "2026-02-28")]),
    ("all", 1, [("late", "is", "yes"), ("late", "is", "no")]),
    ("all", 1, [("group", "is", "best"), ("group", "is", "new")]),
    ("all", 1, [("group", "is", "best"), ("group", "is_not", "best")]),
    ("all", 1, [("product", "is", "7"), ("product", "is_not", "7")]),
    ("all", 1, [("first_order", "at_most", "30"), ("last_order", "at_least", "60")]),
    # Neither of the alternatives goes with what is asked of everybody.
    ("all", 1, [("orders", "at_most", "2"), ("orders", "at_least", "3", "a"), ("orders", "at_least", "9", "a")]),
    # Each list must have a meaning of its own.
    ("any", 2, [("late", "is", "yes"), ("orders", "at_least", "3", "a"), ("orders", "at_most", "2", "a")]),
]


@pytest.mark.parametrize(("match", "at", "written"), IMPOSSIBLE)
def test_what_nobody_could_meet_is_told_and_not_counted(match, at, written):
    assert problems(match, *[line(*each) for each in written]) == {
        f"c{at}.value": "Nobody can meet this and what another line asks for."
    }


@pytest.mark.parametrize(
    ("match", "written"),
    [
        ("any", [("orders", "at_least", "5"), ("orders", "at_most", "2")]),
        ("all", [("orders", "at_least", "2"), ("orders", "at_most", "2")]),
        ("all", [("product", "is", "7"), ("product", "is", "8")]),
        ("all", [("first_order", "at_most", "60"), ("last_order", "at_least", "60")]),
        ("all", [("orders", "at_most", "2"), ("orders", "at_least", "3", "a"), ("late", "is", "no", "a")]),
    ],
)
def test_what_somebody_could_meet_is_a_rule(match, written):
    assert read_lines(match, [Line(f"c{at}", *_placed(each)) for at, each in enumerate(written)])


def _placed(each):
    field, how, value, *within = each
    return (within[0] if within else "", field, how, value)


def told_of(rule):
    try:
        read_rule(rule.document())
    except BadRule as refused:
        return refused.problems
    return {}


@settings(deadline=None)
@given(rules(), histories())
def test_a_rule_that_nobody_could_meet_finds_nobody(rule, orders):
    told = told_of(rule)
    # A list that nobody can meet is told of, too, where the other parts of an "any" have a meaning.
    if rule.match == "all" and any("Nobody can meet" in sentence for sentence in told.values()):
        assert meant(rule, orders) == set()


@settings(deadline=None)
@given(rules(), histories())
def test_a_rule_means_the_same_after_it_was_kept_or_written_as_lines(rule, orders):
    if not told_of(rule):
        read = read_rule(rule.document())
        assert meant(read, orders) == meant(rule, orders)
        assert kept_rule(read.text()) == read_lines(read.match, lines_of(read)) == read


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"match": "all"},
        {"match": "all", "parts": []},
        {"match": "all", "parts": {}},
        {"match": "all", "parts": ["orders"]},
        {"match": ["all"], "parts": [{"field": "orders", "is": "at_least", "value": "1"}]},
        {"match": "all", "parts": [{"field": "orders", "is": "at_least", "value": 1}]},
        {"match": "all", "parts": [{"field": "orders", "is": "at_least"}]},
        {"match": "all", "parts": [{"field": "orders", "is": "at_least", "value": "1", "customer": "7"}]},
        {"match": "all", "parts": [{"field": "customer_id", "is": "is", "value": "7"}]},
        {"match": "all", "parts": [{"match": "all", "parts": [{"field": "late", "is": "is", "value": "yes"}]}]},
        {"match": "all", "parts": [{"match": "any", "parts": [{"match": "all", "parts": []}]}]},
        {"match": "all", "parts": [{"match": "any", "parts": "late"}]},
    ],
)
def test_a_program_is_read_as_strictly(document):
    with pytest.raises(BadRule):
        read_rule(document)


def test_lists_are_kept_in_their_places():
    rule = Rule("all", (REGULAR, Rule("any", (Condition("late", How.IS, True), Condition("product", How.IS, 7)))))
    assert kept_rule(rule.text()) == rule
    assert json.loads(rule.text())["parts"][1]["match"] == "any"
    assert [(one.within, one.field) for one in lines_of(rule)] == [("", "orders"), ("g1", "late"), ("g1", "product")]
    assert (len(list(rule.every())), rule.conditions, len(rule.lists)) == (3, (REGULAR,), 1)


def test_what_a_line_begins_with_can_be_read():
    offered = Names({1: "A"}, {2: "B"}, ("web",), ("KW",), forecasts=True)
    askings = form_of("", None, offered, Words("en"), "KWD").askings
    begun = {one.name: one.start for one in askings if one.start}
    assert begun.keys() == {name for name, kind in FIELDS.items() if kind in ("count", "days", "percent")}
    for name, start in begun.items():
        assert read_value(FIELDS[name], start)
