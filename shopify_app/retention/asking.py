"""What a reader of numbers asked for, read from an address. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.window import Basis, Unit, Window, parse_basis, parse_day, parse_unit, parse_window

USUAL_WINDOW = "365d"
"""For people, where the last year has orders; programs, and shops that have slept longer, get all time."""

INSTEAD = {
    "as_of": "The numbers as of today are shown instead.",
    "window": "The usual period is shown instead.",
    "basis": "Completed orders are shown instead.",
    "unit": "Each order counts instead.",
    "seen": "What was known then is shown instead.",
    "report": "The numbers as of today are shown instead.",
    "too_much": "What is known today is shown instead.",
}
"""What the usual value of each part means to the reader."""

T = TypeVar("T")


class Seen(StrEnum):
    """With whose knowledge an earlier day is looked at: that of the day, or today's."""

    THEN = "then"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Asked:
    """The circumstances of every figure on one page, and `problem` where the address could not be read."""

    window: Window
    basis: Basis
    unit: Unit
    as_of: LocalDay
    today: LocalDay
    problem: str | None = None
    instead: str | None = None
    """What is shown in place of the part that could not be read."""
    seen: Seen = Seen.NOW
    report: str | None = None
    """The month, as in 2026-10, whose stored report is looked at; then `as_of` is the day on which it was stored."""

    @property
    def looks_back(self) -> bool:
        """Whether this is about an earlier day than today."""
        return self.as_of != self.today

    def query(self, **other: str) -> dict[str, str]:
        """The same as query parameters, with some changed; today is the rule and is left out."""
        looked_back = {"as_of": self.as_of.isoformat(), "seen": self.seen.value} if self.looks_back else {}
        stored = {"report": self.report} if self.report else {}
        own = {"window": self.window.name, "basis": self.basis.value, "unit": self.unit.value}
        return {**own, **(stored or looked_back), **other}


def read_asked(
    query: Mapping[str, str], today: LocalDay, usual_window: str = USUAL_WINDOW, known_since: LocalDay | None = None
) -> Asked:
    """What the address asks for; where a part cannot be read, the usual one and a sentence about it.

    From `known_since` on, what was known at the end of a day can be told: that is what an earlier day means.
    """
    problems: list[tuple[str, str]] = []

    def part(name: str, usual: str, read: Callable[[str], T]) -> T:
        try:
            return read(query.get(name) or usual)
        except Malformed as error:
            problems.append((error.message, INSTEAD[name]))
            return read(usual)

    as_of = part("as_of", today.isoformat(), lambda text: _not_after(parse_day(text), today))
    window = part("window", usual_window, lambda text: parse_window(text, as_of))
    basis = part("basis", Basis.KEPT.value, parse_basis)
    unit = part("unit", Unit.ORDER.value, parse_unit)
    known_then = known_since is not None and known_since <= as_of < today
    seen = part("seen", Seen.THEN.value, _parse_seen) if known_then else Seen.NOW
    problem, instead = problems[0] if problems else (None, None)
    return Asked(window, basis, unit, as_of, today, problem, instead, seen)


def _parse_seen(text: str) -> Seen:
    try:
        return Seen(text)
    except ValueError:
        raise Malformed("Choose whose knowledge to show: then or now.") from None


def _not_after(day: LocalDay, today: LocalDay) -> LocalDay:
    if day > today:
        raise Malformed("Choose today or an earlier day.")
    return day
