"""What a batch of facts means for points: which orders are to be settled, and whose accounts become one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shopify_app.changes import queries
from shopify_app.changes.numbers.queries import numbers_of
from shopify_app.changes.occasions.people import occasions_of
from shopify_app.changes.occasions.queries import customers_since
from shopify_app.changes.parts.queries import told_apart
from shopify_app.changes.state import OrderState, State
from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.brought.lines.queries import join_lines
from shopify_app.loyalty.earning.bonus import bonus_key
from shopify_app.loyalty.earning.order import Earned
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.ledger.queries import places_of
from shopify_app.loyalty.occasions.bonus import Occasion
from shopify_app.loyalty.occasions.giving import give
from shopify_app.loyalty.programme.queries import add_version, drop_draft, versions_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.rewards.redeeming import follow_codes
from shopify_app.loyalty.settling import settle_orders
from shopify_app.orders.queries import orders_since
from shopify_app.retention.counting import NEVER_PAID
from shopify_app.shops.queries import get_shop, lock_shop, touch


@dataclass(frozen=True, slots=True)
class Points:
    """What is to be settled, and with which key."""

    orders: Sequence[Earned]
    merged: Mapping[int, int]
    """Customers who were merged away -> who they are now."""
    key: bytes
    customers: Collection[int] = ()
    """Whose orders may have other numbers now."""
    occasions: Mapping[int, Sequence[Occasion]] = field(default_factory=dict)
    """What may give customers a bonus without an order."""


def points_of(
    state: State,
    changed: Iterable[int],
    merged: Collection[int],
    key: bytes,
    buyers: Collection[int] = (),
    occasions: Mapping[int, Sequence[Occasion]] = MappingProxyType({}),
) -> Points:
    """Of the orders of which other things are known now, of the merges that were told, and of whose orders changed."""
    now_are = {old: state.resolve(old) for old in merged}
    joined = {old: kept for old, kept in now_are.items() if kept is not None and kept != old}
    # Codes after the first are not kept: whoever tells of them has them looked at, also where nothing else is new.
    told = dict.fromkeys([*changed, *(order_id for order_id in state.codes if order_id in state.orders)])
    orders = [earned_of(state, state.orders[order_id]) for order_id in told]
    owners = {order.customer_id for order in orders if order.customer_id is not None}
    # A guest is the negative number of their order.
    changed_ones = {*owners, *joined.values(), *(buyer for buyer in buyers if buyer > 0)}
    return Points(orders, joined, key, changed_ones, occasions)


def settle_points(session: Session, shop: ShopId, points: Points, now: Instant) -> None:
    """Have the accounts say so, where the shop has or had a programme."""
    if not (points.orders or points.merged or points.customers or points.occasions):
        return
    # Nobody decides on the programme, redeems or releases meanwhile: who changes accounts holds the shop's row first.
    zone = ZoneInfo(lock_shop(session, shop).timezone)
    if points.merged:
        join_lines(session, shop, points.merged)
    versions = versions_of(session, shop)
    if versions:
        numbers = numbers_of(session, shop, points.customers, versions)
        orders = [*points.orders, *earned_orders(session, shop, _without_bonus(session, shop, points.orders, numbers))]
        orders = told_apart(session, shop, orders, versions)
        settle_orders(session, shop, points.key, versions, orders, numbers, points.merged, now)
        follow_codes(session, shop, points.key, points.orders, now)
        give(session, shop, points.key, versions, zone, points.occasions, now)


def decide(session: Session, shop: ShopId, rule: Rule, actor: str, lookup_key: bytes, now: Instant) -> bool:
    """Let a rule hold from now on, also for what happened while it was being decided; False where it does already.

    A batch of facts that is being stored has either locked the shop's row before, and is waited for; or it sees
    the new version.
    """
    lock_shop(session, shop)
    versions = versions_of(session, shop)
    if versions and versions[-1].rule == rule:
        return False
    since = max(now, versions[-1].since) if versions else now
    add_version(session, shop, rule, actor, since)
    drop_draft(session, shop)
    settle_known(session, shop, orders_since(session, shop, since), lookup_key, now)
    if rule.occasions:
        zone, versions = ZoneInfo(get_shop(session, shop).timezone), versions_of(session, shop)
        came = occasions_of(customers_since(session, shop, since))
        give(session, shop, ledger_key(lookup_key, shop), versions, zone, came, now)
    touch(session, shop)
    return True


def _without_bonus(
    session: Session, shop: ShopId, orders: Sequence[Earned], numbers: Mapping[int, int]
) -> Collection[int]:
    """Of the orders that have not changed, those that have another number now and were not given its bonus yet."""
    known = {order.order_id for order in orders}
    keys = {bonus_key(number, order): order for order, number in numbers.items() if order not in known}
    given = places_of(session, shop, keys)
    return [order for key, order in keys.items() if key not in given]


def settle_bonuses(session: Session, shop: ShopId, orders: Collection[int], lookup_key: bytes, now: Instant) -> None:
    """Give the bonuses of the numbers that the orders of these orders' customers have by now, where none was given."""
    state = _state(session, shop, orders)
    customers = {order.customer_id for order in state.orders.values() if order.customer_id is not None}
    settle_points(session, shop, Points((), {}, ledger_key(lookup_key, shop), customers), now)


def settle_known(session: Session, shop: ShopId, orders: Collection[int], lookup_key: bytes, now: Instant) -> None:
    """Have the accounts say what these orders give, as far as we know them."""
    state = _state(session, shop, orders)
    settle_points(session, shop, points_of(state, state.orders, (), ledger_key(lookup_key, shop)), now)


def earned_orders(session: Session, shop: ShopId, orders: Collection[int]) -> list[Earned]:
    """What points depend on of these orders, as they are stored; unknown ones are left out."""
    if not orders:
        return []
    state = _state(session, shop, orders)
    return [earned_of(state, order) for order in state.orders.values()]


def _state(session: Session, shop: ShopId, orders: Collection[int]) -> State:
    at = get_shop(session, shop)
    state = State(ZoneInfo(at.timezone), at.currency)
    state.orders = {order.order_id: order for order in queries.load_orders(session, shop, orders, ())}
    state.refunds = queries.load_refunds(session, shop, state.orders)
    state.edits = queries.load_edits(session, shop, state.orders)
    return state


def earned_of(state: State, order: OrderState) -> Earned:
    """The part of an order that points depend on."""
    _, removed = state.changed(order.order_id)
    gone = order.cancelled_at is not None or order.deleted_at is not None or order.given_up_at is not None
    return Earned(
        order_id=order.order_id,
        customer_id=order.customer_id,
        placed_at=order.placed_at,
        currency=order.currency,
        value=order.gross - order.discounts,
        back=state.refunded(order.order_id) + removed,
        financial_status=order.financial_status,
        fulfilled_at=order.fulfilled_at,
        nothing=gone or order.test or order.financial_status in NEVER_PAID,
        codes=_codes(state, order),
        later=_given_back(state, order.order_id),
        gone_at=order.cancelled_at or order.deleted_at,
    )


def _codes(state: State, order: OrderState) -> tuple[str, ...]:
    # Nothing is learnt any more from what somebody who was forgotten had.
    others = () if order.discount_code is None else state.codes.get(order.order_id, ())
    return (order.discount_code, *others) if order.discount_code else others


def _given_back(state: State, order_id: int) -> tuple[tuple[Instant, int], ...]:
    refunds = state.refunds.get(order_id, {}).values()
    edits = state.edits.get(order_id, {}).values()
    return (
        *((refund.refunded_at, refund.net) for refund in refunds),
        *((edit.edited_at, edit.removed) for edit in edits if edit.removed),
    )
