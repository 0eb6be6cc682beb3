"""Somebody's gaps from one day with an order to the next: as bars, and as a table. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.chart import Bar, Drawing, Label, Size, mirrored, round_up

SIZES = (Size("wide", 920, 200, 0), Size("narrow", 360, 180, 0))
MOST = 100
"""Gaps that are shown, the latest ones."""
_TOP, _FOOT, _AXIS, _MARGIN = 12, 28, 40, 8
_LINES = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """Days between two days with an order; the last one is open as long as no order has ended it."""

    start: LocalDay
    end: LocalDay
    open: bool = False

    @property
    def days(self) -> int:
        """How long it is."""
        return (self.end - self.start).days


def gaps_until(days: Sequence[LocalDay], today: LocalDay) -> list[Gap]:
    """The latest gaps between days with an order, oldest first, and the one that is open today."""
    distinct = sorted(set(days))
    closed = [Gap(sooner, later) for sooner, later in pairwise(distinct)][-MOST:]
    return [*closed, Gap(distinct[-1], max(today, distinct[-1]), open=True)] if distinct else []


@dataclass(frozen=True, slots=True)
class GapLine:
    """A gap as a line of the table."""

    start: str
    end: str
    days: str


def gap_line(gap: Gap, words: Words) -> GapLine:
    """One gap in words."""
    end = words.text("no order since") if gap.open else words.day(gap.end)
    return GapLine(words.day(gap.start), end, words.duration(gap.days))


def draw(gaps: Sequence[Gap], usual: int | None, words: Words, size: Size) -> Drawing:
    """The bars of one size with a line at what is usual; the open gap has the other colour."""
    high = max([*(gap.days for gap in gaps), usual or 0, 1])
    step = round_up(-(-high // _LINES))
    scale = _Scale(size, step * -(-high // step), len(gaps))
    bars = [bar for at, gap in enumerate(gaps) for bar in _bar(gap, at, scale, words)]
    lines = [scale.y(days) for days in range(0, scale.high + 1, step)]
    labels = [Label(_AXIS - 8, scale.y(days) + 4, "end", words.number(days)) for days in range(0, scale.high + 1, step)]
    ends = [
        Label(_AXIS, size.height - 8, "start", words.short_month_and_year(gaps[0].start)),
        Label(size.width - _MARGIN, size.height - 8, "end", words.short_month_and_year(gaps[-1].end)),
    ]
    mark = None if usual is None else scale.y(usual)
    drawing = Drawing(size, tuple(bars), tuple(lines), scale.y(0), (*labels, *ends), _AXIS, size.width - _MARGIN, mark)
    return mirrored(drawing) if words.rtl else drawing


@dataclass(frozen=True, slots=True)
class _Scale:
    size: Size
    high: int
    slots: int

    def y(self, days: int) -> int:
        """Where a number of days lies, counted from the top."""
        return _TOP + round(Fraction(self.high - days, self.high) * (self.size.height - _TOP - _FOOT))

    def x(self, at: int) -> int:
        """Where a gap's slot begins."""
        return _AXIS + round(Fraction((self.size.width - _MARGIN - _AXIS) * at, self.slots))


def _bar(gap: Gap, at: int, scale: _Scale, words: Words) -> list[Bar]:
    if not gap.days:
        return []
    slot, top = scale.x(at + 1) - scale.x(at), scale.y(gap.days)
    width = min(max(slot * 3 // 5, 1), 48)
    bar = Bar(scale.x(at) + (slot - width) // 2, top, width, scale.y(0) - top, not gap.open, _title(gap, words))
    return [bar]


def _title(gap: Gap, words: Words) -> str:
    days = words.duration(gap.days)
    if gap.open:
        return words.text("{days} since {day}, and no order yet", days=days, day=words.day(gap.start))
    return words.text("{days} until {day}", days=days, day=words.day(gap.end))


def chart_text(gaps: Sequence[Gap], usual: int | None, words: Words) -> str:
    """The chart in one sentence, for those who do not see it."""
    open_ = words.duration(gaps[-1].days)
    if usual is None:
        return words.text("Days between orders; {days} since the last one.", days=open_)
    return words.text(
        "Days between orders: usually {gap}, and {days} since the last one.",
        gap=words.duration(max(usual, 1)),
        days=open_,
    )
