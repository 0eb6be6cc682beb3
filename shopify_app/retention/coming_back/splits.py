"""Groups of people by something of their first order, and how many of each came back. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.coming_back.periods import Period
from shopify_app.retention.what_changed.chance import Group as Compared
from shopify_app.retention.what_changed.chance import chance

WITHIN = (3, 6, 12)
"""Months after the one of the first order."""
MOST = 50
"""Groups that are told apart; the others are one more."""
ENOUGH = 30
"""People of whom it is known, from whom on a group can be the best."""
WRONG = 0.05
"""How often the best may be said to stand out where all groups are alike."""
NOT_KNOWN = "?"
"""The group of those of whose first order we were not told."""


class Split(StrEnum):
    """By what of their first order people are put into groups."""

    PRODUCT = "product"
    DISCOUNT = "discount"
    CODE = "code"
    CHANNEL = "channel"
    COUNTRY = "country"
    VALUE = "value"


def parse_split(text: str) -> Split:
    """Read by what to put people into groups."""
    try:
        return Split(text)
    except ValueError:
        choices = ", ".join(one.value for one in Split)
        raise Malformed(f"Choose by what to put people into groups: {choices}.") from None


def parse_sort(text: str) -> int | None:
    """Read by what groups are sorted: by how many came back within so many months, or None by people."""
    ways = {"people": None, **{str(months): months for months in WITHIN}}
    if text not in ways:
        raise Malformed("Choose by what to sort: people, or the months 3, 6 or 12.")
    return ways[text]


class Person(NamedTuple):
    """A customer in one group, and the days of their first and second purchase."""

    group: str
    first: date
    second: date | None


@dataclass(frozen=True, slots=True)
class Back:
    """Of how many people it is known whether they came back within some months, and how many did."""

    people: int
    back: int

    @property
    def share(self) -> Fraction | None:
        """None where it is known of nobody."""
        return Fraction(self.back, self.people) if self.people else None


@dataclass(frozen=True, slots=True)
class Group:
    """People with the same first something; `name` None for all whose groups are too small to be told apart."""

    name: str | None
    size: int
    within: Mapping[int, Back]


def groups_of(people: Iterable[Person], as_of: LocalDay) -> list[Group]:
    """The groups, largest first; a person may be there once for each of several.

    Whoever first bought so late that N months are not over yet is not counted among those who could have come back
    within N months.
    """
    counts: dict[str, list[int]] = {}
    over = Period.MONTH.of(LocalDay(as_of + timedelta(days=1))) - 1
    known = {months: over - months for months in WITHIN}
    for person in people:
        parts = _parts(person, known)
        mine = counts.setdefault(person.group, [0] * len(parts))
        for place, part in enumerate(parts):
            mine[place] += part
    by_size = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    told = [_group(name, parts) for name, parts in by_size[:MOST]]
    rest = [parts for _, parts in by_size[MOST:]]
    return [*told, _group(None, [sum(each) for each in zip(*rest, strict=True)])] if rest else told


def in_turn(groups: Sequence[Group], months: int | None) -> list[Group]:
    """The groups by the share that came back within some months, highest first; all the others stay last.

    By people where `months` is None, which is how they come.
    """
    if months is None:
        return list(groups)
    return sorted(groups, key=lambda one: (one.name is None, -(_share(one, months)), -one.size, one.name or ""))


def _share(group: Group, months: int) -> Fraction:
    share = group.within[months].share
    return Fraction(-1) if share is None else share


@dataclass(frozen=True, slots=True)
class Leader:
    """The group of which the highest share came back within some months."""

    group: Group
    months: int
    stands_out: bool
    """Whether it differs from all others together by more than chance, as many groups as there are to choose from."""


def leader_of(groups: Sequence[Group], months: int) -> Leader | None:
    """The best of the groups that are large enough; None where there are no two of them."""
    large = [one for one in groups if one.name not in (None, NOT_KNOWN) and one.within[months].people >= ENOUGH]
    if len(large) <= 1:
        return None
    best = in_turn(large, months)[0]
    others = [one.within[months] for one in groups if one is not best]
    rest = Compared(sum(one.people for one in others), sum(one.back for one in others))
    mine = Compared(best.within[months].people, best.within[months].back)
    # Bonferroni: the best of many is good by chance alone.
    return Leader(best, months, mine.share > rest.share and chance(mine, rest) * len(large) <= WRONG)


def _parts(person: Person, known: Mapping[int, int]) -> list[int]:
    began = Period.MONTH.of(person.first)
    ago = Period.MONTH.of(person.second) - began if person.second else None
    parts = [1]
    for months, last in known.items():
        could = began <= last
        parts += [could, could and ago is not None and ago <= months]
    return parts


def _group(name: str | None, parts: Sequence[int]) -> Group:
    within = {months: Back(*parts[1 + 2 * n : 3 + 2 * n]) for n, months in enumerate(WITHIN)}
    return Group(name, parts[0], within)


def bands(values: Sequence[int], most: int = 5) -> list[int]:
    """Round amounts that cut these into at most so many lots of about one size: where each lot but the first begins."""
    in_turn = sorted(values)
    cuts = {_rounded(in_turn[len(in_turn) * n // most]) for n in range(1, most)} if in_turn else set()
    # Of an amount that everybody is above nothing is cut off.
    return sorted(cut for cut in cuts if in_turn[0] < cut <= in_turn[-1])


def _rounded(amount: int) -> int:
    """The nearest amount that one would say; 0 for what is not above it."""
    if amount <= 0:
        return 0
    power: int = 10 ** max(len(str(amount)) - 2, 0)
    return min((power * digits for digits in _ROUND), key=lambda one: abs(one - amount))


_ROUND = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100)


def band_of(value: int, cuts: Sequence[int]) -> int:
    """Which lot an amount is in, counted from 0."""
    return sum(value >= cut for cut in cuts)
