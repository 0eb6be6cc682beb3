"""Which days a period is compared with. Pure."""

import calendar
from datetime import date, timedelta
from enum import StrEnum

from shopify_app.clock import LocalDay, next_day
from shopify_app.errors import Malformed
from shopify_app.retention.seasons import Span, same_season


class Against(StrEnum):
    """What a period is held against."""

    BEFORE = "before"
    LAST_YEAR = "last_year"
    SEASON = "season"


def read_against(text: str) -> Against:
    """Read `before`, `last_year` or `season`."""
    try:
        return Against(text)
    except ValueError:
        raise Malformed("Choose what to compare with: before, last_year or season.") from None


def compared_span(span: Span, against: Against, currency: str) -> Span | None:
    """The days that `span` is held against; None where there are none, and where they would overlap it."""
    match against:
        case Against.BEFORE:
            return _before(span)
        case Against.LAST_YEAR:
            return _last_year(span)
        case Against.SEASON:
            return same_season(span, currency)


def choices(span: Span, currency: str, first: LocalDay) -> dict[Against, Span]:
    """Everything that a period can be held against, where our orders reach back so far."""
    spans = ((against, compared_span(span, against, currency)) for against in Against)
    return {against: other for against, other in spans if other is not None and first <= other.start}


def _before(span: Span) -> Span:
    days = timedelta(days=span.days)
    return Span(LocalDay(span.start - days), LocalDay(span.end - days))


def _last_year(span: Span) -> Span | None:
    """The same dates; whole calendar months become those months, and of a leap year's 29 February the 28th."""
    start, end = _year_before(span.start), _year_before(span.end)
    if span.start.day == 1 and next_day(span.end).day == 1:
        end = LocalDay(end.replace(day=calendar.monthrange(end.year, end.month)[1]))
    return Span(start, end) if end < span.start else None


def _year_before(day: date) -> LocalDay:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return LocalDay(day.replace(year=day.year - 1, day=min(day.day, last)))
