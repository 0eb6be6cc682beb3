"""Which customers share a phone or a mailbox, in groups; and what share of customers buys again then. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from shopify_app.customers.contacts.contact import Pair

MOST = 5
"""Customers who share a phone or a mailbox; one that more share is no evidence: a shop's own, or a family's."""


class Held(NamedTuple):
    """That a customer can be reached in this way; `what` is email or phone."""

    customer: int
    what: str
    hash: str


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who are linked by what they share, each with at least one other."""

    customers: tuple[int, ...]
    """Lowest number first."""
    shared: frozenset[str]
    pairs: frozenset[Pair]
    """Those of them who share something directly."""

    @property
    def key(self) -> int:
        """The newest of them: no two groups have one customer, so it names the group and gives it a place."""
        return self.customers[-1]


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups of a shop, those with the newest customers first."""

    shown: Sequence[Group]
    put_away: Sequence[Group]
    """Of whom the merchant said that they are not the same person."""


def grouped(held: Iterable[Held], apart: Collection[Pair]) -> Groups:
    """The groups that the evidence makes, and those that would be but for what the merchant said of two."""
    links = _links(held)
    shown = {pair: what for pair, what in links.items() if pair not in apart}
    put_away = {pair: what for pair, what in links.items() if pair in apart}
    return Groups(_joined(shown), _joined(put_away))


def _links(held: Iterable[Held]) -> dict[Pair, set[str]]:
    sharing: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in held:
        sharing[one.what, one.hash].add(one.customer)
    links: dict[Pair, set[str]] = defaultdict(set)
    for (what, _), customers in sharing.items():
        for pair in combinations(sorted(customers), 2) if len(customers) <= MOST else ():
            links[pair].add(what)
    return links


def _joined(links: Mapping[Pair, Collection[str]]) -> list[Group]:
    """Union-find: whoever is linked with somebody, however indirectly, is in one group with them."""
    above: dict[int, int] = {}

    def root(one: int) -> int:
        above.setdefault(one, one)
        while above[one] != one:
            above[one] = one = above[above[one]]
        return one

    for low, high in links:
        above[root(high)] = root(low)
    pairs: dict[int, list[Pair]] = defaultdict(list)
    for pair in links:
        pairs[root(pair[0])].append(pair)
    groups = [_group(mine, links) for mine in pairs.values()]
    return sorted(groups, key=lambda group: group.key, reverse=True)


def _group(pairs: Sequence[Pair], links: Mapping[Pair, Collection[str]]) -> Group:
    shared = frozenset(what for pair in pairs for what in links[pair])
    return Group(tuple(sorted({one for pair in pairs for one in pair})), shared, frozenset(pairs))


@dataclass(frozen=True, slots=True)
class Effect:
    """Customers of a window, and those with two or more orders in it: as they are, and if groups were people."""

    customers: int
    repeaters: int
    people: int
    repeating_people: int

    @property
    def now(self) -> Fraction | None:
        """Bought more than once; None where nobody bought."""
        return Fraction(self.repeaters, self.customers) if self.customers else None

    @property
    def then(self) -> Fraction | None:
        """The same if each group were one person."""
        return Fraction(self.repeating_people, self.people) if self.people else None

    @property
    def shift(self) -> int:
        """By how many thousandths of a point it would move, rounded."""
        return round(((self.then or 0) - (self.now or 0)) * 100_000)


def effect(customers: int, repeaters: int, groups: Iterable[Group], orders: Mapping[int, int]) -> Effect:
    """What a window's two counts would be; `orders` are those in it, of each customer in a group who has any."""
    people, repeating = customers, repeaters
    for group in groups:
        mine = [orders[one] for one in group.customers if orders.get(one, 0) > 0]
        people -= max(len(mine) - 1, 0)
        repeating += (sum(mine) > 1) - sum(each > 1 for each in mine)
    return Effect(customers, repeaters, people, repeating)
