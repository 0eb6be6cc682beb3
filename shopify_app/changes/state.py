"""What a batch of facts touches, in memory: loaded once, folded one fact at a time, stored once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from shopify_app.changes.histories.history import Histories
from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.clock import Instant
from shopify_app.customers.consent import EMAIL, SMS, Consent
from shopify_app.customers.contacts.contact import Contacts
from shopify_app.customers.nobody import is_erased
from shopify_app.orders.facts import EditFacts, OrderFacts, RefundFacts, Version
from shopify_app.retention.counting import Later, buyer_of, later_of


class OrderState(Struct, frozen=True, gc=False):
    """An order as stored: facts, their version, whether it was deleted; amounts frozen from the lines."""

    order_id: int
    name: str
    customer_id: int | None
    placed_at: Instant
    currency: str
    gross: int
    discounts: int
    only_gift_cards: bool
    test: bool
    cancelled_at: Instant | None
    financial_status: str
    source_name: str
    version: Version
    created_at: Instant | None = None
    lines_mark: int = 0
    deleted_at: Instant | None = None
    number: int = 0
    """How many versions of it have been written."""
    taxes_included: bool = False
    given_up_at: Instant | None = None
    country: str | None = None
    discount_code: str | None = None
    fulfilled_at: Instant | None = None

    @classmethod
    def of(cls, order: OrderFacts, version: Version, number: int) -> "OrderState":
        """The state that an order seen in this version leaves behind."""
        gross, discounts, only_gift_cards = order.sums()
        # By place, in the order of the fields: an import makes millions.
        return cls(
            order.order_id,
            order.name,
            order.customer_id,
            order.placed_at,
            order.currency,
            gross,
            discounts,
            only_gift_cards,
            order.test,
            order.cancelled_at,
            order.financial_status,
            order.source_name,
            version,
            order.created_at,
            order.lines_mark,
            None,
            number,
            order.taxes_included,
            None,
            order.country,
            order.discount_code,
            order.fulfilled_at,
        )

    def same_facts(self, other: "OrderState") -> bool:
        """Whether both say the same of the order, whenever that was known."""
        return _facts(self) == _facts(other)

    def of_customer(self, customer_id: int | None) -> "OrderState":
        """See OrderFacts.of_customer."""
        if is_erased(customer_id):
            return replace(self, customer_id=customer_id, country=None, discount_code=None)
        return replace(self, customer_id=customer_id)

    def completed(self, other: "OrderState") -> "OrderState":
        """With what another word of the same order says and this one leaves unsaid."""
        if (self.country is not None and self.discount_code is not None) or is_erased(self.customer_id):
            return self
        country = other.country if self.country is None else self.country
        code = other.discount_code if self.discount_code is None else self.discount_code
        same = (country, code) == (self.country, self.discount_code)
        return self if same else replace(self, country=country, discount_code=code)

    @property
    def buyer_id(self) -> int:
        """See CountedOrder.buyer_id."""
        return buyer_of(self.order_id, self.customer_id)


_facts = attrgetter(*(name for name in OrderState.__struct_fields__ if name not in ("version", "number")))


class CustomerState(NamedTuple):
    """A customer as stored: when they were created and last changed, and what they agreed to."""

    created_at: Instant
    updated_at: Instant
    email: Consent = Consent()
    sms: Consent = Consent()

    @property
    def states(self) -> tuple[str, str]:
        """Of both ways, whenever they were told."""
        return self.email.state, self.sms.state

    def told(self, consents: Mapping[str, Consent]) -> "CustomerState":
        """With what was told of these, wherever it is news."""
        if not consents:
            return self
        email, sms = (consents.get(way, Consent()) for way in (EMAIL, SMS))
        return self._replace(email=self.email.updated(email), sms=self.sms.updated(sms))

    def joined(self, other: "CustomerState") -> "CustomerState":
        """The same customer once the other was merged into them."""
        return self._replace(email=self.email.joined(other.email), sms=self.sms.joined(other.sms))


@dataclass(slots=True)
class State:
    """Everything the facts of one batch can reach in one shop."""

    zone: ZoneInfo
    currency: str
    orders: dict[int, OrderState] = field(default_factory=dict)
    lines: dict[int, OrderFacts] = field(default_factory=dict)
    """Orders whose lines this batch brought anew."""
    named: dict[int, dict[int, int]] = field(default_factory=dict)
    """By order, then by line the product, where words of this batch differ about its lines: see changes.lines."""
    refunds: dict[int, dict[int, RefundFacts]] = field(default_factory=dict)
    """By order, then by refund."""
    edits: dict[int, dict[int, EditFacts]] = field(default_factory=dict)
    """By order, then by edit."""
    aliases: dict[int, int] = field(default_factory=dict)
    """Customer merged away, or redacted -> who it is now."""
    forgotten: set[int] = field(default_factory=set)
    """Customers among the aliases that were redacted: no merge may name them again."""
    joined: set[int] = field(default_factory=set)
    """Of the forgotten, who turned out to be one with somebody redacted: what else names them must go too."""
    customers: dict[int, CustomerState] = field(default_factory=dict)
    contacts: dict[int, Contacts] = field(default_factory=dict)
    histories: Histories = field(default_factory=Histories)
    shared_out: set[int] = field(default_factory=set)
    """Orders of which this batch told only what their refunds took together: Shopify knows what each of them did."""
    edited: set[int] = field(default_factory=set)
    """Orders that were edited, and nobody has told how."""
    tied: set[int] = field(default_factory=set)
    """Orders of which we were told what does not fit: two states of one second, or prices with and without tax.

    Only Shopify knows how they are now.
    """

    codes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Of orders that came with several codes, those after the first."""

    origins: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Of orders that said so, of which checkout and which cart they came."""
    checkouts: dict[str, CheckoutFacts] = field(default_factory=dict)
    deleted_carts: dict[str, Instant] = field(default_factory=dict)

    def resolve(self, customer_id: int | None) -> int | None:
        """Who a customer is now, through any chain of merges."""
        seen = set()
        while customer_id in self.aliases and customer_id not in seen:
            seen.add(customer_id)
            customer_id = self.aliases[customer_id]
        return customer_id

    def is_forgotten(self, customer_id: int) -> bool:
        """Whether a customer was redacted, or whoever it has become."""
        seen = set()
        while customer_id in self.aliases and customer_id not in self.forgotten and customer_id not in seen:
            seen.add(customer_id)
            customer_id = self.aliases[customer_id]
        return customer_id in self.forgotten

    def orders_of(self, customer_id: int) -> Iterator[OrderState]:
        """The orders of one customer that are in reach."""
        return (order for order in list(self.orders.values()) if order.customer_id == customer_id)

    def refunded(self, order_id: int) -> int:
        """What went back of an order so far."""
        return sum(refund.net for refund in self.refunds.get(order_id, {}).values())

    def later(self, order_id: int) -> list[Later]:
        """What changed an order's sales so far, after it was placed."""
        return later_of(self.refunds.get(order_id, {}).values(), self.edits.get(order_id, {}).values())

    def changed(self, order_id: int) -> tuple[int, int]:
        """What edits added to an order so far, and what they took off."""
        edits = self.edits.get(order_id, {}).values()
        return sum(edit.added for edit in edits), sum(edit.removed for edit in edits)
