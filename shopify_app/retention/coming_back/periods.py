"""Months, quarters and weeks as whole numbers that follow one another. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.history.columns import Numbers

_EPOCH = date(1970, 1, 1).toordinal()
_YEARS = 1970 * 12
_WEEK = 7
WEEK_BEGINS = 1
"""A day that begins a week, as date.toordinal() has it: the calendar's first day was a Monday."""


class Period(StrEnum):
    """By what people are put together: the calendar month, quarter or week of their first order."""

    MONTH = "month"
    QUARTER = "quarter"
    WEEK = "week"

    @property
    def _months(self) -> int:
        return 3 if self is Period.QUARTER else 1

    def of_days(self, days: Numbers) -> Numbers:
        """The number of the period that each day is in; days as date.toordinal() has them."""
        if self is Period.WEEK:
            return (days - WEEK_BEGINS) // _WEEK
        months = (days - _EPOCH).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + _YEARS
        return months // self._months

    def of(self, day: date) -> int:
        """The number of the period that a day is in."""
        if self is Period.WEEK:
            return (day.toordinal() - WEEK_BEGINS) // _WEEK
        return (day.year * 12 + day.month - 1) // self._months

    def start(self, number: int) -> LocalDay:
        """The first day of a period."""
        if self is Period.WEEK:
            return LocalDay(date.fromordinal(number * _WEEK + WEEK_BEGINS))
        year, month = divmod(number * self._months, 12)
        return LocalDay(date(year, month + 1, 1))

    def end(self, number: int) -> LocalDay:
        """The last day of a period."""
        return LocalDay(date.fromordinal(self.start(number + 1).toordinal() - 1))

    def span(self, number: int) -> "Span":
        """A period with its days."""
        return Span(number, self.start(number), self.end(number))


@dataclass(frozen=True, slots=True)
class Span:
    """One period: its number, its first day and its last."""

    number: int
    start: LocalDay
    end: LocalDay


def parse_period(text: str) -> Period:
    """Read `month`, `quarter` or `week`."""
    try:
        return Period(text)
    except ValueError:
        raise Malformed("Choose by what to put people together: month, quarter or week.") from None
