"""What a reader of the page wants to see, read from an address. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.coming_back.cohorts import Show, parse_show
from shopify_app.retention.coming_back.periods import Period, parse_period
from shopify_app.retention.coming_back.splits import Split, parse_sort, parse_split
from shopify_app.retention.past.looking import Looked
from shopify_app.retention.timing.comparing import Against, read_against
from shopify_app.retention.window import parse_day

INSTEAD = {
    "by": "Months are shown instead.",
    "show": "Who came back is shown instead.",
    "newest": "The newest are shown instead.",
    "split": "Nobody is put into groups.",
    "sort": "The largest group comes first.",
    "against": "Another comparison is shown instead.",
}
"""What the usual value of each part means to the reader."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Viewed:
    """How the cohorts are looked at, and `problem` where the address could not be read."""

    period: Period
    show: Show
    newest: int | None
    """The number of the newest cohort on the page; None for the newest there is."""
    split: Split | None
    sort: int | None = None
    """Groups by the share that came back within so many months; None for the largest first."""
    against: Against | None = None
    """What the period of the second part is compared with; None for whatever there is."""
    compared: str = ""
    """That period as the address names it; empty for the usual one."""
    problem: str | None = None
    instead: str | None = None

    def query(self) -> dict[str, str]:
        """The same as query parameters; empty where nothing is asked for."""
        newest = "" if self.newest is None else self.period.start(self.newest).isoformat()
        split, against = (each.value if each else "" for each in (self.split, self.against))
        sort = "" if self.sort is None else str(self.sort)
        own = {"by": self.period.value, "show": self.show.value, "newest": newest, "split": split, "sort": sort}
        return {**own, "window": self.compared, "against": against}


@dataclass(frozen=True, slots=True)
class Asking:
    """All that the address of the page asks for."""

    looked: Looked
    viewed: Viewed

    @property
    def problem(self) -> tuple[str, str] | None:
        """The first part that could not be read, and what is shown in its place: two message keys."""
        for part in (self.looked.asked, self.viewed):
            if part.problem and part.instead:
                return part.problem, part.instead
        return None

    def query(self, **other: str) -> dict[str, str]:
        """The same page as query parameters, with some changed; an empty one is left out."""
        own = {name: value for name, value in self.looked.asked.query().items() if name != "window"}
        return {name: value for name, value in {**own, **self.viewed.query(), **other}.items() if value}

    def began_by(self, first: int | None) -> "Asking":
        """The same, where the newest cohort that is asked for is from before there was anybody."""
        newest = self.viewed.newest
        if newest is None or first is None or newest >= first:
            return self
        early = self.viewed.problem or "Nobody had bought by then."
        return replace(self, viewed=replace(self.viewed, newest=None, problem=early, instead=INSTEAD["newest"]))


def read_viewed(query: Mapping[str, str], as_of: LocalDay) -> Viewed:
    """What the address asks for; where a part cannot be read, the usual one and a sentence about it."""
    problems: list[tuple[str, str]] = []

    def part(name: str, usual: T, read: Callable[[str], T]) -> T:
        text = query.get(name)
        try:
            return read(text) if text else usual
        except Malformed as error:
            problems.append((error.message, INSTEAD[name]))
            return usual

    period = part("by", Period.MONTH, parse_period)
    show = part("show", Show.BACK, parse_show)
    newest = part("newest", None, lambda text: period.of(not_later(parse_day(text), as_of)))
    split = part("split", None, parse_split)
    sort = part("sort", None, parse_sort)
    against = part("against", None, read_against)
    problem, instead = problems[0] if problems else (None, None)
    return Viewed(period, show, newest, split, sort, against, query.get("window", ""), problem, instead)


def not_later(day: date, as_of: LocalDay) -> date:
    """The day; Malformed where it is after the last that is taken into account."""
    if day > as_of:
        raise Malformed("This is later than the last day that is counted.")
    return day
