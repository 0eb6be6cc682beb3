"""Facts to rows: load what they touch, fold them one by one, store what differs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from shopify_app.changes import queries
from shopify_app.changes.before import Before, new_parts
from shopify_app.changes.facts import (
    CheckoutSeen,
    CustomerRedacted,
    CustomerSeen,
    CustomersMerged,
    Fact,
    GuestForgotten,
    OrderAwaited,
    OrderDeleted,
    OrderEdited,
    OrderGivenUp,
    OrderSeen,
    RefundSeen,
)
from shopify_app.changes.fold import fold
from shopify_app.changes.histories import queries as history_queries
from shopify_app.changes.histories.history import Histories, History, is_counted
from shopify_app.changes.lines.queries import Products, name_lines, named_late, store_lines
from shopify_app.changes.occasions.people import occasions_of
from shopify_app.changes.points import Points, points_of, settle_points
from shopify_app.changes.queries import Circumstances
from shopify_app.changes.recount import recount
from shopify_app.changes.state import OrderState, State
from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.checkouts.queries import (
    forget_origins,
    join_checkouts,
    load_checkouts,
    note_deleted,
    note_origins,
    store_checkouts,
)
from shopify_app.clock import Instant
from shopify_app.customers.birthdays.queries import join_birthdays
from shopify_app.customers.contacts.contact import Contacts
from shopify_app.customers.contacts.queries import drop_contacts, load_contacts, say_changed, store_contacts
from shopify_app.customers.nobody import is_erased
from shopify_app.customers.queries import redacted_ids
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.orders.facts import EditFacts, RefundFacts
from shopify_app.orders.queries import EDITED, SHARED_OUT, TIED, UNASKED, plan_refetch
from shopify_app.retention.counting import Rows
from shopify_app.retention.forecasts.queries import drop_forecasts
from shopify_app.retention.queries import rows_of
from shopify_app.segments.outward.queries import join_members
from shopify_app.shops.queries import touch


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a batch of facts changes, worked out and not yet written."""

    circumstances: Circumstances
    state: State
    first: bool
    """Whether nothing was known of any of the orders: then there is nothing to replace."""
    orders: Sequence[OrderState]
    """Those to write: other facts, or only a later version."""
    refunds: Sequence[RefundFacts]
    edits: Sequence[EditFacts]
    newer: Sequence[OrderState]
    """Orders that metrics read differently now: they get a row in order_version."""
    relabelled: bool
    """Whether an order is sorted differently now: by where it was sold or sent, by its discount or what was bought."""
    customers: queries.Customers
    agreed: bool
    """Whether any of them agreed to something else."""
    contacts: dict[int, Contacts]
    aliases: dict[int, int]
    histories: dict[int, History]
    """Those that were known before."""
    earlier: dict[int, int]
    """How many earlier orders customers have of whom another number was known before."""
    buyers: frozenset[int]
    """Whose orders changed, before and after."""
    checkouts: Sequence[CheckoutFacts]
    """Those of which other things are known now."""
    counted: tuple[Rows, Rows] | None
    """The buyers' rows before and after; None where counting is left to a rebuild."""
    points: Points
    named: Products
    """Of lines that are seen no other way than before."""


def apply_facts(session: Session, shop: ShopId, facts: Sequence[Fact], now: Instant, lookup_key: bytes) -> bool:
    """Apply facts in order, in the caller's transaction; True when anything that a page shows has changed.

    The caller holds the shop's DRAIN lease: two batches of one shop never run at once.
    """
    if not facts:
        return False
    return store(session, shop, prepare(session, shop, facts, lookup_key), now)


def prepare(
    session: Session, shop: ShopId, facts: Sequence[Fact], lookup_key: bytes, *, counting: bool = True
) -> Prepared:
    """Load what the facts touch and fold them; only reads, so that the one writer is not kept waiting meanwhile.

    The caller holds the DRAIN lease from here until `store` has committed, and proves it in that transaction.
    Without `counting`, the aggregates are left as they are, for a rebuild to catch up: an import does so.
    """
    state, circumstances = _load(session, shop, facts, lookup_key)
    before = Before(state)
    for fact in facts:
        fold(state, fact)
    _settle_histories(session, shop, state)
    changed, moved_on = before.changed(state)
    read_differently = [order_id for order_id in changed if before.read_differently(state, order_id)]
    newer = [_numbered(state, order_id) for order_id in read_differently]
    differing = set(read_differently)
    earlier, customers = before.other_histories(state), before.changed_customers(state)
    counted_anew = [one for one in changed if one in differing or before.sold_differently(state, one)]
    buyers = before.buyers(state, counted_anew) | earlier.keys()
    named = named_late(session, shop, state)
    merged = {fact.deleted_id for fact in facts if isinstance(fact, CustomersMerged)} - state.forgotten
    return Prepared(
        circumstances=circumstances,
        state=state,
        first=not before.orders,
        orders=[state.orders[order_id] for order_id in (*changed, *moved_on)],
        refunds=new_parts(before.refunds, state.refunds),
        edits=new_parts(before.edits, state.edits),
        newer=newer,
        relabelled=before.relabelled(state, changed) or bool(named),
        customers=customers,
        agreed=before.agreed(state),
        contacts=before.changed_contacts(state),
        aliases={old: state.aliases[old] for old in merged if old in state.aliases},
        histories=before.histories,
        earlier=earlier,
        buyers=buyers,
        counted=_counted(session, shop, circumstances, state, counted_anew, buyers) if counting else None,
        checkouts=before.changed_checkouts(state),
        points=points_of(
            state,
            [*changed, *(order for order, _ in named)],
            merged,
            ledger_key(lookup_key, shop),
            buyers,
            occasions_of(customers),
        ),
        named=named,
    )


def store(session: Session, shop: ShopId, prepared: Prepared, now: Instant) -> bool:
    """Write what was prepared; True when anything that a page shows has changed."""
    state, at = prepared.state, prepared.circumstances
    first = prepared.first
    queries.store_orders(session, shop, prepared.orders, first=first)
    store_lines(session, shop, state, first=first)
    name_lines(session, shop, prepared.named)
    queries.store_refunds(session, shop, prepared.refunds)
    queries.store_edits(session, shop, prepared.edits)
    if prepared.newer or prepared.earlier:
        known_at = queries.next_moment(session, shop, now)
        queries.store_versions(session, shop, state, prepared.newer, known_at, first=first)
        history_queries.store_versions(session, shop, prepared.earlier, known_at)
    queries.store_customers(session, shop, prepared.customers)
    store_contacts(session, shop, prepared.contacts)
    if prepared.agreed:
        say_changed(session, shop)
    _store_checkouts(session, shop, prepared)
    queries.store_aliases(session, shop, prepared.aliases, now)
    drop_contacts(session, shop, prepared.aliases)
    join_members(session, shop, prepared.aliases)
    drop_forecasts(session, shop, prepared.aliases)
    history_queries.store_histories(session, shop, prepared.histories, state.histories)
    _plan_refetches(session, shop, state, now)
    if at.building is not None:
        queries.store_touched(session, shop, at.building, prepared.buyers)
    if prepared.counted is None:
        if prepared.buyers and not at.behind:
            queries.fall_behind(session, shop)
        _settle(session, shop, prepared, now)
        return False
    shown = queries.store_bookings(session, shop, at.generation, *prepared.counted) or prepared.relabelled
    if shown:
        touch(session, shop)
    _settle(session, shop, prepared, now)
    return shown


def _store_checkouts(session: Session, shop: ShopId, prepared: Prepared) -> None:
    orders = prepared.state.orders
    erased = {order.order_id for order in prepared.orders if is_erased(order.customer_id)}
    store_checkouts(session, shop, prepared.checkouts)
    join_checkouts(session, shop, prepared.aliases)
    # Of whoever is forgotten nothing leads from an order back to a cart.
    forget_origins(session, shop, erased)
    mine = {one: tokens for one, tokens in prepared.state.origins.items() if not is_erased(orders[one].customer_id)}
    note_origins(session, shop, mine)
    note_deleted(session, shop, prepared.state.deleted_carts)


def _settle(session: Session, shop: ShopId, prepared: Prepared, now: Instant) -> None:
    """Last: it locks the shop's row, and whoever decides on the programme meanwhile is waited for."""
    settle_points(session, shop, prepared.points, now)
    # Whoever keeps birthdays holds that row, too, and looks then whether somebody was merged.
    join_birthdays(session, shop, prepared.aliases)


def _plan_refetches(session: Session, shop: ShopId, state: State, now: Instant) -> None:
    """Each order for the most pressing of its reasons."""
    planned = set[int]()
    reasons = ((TIED, state.tied), (EDITED, state.edited), (SHARED_OUT, state.shared_out))
    for reason, orders in (*reasons, (UNASKED, state.histories.unasked)):
        plan_refetch(session, shop, orders - planned, reason, now)
        planned |= orders


def _settle_histories(session: Session, shop: ShopId, state: State) -> None:
    histories = state.histories
    told = {one: histories.known[one].told_at for one in histories.unsure if histories.known[one].told is not None}
    ours = history_queries.orders_counted(session, shop, told, state.orders.keys()) if told else Counter[int]()
    for order in state.orders.values():
        at = None if order.customer_id is None else told.get(order.customer_id)
        if at is not None and order.customer_id is not None:
            ours[order.customer_id] += is_counted(order.created_at or order.placed_at, order.deleted_at, at)
    histories.settle(ours)
    if histories.doubted and histories.limited:
        gone = [order.order_id for order in state.orders.values() if order.deleted_at is not None]
        histories.unasked |= history_queries.one_order_of(session, shop, histories.doubted, gone)


def _load(session: Session, shop: ShopId, facts: Sequence[Fact], lookup_key: bytes) -> tuple[State, Circumstances]:
    orders, moved, named, seen = _reach(facts)
    left = [fact.checkout for fact in facts if isinstance(fact, CheckoutSeen)]
    named |= {one.customer_id for one in left if one.customer_id is not None}
    circumstances = queries.circumstances(session, shop)
    state = State(circumstances.zone, circumstances.currency)
    state.aliases = queries.load_aliases(session, shop, named)
    redacted = redacted_ids(session, shop, named | set(state.aliases.values()), lookup_key)
    state.aliases |= redacted
    state.forgotten = set(redacted)
    found = queries.load_orders(session, shop, orders, moved)
    state.orders = {order.order_id: order for order in found}
    state.refunds = queries.load_refunds(session, shop, orders | state.orders.keys())
    if circumstances.edits:
        state.edits = queries.load_edits(session, shop, orders | state.orders.keys())
    # Whom somebody was merged into in the end is among the aliases' ends.
    ends = set(state.aliases.values()) if any(isinstance(fact, CustomersMerged) for fact in facts) else set[int]()
    state.customers = queries.load_customers(session, shop, (seen | ends) - state.aliases.keys())
    told = {fact.customer_id for fact in facts if isinstance(fact, CustomerSeen) and fact.contacts is not None}
    state.contacts = load_contacts(session, shop, told - state.aliases.keys())
    state.checkouts = load_checkouts(session, shop, {one.token for one in left})
    owners = {order.customer_id for order in found if order.customer_id is not None}
    nameless = {fact.opaque_id for fact in facts if isinstance(fact, CustomerRedacted)}
    reached = {*owners, *moved, *named, *nameless, *state.aliases.values()}
    known = history_queries.earlier_of(session, shop, reached) if circumstances.histories else {}
    state.histories = Histories(limited=circumstances.limited, known=known)
    return state, circumstances


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
            case OrderDeleted() | OrderEdited() | OrderGivenUp() | OrderAwaited() | GuestForgotten():
                orders.add(fact.order_id)
            case CustomersMerged(kept_id, deleted_id, _):
                moved.add(deleted_id)
                named |= {kept_id, deleted_id}
                seen |= {kept_id, deleted_id}
            case CustomerRedacted(customer_id, _, _):
                moved.add(customer_id)
            case CustomerSeen(customer_id):
                seen.add(customer_id)
                named.add(customer_id)
    return orders, moved, named, seen


def _numbered(state: State, order_id: int) -> OrderState:
    order = state.orders[order_id]
    state.orders[order_id] = order = replace(order, number=order.number + 1)
    return order


def _counted(
    session: Session,
    shop: ShopId,
    at: Circumstances,
    state: State,
    changed: Iterable[int],
    buyers: frozenset[int],
) -> tuple[Rows, Rows]:
    rows = rows_of(session, shop, at.generation, buyers)
    return rows, recount(state, rows, changed)
