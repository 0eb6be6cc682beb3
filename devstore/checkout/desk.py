"""A shop's checkout: says what a cart costs and which of its codes are honoured, and places the order."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from devstore import orders as making
from devstore.arrivals import Arrival
from devstore.checkout.cart import Buyer, Cart
from devstore.checkout.codes import Judge, Verdict
from devstore.checkout.worksheet import worked_out
from devstore.clock import whole_second
from devstore.labels import Labels
from devstore.money import digits, to_text
from devstore.pricing import Pricing
from devstore.records import Customer, Order, Presentment

if TYPE_CHECKING:
    from devstore.shop import Shop

_RATES = {0: 500, 2: 500, 3: 1500}
"""What sending an order usually costs, in minor units, by the decimals of the currency."""


class NotPlacedError(Exception):
    """Why there is no order; the message is for the customer."""


@dataclass(slots=True)
class Quote:
    """What a cart costs now: ``order`` has the sums of one that would be placed, and is kept nowhere."""

    verdicts: list[Verdict]
    pricing: Pricing
    order: Order
    held: int
    """The store credit that the buyer has, in minor units; nobody has any who is not signed in."""

    @property
    def refused(self) -> list[Verdict]:
        """The codes that are not honoured."""
        return [one for one in self.verdicts if one.reason]


class CheckoutDesk:
    """The checkout of a shop; ``fixed_rate`` is what sending an order costs, in minor units, if not as usual."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self.fixed_rate: int | None = None

    @property
    def rate(self) -> int:
        """What sending an order costs, in minor units."""
        return _RATES[digits(self._shop.currency)] if self.fixed_rate is None else self.fixed_rate

    def quote(self, cart: Cart, buyer: Buyer) -> Quote:
        """What the cart costs with those of its codes that are honoured."""
        with self._shop.store.lock:
            now, asked = self._shop.store.now(), self.rate if cart.shipped else 0
            verdicts = Judge(self._shop, cart, buyer, asked, now).verdicts()
            honoured = [(one.code, one.discount) for one in verdicts if one.discount and not one.reason]
            pricing = worked_out(cart.goods, asked, honoured)
            order = self._imagined(cart, pricing, asked, now)
            held = self._shop.credit.balance(buyer.customer.id) if buyer.customer and buyer.signed_in else 0
            order.pricing = pricing._replace(credit=min(held, order.total) if cart.with_credit else 0)
            return Quote(verdicts, order.pricing, order, held)

    def _imagined(self, cart: Cart, pricing: Pricing, asked: int, now: datetime) -> Order:
        shop = self._shop
        lines = making.build_lines(lambda _kind: 0, shop.currency, self._lines(cart), 0, pricing)
        making.levy(lines, shop.tax_rate, included=shop.taxes_included)
        order = making.build_order(lambda _kind: 0, 0, shop.currency, None, lines, now)
        order.shipping, order.taxes_included, order.pricing = asked - pricing.off_shipping, shop.taxes_included, pricing
        return order

    def _lines(self, cart: Cart) -> list[making.LineInput]:
        return [
            {
                "price": to_text(one.product.price, self._shop.currency),
                "quantity": one.quantity,
                "title": one.product.title,
                "gift_card": one.product.gift_card,
                "product_id": one.product.id,
            }
            for one in cart.goods
        ]

    def place(
        self,
        cart: Cart,
        buyer: Buyer,
        arrival: Arrival | None = None,
        at: datetime | None = None,
        presentment: Presentment | None = None,
    ) -> Order:
        """The order of the cart; sends what every order sends, and customers/create before it for somebody new.

        Raises NotPlacedError where a code is not honoured, nobody has said who they are, or a guest wants to pay with
        store credit.
        """
        shop = self._shop
        with shop.store.lock:
            quote = self.quote(cart, buyer)
            if quote.refused:
                raise NotPlacedError(" ".join(one.why for one in quote.refused))
            if cart.with_credit and not buyer.signed_in:
                raise NotPlacedError("Sign in to pay with store credit.")
            customer = self._customer(buyer, at)
            names, now = buyer._replace(customer=customer).names, whole_second(shop.store.now())
            shop.discounts.use([one.discount for one in quote.verdicts if one.discount], names, now)
            order = shop.place_order(
                customer.id,
                self._lines(cart),
                shipping=to_text(quote.order.shipping, shop.currency),
                labels=Labels(cart.country, codes=cart.codes),
                at=at,
                presentment=presentment,
                pricing=quote.pricing,
                arrival=arrival,
            )
            shop.credit.pay(customer.id, order)
            return order

    def _customer(self, buyer: Buyer, at: datetime | None) -> Customer:
        if buyer.customer:
            return buyer.customer
        if not buyer.names:
            raise NotPlacedError("An e-mail address or a phone is needed.")
        locale = self._shop.primary_locale
        return self._shop.create_customer(email=buyer.email, locale=locale, at=at, phone=buyer.phone or None)
