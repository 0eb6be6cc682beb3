"""What an order is to us, whichever wire it came by; amounts in minor units of the shop's currency."""

from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.customers.nobody import is_erased

ASKED = "asked"
"""The source of a version that we asked Shopify for, in bulk or by order; a delivery's is its webhook id."""
PENDING = "pending"
"""The payment state of an order that is to be paid later: at the door, or by a transfer."""


class Version(Struct, frozen=True, order=True, gc=False):
    """Which of two states of an order is newer.

    Shopify's `updated_at` has whole seconds only, so the moment the state was captured decides ties,
    and the delivery's id decides what is left. What we asked for ranks by the moment just before asking:
    for a bulk line, the start of the operation.
    """

    updated_at: Instant
    known_at: Instant
    source: str = ""


class LineFacts(Struct, frozen=True, gc=False):
    """One line of an order, those that an edit added among them; amounts without tax, also where prices include it."""

    line_id: int
    title: str
    quantity: int
    gross: int
    """Price times quantity, before discounts; pieces that were taken off since are still in it."""
    discount: int
    """This line's own discounts and its share of the order's."""
    gift_card: bool = False
    product_id: int | None = None


class RefundFacts(Struct, frozen=True, gc=False):
    """Money that went back, or lines taken off by a cancellation, without tax, shipping, duties and fees.

    Pieces that came back through a return are the return's to take off (EditFacts): the refund that pays for it has
    only what was given beyond them or withheld.
    """

    refund_id: int
    order_id: int
    refunded_at: Instant
    net: int
    exact: bool = True
    """False when the wire gave only the order's total and it was shared out over several refunds."""
    tax: int = 0
    """Tax that is still in `net` if the order's prices include it: a refund that is told alone does not say."""
    lines: tuple[tuple[int, int], ...] = ()
    """What of `net` went back of which line, by line number; empty where only an amount did."""
    itemised: bool = True
    """False where the wire does not tell the lines: then `lines` is empty, whatever went back."""
    line_taxes: tuple[int, ...] = ()
    """Tax that is still in each of `lines`, as `tax` is in `net`; empty where none is in any."""

    @property
    def beyond(self) -> int:
        """What went back beyond the lines; below zero where some of their price was withheld."""
        return self.net - sum(net for _, net in self.lines)

    @property
    def told(self) -> bool:
        """Whether all is known of it that Shopify can tell."""
        return self.exact and self.itemised

    def without_tax(self, *, included: bool) -> "RefundFacts":
        """The same once the order's prices are known to include tax, or not."""
        if not self.tax:
            return self
        if not included:
            return replace(self, tax=0, line_taxes=())
        parts = zip(self.lines, self.line_taxes, strict=True)
        lines = tuple((line, net - tax) for (line, net), tax in parts if net != tax)
        return replace(self, net=self.net - self.tax, tax=0, lines=lines, line_taxes=())


class EditFacts(Struct, frozen=True, gc=False):
    """What changed an order later without being a refund: an edit, or a return that was processed; no tax or shipping.

    Amounts are the sums of the agreement's sales (Shopify: SalesAgreement, Sale), gift cards, duties and fees left out.
    """

    edit_id: int
    order_id: int
    edited_at: Instant
    gross: int
    """What was added, before discounts; it is part of the order's lines, too."""
    discount: int
    """Discounts on it, and those given later."""
    removed: int
    """What the pieces that were taken off had cost, after discounts."""
    pieces: int
    """How many those were, gift cards among them."""
    returned: bool = False
    """Whether it is a return: what was removed came back, and what was added went out in exchange."""

    @property
    def added(self) -> int:
        """What the order's lines are worth more, after discounts."""
        return self.gross - self.discount


class OrderFacts(Struct, frozen=True, gc=False):
    """An order's current state, as metrics need it."""

    order_id: int
    name: str
    placed_at: Instant
    """When the customer bought: processedAt where an import dated it back, else createdAt."""
    currency: str
    customer_id: int | None = None
    cancelled_at: Instant | None = None
    test: bool = False
    financial_status: str = ""
    """Lower case, as in webhooks: paid, pending, refunded, voided, expired ..."""
    source_name: str = ""
    created_at: Instant | None = None
    """When Shopify made its record: its own counts of orders by day go by this. None where nobody told us."""
    lines: tuple[LineFacts, ...] = ()
    taxes_included: bool = False
    """Whether the prices that the customer saw include tax; here it has been taken out."""
    refunds: tuple[RefundFacts, ...] = ()
    """Those that came inline; they are kept by their own ids, apart from the order's version."""
    edits: tuple[EditFacts, ...] | None = None
    """All edits so far, kept by their own ids; None where the wire does not tell them."""
    edited: bool = False
    """Whether there are edits that this wire does not tell."""
    customer_orders: int | None = None
    """How many orders Shopify says its customer has ever had, those among them that it does not show us.

    None where the wire does not say.
    """
    unaccounted: int | None = None
    """Pieces of the lines that are neither there nor refunded by themselves: edits and returns took them off.

    None where nobody says so.
    """
    country: str | None = None
    """Two letters of the country that it goes to, else of the one that the bill goes to; empty where there is none.

    None where the wire does not say, as without Shopify's approval for addresses.
    """
    discount_code: str | None = None
    """The first code, in capitals, else an automatic discount's title; empty without either, None where nobody says."""
    fulfilled_at: Instant | None = None
    """When the last piece that is to be sent was sent; None while one is not.

    None also where nothing was ever sent because all of it was refunded or taken off before: see orders.sending.
    """
    tells_sent: bool = True
    """False where the wire does not say whether it was sent: a body of which that was not asked for."""
    origin: tuple[str, str] = ("", "")
    """The tokens of the checkout and of the cart that it came of; empty where there is none, or nobody says."""
    other_codes: tuple[str, ...] = ()
    """The codes after the first, in capitals: only whose codes they are is learnt from them, they are not kept."""

    @property
    def gross(self) -> int:
        """Gross sales: merchandise before discounts. Selling a gift card is not a sale yet."""
        return self.sums()[0]

    @property
    def discounts(self) -> int:
        """Discounts on merchandise."""
        return self.sums()[1]

    @property
    def only_gift_cards(self) -> bool:
        """True when nothing but gift cards was bought."""
        return self.sums()[2]

    def sums(self) -> tuple[int, int, bool]:
        """Gross, discounts and only_gift_cards in one pass over the lines."""
        gross, discounts, only_gift_cards = 0, 0, bool(self.lines)
        for line in self.lines:
            if not line.gift_card:
                gross += line.gross
                discounts += line.discount
                only_gift_cards = False
        return gross, discounts, only_gift_cards

    @property
    def lines_mark(self) -> int:
        """A checksum of the lines: differs wherever they do, but for one chance in four thousand million."""
        mark = 0
        for line in self.lines:
            numbers = (line.line_id, line.product_id or 0, line.quantity, line.gross, line.discount, line.gift_card)
            mark = crc32(b"%d %d %d %d %d %d " % numbers + line.title.encode(errors="replace"), mark)
        return mark

    def of_customer(self, customer_id: int | None) -> "OrderFacts":
        """The same order under another customer; under nobody's number it keeps nothing that could lead to somebody."""
        if customer_id == self.customer_id:
            return self
        if is_erased(customer_id):
            return replace(
                self, customer_id=customer_id, country=None, discount_code=None, other_codes=(), origin=("", "")
            )
        return replace(self, customer_id=customer_id)
