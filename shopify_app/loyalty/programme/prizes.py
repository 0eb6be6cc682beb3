"""The rewards of a programme: which there are, and one more as somebody types it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from shopify_app.errors import Malformed
from shopify_app.loyalty.programme.form import MOST_POINTS, TOO_DEAR, BadProgramme, Problem, for_buyers
from shopify_app.loyalty.programme.prize import AMOUNT, CREDIT, FIRST, KINDS, PERCENT, PRODUCT, SHIPPING, Prize
from shopify_app.loyalty.programme.rule import Rule, Version
from shopify_app.money import parse_minor

MOST = 10
"""Rewards beside the first one."""
_DIGITS = 12
_WHOLE = "Write a whole number from {low} to {high}."
_ABOVE = "Write an amount above zero."
_PRODUCT = "Choose a product."
_KIND = "Choose what the reward is."
_ALL = 100
ASKED: Mapping[str, tuple[str, ...]] = {
    AMOUNT: ("points", "value"),
    PERCENT: ("points", "percent"),
    SHIPPING: ("points",),
    PRODUCT: ("points", "product", "value"),
    CREDIT: ("points", "value"),
}
"""What is typed of each kind."""


def prizes_of(rule: Rule) -> tuple[Prize, ...]:
    """All rewards, first the one that says what a point is worth."""
    return (Prize(FIRST, AMOUNT, rule.reward_points, rule.reward), *rule.others)


def prize_of(rule: Rule, prize_id: str) -> Prize | None:
    """The reward of an id; None where it was taken out."""
    return next((prize for prize in prizes_of(rule) if prize.id == prize_id), None)


def carried(versions: Sequence[Version], rule: Rule) -> Rule:
    """The rule with the other rewards and the rates of the version that holds; no reward of another currency.

    BadProgramme where what earns most would earn more than it cost, by any reward, or one is reached without buying.
    """
    if not versions:
        return rule
    held = versions[-1].rule
    same = held.currency == rule.currency
    others = tuple(one for one in held.others if same or one.kind in (PERCENT, SHIPPING))
    found = for_buyers(replace(rule, others=others, rates=held.rates))
    if found.dearest >= 1:
        raise BadProgramme({"reward": Problem(TOO_DEAR)})
    return found


def read_prize(sent: Mapping[str, Any], prize_id: str, currency: str, products: Mapping[int, str]) -> Prize:
    """The reward that was typed, of one of these products; BadProgramme where it is none."""
    kind = str(sent.get("kind"))
    if kind not in KINDS:
        raise BadProgramme({"kind": Problem(_KIND)})
    problems: dict[str, Problem] = {}
    points = _whole(sent, "points", MOST_POINTS, problems)
    value, product = 0, None
    if kind == PERCENT:
        value = _whole(sent, "percent", _ALL, problems)
    if "value" in ASKED[kind]:
        value = _amount(sent, currency, problems)
    if kind == PRODUCT:
        text = _text(sent, "product")
        product = int(text) if text.isdecimal() and int(text) in products else None
        if product is None:
            problems["product"] = Problem(_PRODUCT)
    if problems:
        raise BadProgramme(problems)
    return Prize(prize_id, kind, points, value, product, products[product] if product is not None else "")


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if len(text) <= (_DIGITS if name != "product" else 2 * _DIGITS) else ""


def _whole(sent: Mapping[str, Any], name: str, high: int, problems: dict[str, Problem]) -> int:
    text = _text(sent, name)
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= high:
        return int(text)
    problems[name] = Problem(_WHOLE, {"low": 1, "high": high})
    return 1


def _amount(sent: Mapping[str, Any], currency: str, problems: dict[str, Problem]) -> int:
    try:
        minor = int(parse_minor(_text(sent, "value"), currency))
    except Malformed:
        minor = 0
    if minor > 0:
        return minor
    problems["value"] = Problem(_ABOVE)
    return 1
