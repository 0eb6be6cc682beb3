"""What orders give by all that is known of them now, whatever was known when their points were written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from shopify_app.changes.numbers.queries import numbers_of
from shopify_app.changes.parts.queries import told_apart
from shopify_app.changes.points import earned_orders
from shopify_app.customers.nobody import is_erased
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.earning.bonus import bonus, bonus_key
from shopify_app.loyalty.earning.order import Earned, earned, order_key
from shopify_app.loyalty.ledger.booking import Cause
from shopify_app.loyalty.ledger.causes import Grant, Use
from shopify_app.loyalty.ledger.queries import accounts_of, causes_named, given_by_orders
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rule import Version
from shopify_app.loyalty.rewards.queries import with_orders
from shopify_app.loyalty.rewards.redeeming import returned, use_key
from shopify_app.orders.queries import orders_since

_AT_ONCE = 500
GIVEN_ONCE = "a bonus stays with the order that it was given for, also where an earlier one was told of later"


class Difference(NamedTuple):
    """A cause that is something else than what is known now makes it."""

    cause: str
    gives: int
    due: int
    reason: str = ""
    """Why that is right all the same; empty where it is not."""


def differences(session: Session, shop: ShopId) -> Iterator[Difference]:
    """Between the causes of the live accounts and those that final facts alone make; equal causes make equal lots."""
    versions = versions_of(session, shop)
    orders = sorted(orders_since(session, shop, versions[0].since)) if versions else []
    given = 0
    for start in range(0, len(orders), _AT_ONCE):
        some = _some(session, shop, orders[start : start + _AT_ONCE], versions)
        given += sum(cause.points for _, cause in some.there.values() if isinstance(cause, Grant))
        yield from some.differences()
    if (whole := given_by_orders(session, shop)) != given:
        yield Difference("orders that nobody knows", whole - given, 0)


@dataclass(frozen=True, slots=True)
class _Some:
    """Some orders, with what is there of them."""

    orders: Sequence[Earned]
    versions: Sequence[Version]
    numbers: Mapping[int, int]
    there: Mapping[str, tuple[int, Cause]]
    """By key, causes with their accounts."""
    owners: Mapping[int, int]
    uses: Mapping[str, Use]
    """By key, uses as their orders make them."""

    def differences(self) -> Iterator[Difference]:
        for order in self.orders:
            due = earned(order, self.versions)
            yield from self._compared(order, order_key(order.order_id), due[0] if due else None)
            for nth in _numbers(self.versions):
                yield from self._of_bonus(order, nth)
        for key, due_use in self.uses.items():
            cause = self.there[key][1]
            if isinstance(cause, Use) and cause != due_use:
                yield Difference(key, -cause.net, -due_use.net)

    def _of_bonus(self, order: Earned, nth: int) -> Iterator[Difference]:
        key, due = bonus_key(nth, order.order_id), bonus(order, nth, self.versions)
        is_it = self.numbers.get(order.order_id) == nth
        if is_it or key in self.there:
            yield from self._compared(order, key, due[0] if due else None)
        if not is_it and due and due[0].points and key in self.there:
            yield Difference(key, due[0].points, 0, GIVEN_ONCE)

    def _compared(self, order: Earned, key: str, due: Grant | None) -> Iterator[Difference]:
        points = due.points if due else 0
        customer = order.customer_id
        nobody = customer is None or is_erased(customer)
        if key not in self.there:
            if points and not nobody:
                yield Difference(key, 0, points)
            return
        account, cause = self.there[key]
        if due is None and not cause.points:
            # Nothing was moved along with an order that gives nothing.
            return
        elsewhere = customer is not None and not nobody and self.owners.get(customer) != account
        if cause.points != points or elsewhere or (due is not None and cause != due):
            yield Difference(key, cause.points, points)


def _some(session: Session, shop: ShopId, orders: Sequence[int], versions: Sequence[Version]) -> _Some:
    known = told_apart(session, shop, earned_orders(session, shop, orders), versions)
    customers = {order.customer_id for order in known if order.customer_id is not None}
    nths = _numbers(versions)
    keys = [key for one in orders for key in (order_key(one), *(bonus_key(nth, one) for nth in nths))]
    rewards = with_orders(session, shop, orders)
    there = causes_named(session, shop, [*keys, *(use_key(one.reward_id) for one in rewards)])
    by_id, uses = {order.order_id: order for order in known}, dict[str, Use]()
    for reward in rewards:
        _, cause = there.get(use_key(reward.reward_id), (0, None))
        if isinstance(cause, Use) and reward.order_id is not None:
            uses[cause.key] = replace(cause, restored=returned(reward, by_id[reward.order_id]))
    numbers, owners = numbers_of(session, shop, customers, versions), accounts_of(session, shop, customers)
    return _Some(known, versions, numbers, there, owners, uses)


def _numbers(versions: Sequence[Version]) -> list[int]:
    """Which of a customer's orders ever had a bonus."""
    return sorted({nth for version in versions for nth in version.rule.bonuses})
