"""Which numbers may be shown while orders are still being read, newest first."""

from datetime import date

import pytest

from shopify_app.clock import LocalDay
from shopify_app.retention.progress import is_known
from shopify_app.retention.registry import METRICS
from shopify_app.retention.window import parse_window

TODAY, REACHED = LocalDay(date(2026, 11, 21)), LocalDay(date(2026, 9, 22))


@pytest.mark.parametrize(
    ("name", "window", "known"),
    [
        ("net_revenue", "30d", True),
        ("repeat_rate", "30d", True),
        ("net_revenue", "365d", False),
        ("repeat_rate", "365d", False),
        ("orders", "all", False),
        ("orders", "2026-09-23..2026-09-30", True),
        ("orders", "2026-09-22..2026-09-30", True),
        ("orders", "2026-09-21..2026-09-30", False),
        ("returning_rate", "30d", False),
        ("returning_revenue_share", "30d", False),
    ],
)
def test_a_number_is_shown_when_nothing_still_to_come_can_change_it(name, window, known):
    assert is_known(METRICS[name], parse_window(window, TODAY), REACHED) is known
    assert is_known(METRICS[name], parse_window(window, TODAY), None)
