"""What a shop holds: products, customers, orders with their lines, refunds."""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from devstore.arrivals import Arrival
from devstore.fulfilments import Fulfilment
from devstore.labels import Labels
from devstore.money import converted
from devstore.pricing import Pricing

if TYPE_CHECKING:
    from devstore.metafields import Metafield


@dataclass(slots=True)
class Product:
    """One product of a shop; ``price`` in minor units of the shop's currency."""

    id: int
    title: str
    price: int
    gift_card: bool = False
    vendor: str = ""
    kind: str = ""
    stock: int | None = None
    """Pieces that can be sold; None where nobody counts them."""

    @property
    def variant_id(self) -> int:
        """The number of its one variant."""
        return self.id + 36_000_000_000_000


class Address(NamedTuple):
    """One address of a customer's, of which the store keeps the phone and the country's two letters."""

    id: int
    phone: str | None
    country: str | None = None


@dataclass(slots=True)
class Customer:
    """One customer; ``orders`` are the ids of the orders that stand in their name."""

    id: int
    first_name: str
    last_name: str
    email: str
    locale: str
    created_at: datetime
    updated_at: datetime
    phone: str | None = None
    orders: list[int] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    consents: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """What they said of being written to, by way, and when; NOT_SUBSCRIBED before."""
    opt_in_levels: dict[str, str] = field(default_factory=dict)
    """Shopify's word for how they agreed, by way; SINGLE_OPT_IN unless told."""
    tags: list[str] = field(default_factory=list)
    metafields: dict[tuple[str, str], "Metafield"] = field(default_factory=dict)
    """By namespace and key."""

    def consent(self, way: str) -> tuple[str, datetime | None]:
        """Shopify's state, and since when."""
        return self.consents.get(way, ("NOT_SUBSCRIBED", None))

    @property
    def address_book(self) -> list[Address]:
        """Their addresses, the default first; before any was given, one with their own phone."""
        return self.addresses or [Address(self.id + 1_000_000, self.phone)]

    @property
    def name(self) -> str:
        """First and last name, or the e-mail, or the number where there is neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or f"Customer {self.id}"


@dataclass(slots=True)
class Duty:
    """The import duty on all pieces of a line, and how much of it went back."""

    id: int
    price: int
    given_back: int = 0

    @property
    def left(self) -> int:
        """What has not gone back yet."""
        return self.price - self.given_back


@dataclass(slots=True)
class Line:
    """One line item; amounts in minor units, ``discount`` its share of the order's discount."""

    id: int
    title: str
    price: int
    quantity: int
    discount: int = 0
    gift_card: bool = False
    product_id: int | None = None
    taken_quantity: int = 0
    """Pieces that were refunded, returned, or taken off by an edit."""
    tax_rate: int = 0
    """Basis points."""
    tax: int = 0
    """On the discounted price of all pieces: within it where the order's prices include tax, else on top."""
    tip: bool = False
    """Whether this is no merchandise but a tip, which Shopify writes as a line, too."""
    duty: Duty | None = None
    """On top of the price; None where the order crosses no border."""

    @property
    def total(self) -> int:
        """Price times quantity, before discounts."""
        return self.price * self.quantity

    @property
    def discounted(self) -> int:
        """Price times quantity less its discount."""
        return self.price * self.quantity - self.discount

    @property
    def current_quantity(self) -> int:
        """What is left of the quantity after refunds and edits."""
        return self.quantity - self.taken_quantity

    def worth(self, quantity: int) -> int:
        """Discounted price of the next ``quantity`` pieces to be taken off; all pieces sum to the line."""
        before = self.discounted * self.taken_quantity // self.quantity
        return self.discounted * (self.taken_quantity + quantity) // self.quantity - before

    def tax_of(self, quantity: int) -> int:
        """Tax on the next ``quantity`` pieces to be taken off; all pieces sum to the line's."""
        before = self.tax * self.taken_quantity // self.quantity
        return self.tax * (self.taken_quantity + quantity) // self.quantity - before

    def duty_of(self, quantity: int) -> int:
        """What so many pieces had cost in import duties, as far as it has not gone back yet."""
        return min(self.duty.left, self.duty.price * quantity // self.quantity) if self.duty else 0


@dataclass(slots=True)
class LinePart:
    """So many pieces of one line given back or added, worth ``subtotal``; below zero where an edit took them off."""

    id: int
    line: Line
    quantity: int
    subtotal: int
    tax: int = 0


class DutyPart(NamedTuple):
    """So much of the duty of one line given back."""

    line: Line
    amount: int


@dataclass(slots=True)
class Refund:
    """One refund: ``amount`` is the money that moved, ``discrepancy`` the part that nothing else here explains.

    ``of`` is the return that it pays for: what came back then is in ``returned`` and was taken off the order by the
    return itself.
    """

    id: int
    created_at: datetime
    lines: list[LinePart]
    amount: int
    shipping: int = 0
    discrepancy: int = 0
    note: str | None = None
    duties: list[DutyPart] = field(default_factory=list)
    fee: int = 0
    """Of the order's additional fee."""
    of: "Return | None" = None
    returned: list[LinePart] = field(default_factory=list)


@dataclass(slots=True)
class Edit:
    """One edit of an order, or a return that was processed; ``paid`` is what the customer paid for it on top."""

    id: int
    happened_at: datetime
    parts: list[LinePart]
    paid: int = 0
    of: "Return | None" = None
    fee: int = 0
    """For sending the return: it stays with the shop."""


@dataclass(slots=True)
class Return:
    """A return of Shopify's: opened with what is to come back and to go out instead, and later processed."""

    id: int
    name: str
    opened_at: datetime
    taken_off: dict[int, int]
    """Pieces by line."""
    exchange: list[Line]
    fee: int = 0
    processed: Edit | None = None
    cancelled: bool = False
    refunded: bool = False

    @property
    def status(self) -> str:
        """OPEN, CLOSED or CANCELED."""
        if self.cancelled:
            return "CANCELED"
        return "CLOSED" if self.processed else "OPEN"


class Presentment(NamedTuple):
    """The currency that a customer saw and paid in, and how many of it one of the shop's was worth that day."""

    currency: str
    rate: Fraction


@dataclass(slots=True)
class Order:
    """One order; money in minor units of ``currency``, the shop's own, times aware UTC in whole seconds."""

    id: int
    number: int
    currency: str
    created_at: datetime
    updated_at: datetime
    customer: Customer | None
    lines: list[Line]
    shipping: int = 0
    discount: int = 0
    status: str = "paid"
    test: bool = False
    source: str = "web"
    locale: str = "en"
    cancelled_at: datetime | None = None
    refunds: list[Refund] = field(default_factory=list)
    taxes_included: bool = False
    edits: list[Edit] = field(default_factory=list)
    presentment: Presentment | None = None
    fee: int = 0
    """An additional fee, such as one for handling the import."""
    returns: list[Return] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    fulfilments: list[Fulfilment] = field(default_factory=list)
    pricing: Pricing | None = None
    """How a checkout came to its discounts; None where the order was just told what was taken off."""
    arrival: Arrival | None = None

    @property
    def name(self) -> str:
        """The number people see, such as #1001."""
        return f"#{self.number}"

    @property
    def presentment_currency(self) -> str:
        """The currency that the customer saw: the shop's own unless told."""
        return self.presentment.currency if self.presentment else self.currency

    def presented(self, minor: int) -> int:
        """An amount of shop money as the customer saw it, rounded on its own to the other currency's decimals."""
        if not self.presentment:
            return minor
        return converted(minor, self.currency, self.presentment.currency, self.presentment.rate)

    @property
    def gross(self) -> int:
        """Prices times quantities, before discounts; tips are no part of it."""
        return sum(line.total for line in self.lines if not line.tip)

    @property
    def tip(self) -> int:
        """All tips."""
        return sum(line.total for line in self.lines if line.tip)

    @property
    def subtotal(self) -> int:
        """Gross less discounts."""
        return self.gross - self.discount

    @property
    def tax(self) -> int:
        """Tax on all lines, whatever was taken off since; the store asks none on shipping."""
        return sum(line.tax for line in self.lines)

    @property
    def duties(self) -> int:
        """Import duties on all lines, whatever went back of them."""
        return sum(line.duty.price for line in self.lines if line.duty)

    @property
    def total(self) -> int:
        """Subtotal, shipping, tip, duties, fee, and tax where it comes on top, whatever was taken off since."""
        return self.subtotal + self.shipping + self.tip + self.duties + self.fee + self.added(self.tax)

    @property
    def original_total(self) -> int:
        """The total as the order was placed."""
        return self.total - sum(part.subtotal + self.added(part.tax) for part in self.edited_parts if part.quantity > 0)

    @property
    def edited_parts(self) -> list[LinePart]:
        """What all edits added and took off."""
        return [part for edit in self.edits for part in edit.parts]

    def added(self, tax: int) -> int:
        """What tax adds to a price: nothing where the price includes it."""
        return 0 if self.taxes_included else tax

    @property
    def current_subtotal(self) -> int:
        """Subtotal less the lines given back or taken off."""
        back = sum(part.subtotal for refund in self.refunds for part in refund.lines if not part.line.tip)
        return self.subtotal - back + sum(part.subtotal for part in self.edited_parts if part.quantity < 0)

    @property
    def current_shipping(self) -> int:
        """Shipping less what of it was given back."""
        return self.shipping - sum(refund.shipping for refund in self.refunds)

    @property
    def current_tax(self) -> int:
        """Tax less that of the lines given back or taken off."""
        back = sum(line.tax for refund in self.refunds for line in refund.lines)
        return self.tax - back + sum(part.tax for part in self.edited_parts if part.quantity < 0)

    @property
    def current_duties(self) -> int:
        """Duties less what of them was given back."""
        return sum(line.duty.left for line in self.lines if line.duty)

    @property
    def current_fee(self) -> int:
        """The additional fee less what of it was given back."""
        return self.fee - sum(refund.fee for refund in self.refunds)

    @property
    def current_total(self) -> int:
        """What is left of subtotal, shipping, tip, duties and fee, tax where it comes on top, and fees of returns."""
        tips_back = sum(part.subtotal for refund in self.refunds for part in refund.lines if part.line.tip)
        rest = self.current_shipping + self.tip - tips_back + self.added(self.current_tax)
        abroad = self.current_duties + self.current_fee + sum(one.fee for one in self.edits)
        return self.current_subtotal + rest + abroad

    @property
    def return_status(self) -> str:
        """NO_RETURN, IN_PROGRESS or RETURNED; one that is open outranks those that are done."""
        known = {one.status for one in self.returns}
        if "OPEN" in known:
            return "IN_PROGRESS"
        return "RETURNED" if "CLOSED" in known else "NO_RETURN"

    @property
    def refunded(self) -> int:
        """All the money that went back."""
        return sum(refund.amount for refund in self.refunds)

    @property
    def discrepancy(self) -> int:
        """Money that went back without a line or shipping to show for it."""
        return sum(refund.discrepancy for refund in self.refunds)

    @property
    def received(self) -> int:
        """Money that came in: everything once paid, nothing before."""
        return self.original_total + sum(edit.paid for edit in self.edits) if self.status == "paid" else 0

    @property
    def overpaid(self) -> int:
        """What the customer has paid for pieces that edits and returns took off since."""
        if not self.edits:
            return 0
        left = self.received - self.refunded
        return max(0, min(left, left + self.discrepancy - self.current_total))

    @property
    def financial_status(self) -> str:
        """paid, partially_refunded, refunded, pending, authorized, voided or expired."""
        if self.status != "paid":
            return "voided" if self.cancelled_at and self.refunds else self.status
        refunded = self.refunded
        if not refunded:
            return "paid"
        return "refunded" if refunded >= self.received else "partially_refunded"
