"""Writing a shop's history by hand: every person, product and order under a name that paper would give it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from devstore.labels import Labels
from devstore.money import to_text
from devstore.orders import LineInput
from devstore.records import Order, Presentment, Product

if TYPE_CHECKING:
    from devstore.shop import Shop

Goods = Mapping[str, int]
"""How many pieces of what, by the names of products."""

_LANDS = {"AED": "AE", "SAR": "SA", "USD": "US"}


def silently(_moment: datetime) -> None:
    """Nobody waits for the days of the past to come."""


class Diary:
    """What happens in a shop, one thing after the other.

    A time is ISO text on the shop's own clock, with an offset where that clock shows the hour twice. ``reach`` is
    called with each moment before anything happens at it, so that whoever plays a history live can let time pass.
    """

    def __init__(self, shop: "Shop", reach: Callable[[datetime], None] = silently) -> None:
        self.shop = shop
        self._reach = reach
        self._last: datetime | None = None
        self._products: dict[str, Product] = {}
        self._people: dict[str, int] = {}
        self._orders: dict[str, Order] = {}

    def sells(self, name: str, title: str, price: str, kind: str = "", *, gift_card: bool = False) -> None:
        """A product at a price in the shop's currency."""
        self._products[name] = self.shop.add_product(title, price, gift_card=gift_card, kind=kind)

    def collects(self, title: str, *names: str) -> None:
        """A collection of products by their names."""
        self.shop.collections.add(title, [self._products[name] for name in names])

    def comes(self, when: str, name: str, first: str, last: str, locale: str = "ar") -> None:
        """Somebody becomes a customer."""
        email = f"{name}@example.com"
        self._people[name] = self.shop.create_customer(first, last, email, locale, self._at(when)).id

    def buys(
        self,
        when: str,
        order: str,
        who: str | None,
        goods: Goods,
        seen: tuple[str, str] | None = None,
        *,
        code: str = "",
        offer: str = "",
        **terms: Any,
    ) -> None:
        """An order; ``seen`` is the currency the customer saw and its rate, ``terms`` those of ``place_order``.

        It goes where that currency is money, unless it was bought over the counter; ``code`` and ``offer`` are its
        discount.
        """
        presentment = Presentment(seen[0], Fraction(seen[1])) if seen else None
        buyer = None if who is None else self._people[who]
        lines = [self._line(name, count) for name, count in goods.items()]
        country = None if terms.get("source") == "pos" else _LANDS[seen[0] if seen else self.shop.currency]
        labels = Labels(country, codes=(code,) if code else (), offer=offer)
        terms |= {"presentment": presentment, "labels": labels}
        self._orders[order] = self.shop.place_order(buyer, lines, at=self._at(when), **terms)

    def settles(self, when: str, order: str, status: str = "paid") -> None:
        """An awaited payment comes, or is given up."""
        self.shop.settle(self._orders[order].id, status, self._at(when))

    def gives_back(
        self,
        when: str,
        order: str,
        goods: Goods | None = None,
        *,
        amount: str | None = None,
        shipping: str | None = None,
    ) -> None:
        """Pieces for their money, or money alone, or shipping alone, or with none of them all that is left."""
        lines = self._pieces(order, goods) if goods else None
        self.shop.refund(self._orders[order].id, amount, lines, self._at(when), shipping=shipping)

    def exchanges(self, when: str, order: str, off: Goods, on: Goods) -> None:
        """Pieces are taken off an order, others added to it."""
        added = [self._line(name, count) for name, count in on.items()]
        self.shop.edit(self._orders[order].id, added, self._pieces(order, off), self._at(when))

    def cancels(self, when: str, order: str, *, refund: bool = True) -> None:
        """An order is called off; the money goes back, or it does not."""
        self.shop.cancel(self._orders[order].id, self._at(when), refund)

    def merges(self, when: str, kept: str, gone: str) -> None:
        """Two customers turn out to be one person."""
        self.shop.merge_customers(self._people[kept], self._people[gone], self._at(when))

    def _line(self, name: str, count: int) -> LineInput:
        product = self._products[name]
        return {
            "price": to_text(product.price, self.shop.currency),
            "quantity": count,
            "title": product.title,
            "gift_card": product.gift_card,
            "product_id": product.id,
        }

    def _pieces(self, order: str, goods: Goods) -> dict[int, int]:
        """Pieces by the lines of an order that they are on."""
        lines = {line.product_id: line.id for line in self._orders[order].lines}
        return {lines[self._products[name].id]: count for name, count in goods.items()}

    def _at(self, when: str) -> datetime:
        moment = datetime.fromisoformat(when)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=self.shop.zone)).astimezone(UTC)
        if self._last and moment < self._last:
            raise ValueError(f"{when} comes after something later")
        self._last = moment
        self._reach(moment)
        return moment
