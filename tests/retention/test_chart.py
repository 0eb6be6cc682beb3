"""The chart's geometry: to scale, stacked, mirrored."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.chart import SIZES, draw, months_until
from shopify_app.retention.queries import Month

EN, AR = Words("en"), Words("ar")
WIDE, NARROW = SIZES


def months(*sales: tuple[int, int]) -> list[Month]:
    spans = months_until(LocalDay(date(2026, 11, 21)), len(sales))
    return [Month(start, end, 1, 1, net, back, False) for (start, end), (net, back) in zip(spans, sales, strict=True)]


YEAR = months(*((1000 * n, 600 * n) for n in range(1, 13)))


def test_months_are_whole_calendar_months_without_gaps() -> None:
    spans = months_until(LocalDay(date(2026, 3, 31)))
    assert (spans[0], spans[-1]) == ((date(2025, 4, 1), date(2025, 4, 30)), (date(2026, 3, 1), date(2026, 3, 31)))
    assert all(before[1] + timedelta(days=1) == after[0] for before, after in pairwise(spans))
    assert months_until(LocalDay(date(2024, 2, 29)), 1) == [(date(2024, 2, 1), date(2024, 2, 29))]


def test_bars_are_to_scale_and_stand_on_each_other() -> None:
    drawing = draw(YEAR, EN, "KWD", WIDE)
    returning = [bar for bar in drawing.bars if bar.returning]
    first = [bar for bar in drawing.bars if not bar.returning]
    assert len(returning) == len(first) == 12
    assert all(bar.y + bar.height == drawing.zero for bar in returning)
    assert all(low.y == high.y + high.height for low, high in zip(returning, first, strict=True))
    assert abs(returning[11].height - 12 * returning[0].height) <= 12
    assert abs(returning[11].height * 2 - first[11].height * 3) <= 3


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
@pytest.mark.parametrize("words", [EN, AR], ids=lambda words: words.locale)
def test_everything_is_inside(size, words) -> None:
    drawing = draw(YEAR, words, "KWD", size)
    assert all(bar.x >= 0 and bar.x + bar.width <= size.width for bar in drawing.bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= size.height for bar in drawing.bars)
    assert all(0 <= label.x <= size.width and 0 <= label.y <= size.height for label in drawing.labels)


def test_arabic_time_runs_from_the_right() -> None:
    english, arabic = draw(YEAR, EN, "KWD", WIDE), draw(YEAR, AR, "KWD", WIDE)
    assert [bar.x for bar in english.bars] == sorted(bar.x for bar in english.bars)
    assert [WIDE.width - bar.x - bar.width for bar in arabic.bars] == [bar.x for bar in english.bars]
    assert (arabic.left, arabic.right) == (WIDE.width - english.right, WIDE.width - english.left)
    ends = [label for label in arabic.labels if "2025" in label.text or "2026" in label.text]
    assert [label.text for label in ends] == ["ديسمبر 2025", "نوفمبر 2026"]
    assert ends[0].x > ends[1].x


def test_both_ends_are_labelled_in_either_size() -> None:
    for size in SIZES:
        months_named = [label for label in draw(YEAR, EN, "KWD", size).labels if label.y == size.height - 8]
        assert (months_named[0].text, months_named[-1].text) == ("Dec 2025", "Nov 2026")
        assert (months_named[-1].anchor, months_named[-1].x) == ("end", draw(YEAR, EN, "KWD", size).right)
        assert len(months_named) <= 12 // size.label_every + 1


def test_refunds_beyond_sales_hang_below_nothing() -> None:
    drawing = draw(months((5000, 2000), (-3000, -1000)), EN, "KWD", WIDE)
    below = [bar for bar in drawing.bars if bar.y >= drawing.zero]
    assert [bar.returning for bar in below] == [True, False]
    assert max(drawing.lines) > drawing.zero > min(drawing.lines)


@pytest.mark.parametrize("sales", [[(0, 0)] * 12, [(1, 0)], [(-5, 0)], [(10**15, 10**14)]])
def test_odd_months_are_drawn(sales) -> None:
    drawing = draw(months(*sales), EN, "KWD", WIDE)
    assert 2 <= len(drawing.lines) <= 7
    assert len(set(drawing.lines)) == len(drawing.lines)
    amounts = [label.text for label in drawing.labels[: len(drawing.lines)]]
    assert len(set(amounts)) == len(amounts)
