"""What giving many people points at once asks of whoever does it: to see whom and how much, and to mean it."""

import re
from dataclasses import dataclass

from flask import Response, request

from shopify_app.db.base import Session
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, words
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text
from shopify_app.loyalty.to_many.left import left_of
from shopify_app.money import exponent

LARGE = 1_000
"""Worth more than so many of the shop's money, points are given to whoever types their number once more."""
_LONGEST = 40
UNDO_SENTENCES = {False: "Would be taken back, at most: {amount}", True: "Would be taken back: {amount}"}
"""By whether that is exact."""


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


@dataclass(frozen=True, slots=True)
class UndoTold:
    """What taking back would take, before it does."""

    people: int
    points: int
    sentence: str
    url: str
    back: str
    """Where nothing is taken back."""


def undo_told(session: Session, prefix: str, rule: Rule, path: str, back: str) -> UndoTold | None:
    """Of what many were given, where the address asks for it."""
    if request.args.get("undo") != "1":
        return None
    left, spoken = left_of(session, current_shop().id, prefix, parts().clock()), words()
    amount = amount_text(left.people, left.points, rule)
    said = spoken.text(UNDO_SENTENCES[left.exact], amount=amount)
    return UndoTold(left.people, left.points, said, link(f"{path}/undo"), link(back))


def back_text(points: int, back: int) -> str:
    """What became of points that were given to many, once they were taken back."""
    spoken = words()
    if back >= points:
        return spoken.text("All of it was taken back: 0 points are left.")
    return spoken.text(
        "Given: {points}. Taken back: {back}. Spent or ended before: {left}.",
        points=spoken.number(points),
        back=spoken.number(back),
        left=spoken.number(points - back),
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
