"""What customers had bought before the first order that Shopify shows us. Pure.

Without the permission read_all_orders Shopify shows an app the orders of 60 days, and yet tells how many a customer has
ever had (Customer.numberOfOrders). What that is more than ours, at the moment of asking, came before: so who comes back
is known from the first day on.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.orders.facts import ASKED, OrderFacts, Version

LEEWAY = timedelta(seconds=10)
"""We date our asking by our own clock, and Shopify its orders by its own: so far may ours be behind."""


def is_counted(created: Instant, deleted: Instant | None, told_at: Instant) -> bool:
    """Whether an order was there when Shopify told how many there are."""
    return created <= told_at + LEEWAY and (deleted is None or deleted > told_at)


class History(Struct, frozen=True, gc=False):
    """See CustomerHistory."""

    customer_id: int
    earlier: int
    told: int | None
    told_at: Instant


class Histories(Struct):
    """The histories that a batch can reach, and what it leaves open."""

    limited: bool = False
    """Whether Shopify hides older orders from us; otherwise only what is known from before is kept up."""
    known: dict[int, History] = {}
    unsure: set[int] = set()
    """Customers whose earlier orders must be worked out anew."""
    doubted: set[int] = set()
    """Customers of whom an order is gone: whether Shopify still counted it when it was asked, nobody knows."""
    unasked: set[int] = set()
    """Orders by which Shopify must be asked how many their customers have."""

    def seen(self, order: OrderFacts, version: Version, customer: int | None, *, new: bool, nobody: bool) -> None:
        """An order of this customer was seen, which is new to us or not; of whom was forgotten nobody is asked."""
        if customer is None or not (self.limited or customer in self.known):
            return
        known = self.known.get(customer)
        told = order.customer_orders is not None and not nobody
        if nobody and not self.limited and version.source == ASKED and known is not None:
            # Nobody tells how many somebody has who was forgotten; with all orders shown to us, none comes before.
            self.known[customer] = replace(known, earlier=0)
        elif told and (known is None or known.told_at <= version.known_at):
            self._tell(customer, order, version, new=new)
        elif new and known is not None:
            self._found(known, order)
        elif new and version.source != ASKED and not nobody:
            self.unasked.add(order.order_id)

    def _tell(self, customer: int, order: OrderFacts, version: Version, *, new: bool) -> None:
        known = self.known.get(customer)
        earlier = 0 if known is None else known.earlier
        if order.customer_id == customer:
            self.known[customer] = History(customer, earlier, order.customer_orders, version.known_at)
            self.unsure.add(customer)
        elif new:
            # Who has another number by now was told of before they became one: what both have is asked anew.
            self.known[customer] = History(customer, earlier, None, version.known_at)
            self.unasked.add(order.order_id)

    def _found(self, known: History, order: OrderFacts) -> None:
        """One more order: one of the earlier ones, if it was there when Shopify counted."""
        if is_counted(order.created_at or order.placed_at, None, known.told_at) and known.earlier:
            self.known[known.customer_id] = replace(known, earlier=known.earlier - 1)

    def moved(self, order_id: int, before: int | None, after: int | None, at: Instant) -> None:
        """An order has another customer now: what was told of either before is not true any more."""
        for customer in (before, after):
            known = None if customer is None else self.known.get(customer)
            if known is not None and known.told_at < at:
                self.known[known.customer_id] = replace(known, told=None, told_at=at)
                self.unasked |= {order_id} if self.limited else set()
        if self.limited and after is not None and after not in self.known:
            self.unasked.add(order_id)

    def joined(self, old: int, new: int, at: Instant, orders: Sequence[int]) -> None:
        """One customer is another now, with everything bought before; Shopify is asked anew by one of the orders."""
        gone, kept = self.known.pop(old, None), self.known.get(new)
        self.unsure.discard(old)
        if gone is None and kept is None:
            return
        if kept is not None and kept.told is not None and kept.told_at > at:
            # Shopify counted after they had become one: both are in it, and now also in what we have.
            self.unsure.add(new)
            return
        moments = [at, *(one.told_at for one in (gone, kept) if one is not None)]
        earlier = sum(one.earlier for one in (gone, kept) if one is not None)
        self.known[new] = History(new, earlier, None, max(moments))
        self.unsure.discard(new)
        if self.limited:
            self.unasked.update(orders[:1])

    def settle(self, ours: Mapping[int, int]) -> None:
        """`ours`: how many orders of each unsure customer we have of those that Shopify counted."""
        for customer in self.unsure:
            known = self.known[customer]
            if known.told is not None:
                earlier = max(0, known.told - ours.get(customer, 0))
                self.known[customer] = replace(known, earlier=earlier)

    def earlier(self, customer: int) -> int:
        """How many orders come before the first that we know of."""
        known = self.known.get(customer)
        return 0 if known is None else known.earlier
