"""What the Admin API walks over: records together with the order or currency they need to be read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from devstore.access import Installation
from devstore.applications import applications
from devstore.pricing import Application
from devstore.records import Duty, Edit, Line, LinePart, Order, Refund, Return

if TYPE_CHECKING:
    from devstore.checkout.record import Checkout
    from devstore.shop import Shop

Arguments = dict[str, Any]


class Money(NamedTuple):
    """An amount in minor units and its currency, and the order that it is of, whose customer may have seen another."""

    minor: int
    currency: str
    order: Order | None = None

    @property
    def presented(self) -> "Money":
        """The same as the customer saw it."""
        order = self.order
        return Money(order.presented(self.minor), order.presentment_currency) if order else self


def of_order(order: Order, minor: int) -> Money:
    """An amount of an order, in the shop's money."""
    return Money(minor, order.currency, order)


class LineOf(NamedTuple):
    """A line item of an order."""

    order: Order
    line: Line

    @property
    def id(self) -> int:
        """The line's own number."""
        return self.line.id


class RefundOf(NamedTuple):
    """A refund of an order."""

    order: Order
    refund: Refund

    @property
    def id(self) -> int:
        """The refund's own number."""
        return self.refund.id


class ReturnOf(NamedTuple):
    """A return of an order."""

    order: Order
    found: Return

    @property
    def id(self) -> int:
        """The return's own number."""
        return self.found.id


class DutyOf(NamedTuple):
    """The import duty on a line of an order."""

    order: Order
    duty: Duty

    @property
    def id(self) -> int:
        """The duty's own number."""
        return self.duty.id


class DiscountOf(NamedTuple):
    """One of the discounts of an order, by its place among them."""

    order: Order
    place: int

    @property
    def id(self) -> int:
        """Its place: Shopify gives it no number."""
        return self.place

    @property
    def kind(self) -> str:
        """Shopify's word for what it is."""
        return self.applied.kind

    @property
    def name(self) -> str:
        """The code, or the title of one that is none."""
        return self.applied.name

    @property
    def applied(self) -> Application:
        """What it took off, and how."""
        return applications(self.order)[self.place]


class AllocationOf(NamedTuple):
    """What a discount took off a line."""

    discount: DiscountOf
    amount: int


class RefundLineOf(NamedTuple):
    """A refunded line of an order."""

    order: Order
    part: LinePart

    @property
    def id(self) -> int:
        """The refunded line's own number."""
        return self.part.id


class AgreementOf(NamedTuple):
    """What was agreed with the customer: the order itself, one edit, one return or one refund of it."""

    order: Order
    refund: Refund | None = None
    edit: Edit | None = None

    @property
    def id(self) -> int:
        """The number of the refund, edit, return or order that was agreed."""
        return (self.refund or self.edit or self.order).id

    @property
    def happened_at(self) -> datetime:
        """When it was agreed."""
        if self.refund:
            return self.refund.created_at
        return self.edit.happened_at if self.edit else self.order.created_at

    @property
    def reason(self) -> str:
        """Shopify's word for it."""
        if self.refund:
            return "REFUND"
        if self.edit:
            return "RETURN" if self.edit.of else "ORDER_EDIT"
        return "ORDER"


class SaleOf(NamedTuple):
    """One line of an agreement: an amount with its tax, negative when it went back."""

    id: int
    kind: str
    order: Order
    line: Line | None
    quantity: int | None
    amount: int
    discount: int
    tax: int = 0
    of: Any = None
    """What else it is of: a duty, a fee."""


class CheckoutLineOf(NamedTuple):
    """A line of a checkout, by its place."""

    checkout: "Checkout"
    place: int

    @property
    def id(self) -> int:
        """A number that no other line of a checkout has."""
        return self.checkout.id + self.place

    @property
    def order(self) -> Order:
        """What the checkout would be as an order."""
        return self.checkout.quote.order

    @property
    def line(self) -> Line:
        """The line of that order."""
        return self.order.lines[self.place]


class AbandonmentOf(NamedTuple):
    """What Shopify notes of a checkout that was left."""

    checkout: "Checkout"

    @property
    def id(self) -> int:
        """The checkout's own number: there is one note of each."""
        return self.checkout.id


@dataclass(slots=True)
class Ask:
    """One request to the Admin API: whose shop, what it may see, when, and what it has cost so far."""

    shop: "Shop"
    installation: Installation
    now: datetime
    cost: int = 0
    carry: Callable[..., dict[str, Any]] | None = None
    """Carries out a mutation: its document, variables, and another Ask."""
