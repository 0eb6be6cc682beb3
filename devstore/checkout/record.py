"""A checkout that the shop keeps: what was typed into it so far, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from devstore.arrivals import Arrival
from devstore.checkout.cart import Cart
from devstore.checkout.desk import Quote
from devstore.records import Customer, Order, Presentment

ABANDONED_AFTER = timedelta(minutes=10)
"""Whoever buys sooner after their last change has never left."""


class Said(NamedTuple):
    """What somebody has said at a checkout; ``customer_id`` is who is signed in, ``source`` where the checkout is."""

    goods: Mapping[int, int]
    """Pieces by the numbers of products."""
    email: str = ""
    phone: str = ""
    customer_id: int | None = None
    codes: tuple[str, ...] = ()
    country: str | None = None
    accepts_email: bool = False
    """Whether they ticked that they want to hear from the shop by e-mail."""
    accepts_sms: bool = False
    locale: str | None = None
    presentment: Presentment | None = None
    source: str = "web"
    note: str = ""
    landing_site: str | None = None
    """Path and query of the shop's that they came in by."""
    credit: bool = False
    """Whether store credit is to pay as far as it goes."""


@dataclass(slots=True)
class Checkout:
    """A checkout of somebody who can be reached; ``quote`` has the sums of what it would cost.

    ``email_state`` is what became of Shopify's own reminder, in its words.
    """

    id: int
    token: str
    key: str
    """What a recovery link proves itself by."""
    cart_token: str
    said: Said
    cart: Cart
    quote: Quote
    customer: Customer | None
    email: str
    phone: str
    locale: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    closed_at: datetime | None = None
    order_id: int | None = None
    recovered: bool = False
    """Whether it was left before it was completed."""
    email_state: str = "NOT_SENT"
    emailed_at: datetime | None = None

    @property
    def name(self) -> str:
        """What merchants see of its number."""
        return f"#{self.id}"

    @property
    def arrival(self) -> Arrival:
        """What its order will carry."""
        return Arrival(self.cart_token, self.token, self.said.accepts_email, self.said.landing_site)

    @property
    def shipping(self) -> int:
        """What sending it costs, once it is known where to."""
        return self.quote.order.shipping if self.cart.country else 0

    @property
    def total(self) -> int:
        """What it comes to as far as is known."""
        return self.quote.order.total - self.quote.order.shipping + self.shipping

    @property
    def listed(self) -> bool:
        """Whether it stands among the abandoned ones: who came back and bought counts, who never left does not."""
        return self.completed_at is None or self.recovered

    def end(self, order: Order) -> None:
        """Let it have ended in this order."""
        self.recovered = order.created_at - self.updated_at >= ABANDONED_AFTER
        self.order_id, self.customer, order.arrival = order.id, order.customer, self.arrival
        self.completed_at, self.updated_at = order.created_at, max(self.updated_at, order.created_at)
