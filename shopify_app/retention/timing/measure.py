"""What the page tells of timing, from the sums that are kept. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from shopify_app.clock import LocalDay
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.seasons import Band, Span, bands
from shopify_app.retention.timing.changes import Change, Part, Period, changes, figures, is_young, soon_of
from shopify_app.retention.timing.comparing import Against, choices
from shopify_app.retention.timing.curve import Curve, Waits, curve
from shopify_app.retention.timing.gaps import Usual, usual
from shopify_app.retention.timing.sums import Active, first_days, gaps_after, monthly, risks, waits_after, weekly

PLACES = (1, 2, 3)
"""The purchases after which a curve is drawn: from the first to the second, and so on."""
WEEKS, MONTHS = 53, 13
"""So many are on the line of returning customers, the one that is not over among them."""
ENOUGH_IN_WEEK, ENOUGH_IN_MONTH = 30, 10
"""Customers in the middle one of these weeks, or else months, from which on they are drawn."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast people come back, over all that is known."""

    curves: Mapping[int, Curve]
    """By the purchase that they start from: see PLACES."""
    usual: Usual | None
    gaps_of_one: Fraction
    """How many gaps a customer has who has any."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One period, held against another where there is one to hold it against."""

    now: Period
    against: Against | None
    before: Period | None
    choices: Mapping[Against, Span]
    changes: tuple[Change, ...]
    young: bool
    """Whether the shop was too new in the earlier period for its share of returning customers to be compared."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A week or month: how many bought, and how many of them had bought before."""

    span: Span
    part: Part
    over: bool
    """Whether its last day is over."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Weeks or months one after another, with the seasons in them."""

    weekly: bool
    stretches: tuple[Stretch, ...]
    bands: tuple[Band, ...]


def speed(gaps: Sums, as_of: LocalDay) -> Speed:
    """Curves and usual gap as of a day; nothing after it may be in the sums."""
    came, waited = gaps_after(gaps), waits_after(gaps, as_of)
    together: dict[int, int] = {}
    for each in came.values():
        for gap, times in each.items():
            together[gap] = together.get(gap, 0) + times
    curves = {place: curve(Waits(came[place], waited[place])) for place in PLACES}
    # Who has any gap has one after his first purchase; where that is hidden from us, the others stand for it.
    own = max(sum(came[1].values()), 1)
    return Speed(curves, usual(together), max(Fraction(sum(together.values()), own), Fraction(1)))


@dataclass(frozen=True, slots=True)
class Source:
    """What a period is measured from."""

    by_day: Sums
    risk: Sums
    returning: Callable[[Span], Part]
    """Of the customers of some days, those who had bought before."""
    first: LocalDay
    """The first day with anything booked."""
    as_of: LocalDay
    currency: str


def period(source: Source, span: Span) -> Period:
    """The figures of some days."""
    days = first_days(source.by_day)
    new = tuple(days.new.get(day, 0) for day in range(span.start.toordinal(), span.end.toordinal() + 1))
    lived = tuple(risks(source.risk, span.start, span.end))
    return Period(span, new, soon_of(days, span, source.as_of), source.returning(span), lived)


def compare(source: Source, span: Span, wanted: Against | None, gaps_of_one: Fraction) -> Comparison:
    """Some days against what was wanted, or against the first thing they can be held against."""
    possible = choices(span, source.currency, source.first)
    against = wanted if wanted in possible else next(iter(possible), None)
    now = period(source, span)
    if against is None:
        return Comparison(now, None, None, possible, tuple(figures(now)), False)
    before, young = period(source, possible[against]), is_young(possible[against], source.first)
    changed = tuple(changes(now, before, gaps_of_one, young=young))
    return Comparison(now, against, before, possible, changed, young)


def timeline(by_day: Sums, as_of: LocalDay, first: LocalDay, currency: str) -> Timeline | None:
    """The last year by weeks, by months where a week has too few customers; None where a month has too few, too."""
    for is_weekly, active, spans, enough in (
        (True, weekly(by_day), _weeks(as_of), ENOUGH_IN_WEEK),
        (False, monthly(by_day), _months(as_of), ENOUGH_IN_MONTH),
    ):
        known = [(key, span) for key, span in spans if first <= span.start]
        stretches = [_stretch(active, key, span, as_of) for key, span in known]
        sizes = sorted(stretch.part.every for stretch in stretches if stretch.over)
        if sizes and sizes[len(sizes) // 2] >= enough:
            whole = Span(stretches[0].span.start, stretches[-1].span.end)
            return Timeline(is_weekly, tuple(stretches), tuple(bands(whole, currency)))
    return None


def _stretch(active: Active, key: int, span: Span, as_of: LocalDay) -> Stretch:
    return Stretch(span, Part(active.returning.get(key, 0), active.customers.get(key, 0)), span.end < as_of)


def _weeks(as_of: LocalDay) -> list[tuple[int, Span]]:
    monday = as_of - timedelta(days=as_of.weekday())
    starts = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    return [((start.toordinal() - 1) // 7, Span(start, start + timedelta(days=6))) for start in starts]


def _months(as_of: LocalDay) -> list[tuple[int, Span]]:
    last = as_of.year * 12 + as_of.month - 1
    keys = range(last - MONTHS + 1, last + 1)
    return [(key, Span(_first(key), LocalDay(_first(key + 1) - timedelta(days=1)))) for key in keys]


def _first(month: int) -> LocalDay:
    return LocalDay(date(month // 12, month % 12 + 1, 1))
