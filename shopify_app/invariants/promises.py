"""All promises, and looking whether they hold: in the simulation, at night, after a restore, for an operator."""

from sqlalchemy import String, cast, literal, null, select, union_all

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.invariants.counts import COUNTS
from shopify_app.invariants.deliveries import DELIVERIES
from shopify_app.invariants.effects import EFFECTS
from shopify_app.invariants.orders import ORDERS
from shopify_app.invariants.people import PEOPLE, names_nobody_forgotten
from shopify_app.invariants.points import POINTS, points_are_proven
from shopify_app.invariants.search import MOST, Broken, Cost, Promise, Search, moments
from shopify_app.invariants.shops import SHOPS
from shopify_app.invariants.work import WORK

PROMISES: tuple[Promise, ...] = (*DELIVERIES, *ORDERS, *COUNTS, *PEOPLE, *POINTS, *WORK, *EFFECTS, *SHOPS)
"""Those that need nothing but the database; `promises` adds those that need a key."""

_SEARCHES = [(promise, promise.found) for promise in PROMISES if promise.found is not None]
_CHEAP = [(promise, found) for promise, found in _SEARCHES if promise.cost is Cost.CHEAP]
_WIDEST = max(len(found.selected_columns) for _, found in _CHEAP)


def _part(number: int, found: Search) -> Search:
    few = found.limit(MOST).subquery()
    values = [cast(column, String) for column in few.c]
    return select(literal(number), *values, *[cast(null(), String)] * (_WIDEST - len(values)))


_AT_ONCE = union_all(*(_part(number, found) for number, (_, found) in enumerate(_CHEAP)))
"""All cheap searches as one question: the simulation asks it after every step."""


def promises(lookup_key: bytes) -> tuple[Promise, ...]:
    """Every promise."""
    return (*PROMISES, names_nobody_forgotten(lookup_key), points_are_proven(lookup_key))


def broken(session: Session, shop: ShopId, now: Instant, lookup_key: bytes, *, dear: bool = True) -> list[Broken]:
    """Where promises to a shop do not hold at this moment; without `dear`, only those that are cheap to look at.

    Whatever it finds is a bug, or somebody changed the database by hand: no state between two transactions breaks one.
    """
    found = _cheap(session, shop, now)
    for promise in promises(lookup_key) if dear else ():
        if promise.cost is Cost.DEAR:
            found += promise.check(session, shop, now)
    return found


def _cheap(session: Session, shop: ShopId, now: Instant) -> list[Broken]:
    found = []
    for number, *values in session.execute(_AT_ONCE, moments(shop, now)):
        promise, search = _CHEAP[number]
        named = zip(search.selected_columns.keys(), values, strict=False)
        found.append(Broken(promise.name, promise.sentence.format(**dict(named))))
    return found
