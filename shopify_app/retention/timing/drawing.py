"""The repeat curve and the line of returning customers as drawings: pure geometry, mirrored where Arabic is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from shopify_app.language import Words
from shopify_app.retention.chart import OTHER_SIDE, Anchor, Label, Size
from shopify_app.retention.seasons import Band
from shopify_app.retention.timing.curve import Curve
from shopify_app.retention.timing.measure import Timeline

MARKS = (30, 60, 90, 180, 365)
"""Days at which the curve is read."""
DRAWN_TO = MARKS[-1]
_TOP, _FOOT, _AXIS, _MARGIN = 22, 28, 52, 8
_EVERY = 7
"""Days between two points of a curve."""
_CHARACTER = 7
"""About so wide is one, in pixels."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with the words shown when pointed at."""

    x: int
    y: int
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: `number` says which, `points` is the attribute of a polyline."""

    number: int
    points: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """Some days of a season behind the lines."""

    x: int
    width: int
    title: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything a template needs to write one <svg>."""

    size: Size
    lines: tuple[Line, ...]
    strips: tuple[Strip, ...]
    grid: tuple[int, ...]
    """Heights of the horizontal lines, from `left` to `right`; the first is nothing at all."""
    labels: tuple[Label, ...]
    left: int
    right: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Named:
    """A season with its words."""

    band: Band
    name: str
    title: str


def draw_curves(curves: Mapping[int, Curve], titles: Mapping[tuple[int, int], str], words: Words, size: Size) -> Plot:
    """Curves over a year of waiting; `titles` by curve and mark."""
    known = {place: curve for place, curve in curves.items() if curve.known_to}
    highest = max((curve.share(DRAWN_TO) for curve in known.values()), default=0.0)
    scale = _Scale(size, _steps(highest), DRAWN_TO)
    lines = [
        Line(place, _points((scale.x(day), scale.y(curve.share(day))) for day in _days(curve)), ())
        for place, curve in known.items()
    ]
    dotted = [
        replace(line, dots=tuple(_dots(known[line.number], line.number, titles, scale)))
        for line in lines
        if line.points
    ]
    marks = [mark for mark in MARKS if size.name == "wide" or mark not in (30, 60)]
    days = [_day_label(mark, scale, words) for mark in (0, *marks)]
    return _mirrored(scale.plot(dotted, (), days, words), words)


def draw_timeline(line: Timeline, titles: Sequence[str], seasons: Sequence[Named], words: Words, size: Size) -> Plot:
    """The share of customers who had bought before, week by week or month by month; what is not over is left out."""
    shares = [float(stretch.part.share or 0) for stretch in line.stretches]
    scale = _Scale(size, _steps(max(shares, default=0.0)), len(shares))
    dots = [
        Dot(scale.middle(at), scale.y(shares[at]), titles[at])
        for at, stretch in enumerate(line.stretches)
        if stretch.over and stretch.part.share is not None
    ]
    drawn = Line(1, _points((dot.x, dot.y) for dot in dots), tuple(dots))
    strips = _strips(line, seasons, scale)
    labels = [*_month_labels(line, scale, words), *_season_labels(seasons, strips, scale)]
    return _mirrored(scale.plot([drawn], strips, labels, words), words)


@dataclass(frozen=True, slots=True)
class _Scale:
    size: Size
    steps: tuple[Fraction, ...]
    length: int

    def y(self, share: float) -> int:
        room = self.size.height - _TOP - _FOOT
        return _TOP + round((1 - share / float(self.steps[-1])) * room)

    def x(self, at: float) -> int:
        return _AXIS + round((self.size.width - _MARGIN - _AXIS) * at / self.length)

    def middle(self, at: int) -> int:
        return (self.x(at) + self.x(at + 1)) // 2

    def plot(self, lines: Sequence[Line], strips: Sequence[Strip], labels: Sequence[Label], words: Words) -> Plot:
        shares = [Label(_AXIS - 8, self.y(float(step)) + 4, "end", words.percent(step, 0)) for step in self.steps]
        grid = tuple(self.y(float(step)) for step in self.steps)
        right, bottom = self.size.width - _MARGIN, self.size.height - _FOOT
        return Plot(self.size, tuple(lines), tuple(strips), grid, (*shares, *labels), _AXIS, right, _TOP, bottom)


def _steps(highest: float) -> tuple[Fraction, ...]:
    """Round shares from none to at or over the highest."""
    step = next(step for step in (1, 2, 5, 10, 20, 25) if step * 4 >= min(highest, 1.0) * 100)
    count = max(ceil(highest * 100 / step - 1e-9), 1)
    return tuple(Fraction(step * k, 100) for k in range(count + 1))


def _days(curve: Curve) -> list[int]:
    last = min(curve.known_to, DRAWN_TO)
    return [*range(0, last, _EVERY), last]


def _points(places: Iterable[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _dots(curve: Curve, place: int, titles: Mapping[tuple[int, int], str], scale: _Scale) -> list[Dot]:
    known = [mark for mark in MARKS if curve.by(mark)]
    return [Dot(scale.x(mark), scale.y(curve.share(mark)), titles[place, mark]) for mark in known]


def _day_label(mark: int, scale: _Scale, words: Words) -> Label:
    # The last one ends where the drawing ends, and names what is counted.
    anchor: Anchor = "end" if mark == DRAWN_TO else "middle"
    text = words.duration(mark) if mark == DRAWN_TO else words.number(mark)
    return Label(scale.x(mark), scale.size.height - 8, anchor, text)


def _month_labels(line: Timeline, scale: _Scale, words: Words) -> list[Label]:
    """Every third month, in a narrow drawing every sixth, counted back from the last."""
    every = 3 if scale.size.name == "wide" else 6
    y, stretches = scale.size.height - 8, line.stretches
    last = stretches[-1].span.start
    firsts: dict[tuple[int, int], int] = {}
    for at, stretch in enumerate(stretches):
        firsts.setdefault((stretch.span.start.year, stretch.span.start.month), at)
    labels = []
    for (year, month), at in firsts.items():
        back = (last.year - year) * 12 + last.month - month
        if back % every == 0 and back:
            labels.append(Label(scale.middle(at), y, "middle", words.short_month_and_year(date(year, month, 1))))
    ends = Label(scale.x(len(stretches)), y, "end", words.short_month_and_year(last))
    room = [label for label in labels if label.x - 30 >= _AXIS and label.x + 100 < ends.x]
    return [*room, ends]


def _strips(line: Timeline, seasons: Sequence[Named], scale: _Scale) -> list[Strip]:
    start, after = line.stretches[0].span.start, line.stretches[-1].span.end + timedelta(days=1)
    strips = []
    for season in seasons:
        first, end = max(season.band.span.start, start), min(season.band.span.end + timedelta(days=1), after)
        left, right = (_place(day, line, scale) for day in (first, end))
        strips.append(Strip(left, max(right - left, 2), season.title))
    return strips


def _season_labels(seasons: Sequence[Named], strips: Sequence[Strip], scale: _Scale) -> list[Label]:
    """The seasons' names where there is room for them; the list under the drawing has all."""
    labels, free = list[Label](), _AXIS
    for season, strip in zip(seasons, strips, strict=True):
        end = strip.x + len(season.name) * _CHARACTER
        if scale.size.name == "wide" and strip.x >= free and end <= scale.size.width - _MARGIN:
            labels.append(Label(strip.x, _TOP - 8, "start", season.name))
            free = end + _CHARACTER
    return labels


def _place(day: date, line: Timeline, scale: _Scale) -> int:
    """Where a day lies among stretches that may have different lengths."""
    for at, stretch in enumerate(line.stretches):
        if day <= stretch.span.end:
            return scale.x(at + (day - stretch.span.start).days / stretch.span.days)
    return scale.x(len(line.stretches))


def _mirrored(plot: Plot, words: Words) -> Plot:
    if not words.rtl:
        return plot
    width = plot.size.width
    return replace(
        plot,
        lines=tuple(_mirrored_line(line, width) for line in plot.lines),
        strips=tuple(replace(strip, x=width - strip.x - strip.width) for strip in plot.strips),
        labels=tuple(Label(width - each.x, each.y, OTHER_SIDE[each.anchor], each.text) for each in plot.labels),
        left=width - plot.right,
        right=width - plot.left,
    )


def _mirrored_line(line: Line, width: int) -> Line:
    places = (pair.split(",") for pair in line.points.split())
    points = " ".join(f"{width - int(x)},{y}" for x, y in places)
    return Line(line.number, points, tuple(replace(dot, x=width - dot.x) for dot in line.dots))
