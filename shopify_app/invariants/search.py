"""How a promise is put: as a search for rows that break it, or as a function that says what it found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, select

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId, UtcTime
from shopify_app.db.lease import SECONDS
from shopify_app.shops.model import Shop
from shopify_app.tasks.queries import LEASE_SECONDS
from webhooks.process import ATTEMPTS, FIRST_PAUSE

MOST = 5
"""Sentences about one promise: enough to begin with, where a whole table is wrong."""

SHOP = bindparam("shop", type_=BigInteger())
DOMAIN = select(Shop.domain).where(Shop.id == SHOP).scalar_subquery()

SKEW = timedelta(minutes=1)
"""How far two machines' clocks may lie apart before a moment counts as one of the future."""

_FROM_NOW = {
    "soon": timedelta(),
    "longest_pause": timedelta(seconds=FIRST_PAUSE * 2**ATTEMPTS),
    "longest_step": timedelta(seconds=LEASE_SECONDS),
    "longest_lease": timedelta(seconds=SECONDS),
}


class Cost(StrEnum):
    """What looking costs: few rows by an index, or all rows of the shop."""

    CHEAP = "cheap"
    DEAR = "dear"


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that does not hold, and where: ids of rows, never persons."""

    promise: str
    sentence: str


Search = Select[*tuple[Any, ...]]
Find = Callable[[Session, ShopId, Instant], Iterable[str]]
Check = Callable[[Session, ShopId, Instant], list[Broken]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise by name; `check` looks whether it holds for one shop at a moment."""

    name: str
    check: Check
    cost: Cost
    found: Search | None = None
    """The rows that break it, where one query finds them: many such promises are looked at in one go."""
    sentence: str = ""
    """What to say of each such row, with its columns' names in braces."""


def moment(name: str) -> Any:
    """A moment of `moments` in a query."""
    return bindparam(name, type_=UtcTime())


def moments(shop: ShopId, now: Instant) -> dict[str, Any]:
    """What the searches ask with: the shop, and the latest that each kind of moment may be."""
    return {"shop": shop, **{name: now + SKEW + length for name, length in _FROM_NOW.items()}}


def never(name: str, found: Search, sentence: str, cost: Cost = Cost.DEAR) -> Promise:
    """A promise that a query finds nothing; its columns are labelled as the sentence names them."""
    few = found.limit(MOST)

    def check(session: Session, shop: ShopId, now: Instant) -> list[Broken]:
        rows = session.execute(few, moments(shop, now)).mappings()
        return [Broken(name, sentence.format(**row)) for row in rows]

    return Promise(name, check, cost, found, sentence)


def promise(name: str, find: Find, cost: Cost = Cost.DEAR) -> Promise:
    """A promise that a function looks for, because no single query can."""

    def check(session: Session, shop: ShopId, now: Instant) -> list[Broken]:
        return [Broken(name, sentence) for sentence in list(find(session, shop, now))[:MOST]]

    return Promise(name, check, cost)
