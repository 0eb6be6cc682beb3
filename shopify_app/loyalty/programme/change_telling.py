"""What another rule would change, in words: what each thing was, and what it becomes. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from shopify_app.language import Words
from shopify_app.loyalty.programme.name import general
from shopify_app.loyalty.programme.occasions import AGREED, ANNIVERSARY, BIRTHDAY, JOINED
from shopify_app.loyalty.programme.prize import AMOUNT, Prize
from shopify_app.loyalty.programme.rate import Rate
from shopify_app.loyalty.programme.rate_telling import rate_text
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text, prize_text


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that another rule says otherwise."""

    title: str
    was: str
    becomes: str
    came: bool = False
    """Whether there was no such thing before."""
    went: bool = False
    """Whether there is none any more."""


@dataclass(frozen=True, slots=True)
class _Aspect:
    """One thing that a rule says: changed where its part is another."""

    title: str
    part: Callable[[Rule], Any]
    tell: Callable[[Rule, Words], str]


def changes(old: Rule, new: Rule, words: Words) -> list[Change]:
    """Everything that becomes otherwise, in the order of the form; rewards and rates one by one."""
    said = [
        Change(words.text(one.title), one.tell(old, words), one.tell(new, words))
        for one in ASPECTS
        if one.part(old) != one.part(new)
    ]
    rewards = _came_and_went("Reward", _rewards(old, words), _rewards(new, words), words)
    return said + rewards + _came_and_went("Products and seasons", _rates(old, words), _rates(new, words), words)


def gained(more: int, less: int, words: Words) -> str:
    """How many customers would have earned more, and how many less, of those who bought in the last twelve months."""
    if not (more or less):
        return words.text("On the orders of the last 12 months nobody would have earned more or less.")
    if not less:
        return words.plural(
            "On the orders of the last 12 months {n} customer would have earned more, and nobody less.",
            "On the orders of the last 12 months {n} customers would have earned more, and nobody less.",
            more,
        )
    if not more:
        return words.plural(
            "On the orders of the last 12 months {n} customer would have earned less, and nobody more.",
            "On the orders of the last 12 months {n} customers would have earned less, and nobody more.",
            less,
        )
    return words.text(
        "On the orders of the last 12 months, {more} would have earned more and {less} less.",
        more=words.plural("{n} customer", "{n} customers", more),
        less=words.number(less),
    )


def _came_and_went(title: str, old: Mapping[Any, str], new: Mapping[Any, str], words: Words) -> list[Change]:
    heading, nothing = words.text(title), words.text("not there")
    went = [Change(heading, text, nothing, went=True) for one, text in old.items() if one not in new]
    return went + [Change(heading, nothing, text, came=True) for one, text in new.items() if one not in old]


def change_text(change: Change, words: Words) -> str:
    """One change as a sentence, looking back."""
    if change.came:
        return words.text("{thing}, new: {what}.", thing=change.title, what=change.becomes)
    if change.went:
        return words.text("{thing}, taken out: {what}.", thing=change.title, what=change.was)
    return words.text(
        "{thing}: it was {was}, it became {becomes}.", thing=change.title, was=change.was, becomes=change.becomes
    )


def _rewards(rule: Rule, words: Words) -> dict[Prize, str]:
    return {replace(one, id=""): _reward(one, rule.currency, words) for one in rule.others}


def _rates(rule: Rule, words: Words) -> dict[Rate, str]:
    return {replace(one, id=""): rate_text(one, rule.name, words).removesuffix(".") for one in rule.rates}


def _reward(prize: Prize, currency: str, words: Words) -> str:
    reward = prize_text(prize, currency, words)
    return words.text("{points} = {reward}", points=points_text(prize.points, words), reward=reward)


def _first(rule: Rule, words: Words) -> str:
    return _reward(Prize("", AMOUNT, rule.reward_points, rule.reward), rule.currency, words)


def _earned(rule: Rule, words: Words) -> str:
    amount = words.money(rule.per, rule.currency)
    return words.text("{points} for each {amount}", points=points_text(rule.points, words), amount=amount)


def _some(points: int, words: Words) -> str:
    return points_text(points, words) if points else words.text("none")


def _most(points: int | None, words: Words) -> str:
    return words.text("no limit") if points is None else points_text(points, words)


def _days(days: int, words: Words) -> str:
    return words.plural("{n} day", "{n} days", days) if days else words.text("no days")


def _nth(rule: Rule, words: Words) -> str:
    if not (rule.nth and rule.nth_points):
        return words.text("none")
    points = points_text(rule.nth_points, words)
    return words.text("{points} for order number {number}", points=points, number=words.number(rule.nth))


def _birthday_part(rule: Rule) -> tuple[int, bool]:
    points = rule.occasions.points(BIRTHDAY)
    return points, bool(points) and rule.occasions.hijri


def _birthday(rule: Rule, words: Words) -> str:
    points = _some(rule.occasions.birthday, words)
    if not (rule.occasions.birthday and rule.occasions.hijri):
        return points
    return words.text("{points} by the Hijri calendar", points=points)


def _ends(rule: Rule, words: Words) -> str:
    if rule.ends_after is None:
        return words.text("They never end")
    if rule.extended:
        return words.plural("After {n} day without an order", "After {n} days without an order", rule.ends_after)
    return words.plural("{n} day after they could be spent", "{n} days after they could be spent", rule.ends_after)


def _on(rule: Rule, words: Words) -> str:
    return words.text("on") if rule.earning else words.text("paused")


def _number(title: str, name: str) -> _Aspect:
    return _Aspect(title, lambda rule: getattr(rule, name), lambda rule, words: _some(getattr(rule, name), words))


def _occasion(title: str, sort: str) -> _Aspect:
    return _Aspect(
        title, lambda rule: rule.occasions.points(sort), lambda rule, words: _some(rule.occasions.points(sort), words)
    )


ASPECTS: Sequence[_Aspect] = (
    _Aspect("Earning points", lambda rule: rule.earning, _on),
    _Aspect("What shoppers call them", lambda rule: rule.name, lambda rule, words: general(rule.name, words)),
    _Aspect("Points earned", lambda rule: (rule.points, rule.per, rule.currency), _earned),
    _Aspect("Pending for", lambda rule: rule.wait_days, lambda rule, words: _days(rule.wait_days, words)),
    _Aspect("A reward", lambda rule: (rule.reward_points, rule.reward, rule.currency), _first),
    _Aspect("A code is good for", lambda rule: rule.code_days, lambda rule, words: _days(rule.code_days, words)),
    _number("Bonus for the first order", "first_order"),
    _Aspect(
        "Bonus for order number",
        lambda rule: (rule.nth, rule.nth_points) if rule.nth and rule.nth_points else None,
        _nth,
    ),
    _number("Points for each order besides", "per_order"),
    _Aspect("Most points of one order", lambda rule: rule.most, lambda rule, words: _most(rule.most, words)),
    _number("Points by hand a month, in all", "by_hand"),
    _occasion("For a new customer", JOINED),
    _occasion("For agreeing to messages", AGREED),
    _Aspect("On the birthday", _birthday_part, _birthday),
    _occasion("Each year after the first order", ANNIVERSARY),
    _Aspect(
        "At most of these a month, each",
        lambda rule: rule.occasions.most_a_month,
        lambda rule, words: _most(rule.occasions.most_a_month, words),
    ),
    _Aspect("Points end", lambda rule: (rule.ends_after, rule.extended and rule.ends_after is not None), _ends),
)
"""In the order of the form. Their titles are message keys."""
