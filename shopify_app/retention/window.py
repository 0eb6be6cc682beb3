"""The explicit circumstances of every number: basis, counting unit, window and as-of day."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed


class Basis(StrEnum):
    """Which orders count, and when a refund does; docs/metrics.md has both in full."""

    KEPT = "kept"
    SHOPIFY = "shopify"
    # An Enum's own hash is a Python function; rows of the aggregate are hashed by the million.
    __hash__ = str.__hash__


class Unit(StrEnum):
    """What counts as one purchase: each order, or all of a customer's orders on one local day."""

    ORDER = "order"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Window:
    """Local days, both ends included; `start` is None for everything up to `end`."""

    name: str
    start: LocalDay | None
    end: LocalDay


PRESETS = ("all", "30d", "90d", "365d")


def parse_window(text: str, as_of: LocalDay) -> Window:
    """Read `all`, `30d`, `90d`, `365d` or `YYYY-MM-DD..YYYY-MM-DD`; nothing after `as_of` is in any window."""
    if text == "all":
        return Window(text, None, as_of)
    if text in PRESETS:
        return Window(text, LocalDay(as_of - timedelta(days=int(text[:-1]) - 1)), as_of)
    first, dots, last = text.partition("..")
    if not dots:
        raise Malformed("Choose a period: all, 30d, 90d, 365d or two days such as 2026-01-01..2026-01-31.")
    start, end = parse_day(first), parse_day(last)
    if start > end:
        raise Malformed("The period ends before it starts.")
    return Window(text, start, min(end, as_of))


def parse_day(text: str) -> LocalDay:
    """Read one calendar day, YYYY-MM-DD and nothing looser."""
    refusal = Malformed("Write a day as year-month-day, such as 2026-01-31.")
    # No shop has orders of an earlier century, and sums over days must not leave the calendar.
    if not re.fullmatch(r"(19|20|21)\d{2}-\d{2}-\d{2}", text, re.ASCII):
        raise refusal
    try:
        return LocalDay(date.fromisoformat(text))
    except ValueError:
        raise refusal from None


def parse_basis(text: str) -> Basis:
    """Read `kept` or `shopify`."""
    try:
        return Basis(text)
    except ValueError:
        raise Malformed("Choose how to count: kept or shopify.") from None


def parse_unit(text: str) -> Unit:
    """Read `order` or `day`."""
    try:
        return Unit(text)
    except ValueError:
        raise Malformed("Choose what counts as one purchase: order or day.") from None


def previous(window: Window) -> Window | None:
    """The equally long window just before; None where there is no start to measure from."""
    if window.start is None:
        return None
    days = (window.end - window.start).days + 1
    if days <= 0:
        return None
    before = timedelta(days=days)
    return Window(window.name, LocalDay(window.start - before), LocalDay(window.end - before))
