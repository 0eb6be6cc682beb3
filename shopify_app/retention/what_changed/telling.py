"""Findings in words: the sentence, and how we know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.what_changed.chance import Group
from shopify_app.retention.what_changed.comparing import Span
from shopify_app.retention.what_changed.finding import DAYS, WEEKS
from shopify_app.retention.what_changed.model import WeeklyFinding, WeeklyLook

LEADS = {
    "product": (
        "People whose first order had {title} come back more.",
        "People whose first order had {title} come back less.",
    ),
    "discount": (
        "People whose first order had a discount come back more.",
        "People whose first order had a discount come back less.",
    ),
    "channel": (
        "People who first bought through {title} come back more.",
        "People who first bought through {title} come back less.",
    ),
    "country": ("People in {title} come back more.", "People in {title} come back less."),
    "quarter": ("New customers come back more than a year ago.", "New customers come back less than a year ago."),
}
"""What a finding says where some come back more than the others, and where less."""
CHANNELS = {
    "web": (
        "People who first bought in your online shop come back more.",
        "People who first bought in your online shop come back less.",
    ),
    "pos": (
        "People who first bought at the till come back more.",
        "People who first bought at the till come back less.",
    ),
    "shopify_draft_order": (
        "People whose first order your staff made come back more.",
        "People whose first order your staff made come back less.",
    ),
}
"""The same of Shopify's own channels."""


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """One finding on a page."""

    sentence: str
    how: list[str]
    since: str | None
    href: str


@dataclass(frozen=True, slots=True)
class WhatChanged:
    """The findings of the newest week, or that there is none."""

    findings: list[ToldFinding]
    period: str


def told(
    look: WeeklyLook, findings: list[WeeklyFinding], words: Words, link: Callable[[str, Mapping[str, str]], str]
) -> WhatChanged:
    """What Home says of a week."""
    lines = [
        ToldFinding(
            sentence=_sentence(one, words),
            how=_how(one, look, words),
            since=_since(one, words),
            href=link("/reports/coming-back", {"split": one.subject} if one.subject != "quarter" else {}),
        )
        for one in findings
    ]
    return WhatChanged(lines, words.text("Looked at on {day}, once a week.", day=words.day(LocalDay(look.looked_on))))


def _groups(one: WeeklyFinding) -> tuple[Group, Group]:
    return Group(one.some_people, one.some_did), Group(one.other_people, one.other_did)


def _sentence(one: WeeklyFinding, words: Words) -> str:
    some, others = _groups(one)
    channel = CHANNELS.get(one.key) if one.subject == "channel" else None
    more, less = channel or LEADS[one.subject]
    title = words.country(one.key) if one.subject == "country" else words.isolated(one.title)
    lead = words.text(more if some.share > others.share else less, title=title)
    shares = {"some": words.percent(some.share, 0), "others": words.percent(others.share, 0)}
    days = words.number(DAYS)
    if one.subject == "quarter":
        figures = words.text("{some} within {days} days, then {others}.", days=days, **shares)
    else:
        figures = words.text("{some} within {days} days, {others} of the others.", days=days, **shares)
    return f"{lead} {figures}"


def _how(one: WeeklyFinding, look: WeeklyLook, words: Words) -> list[str]:
    some, others = _groups(one)
    span = Span.at(LocalDay(look.looked_on))
    since = span.quarter if one.subject == "quarter" else span.since
    counted = words.text(
        "{did} of {people} came back, and {other_did} of {other_people} of those they are compared with.",
        did=words.number(some.did),
        people=words.number(some.people),
        other_did=words.number(others.did),
        other_people=words.number(others.people),
    )
    who = words.text(
        "Asked of everybody whose first order was between {since} and {until}, so that each has had {days} days.",
        since=words.day(since),
        until=words.day(span.until),
        days=words.number(DAYS),
    )
    sure = words.text(
        "{compared} comparisons were made this week. This one would come about by chance less than once in {weeks} "
        "such weeks; a sentence stands here only if all of a year's together are right with 95 in 100.",
        compared=words.number(look.compared),
        weeks=words.number(_weeks(one, look)),
    )
    because = words.text("It says what goes together, not what causes it.")
    return [counted, who, sure, because]


def _weeks(one: WeeklyFinding, look: WeeklyLook) -> int:
    """Rounded down to a round number, and never a boast."""
    weeks = min(1 / max(one.chance * max(look.compared, 1), 1e-9), 10**6)
    return max(WEEKS, int(10 ** (len(str(int(weeks))) - 1)))


def _since(one: WeeklyFinding, words: Words) -> str | None:
    if one.first_week == one.week:
        return None
    return words.text("It has held since {day}.", day=words.day(LocalDay(one.first_week)))


def document(look: WeeklyLook, findings: list[WeeklyFinding]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "week": look.week.isoformat(),
        "looked_on": look.looked_on.isoformat(),
        "compared": look.compared,
        "findings": [
            {
                "subject": one.subject,
                "key": one.key,
                "people": one.some_people,
                "came_back": one.some_did,
                "other_people": one.other_people,
                "others_came_back": one.other_did,
                "days": DAYS,
                "chance": one.chance,
                "since": one.first_week.isoformat(),
            }
            for one in findings
        ],
    }
