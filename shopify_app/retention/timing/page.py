"""The two parts of Reports > Coming back that are about timing, made of kept sums and one address. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.seasons import Span, seasons_since
from shopify_app.retention.timing import telling
from shopify_app.retention.timing.changes import Part
from shopify_app.retention.timing.comparing import Against
from shopify_app.retention.timing.measure import Comparison, Source, Speed, Timeline, compare, speed, timeline
from shopify_app.retention.timing.presenting import SpeedPart, speed_document, speed_part
from shopify_app.retention.timing.sums import BY_DAY, GAPS, RISK
from shopify_app.retention.timing.telling import ComparisonPart
from shopify_app.retention.window import Window

TALLIES = (GAPS, RISK, BY_DAY)
"""What has to be summed up, in the order in which `find` takes it."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the page is about, besides the sums."""

    window: Window
    """Of the comparison; with its start, unless nothing is booked."""
    against: Against | None
    as_of: LocalDay
    first: LocalDay
    """The first day with anything booked."""
    currency: str
    returning: Callable[[Span], Part]
    """Of the customers of some days, those who had bought before."""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything about timing that the page tells."""

    about: Circumstances
    speed: Speed
    comparison: Comparison | None
    """None where the period holds no day."""
    line: Timeline | None


@dataclass(frozen=True, slots=True)
class TimingPart:
    """The same as the template takes it."""

    speed: SpeedPart
    comparison: ComparisonPart


def find(sums: Sequence[Sums], about: Circumstances) -> Found:
    """Curves, comparison and line; `sums` as TALLIES has them, up to the as-of day."""
    gaps, risk, by_day = sums
    found = speed(gaps, about.as_of)
    start, end = about.window.start, about.window.end
    compared = None
    if start is not None and max(start, about.first) <= end:
        source = Source(by_day, risk, about.returning, about.first, about.as_of, about.currency)
        compared = compare(source, Span(max(start, about.first), end), about.against, found.gaps_of_one)
    return Found(about, found, compared, timeline(by_day, about.as_of, about.first, about.currency))


def timing_part(found: Found, words: Words) -> TimingPart:
    """What is found, in words and drawings."""
    return TimingPart(speed_part(found.speed, words), _comparison_part(found, words))


def timing_document(found: Found) -> dict[str, Any]:
    """What is found, for programs."""
    compared = found.comparison
    return {
        **speed_document(found.speed),
        "comparison": None if compared is None else telling.comparison_document(compared, found.line),
    }


def _comparison_part(found: Found, words: Words) -> ComparisonPart:
    about, compared = found.about, found.comparison
    seasons = seasons_since(about.first, about.as_of, about.currency)
    periods = telling.period_choices(about.window, seasons, words, about.currency)
    if compared is None:
        return ComparisonPart(periods, [], None, None, [], [telling.no_days_text(about.first, words)], None)
    return ComparisonPart(
        periods=periods,
        againsts=telling.against_choices(compared, words),
        now=telling.span_text(compared.now.span, words),
        before=telling.span_text(compared.before.span, words) if compared.before else None,
        rows=telling.change_rows(compared, words, about.as_of),
        notes=telling.notes(compared, found.line, words),
        line=telling.line_part(found.line, words, about.currency) if found.line else None,
    )
