"""Checkouts of the last thirty days beside a world's orders: left by customers and guests, or come to an order."""

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from devstore.records import Customer, Order, Product

if TYPE_CHECKING:
    from devstore.shop import Shop

DAYS = 30
_KNOWN, _BY_MAIL = 0.6, 0.85
"""Up to which share of those who leave one is a customer, and a guest with an e-mail address; the rest has a phone."""
_AGAIN, _BOUGHT_ALL_THE_SAME = 0.08, 0.06
_WITH_CHECKOUT, _RECOVERED = 0.5, 0.3


def leave(shop: "Shop", most: int) -> None:
    """Write ``most`` checkouts that were left, and those that some orders came of; seeded by store and day.

    Nothing else of the world is drawn from the same chance, and no order and no customer comes of it.
    """
    midnight = shop.store.now().astimezone(shop.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    chance = random.Random(f"{shop.store.seed}/{midnight.date()}/left carts")
    _LeftCarts(shop, chance, midnight.astimezone(UTC)).write(most)


class _LeftCarts:
    """One run of it."""

    def __init__(self, shop: "Shop", chance: random.Random, end: datetime) -> None:
        self._shop, self._chance, self._end = shop, chance, end
        self._goods = [one for one in shop.products.values() if not one.gift_card]
        self._people = [one for one in shop.customers.values() if one.email or one.phone]

    def write(self, most: int) -> None:
        for number in range(most):
            self._left(number, self._end - timedelta(seconds=self._chance.randrange(DAYS * 86_400)))
        newest = max((order.created_at for order in self._shop.orders.values()), default=self._end)
        for order in list(self._shop.orders.values()):
            reachable = order.customer and (order.customer.email or order.customer.phone)
            if reachable and order.source == "web" and newest - order.created_at < timedelta(days=DAYS):
                self._came_of(order)

    def _left(self, number: int, moment: datetime) -> None:
        chance, roll = self._chance, self._chance.random()
        known = [one for one in chance.sample(self._people, 3) if one.created_at < moment]
        country = chance.choice((None, "KW", "SA"))
        goods, again = self._basket(), chance.random() < _AGAIN
        if roll < _KNOWN and known:
            self._begin(goods, moment, country, again, customer_id=known[0].id)
        elif roll < _BY_MAIL:
            self._begin(goods, moment, country, again, email=f"visitor{number}@example.com")
        else:
            self._begin(goods, moment, country, again, phone=f"+9659{number:07d}")

    def _begin(self, goods: dict[int, int], moment: datetime, country: str | None, again: bool, **who: object) -> None:
        """A checkout that is changed once more before it is left; ``again`` another on a second device."""
        begun = self._shop.begin_checkout(goods, moment, **who)
        self._shop.change_checkout(
            begun.token, moment + timedelta(minutes=self._chance.randrange(1, 9)), country=country
        )
        if again:
            self._shop.begin_checkout(goods, moment + timedelta(minutes=self._chance.randrange(20, 90)), **who)

    def _basket(self) -> dict[int, int]:
        chosen: list[Product] = self._chance.sample(self._goods, self._chance.choice((1, 1, 1, 2, 2, 3)))
        return {one.id: 2 if self._chance.random() < 0.15 else 1 for one in chosen}

    def _came_of(self, order: Order) -> None:
        """What came before an order: its own checkout, a moment or a day before it; or another that stayed open."""
        roll, goods = self._chance.random(), _goods_of(order, self._shop)
        away = timedelta(minutes=self._chance.randrange(20, 1_800))
        customer = order.customer
        if not goods or not customer:
            return
        if roll < _WITH_CHECKOUT:
            recovered = self._chance.random() < _RECOVERED
            since = order.created_at - (away if recovered else timedelta(minutes=3))
            begun = self._shop.begin_checkout(goods, max(since, customer.created_at), customer_id=customer.id)
            begun.end(order)
        elif roll < _WITH_CHECKOUT + _BOUGHT_ALL_THE_SAME:
            self._open_before(order, customer, goods, away)

    def _open_before(self, order: Order, customer: Customer, goods: dict[int, int], away: timedelta) -> None:
        moment = max(order.created_at - away, customer.created_at)
        self._shop.begin_checkout(goods, moment, customer_id=customer.id)


def _goods_of(order: Order, shop: "Shop") -> dict[int, int]:
    """The pieces of an order by product; an order may have a product on two lines."""
    pieces: dict[int, int] = {}
    for line in order.lines:
        if line.product_id in shop.products:
            pieces[line.product_id] = pieces.get(line.product_id, 0) + line.quantity
    return pieces
