"""Facts to rows: load what they touch, fold them one by one, store what differs."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from shopify_app.changes import queries
from shopify_app.changes.facts import (
    CustomerRedacted,
    CustomerSeen,
    CustomersMerged,
    Fact,
    OrderDeleted,
    OrderSeen,
    RefundSeen,
)
from shopify_app.changes.fold import fold
from shopify_app.changes.recount import recount
from shopify_app.changes.state import OrderState, State
from shopify_app.clock import Instant
from shopify_app.customers.queries import redacted_ids
from shopify_app.db.base import Session, ShopId
from shopify_app.shops.queries import touch


def apply_facts(session: Session, shop: ShopId, facts: Sequence[Fact], now: Instant, lookup_key: bytes) -> bool:
    """Apply facts in order, in the caller's transaction; True when anything that a page shows has changed.

    The caller holds the shop's DRAIN lease: two batches of one shop never run at once.
    """
    if not facts:
        return False
    state = _load(session, shop, facts, lookup_key)
    before = _Before(state)
    for fact in facts:
        fold(state, fact)
    changed = before.changed(state)
    for order_id in changed:
        order = state.orders[order_id]
        if before.read_differently(state, order_id):
            state.orders[order_id] = replace(order, number=order.number + 1)
    shown = _store(session, shop, state, before, changed, facts, now)
    if shown:
        touch(session, shop)
    return shown


def _load(session: Session, shop: ShopId, facts: Sequence[Fact], lookup_key: bytes) -> State:
    orders, moved, named, seen = _reach(facts)
    zone, currency, _ = queries.shop_circumstances(session, shop)
    state = State(zone, currency)
    state.aliases = queries.load_aliases(session, shop, named)
    redacted = redacted_ids(session, shop, named | set(state.aliases.values()), lookup_key)
    state.aliases |= redacted
    state.forgotten = set(redacted)
    found = queries.load_orders(session, shop, orders, moved)
    state.orders = {order.order_id: order for order in found}
    state.refunds = queries.load_refunds(session, shop, orders | state.orders.keys())
    state.customers = queries.load_customers(session, shop, seen - state.aliases.keys())
    return state


def _reach(facts: Sequence[Fact]) -> tuple[set[int], set[int], set[int], set[int]]:
    """Orders named; customers whose orders move; customers to resolve; customers seen."""
    orders, moved, named, seen = set[int](), set[int](), set[int](), set[int]()
    for fact in facts:
        match fact:
            case OrderSeen(order, _):
                orders.add(order.order_id)
                named |= {order.customer_id} if order.customer_id is not None else set()
            case RefundSeen(refund):
                orders.add(refund.order_id)
            case OrderDeleted(order_id, _):
                orders.add(order_id)
            case CustomersMerged(kept_id, deleted_id, _):
                moved.add(deleted_id)
                named |= {kept_id, deleted_id}
            case CustomerRedacted(customer_id, _, _):
                moved.add(customer_id)
            case CustomerSeen(customer_id, _, _):
                seen.add(customer_id)
                named.add(customer_id)
    return orders, moved, named, seen


class _Before:
    """What the state was when it was loaded, to find the differences."""

    def __init__(self, state: State) -> None:
        self.orders = dict(state.orders)
        self.refunds = {order: dict(refunds) for order, refunds in state.refunds.items()}
        self.customers = dict(state.customers)

    def changed(self, state: State) -> list[int]:
        """Orders that are not what they were, or whose refunds are not."""
        return sorted(
            order_id
            for order_id, order in state.orders.items()
            if self.orders.get(order_id) != order or self.refunds.get(order_id, {}) != state.refunds.get(order_id, {})
        )

    def read_differently(self, state: State, order_id: int) -> bool:
        """Whether metrics would read the order differently now."""
        old = self.orders.get(order_id)
        if old is None:
            return True
        refunded = sum(refund.net for refund in self.refunds.get(order_id, {}).values())
        return _as_read(old, refunded) != _as_read(state.orders[order_id], state.refunded(order_id))


def _as_read(order: OrderState, refunded: int) -> tuple[object, ...]:
    return order.countable(order.currency), order.gross, order.discounts, refunded


def _store(
    session: Session,
    shop: ShopId,
    state: State,
    before: _Before,
    changed: Collection[int],
    facts: Sequence[Fact],
    now: Instant,
) -> bool:
    orders = [state.orders[order_id] for order_id in changed]
    queries.store_orders(session, shop, orders)
    queries.store_lines(session, shop, state.lines.values())
    new_refunds = [
        refund
        for order_id, refunds in state.refunds.items()
        for refund_id, refund in refunds.items()
        if before.refunds.get(order_id, {}).get(refund_id) != refund
    ]
    queries.store_refunds(session, shop, new_refunds)
    newer = [order for order in orders if order.number != _number_before(before, order)]
    queries.store_versions(session, shop, state, newer, now)
    queries.store_customers(session, shop, _changed_customers(state, before))
    merged = {fact.deleted_id for fact in facts if isinstance(fact, CustomersMerged)} - state.forgotten
    aliases = {old: state.aliases[old] for old in merged if old in state.aliases}
    queries.store_aliases(session, shop, aliases, now)
    return _store_bookings(session, shop, state, before, changed)


def _number_before(before: _Before, order: OrderState) -> int:
    known = before.orders.get(order.order_id)
    return known.number if known else 0


def _changed_customers(state: State, before: _Before) -> dict[int, tuple[Instant, Instant]]:
    return {
        customer: times
        for customer, times in state.customers.items()
        if before.customers.get(customer) != times and state.resolve(customer) == customer
    }


def _store_bookings(session: Session, shop: ShopId, state: State, before: _Before, changed: Collection[int]) -> bool:
    _, _, generation = queries.shop_circumstances(session, shop)
    buyers = {state.orders[order_id].buyer_id for order_id in changed}
    buyers |= {before.orders[order_id].buyer_id for order_id in changed if order_id in before.orders}
    state.bookings = queries.load_bookings(session, shop, generation, buyers)
    return queries.store_bookings(session, shop, generation, state.bookings, recount(state, changed))
