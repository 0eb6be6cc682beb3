"""What a checkout is to us, and which of two states of it holds. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.customers.nobody import is_erased
from shopify_app.orders.facts import ASKED, Version


class CheckoutLine(Struct, frozen=True, gc=False):
    """Goods in a checkout."""

    product_id: int | None
    variant_id: int | None
    title: str
    quantity: int
    total: int
    """What they cost after their own discounts, in minor units of the checkout's currency."""


class CheckoutFacts(Struct, frozen=True, gc=False):
    """A checkout's state, as its webhooks tell it.

    It exists from the moment on in which somebody typed how they can be reached. Shopify changes it with every step,
    also after it became an order; `completed_at` says that it did (platform: checkouts/update).
    """

    token: str
    version: Version
    created_at: Instant
    currency: str
    """The shop's when it began, as amounts are told in it (docs/unverified.md); they are in its minor units."""
    total: int
    """What is to be paid, shipping and tax among it."""
    cart_token: str = ""
    customer_id: int | None = None
    email_hash: str | None = None
    """With phone_hash: see customers.contacts.contact; of what was typed, whoever's it is."""
    phone_hash: str | None = None
    completed_at: Instant | None = None
    closed_at: Instant | None = None
    lines: tuple[CheckoutLine, ...] = ()
    recovery: bytes | None = None
    """The address under which the buyer finds it as it was left, sealed: whoever has it sees what was typed."""
    locale: str = ""
    country: str = ""
    source_name: str = ""

    def updated(self, seen: "CheckoutFacts") -> "CheckoutFacts":
        """The newer of both; what was once completed stays so, whoever says what later.

        A webhook tells more than what we ask for: of a checkout of which one has told, an answer says only that it was
        completed.
        """
        newer, older = (self, seen) if self._rank >= seen._rank else (seen, self)
        moments = [one.completed_at for one in (newer, older) if one.completed_at is not None]
        return replace(newer, completed_at=min(moments, default=None))

    @property
    def _rank(self) -> tuple[bool, Version]:
        return self.version.source != ASKED, self.version

    def of_customer(self, customer_id: int | None) -> "CheckoutFacts":
        """The same checkout under whoever its customer is now."""
        return replace(self, customer_id=None if is_erased(customer_id) else customer_id)
