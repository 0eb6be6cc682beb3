"""Whose knowledge a page about an earlier day shows, in words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from shopify_app.language import Words
from shopify_app.retention.asking import Asked, Seen
from shopify_app.retention.past.looking import Looked
from shopify_app.retention.past.model import StoredReport
from shopify_app.retention.presenting import NOTHING

Link = Callable[[str, Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class LookedBack:
    """What is shown of an earlier day, and where the same is shown with the other knowledge."""

    sentence: str
    href: str | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class StoredLine:
    """Net sales of a month as they were stored, and where that report is; a dash where there is none."""

    net: str
    href: str | None = None


def told_back(looked: Looked, words: Words, path: str, link: Link) -> LookedBack | None:
    """None for a page about today."""
    asked = looked.asked
    query = asked.query()
    day = words.day(asked.as_of)
    if looked.report is not None:
        query = {name: value for name, value in query.items() if name != "report"}
        month = words.month(looked.report.start)
        sentence = words.text("{month} as it was stored on {day}, once it was over.", month=month, day=day)
        return LookedBack(sentence, link(path, query), words.text("See it with what is known today"))
    if not asked.looks_back:
        return None
    if asked.seen is Seen.THEN:
        sentence = words.text("As it was known at the end of {day}.", day=day)
        href = link(path, {**query, "seen": Seen.NOW.value})
        return LookedBack(sentence, href, words.text("See it with what is known today"))
    if looked.known_since is not None and asked.as_of < looked.known_since:
        since = words.day(looked.known_since)
        return LookedBack(
            words.text(
                "Counted up to {day}, with what is known today: Wafa has known your orders since {since}.",
                day=day,
                since=since,
            )
        )
    sentence = words.text("Counted up to {day}, with what is known today.", day=day)
    if looked.known_since is None:
        return LookedBack(sentence)
    href = link(path, {**query, "seen": Seen.THEN.value})
    return LookedBack(sentence, href, words.text("See it as it was known then"))


def stored_line(report: StoredReport | None, asked: Asked, words: Words, link: Link) -> StoredLine:
    """One month's stored net sales, in the basis that is looked at."""
    if report is None:
        return StoredLine(NOTHING)
    told = json.loads(report.document)[f"{asked.basis.value} {asked.unit.value}"]
    net = words.amount(Fraction(told["metrics"]["net_revenue"]["value"]), report.currency)
    query = {"report": f"{report.start:%Y-%m}", "basis": asked.basis.value, "unit": asked.unit.value}
    return StoredLine(net, link("/reports/numbers", query))
