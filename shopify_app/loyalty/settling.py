"""Bringing accounts up to date with what is known of orders and people, in the caller's transaction."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.customers.nobody import is_erased
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.by_hand.queries import move_reasons
from shopify_app.loyalty.earning.bonus import bonus, bonus_key
from shopify_app.loyalty.earning.order import Earned, earned, order_key
from shopify_app.loyalty.ledger.accounts import OpenAccounts, open_accounts
from shopify_app.loyalty.ledger.booking import Booked
from shopify_app.loyalty.ledger.causes import End, Grant
from shopify_app.loyalty.ledger.endings import rules_by
from shopify_app.loyalty.ledger.queries import (
    accounts_of,
    due_accounts,
    give_account,
    leave_account,
    places_of,
)
from shopify_app.loyalty.programme.queries import endings_of
from shopify_app.loyalty.programme.rule import Version
from shopify_app.loyalty.told.telling import facts_of

POINTS = "release_points"
"""The kind of task that books what time brings."""
ORDERS = "system:orders"
"""The actor where an order changed."""
TIME = "system:time"
"""The actor where points ended."""
_AT_ONCE = 200


def settle_orders(
    session: Session,
    shop: ShopId,
    key: bytes,
    versions: Sequence[Version],
    orders: Sequence[Earned],
    numbers: Mapping[int, int],
    merged: Mapping[int, int],
    now: Instant,
) -> None:
    """Have accounts say what these orders give now; `merged` customers are who they were merged into.

    `numbers` say which of its customer's orders an order is, where that gives a bonus. A bonus that an order was given
    once stays its own, also where an earlier order turns up later.
    """
    accounts = open_accounts(session, shop, key, now)
    wanted = {order_key(order.order_id): (order, earned(order, versions)) for order in orders}
    bonuses = _bonuses(versions, orders)
    places = places_of(session, shop, (*wanted, *bonuses))
    for cause, (order, nth) in bonuses.items():
        if cause in places or numbers.get(order.order_id) == nth:
            wanted[cause] = order, bonus(order, nth, versions)
    named = {order.customer_id for order in orders if order.customer_id is not None}
    owners = accounts_of(session, shop, {*named, *merged, *merged.values()})
    accounts.load({*places.values(), *owners.values()})
    _join_merged(accounts, merged, owners)
    for cause, (order, gives) in wanted.items():
        place = accounts.written[cause][0] if cause in accounts.written else places.get(cause)
        if gives is None and place is not None:
            # It turned out to be from before the programme.
            known = accounts.causes[place][cause]
            accounts.put(place, replace(known, cause=replace(known.cause, points=0)), facts_of(order))
        elif gives is not None and (place is not None or gives[0].points):
            _put_order(accounts, order, gives, place, owners)
    accounts.store()


def _bonuses(versions: Sequence[Version], orders: Sequence[Earned]) -> dict[str, tuple[Earned, int]]:
    """Orders by the cause of each bonus that they may have, or have had.

    Of any number that ever gave one: an order may turn out to be of another time, and then has no bonus any more.
    """
    ever = {nth for version in versions for nth in version.rule.bonuses}
    return {bonus_key(nth, order.order_id): (order, nth) for order in orders for nth in ever}


def _put_order(
    accounts: OpenAccounts, order: Earned, gives: tuple[Grant, Version], place: int | None, owners: dict[int, int]
) -> None:
    grant, version = gives
    customer = order.customer_id
    # Whoever was redacted has no account any more; what their orders gave stays where it is.
    account = place
    if customer is not None and not is_erased(customer):
        account = owners[customer] = owners.get(customer) or accounts.open(customer)
    if account is None:
        return
    if place is not None and place != account:
        accounts.move(grant.key, place, account)
    known = accounts.causes[account].get(grant.key)
    booked = Booked(grant, ORDERS) if known is None else known
    booked = replace(booked, cause=grant, rule=version.number)
    if booked != known:
        accounts.put(account, booked, facts_of(order))


def _join_merged(accounts: OpenAccounts, merged: Mapping[int, int], owners: dict[int, int]) -> None:
    session, shop = accounts.session, accounts.shop
    for old, kept in merged.items():
        if old not in owners or is_erased(kept):
            continue
        account = owners.pop(old)
        if kept in owners:
            accounts.join(account, owners[kept])
            move_reasons(session, shop, account, owners[kept])
            leave_account(session, shop, [old])
        else:
            owners[kept] = account
            accounts.moved.add(account)
            give_account(session, shop, old, kept)


def let_time_pass(session: Session, shop: ShopId, key: bytes, now: Instant) -> int:
    """Book points of some accounts that can be spent from now on, and those that ended; of how many accounts."""
    due = due_accounts(session, shop, now, rules_by(endings_of(session, shop), now), _AT_ONCE)
    if due:
        accounts = open_accounts(session, shop, key, now)
        accounts.load(due)
        for account in due:
            _end_points(accounts, account)
        accounts.store()
    return len(due)


def _end_points(accounts: OpenAccounts, account: int) -> None:
    now_is = accounts.standing(account)
    over = {
        piece.lot
        for piece, ends in zip(now_is.available, now_is.ends, strict=True)
        if ends is not None and ends <= accounts.now
    }
    for lot in over:
        key = f"end/{lot}/{int(accounts.now.timestamp())}"
        accounts.put(account, Booked(End(key, lot, accounts.now), TIME))
