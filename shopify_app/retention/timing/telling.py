"""One period against another as people read it: a table of figures, and a line of weeks with its seasons. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.chart import SIZES
from shopify_app.retention.presenting import NOTHING, WINDOW_TITLES, Choice, percent_moved, period_text, points_moved
from shopify_app.retention.seasons import Band, Season, Span
from shopify_app.retention.timing.changes import Change, Name
from shopify_app.retention.timing.comparing import Against
from shopify_app.retention.timing.drawing import Named, Plot, draw_timeline
from shopify_app.retention.timing.measure import Comparison, Stretch, Timeline
from shopify_app.retention.timing.presenting import days_text, share_text
from shopify_app.retention.timing.sums import SOON
from shopify_app.retention.window import Window
from shopify_app.table import decimal_text

AGAINST_TITLES = {
    Against.BEFORE: "The period before",
    Against.LAST_YEAR: "Same days last year",
    Against.SEASON: "Same season last year",
}
SEASON_TITLES = {
    Season.RAMADAN: "Ramadan {year}",
    Season.EID_AL_FITR: "Eid al-Fitr {year}",
    Season.EID_AL_ADHA: "Eid al-Adha {year}",
    Season.WHITE_FRIDAY: "White Friday {year}",
    Season.SAUDI_NATIONAL_DAY: "Saudi National Day {year}",
    Season.SAUDI_FOUNDING_DAY: "Saudi Founding Day {year}",
    Season.KUWAITI_NATIONAL_DAYS: "Kuwaiti National Days {year}",
}
FIGURE_TITLES: dict[Name, tuple[str, str]] = {
    "new_customers": ("New customers", "people who bought for the first time"),
    "soon": ("Came back within 90 days", "of the new customers who have had 90 days for it"),
    "returning": ("Returning customers rate", "of the people who bought in this period had bought before"),
    "usual_gap": ("Time to the next order", "within which half of those order again who do so within a year"),
}
"""Title and sentence of each figure."""
BLACK_FRIDAY = "Black Friday {year}"
_ARAB = "AED BHD DZD EGP IQD JOD KWD LBP LYD MAD OMR QAR SAR SDG SYP TND YER"
"""The currencies of countries where that Friday is the white one."""
_SEASONS_OFFERED = 6


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One figure in both periods; `tone` is up or down where it moved beyond chance, up for the better."""

    title: str
    sentence: str
    now: str
    before: str
    change: str | None
    tone: str | None
    note: str | None
    """Why there is no figure, or why a change says nothing."""


@dataclass(frozen=True, slots=True)
class StretchRow:
    """A week or month of the line as a row of its table."""

    title: str
    customers: str
    share: str
    seasons: str


@dataclass(frozen=True, slots=True)
class LinePart:
    """The share of customers who had bought before, over a year."""

    heading: str
    text: str
    plots: list[Plot]
    first_column: str
    rows: list[StretchRow]
    seasons: list[str]
    """Each with its days."""


@dataclass(frozen=True, slots=True)
class ComparisonPart:
    """One period against another."""

    periods: list[Choice]
    againsts: list[Choice]
    now: str | None
    """None where the period has no day of which orders are known."""
    before: str | None
    rows: list[ChangeRow]
    notes: list[str]
    line: LinePart | None


def season_title(band: Band, words: Words, currency: str) -> str:
    """A season's name with its year; that of its own calendar."""
    title = SEASON_TITLES[band.season]
    if band.season is Season.WHITE_FRIDAY and currency not in _ARAB:
        title = BLACK_FRIDAY
    return words.text(title, year=str(band.year))


def period_choices(window: Window, seasons: Sequence[Band], words: Words, currency: str) -> list[Choice]:
    """The ready periods, the latest seasons, and the one asked for where it is none of them."""
    ready = [Choice(name, words.text(WINDOW_TITLES[name]), name == window.name) for name in ("30d", "90d", "365d")]
    for band in seasons[:_SEASONS_OFFERED]:
        name = f"{band.span.start.isoformat()}..{band.span.end.isoformat()}"
        ready.append(Choice(name, season_title(band, words, currency), name == window.name))
    if any(choice.chosen for choice in ready):
        return ready
    return [*ready, Choice(window.name, period_text(window, words), True)]


def against_choices(found: Comparison, words: Words) -> list[Choice]:
    """What the period can be held against."""
    return [
        Choice(each.value, words.text(AGAINST_TITLES[each]), each is found.against)
        for each in Against
        if each in found.choices
    ]


def span_text(span: Span, words: Words) -> str:
    """First and last day in words."""
    return period_text(Window("", span.start, span.end), words)


def change_rows(found: Comparison, words: Words, as_of: LocalDay) -> list[ChangeRow]:
    """Each figure in both periods."""
    return [_row(change, found, words, as_of) for change in found.changes]


def notes(found: Comparison, line: Timeline | None, words: Words) -> list[str]:
    """What one has to know to read it."""
    told = []
    if found.against is None:
        told.append(words.text("Our orders do not reach back far enough to compare this period with an earlier one."))
    if found.young and found.before is not None:
        told.append(
            words.text(
                "In a shop's first year the share of returning customers rises by itself, so a rise then is not marked "
                "as a change."
            )
        )
    hijri = found.against is Against.SEASON or any(band.hijri for band in (line.bands if line else ()))
    if hijri:
        told.append(
            words.text(
                "Ramadan and the Eids are those of the Umm al-Qura calendar. Where the moon is sighted they may have "
                "begun a day earlier or later."
            )
        )
    return told


def no_days_text(first: LocalDay, words: Words) -> str:
    """What to say of a period before the first order, or after today."""
    return words.text("There is nothing in this period: your first order is of {day}.", day=words.day(first))


def line_part(line: Timeline, words: Words, currency: str) -> LinePart:
    """The line of weeks or months, its table and its seasons."""
    titles = [_stretch_title(line, stretch, words) for stretch in line.stretches]
    named = [_named(band, words, currency) for band in line.bands]
    return LinePart(
        heading=words.text("Returning customers rate, week by week")
        if line.weekly
        else words.text("Returning customers rate, month by month"),
        text=_line_text(line, words),
        plots=[draw_timeline(line, _dot_titles(line, titles, words), named, words, size) for size in SIZES],
        first_column=words.text("Week from") if line.weekly else words.text("Month"),
        rows=[
            _stretch_row(stretch, title, named, words) for stretch, title in zip(line.stretches, titles, strict=True)
        ],
        seasons=[one.title for one in named],
    )


def comparison_document(found: Comparison, line: Timeline | None) -> dict[str, Any]:
    """The same for programs."""
    return {
        "period": _span_document(found.now.span),
        "against": None if found.against is None else found.against.value,
        "before": None if found.before is None else _span_document(found.before.span),
        "figures": {change.name: _change_document(change) for change in found.changes},
        "returning": None if line is None else [_stretch_document(stretch) for stretch in line.stretches],
        "seasons": None if line is None else [_band_document(band) for band in line.bands],
    }


def _row(change: Change, found: Comparison, words: Words, as_of: LocalDay) -> ChangeRow:
    title, sentence = FIGURE_TITLES[change.name]
    moved = None if change.now is None or change.before is None else _moved(change, words)
    flat = moved is None or moved == words.text("no change")
    tone = None if flat or not change.beyond_chance else _tone(change)
    usual = None if tone or flat else _usual(change, found, words)
    return ChangeRow(
        words.text(title),
        words.text(sentence),
        _value(change, change.now, words),
        _value(change, change.before, words) if found.before is not None else NOTHING,
        moved,
        tone,
        _unknown(change, found, words, as_of) if change.now is None else usual,
    )


def _usual(change: Change, found: Comparison, words: Words) -> str:
    if found.young and change.name == "returning":
        return words.text("as in any young shop")
    return words.text("within normal variation")


def _tone(change: Change) -> str:
    """Whether it moved for the better: people who come back sooner are better."""
    more = (change.now or 0) > (change.before or 0)
    return "up" if more != (change.name == "usual_gap") else "down"


def _value(change: Change, value: Fraction | None, words: Words) -> str:
    if change.name == "usual_gap":
        return days_text(None if value is None else int(value), words)
    if change.name == "new_customers":
        return NOTHING if value is None else words.number(value)
    return share_text(value, words)


def _moved(change: Change, words: Words) -> str | None:
    now, before = change.now, change.before
    if now is None or before is None:
        return None
    if change.name == "usual_gap":
        return _days_moved(int(now - before), words)
    if change.name == "new_customers":
        return percent_moved(now / before - 1, words) if before else None
    return points_moved(now - before, words)


def _days_moved(moved: int, words: Words) -> str:
    if not moved:
        return words.text("no change")
    if moved > 0:
        return words.plural("{n} day longer", "{n} days longer", moved)
    return words.plural("{n} day shorter", "{n} days shorter", -moved)


def _unknown(change: Change, found: Comparison, words: Words, as_of: LocalDay) -> str:
    known = found.now.span.start + timedelta(days=SOON)
    if change.name == "soon" and known > as_of:
        return words.text("Known from {day} on.", day=words.day(known))
    return words.text("Too few people to say.")


def _stretch_title(line: Timeline, stretch: Stretch, words: Words) -> str:
    name = words.day(stretch.span.start) if line.weekly else words.month(stretch.span.start)
    return name if stretch.over else words.text("{month}, so far", month=name)


def _dot_titles(line: Timeline, titles: Sequence[str], words: Words) -> list[str]:
    texts = []
    for stretch, title in zip(line.stretches, titles, strict=True):
        percent = share_text(stretch.part.share, words)
        if line.weekly:
            texts.append(words.text("Week from {day}: {percent}", day=title, percent=percent))
        else:
            texts.append(words.text("{month}: {percent}", month=title, percent=percent))
    return texts


def _line_text(line: Timeline, words: Words) -> str:
    over = [stretch for stretch in line.stretches if stretch.over and stretch.part.share is not None]
    if not over:
        return words.text("Returning customers rate")
    return words.text(
        "Returning customers rate from {first} to {last}: first {before}, last {now}.",
        first=words.day(over[0].span.start),
        last=words.day(over[-1].span.end),
        before=share_text(over[0].part.share, words),
        now=share_text(over[-1].part.share, words),
    )


def _named(band: Band, words: Words, currency: str) -> Named:
    name = season_title(band, words, currency)
    return Named(band, name, words.text("{season}: {days}", season=name, days=span_text(band.span, words)))


def _stretch_row(stretch: Stretch, title: str, named: Sequence[Named], words: Words) -> StretchRow:
    seasons = [one.name for one in named if one.band.span.overlaps(stretch.span)]
    share = share_text(stretch.part.share, words)
    return StretchRow(title, words.number(stretch.part.every), share, " · ".join(seasons))


def _span_document(span: Span) -> dict[str, str]:
    return {"start": span.start.isoformat(), "end": span.end.isoformat()}


def _change_document(change: Change) -> dict[str, Any]:
    now, before = decimal_text(change.now), decimal_text(change.before)
    return {"value": now, "before": before, "beyond_chance": change.beyond_chance}


def _stretch_document(stretch: Stretch) -> dict[str, Any]:
    part = stretch.part
    return {**_span_document(stretch.span), "customers": part.every, "returning": part.some, "over": stretch.over}


def _band_document(band: Band) -> dict[str, Any]:
    return {"season": band.season.value, "year": band.year, **_span_document(band.span)}
