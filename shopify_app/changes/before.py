"""What a batch of facts found, to tell from what it leaves what differs. Pure."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from shopify_app.changes.state import CustomerState, OrderState, State
from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.customers.contacts.contact import Contacts
from shopify_app.orders.facts import EditFacts, RefundFacts
from shopify_app.retention.counting import Countable, sold_of

_Part = TypeVar("_Part", RefundFacts, EditFacts)


class Before:
    """What the state was when it was loaded, to find the differences."""

    def __init__(self, state: State) -> None:
        self.orders = dict(state.orders)
        self.refunds = {order: dict(refunds) for order, refunds in state.refunds.items()}
        self.edits = dict(state.edits)
        self.customers = dict(state.customers)
        self.contacts = dict(state.contacts)
        self.histories = dict(state.histories.known)
        self.checkouts = dict(state.checkouts)

    def changed(self, state: State) -> tuple[list[int], list[int]]:
        """Orders of which other things are known now, and those that are only known to be so still."""
        changed, moved_on = [], []
        for order_id in sorted(state.orders):
            order, old = state.orders[order_id], self.orders.get(order_id)
            if old is None or self._changed_later(state, order_id) or not (old is order or old.same_facts(order)):
                changed.append(order_id)
            elif old.version != order.version:
                moved_on.append(order_id)
        return changed, moved_on

    def read_differently(self, state: State, order_id: int) -> bool:
        """Whether metrics would read the order differently now."""
        old = self.orders.get(order_id)
        if old is None or self._read_later(state, order_id):
            return True
        return _as_read(old) != _as_read(state.orders[order_id])

    def sold_differently(self, state: State, order_id: int) -> bool:
        """Whether it was sold otherwise than was known: no metric reads that, but what its customer bought does."""
        old = self.orders.get(order_id)
        return old is not None and sold_of(old) != sold_of(state.orders[order_id])

    def relabelled(self, state: State, changed: Iterable[int]) -> bool:
        """Whether any of the changed orders, known before, is sorted differently now."""
        both = ((self.orders[one], state.orders[one]) for one in changed if one in self.orders)
        return any(_labels(old) != _labels(new) for old, new in both)

    def _changed_later(self, state: State, order_id: int) -> bool:
        other_refunds = self.refunds.get(order_id) != state.refunds.get(order_id)
        return other_refunds or self.edits.get(order_id) != state.edits.get(order_id)

    def _read_later(self, state: State, order_id: int) -> bool:
        """The same but for what went back of which line, which no metric reads."""
        if not self._changed_later(state, order_id):
            return False
        before, after = (
            {one: _sum(part) for one, part in kept.get(order_id, {}).items()} for kept in (self.refunds, state.refunds)
        )
        return before != after or self.edits.get(order_id) != state.edits.get(order_id)

    def buyers(self, state: State, changed: Iterable[int]) -> frozenset[int]:
        """Whose rows the changed orders stood among, and stand among now."""
        both = [
            orders[order_id] for order_id in changed for orders in (self.orders, state.orders) if order_id in orders
        ]
        return frozenset(order.buyer_id for order in both)

    def other_histories(self, state: State) -> dict[int, int]:
        """Customers of whom another number of earlier orders is known now, with that number."""
        known = state.histories.known
        both = self.histories.keys() | known.keys()
        before = {one: self.histories[one].earlier if one in self.histories else 0 for one in both}
        return {
            one: state.histories.earlier(one) for one in sorted(both) if before[one] != state.histories.earlier(one)
        }

    def changed_customers(self, state: State) -> dict[int, CustomerState]:
        """Customers that were created or changed, and are still themselves."""
        return {
            customer: times
            for customer, times in state.customers.items()
            if self.customers.get(customer) != times and state.resolve(customer) == customer
        }

    def agreed(self, state: State) -> bool:
        """Whether any customer is known to have agreed to something else."""
        pairs = ((self.customers.get(one), now) for one, now in self.changed_customers(state).items())
        return any(now.states != ("", "") if old is None else now.states != old.states for old, now in pairs)

    def changed_checkouts(self, state: State) -> list[CheckoutFacts]:
        """Checkouts that are new or have changed."""
        return [one for token, one in state.checkouts.items() if self.checkouts.get(token) != one]

    def changed_contacts(self, state: State) -> dict[int, Contacts]:
        """The same of how they can be reached."""
        return {
            customer: contacts
            for customer, contacts in state.contacts.items()
            if self.contacts.get(customer) != contacts and state.resolve(customer) == customer
        }


def new_parts(before: Mapping[int, Mapping[int, _Part]], after: Mapping[int, Mapping[int, _Part]]) -> list[_Part]:
    """Refunds or edits that were not known, or not like this."""
    return [
        part
        for order_id, parts in after.items()
        for number, part in parts.items()
        if before.get(order_id, {}).get(number) != part
    ]


def _sum(refund: RefundFacts) -> RefundFacts:
    return replace(refund, lines=(), itemised=True, line_taxes=())


_labels = attrgetter("source_name", "country", "discount_code", "lines_mark")


def _as_read(order: OrderState) -> tuple[object, ...]:
    return Countable.of(order, order.currency), order.gross, order.discounts, order.currency
