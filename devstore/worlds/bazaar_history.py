"""The bazaar: two years of a shop in Kuwait, the same for the same seed and last day."""

import random
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from devstore import fulfilments
from devstore.consents import TOPICS as WAYS
from devstore.labels import Labels
from devstore.orders import LineInput
from devstore.records import Customer, Order, Product
from devstore.worlds import bazaar_goods as goods
from devstore.worlds import bazaar_twins, left_carts

if TYPE_CHECKING:
    from devstore.shop import Shop

DAYS = 730
CUSTOMERS = 6_720
GUESTS = 1_180
MERGES = 24
LEFT_CARTS = 420
_HOURS = (2, 1, 1, 0.5, 0.5, 1, 1, 2, 3, 5, 6, 6, 6, 5, 5, 6, 7, 8, 9, 10, 11, 11, 9, 5)
_COMES_BACK, _COMES_AGAIN = 0.45, 0.845
_GAPS = (3.45, 0.75)
_BUSY = 1.5


@dataclass(slots=True)
class _Person:
    """Somebody who will become a customer with their first order."""

    number: int
    arabic: bool
    favourite: int
    lives_in: str
    customer: Customer | None = None


def _land(chance: random.Random) -> str:
    return chance.choices([land for land, _ in goods.LANDS], [share for _, share in goods.LANDS])[0]


def bazaar(shop: "Shop", seed: int | None = None) -> None:
    """Fill a shop with about 20,000 orders of the 24 months before now; seeded by the store unless told."""
    last_day = shop.store.now().astimezone(shop.zone).date() - timedelta(days=1)
    _Bazaar(shop, random.Random(f"{shop.store.seed if seed is None else seed}/{last_day}"), last_day).fill()


class _Bazaar:
    """One run of the history: who comes when, what they buy, and what goes wrong with it."""

    def __init__(self, shop: "Shop", chance: random.Random, last_day: date) -> None:
        self._shop, self._chance = shop, chance
        # Beside the other, so that who buys what and when does not hang on where it goes.
        self._apart = random.Random(f"{shop.store.seed}/{last_day}/labels")
        self._days = [last_day - timedelta(days=DAYS - 1 - index) for index in range(DAYS)]
        self._busy = [goods.busyness(day) for day in self._days]
        end = last_day + timedelta(days=1)
        self._end = datetime(end.year, end.month, end.day, tzinfo=shop.zone).astimezone(UTC)
        self._products: list[Product] = []
        self._card: Product | None = None
        self._phones: set[str | None] = set()

    def fill(self) -> None:
        """Write the whole history."""
        shop = self._shop
        opened = datetime(self._days[0].year, self._days[0].month, self._days[0].day, tzinfo=shop.zone)
        shop.created_at = opened.astimezone(UTC) - timedelta(days=60)
        with shop.history():
            for title, price, kind, _ in goods.GOODS:
                self._products.append(shop.add_product(title, price, vendor="Bazaar", kind=kind))
            self._card = shop.add_product("بطاقة هدية", "20.000", gift_card=True, vendor="Bazaar", kind="Gift card")
            for title, kinds in goods.COLLECTIONS.items():
                shop.collections.add(title, [one for one in shop.products.values() if one.kind in kinds])
            self._weights = list(accumulate(float(weight) for *_, weight in goods.GOODS))
            for moment, person in self._visits():
                self._buy(moment, person)
            self._merge()
            bazaar_twins.recur(shop)
            left_carts.leave(shop, LEFT_CARTS)

    # Who comes when

    def _visits(self) -> list[tuple[datetime, _Person | None]]:
        growth = [busy * (0.75 + 0.5 * index / DAYS) for index, busy in enumerate(self._busy)]
        first_days = self._chance.choices(range(DAYS), growth, k=CUSTOMERS + GUESTS)
        visits: list[tuple[datetime, int, _Person | None]] = []
        for number, day in enumerate(first_days):
            person = None
            if number >= GUESTS:
                arabic = self._chance.random() < 0.64
                person = _Person(number, arabic, self._chance.randrange(len(goods.GOODS)), _land(self._apart))
            for index in self._visit_days(day) if person else [day]:
                visits.append((self._moment(index), number, person))
        return [(moment, person) for moment, _, person in sorted(visits, key=lambda visit: visit[:2])]

    def _visit_days(self, day: int) -> list[int]:
        """The days on which one customer buys: fewer than half come back, and those who do keep coming."""
        days, chance = [], self._chance
        again, pace = _COMES_BACK, chance.lognormvariate(0, 0.45)
        while day < DAYS:
            days.append(day)
            if chance.random() > again:
                break
            again = _COMES_AGAIN
            day = self._next_day(day, pace)
        return days

    def _next_day(self, day: int, pace: float) -> int:
        for _ in range(3):
            reached = day + max(1, round(pace * self._chance.lognormvariate(*_GAPS)))
            if reached >= DAYS or self._chance.random() * 1.6 < self._busy[reached]:
                return reached
        return reached

    def _moment(self, index: int) -> datetime:
        day, chance = self._days[index], self._chance
        hour = chance.choices(range(24), _HOURS)[0]
        local = datetime(
            day.year, day.month, day.day, hour, chance.randrange(60), chance.randrange(60), tzinfo=self._shop.zone
        )
        return local.astimezone(UTC)

    # What they buy

    def _buy(self, moment: datetime, person: _Person | None) -> None:
        chance = self._chance
        customer = self._customer(moment, person) if person else None
        in_store = chance.random() < (0.72 if person is None else 0.15)
        lines, discount = self._basket(moment, person)
        subtotal = sum(self._minor(line) for line in lines) - discount
        shipping = "0" if in_store or subtotal >= 20_000 else "1.500"
        order = self._shop.place_order(
            customer.id if customer else None,
            lines,
            f"{discount // 1000}.{discount % 1000:03d}",
            shipping if subtotal else "0",
            moment,
            test=chance.random() < 0.003,
            source="pos" if in_store else "web",
            financial_status=self._payment(moment, in_store),
            labels=self._labels(moment, person, in_store=in_store, discount=discount, subtotal=subtotal),
        )
        self._aftermath(order)
        self._pack(order)

    def _labels(
        self, moment: datetime, person: _Person | None, *, in_store: bool, discount: int, subtotal: int
    ) -> Labels:
        """Where it goes and why it is cheaper: a busy day's offer, a code for a first or a later order, a gift."""
        lives_in = person.lives_in if person else _land(self._apart)
        country = None if in_store else lives_in
        day = moment.astimezone(self._shop.zone).date()
        if not discount:
            return Labels(country)
        if subtotal and goods.busyness(day) >= _BUSY:
            return Labels(country, offer=goods.offer(day))
        again = person is not None and person.customer is not None and person.customer.orders
        code = ("AHLAN10" if again else "WELCOME10") if subtotal else "GIFT"
        return Labels(country, codes=(code.lower() if self._apart.random() < 0.3 else code,))

    def _minor(self, line: LineInput) -> int:
        return int(line["price"].replace(".", "")) * line.get("quantity", 1)

    def _payment(self, moment: datetime, in_store: bool) -> str:
        if in_store or self._chance.random() > 0.05:
            return "paid"
        fresh = self._end - moment < timedelta(days=6)
        return "pending" if fresh or self._chance.random() < 0.06 else "paid"

    def _customer(self, moment: datetime, person: _Person) -> Customer:
        if person.customer is None:
            pick = self._chance.choice
            arabic = person.arabic
            first = pick(goods.ARABIC_FIRST if arabic else goods.ENGLISH_FIRST)
            last = pick(goods.ARABIC_LAST if arabic else goods.ENGLISH_LAST)
            email = f"shopper{person.number}@example.com" if self._chance.random() < 0.93 else ""
            phone = f"+9655{self._chance.randrange(10**7):07d}" if self._chance.random() < 0.8 else None
            phone = None if phone in self._phones else phone
            self._phones.add(phone)
            since = moment - timedelta(minutes=2)
            person.customer = self._shop.create_customer(first, last, email, "ar" if arabic else "en", since, phone)
            person.customer.consents = {way: (state, since) for way in WAYS if (state := self._consent())}
        return person.customer

    def _consent(self) -> str:
        return self._apart.choices(("SUBSCRIBED", "UNSUBSCRIBED", "PENDING", ""), (46, 6, 2, 46))[0]

    def _basket(self, moment: datetime, person: _Person | None) -> tuple[list[LineInput], int]:
        chance = self._chance
        if chance.random() < 0.012 and self._card:
            return [self._line(self._card, 1)], 0
        kinds = 1 + (chance.random() < 0.34) + (chance.random() < 0.12)
        lines = [self._line(self._product(person), 2 if chance.random() < 0.13 else 1) for _ in range(kinds)]
        if chance.random() < 0.006 and self._card:
            lines.append(self._line(self._card, 1))
        gross = sum(self._minor(line) for line in lines)
        if chance.random() < 0.005:
            return lines, gross
        return lines, gross * self._rebate(moment) // 100

    def _rebate(self, moment: datetime) -> int:
        busy = goods.busyness(moment.astimezone(self._shop.zone).date()) >= _BUSY
        if self._chance.random() > (0.45 if busy else 0.15):
            return 0
        return 20 if busy else 10

    def _product(self, person: _Person | None) -> Product:
        if person and self._chance.random() < 0.35:
            return self._products[person.favourite]
        return self._products[bisect_right(self._weights, self._chance.random() * self._weights[-1])]

    def _line(self, product: Product, quantity: int) -> LineInput:
        price = f"{product.price // 1000}.{product.price % 1000:03d}"
        return {
            "price": price,
            "quantity": quantity,
            "title": product.title,
            "gift_card": product.gift_card,
            "product_id": product.id,
        }

    # What goes wrong with it

    def _aftermath(self, order: Order) -> None:
        chance, roll = self._chance, self._chance.random()
        if roll < 0.022:
            self._later(order, timedelta(minutes=chance.randrange(20, 2000)), "cancel")
        elif roll < 0.045 and order.status == "paid" and order.total:
            self._later(order, timedelta(hours=chance.randrange(30, 500)), "everything")
        elif roll < 0.072 and order.status == "paid" and order.total:
            self._later(order, timedelta(hours=chance.randrange(30, 500)), "part")

    def _later(self, order: Order, wait: timedelta, what: str) -> None:
        shop, moment = self._shop, order.created_at + wait
        if moment >= self._end:
            return
        if what == "cancel":
            shop.cancel(order.id, moment)
        elif what == "everything":
            shop.refund(order.id, at=moment)
        elif len(order.lines) > 1 and self._chance.random() < 0.7:
            shop.refund(order.id, lines={self._chance.choice(order.lines).id: 1}, at=moment)
        else:
            fils = max(250, order.total // self._chance.randrange(3, 9) // 250 * 250)
            amount = min(fils, order.total)
            shop.refund(order.id, f"{amount // 1000}.{amount % 1000:03d}", at=moment)

    def _pack(self, order: Order) -> None:
        """What was not handed over leaves within two days, now and then one piece of a line before the others."""
        waiting = [line for line in order.lines if fulfilments.left(order, line)]
        number = order.number
        # By its number, not by chance: what else happens in the bazaar stays the same.
        moment = order.created_at + timedelta(hours=5 + number % 43)
        if order.cancelled_at or not waiting or moment >= self._end:
            return
        if number % 20 == 0 and len(waiting) > 1:
            self._shop.sending.send(order.id, {waiting[0].id: 1}, moment - timedelta(hours=4))
        self._shop.sending.send(order.id, at=moment)

    def _merge(self) -> None:
        """People who turned up twice under one name; each pair becomes one customer some time later."""
        names: dict[str, list[Customer]] = {}
        for customer in self._shop.customers.values():
            if customer.orders:
                names.setdefault(customer.name, []).append(customer)
        pairs = [people[:2] for people in names.values() if len(people) > 1]
        for kept, gone in self._chance.sample(pairs, min(MERGES, len(pairs))):
            known = max(self._last_change(kept), self._last_change(gone))
            moment = known + timedelta(days=self._chance.randrange(1, 20))
            self._shop.merge_customers(kept.id, gone.id, min(moment, self._end - timedelta(hours=1)))

    def _last_change(self, customer: Customer) -> datetime:
        return max(self._shop.orders[number].updated_at for number in customer.orders)
