"""What giving many people points at once asks of whoever does it: to see whom and how much, and to mean it."""

import re
from dataclasses import dataclass

from flask import Response

from shopify_app.embedded.body import json_body
from shopify_app.embedded.screen import answer, words
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text
from shopify_app.money import exponent

LARGE = 1_000
"""Worth more than so many of the shop's money, points are given to whoever types their number once more."""
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A customer, and what they would get."""

    customer: int
    points: str


def amount_text(people: int, points: int, rule: Rule) -> str:
    """How many people, how many points, worth what."""
    return words().plural(
        "{n} customer, {points}, worth up to {worth}.",
        "{n} customers, {points}, worth up to {worth}.",
        people,
        points=points_text(points, words()),
        worth=words().money(rule.worth(points), rule.currency),
    )


def is_large(points: int, rule: Rule) -> bool:
    """Whether they are worth so much that their number must be typed."""
    large: int = LARGE * 10 ** exponent(rule.currency)
    return rule.worth(points) > large


def must_type(points: int) -> str:
    """What is asked before that many points are given."""
    return words().text("To go on, type the number of points: {points}", points=words().number(points))


def is_typed(points: int) -> bool:
    """Whether the number was typed, with whatever digits and separators."""
    typed: str = re.sub(r"[\s,.٬]", "", str(json_body().get("confirm", ""))[:_LONGEST])
    return bool(typed.isdecimal() and int(typed) == points)


def refused(name: str, said: str) -> Response:
    """The answer to a form whose field of that name is not right."""
    response = answer({"error": said, "errors": {name: said}})
    response.status_code = 422
    return response
