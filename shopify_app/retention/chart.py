"""Twelve months of net sales as bars: pure geometry, mirrored for languages written from the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Literal

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.money import exponent
from shopify_app.retention.queries import Month

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Size:
    """A drawing's measures in pixels; every `label_every`-th month is named, and both ends always are."""

    name: Literal["wide", "narrow"]
    width: int
    height: int
    label_every: int


SIZES = (Size("wide", 920, 240, 1), Size("narrow", 360, 220, 4))


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a month's bar, with the words shown when pointed at."""

    x: int
    y: int
    width: int
    height: int
    returning: bool
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A short text on the drawing."""

    x: int
    y: int
    anchor: Anchor
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything a template needs to write one <svg>."""

    size: Size
    bars: tuple[Bar, ...]
    lines: tuple[int, ...]
    """Heights of the horizontal lines, from `left` to `right`."""
    zero: int
    """Which of them is nothing at all: bars stand on it."""
    labels: tuple[Label, ...]
    left: int
    right: int
    mark: int | None = None
    """The height of a line that the bars are to be compared with, where there is one."""


_TOP, _FOOT, _AXIS, _MARGIN = 12, 28, 52, 8


def months_until(as_of: LocalDay, count: int = 12) -> list[tuple[LocalDay, LocalDay]]:
    """First and last day of each calendar month up to and with the one of `as_of`."""
    spans: list[tuple[LocalDay, LocalDay]] = []
    last = (as_of.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for _ in range(count):
        first = last.replace(day=1)
        spans.append((LocalDay(first), LocalDay(last)))
        last = first - timedelta(days=1)
    return spans[::-1]


def first_sales(month: Month) -> int:
    """The month's net sales from first orders and from guests, in minor units."""
    return month.net - month.returning_net


def draw(months: Sequence[Month], words: Words, currency: str, size: Size) -> Drawing:
    """The stacked bars of one size; amounts below zero hang under the zero line."""
    steps = _steps(months)
    scale = _Scale(size, steps[0], steps[-1], len(months))
    bars = [bar for index, month in enumerate(months) for bar in _bars(month, index, scale, words, currency)]
    labels = [*_amount_labels(steps, scale, words, currency), *_month_labels(months, scale, words)]
    drawing = Drawing(
        size,
        tuple(bars),
        tuple(scale.y(step) for step in steps),
        scale.y(0),
        tuple(labels),
        _AXIS,
        size.width - _MARGIN,
    )
    return mirrored(drawing) if words.rtl else drawing


@dataclass(frozen=True, slots=True)
class _Scale:
    size: Size
    low: int
    high: int
    months: int

    def y(self, minor: int) -> int:
        """Where an amount lies, counted from the top."""
        room = self.size.height - _TOP - _FOOT
        return _TOP + round(Fraction(self.high - minor, self.high - self.low) * room)

    def x(self, index: int) -> int:
        """Where a month's slot begins."""
        return _AXIS + round(Fraction((self.size.width - _MARGIN - _AXIS) * index, self.months))

    def middle(self, index: int) -> int:
        """The middle of a month's slot."""
        return (self.x(index) + self.x(index + 1)) // 2


def _steps(months: Sequence[Month]) -> list[int]:
    """Round amounts for the lines, from at or under the least to at or over the greatest."""
    high = max((max(first_sales(month), 0) + max(month.returning_net, 0) for month in months), default=0)
    low = min((min(first_sales(month), 0) + min(month.returning_net, 0) for month in months), default=0)
    step = round_up((high - low + 3) // 4 or 1)
    return [step * k for k in range(low // step, -(-high // step) + 1)] if high > low else [0, step]


def round_up(amount: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ... that is no less."""
    power: int = 10 ** (len(str(amount)) - 1)
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= amount)


def _bars(month: Month, index: int, scale: _Scale, words: Words, currency: str) -> list[Bar]:
    slot = scale.x(index + 1) - scale.x(index)
    width = slot * 3 // 5
    above = below = 0
    bars = []
    for minor, returning in ((month.returning_net, True), (first_sales(month), False)):
        base = above if minor >= 0 else below
        top, bottom = sorted((scale.y(base), scale.y(base + minor)))
        above, below = above + max(minor, 0), below + min(minor, 0)
        title = _title(month, minor, returning, words, currency)
        if bottom > top:
            bars.append(Bar(scale.x(index) + (slot - width) // 2, top, width, bottom - top, returning, title))
    return bars


def _title(month: Month, minor: int, returning: bool, words: Words, currency: str) -> str:
    when, amount = words.month(month.start), words.money(minor, currency)
    if returning:
        return words.text("{month}: {amount} from returning customers", month=when, amount=amount)
    return words.text("{month}: {amount} from first orders and guests", month=when, amount=amount)


def _amount_labels(steps: list[int], scale: _Scale, words: Words, currency: str) -> list[Label]:
    digits = exponent(currency)
    unit = 10**digits
    # Lines less than one unit apart would all be named 0 without decimals.
    fine = any(step % unit for step in steps)

    def name(step: int) -> str:
        amount = Fraction(step, unit)
        return words.number(amount, digits) if fine and step else words.short_number(amount)

    return [Label(_AXIS - 8, scale.y(step) + 4, "end", name(step)) for step in steps]


def _month_labels(months: Sequence[Month], scale: _Scale, words: Words) -> list[Label]:
    y = scale.size.height - 8
    last = len(months) - 1
    every = scale.size.label_every
    # Counted back from the last, whose name takes the room of two.
    between = [index for index in range(last - every, 0, -every) if index >= every - 1]
    shown = dict.fromkeys((0, *reversed(between), last))
    names = {index: _month_name(months, index, words) for index in shown}
    # The last name is the widest, and ends where the drawing ends.
    ends = Label(scale.x(last + 1), y, "end", names.pop(last))
    return [*(Label(scale.middle(index), y, "middle", name) for index, name in names.items()), ends]


def _month_name(months: Sequence[Month], index: int, words: Words) -> str:
    # The ends carry the year: they say which way time runs.
    at_end = index in (0, len(months) - 1)
    start = months[index].start
    return words.short_month_and_year(start) if at_end else words.short_month(start)


OTHER_SIDE: dict[Anchor, Anchor] = {"start": "end", "end": "start", "middle": "middle"}
"""Where a text is anchored in a mirrored drawing."""


def mirrored(drawing: Drawing) -> Drawing:
    """The same for a language that is written from the right."""
    width = drawing.size.width
    return Drawing(
        drawing.size,
        tuple(Bar(width - b.x - b.width, b.y, b.width, b.height, b.returning, b.title) for b in drawing.bars),
        drawing.lines,
        drawing.zero,
        tuple(Label(width - label.x, label.y, OTHER_SIDE[label.anchor], label.text) for label in drawing.labels),
        width - drawing.right,
        width - drawing.left,
        drawing.mark,
    )
