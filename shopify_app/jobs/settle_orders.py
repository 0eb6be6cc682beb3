"""Some orders asked for again, and what Shopify says put in the place of what we had: in one transaction."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta

from msgspec.structs import replace

from shopify_app.admin_api.client import AdminApi
from shopify_app.changes.facts import CustomersMerged, Fact, OrderDeleted, OrderSeen
from shopify_app.changes.queries import load_aliases
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.jobs.read_orders import Told, living_customers, read_orders_now, still_found
from shopify_app.orders.queries import drop_refetches
from shopify_app.reconciliation.queries import Held, customers_of, held, products_of
from shopify_app.shops.access import ALL_ORDERS, SHOWN
from shopify_app.shops.granted import granted_scopes

_MARGIN = timedelta(days=1)
ON_ITS_WAY = timedelta(minutes=15)
"""A change that is younger has perhaps not been told to us yet: taking it over is no repair."""
_NOBODY_FROM = 1 << 62
"""Numbers from here on stand for people who were forgotten; Shopify knows none of them."""

_log = logging.getLogger(__name__)

Apply = Callable[[Session, ShopId, Sequence[Fact], Instant], object]


@dataclass(frozen=True, slots=True)
class Found:
    """What asking again has changed; every field counts orders, but `merged` customers."""

    orders: int = 0
    missing: int = 0
    stale: int = 0
    deleted: int = 0
    merged: int = 0
    unsolved: int = 0

    def __add__(self, other: "Found") -> "Found":
        return Found(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


Beside = Callable[[Session, Found, Instant], None]
"""What the caller stores in the same transaction."""


class SettleOrders:
    """Reads orders from Shopify and applies them in a turn of the drain; the night and single refetches share it."""

    def __init__(self, database: Database, admin: AdminApi, clock: Clock, turns: DrainTurns, apply: Apply) -> None:
        self._database = database
        self._admin = admin
        self._clock = clock
        self._turns = turns
        self._apply = apply

    def settle(self, shop: ShopId, owner: str, order_ids: Sequence[int], beside: Beside) -> bool:
        """Make these orders what Shopify says they are; False when webhooks kept the turn, and nothing is done.

        Raises DatabaseRefused when the database will not have one of them, and what `AdminApi.run` raises.
        """
        told = read_orders_now(self._admin, shop, order_ids, self._clock)
        with self._database.reading() as session:
            before = held(session, shop, order_ids)
            seen = _with_products(told.seen, products_of(session, shop, order_ids))
        gone = self._gone(shop, told, before)
        merges = self._merges(shop, told)
        for one in told.unreadable:
            _log.error("shop %s: %s could not be read: %s", shop, one.line, one.reason)

        def work(session: Session, now: Instant) -> None:
            known = held(session, shop, order_ids)
            self._apply(session, shop, [*merges, *gone, *seen], now)
            drop_refetches(session, shop, order_ids, told.asked_at)
            beside(session, _compared(told, merges, known, held(session, shop, order_ids)), now)

        return self._turns.take(shop, owner, work)

    def _gone(self, shop: ShopId, told: Told, before: Mapping[int, Held]) -> list[OrderDeleted]:
        """Orders that are deleted and not only out of our sight; a tombstone is for ever, so two must agree."""
        living = {one for one in told.absent if one in before and not before[one].deleted}
        if not living:
            return []
        if ALL_ORDERS not in granted_scopes(self._admin, shop):
            since = told.asked_at - SHOWN + _MARGIN
            living = {one for one in living if before[one].created_at >= since}
        gone = living - still_found(self._admin, shop, living)
        return [OrderDeleted(one, told.asked_at) for one in sorted(gone)]

    def _merges(self, shop: ShopId, told: Told) -> list[CustomersMerged]:
        """Customers whose orders are another's now and who are no more themselves: both have become one.

        Also where the orders' own news have arrived: the one who is gone may have older orders, out of our sight.
        """
        owners = {one.order.order_id: one.order.customer_id for one in told.seen if one.order.customer_id is not None}
        with self._database.reading() as session:
            earlier = customers_of(session, shop, owners.keys())
            aliases = load_aliases(session, shop, {*owners.values(), *(customer for _, customer in earlier)})
        moved = {
            customer: owners[order_id]
            for order_id, customer in earlier
            if customer < _NOBODY_FROM and _resolved(customer, aliases) != _resolved(owners[order_id], aliases)
        }
        gone = moved.keys() - living_customers(self._admin, shop, moved.keys())
        return [CustomersMerged(moved[one], one, told.asked_at) for one in sorted(gone)]


def _with_products(seen: Sequence[OrderSeen], known: Mapping[int, int]) -> list[OrderSeen]:
    """The orders with the products that we know of, where Shopify does not let us see them any more."""

    def filled(one: OrderSeen) -> OrderSeen:
        lines = (
            line if line.product_id is not None else replace(line, product_id=known.get(line.line_id))
            for line in one.order.lines
        )
        return OrderSeen(replace(one.order, lines=tuple(lines)), one.version)

    return [filled(one) for one in seen]


def _resolved(customer: int, aliases: Mapping[int, int]) -> int:
    met = set[int]()
    while customer in aliases and customer not in met:
        met.add(customer)
        customer = aliases[customer]
    return customer


def _compared(
    told: Told, merges: Collection[CustomersMerged], before: Mapping[int, Held], after: Mapping[int, Held]
) -> Found:
    merged = {merge.deleted_id for merge in merges}
    missing = stale = deleted = unsolved = 0
    for seen in told.seen:
        was, now = before.get(seen.order.order_id), after.get(seen.order.order_id)
        if seen.version.updated_at > told.asked_at - ON_ITS_WAY:
            continue
        if was is None:
            missing += 1
        elif was.deleted:
            # It lives, and a tombstone is never taken back: somebody must look at this.
            unsolved += 1
        elif now is not None and now.number != was.number and was.customer_id not in merged:
            stale += 1
    for one in told.absent:
        deleted += one in before and one in after and after[one].deleted and not before[one].deleted
    unsolved += len(told.unreadable)
    return Found(len(told.seen) + len(told.absent), missing, stale, deleted, len(merged), unsolved)
