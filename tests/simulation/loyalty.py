"""What a merchant and their customers do with a loyalty programme."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from devstore.checkout.cart import Buyer, Cart, Goods
from devstore.checkout.desk import NotPlacedError
from tests.simulation.chance import Chance

if TYPE_CHECKING:
    from tests.simulation.life import Life


RULES = (
    {"ends": "never"},
    {"ends": "after", "ends_after": "90", "joined": "30", "agreed": "5", "birthday": "25"},
    {"ends": "quiet", "ends_after": "120", "per_order": "3", "most": "500"},
    {"ends": "never", "first_order": "20", "nth": "3", "nth_points": "15"},
    {"ends": "never", "joined": "20", "agreed": "10", "birthday": "15", "anniversary": "12"},
    {"ends": "never", "joined": "5", "agreed": "4", "birthday": "9", "calendar": "hijri", "most_a_month": "11"},
)
"""What a merchant says besides of the end of points, and of bonuses."""
_RICH = (
    "SELECT m.customer_id FROM points_account a JOIN shop s ON s.id = a.shop_id"
    " JOIN points_member m ON m.shop_id = a.shop_id AND m.account_id = a.account_id"
    " WHERE s.domain = ? AND a.available >= 25"
)
_MADE = (
    "SELECT r.reward_id, m.customer_id FROM reward r JOIN shop s ON s.id = r.shop_id"
    " JOIN points_cause c ON c.shop_id = r.shop_id AND c.cause = 'reward/' || r.reward_id"
    " JOIN points_member m ON m.shop_id = r.shop_id AND m.account_id = c.account_id"
    " WHERE s.domain = ? AND r.state IN ('made', 'used') ORDER BY r.reward_id"
)

_NEWEST = (
    "SELECT f.file_id FROM brought_file f JOIN shop s ON s.id = f.shop_id WHERE s.domain = ?"
    " ORDER BY f.asked_at DESC, f.file_id LIMIT 1"
)


_RULE = (
    "SELECT v.rule FROM programme_version v JOIN shop s ON s.id = v.shop_id WHERE s.domain = ? ORDER BY v.number DESC"
)
_PRIZES = (
    {"kind": "percent", "points": "40", "percent": "10"},
    {"kind": "shipping", "points": "30"},
    {"kind": "credit", "points": "50"},
    {"kind": "credit", "points": "25"},
    {"kind": "product", "points": "45"},
)
"""What a merchant offers beside an amount off."""


class Loyalty:
    """Draws from the whims of its shop's life."""

    def __init__(self, life: "Life") -> None:
        self._life = life
        self._gifts: list[str] = []
        self._files = Chance(life.world.seed, f"balances {life.shop.domain}")

    def go_on(self, place: str) -> None:
        """What a merchant does who is looking anyway; `place` is what every address carries."""
        if self._life.whims.happens(0.5):
            self.decide(place)
        self.send()
        self.by_hand(place)
        self.gift(place)
        self.balances(place)
        self.offer(place)
        self.reward(place)
        self.take_back(place)
        self.use_code()
        self.birth_date()

    def birth_date(self) -> None:
        """The merchant writes down when somebody was born, which is a few days off."""
        customers = sorted(self._life.shop.customers.keys() - self._life.told.redacted)
        if customers and self._life.whims.happens(0.5):
            customer, days = self._life.whims.one_of(customers), self._life.whims.whole(0, 9)
            born = (self._life.world.clock() + timedelta(days=days)).date().replace(year=1992)
            value = {"namespace": "facts", "key": "birth_date", "type": "date", "value": born.isoformat()}
            self._life.shop.outward.metafields.write([{"ownerId": f"gid://shopify/Customer/{customer}", **value}])

    def decide(self, place: str) -> None:
        """The merchant switches the programme on, another one in its place, or pauses it."""
        points, reward = self._life.whims.one_of((("10", "1.5"), ("3", "2"), ("7", "1")))
        deed = self._life.whims.one_of(("switch-on", "switch-on", "switch-on", "resume", "pause"))
        sent = {"points": points, "per": "1", "reward_points": "60", "reward": reward, "code_days": "30"}
        if self._life.shop.currency == "JPY":
            sent |= {"per": "100", "reward": "100"}
        waits = self._life.whims.one_of(("0", "5", "14"))
        sent |= self._life.whims.one_of(RULES)
        self._life.world.open(self._life.shop, f"/loyalty/{deed}?{place}", "POST", sent | {"wait_days": waits})

    def by_hand(self, place: str) -> None:
        """The merchant gives somebody points, or takes some, sometimes twice, and sometimes thinks better of it."""
        customers = sorted(self._life.shop.customers.keys() - self._life.told.redacted)
        if not customers or self._life.whims.happens(0.5):
            return
        customer, deed = self._life.whims.one_of(customers), f"{self._life.whims.whole(0, 1 << 64):032x}"
        points = self._life.whims.whole(1, 80) * self._life.whims.one_of((1, 1, -1))
        path = f"/customers/{customer}/points/by-hand"
        sent = {"deed": deed, "points": str(points), "reason": "Late parcel"}
        for _ in range(self._life.whims.whole(1, 2)):
            self._life.world.open(self._life.shop, f"{path}?{place}", "POST", sent)
        if self._life.whims.happens(0.4):
            self._life.world.open(self._life.shop, f"{path}/{deed}/undo?{place}", "POST", {})

    def gift(self, place: str) -> None:
        """The merchant has a gift for past orders counted, gives the newest, or takes it back."""
        world, shop, whims = self._life.world, self._life.shop, self._life.whims
        if not self._gifts or whims.happens(0.3):
            self._gifts.append(f"{whims.whole(0, 1 << 64):032x}")
            asked = {"gift": self._gifts[-1], "months": "12", "most": "90"}
            world.open(shop, f"/loyalty/gift/count?{place}", "POST", asked)
        else:
            deed = whims.one_of(("give", "give", "undo"))
            world.open(shop, f"/loyalty/gift/{self._gifts[-1]}/{deed}?{place}", "POST", {})

    def balances(self, place: str) -> None:
        """The merchant brings a file of another app, gives the newest, looks again, puts it away or takes it back."""
        world, shop, chance = self._life.world, self._life.shop, self._files
        known = world.observer.rows(_NEWEST, shop.domain)
        if not known or chance.happens(0.4):
            lines = [f"{one},,{chance.whole(0, 40)}" for one in sorted(shop.customers) if chance.happens(0.5)]
            lines += [f",{one.email},9" for _, one in sorted(shop.customers.items()) if chance.happens(0.2)]
            again = "&again=1" if chance.happens(0.3) else ""
            world.open(shop, f"/loyalty/import?{place}{again}", "POST", "\n".join(["customer id,email,points", *lines]))
        else:
            deed = chance.one_of(("give", "give", "give", "again", "undo", "put-away"))
            world.open(shop, f"/loyalty/import/{known[0][0]}/{deed}?{place}", "POST", {})

    def send(self) -> None:
        """The merchant sends some of what waits to be sent."""
        for order in list(self._life.shop.orders.values()):
            if not order.cancelled_at and order.id not in self._life.told.deleted and self._life.whims.happens(0.6):
                with suppress(ValueError):
                    self._life.shop.sending.send(order.id)

    def offer(self, place: str) -> None:
        """The merchant offers one more reward."""
        if self._life.whims.happens(0.6):
            return
        sent = self._life.whims.one_of(_PRIZES) | {"value": "90" if self._life.shop.currency == "JPY" else "0.9"}
        products = sorted(one.id for one in self._life.shop.products.values() if not one.kind)
        sent |= {"product": str(self._life.whims.one_of(products))} if products else {}
        self._life.world.open(self._life.shop, f"/loyalty/rewards/add?{place}", "POST", sent)

    def _prizes(self) -> list[str]:
        told = self._life.world.observer.rows(_RULE, self._life.shop.domain)
        return ["first", *(one["id"] for one in json.loads(told[0][0])["others"])] if told else ["first"]

    def reward(self, place: str) -> None:
        """The merchant turns somebody's points into a reward, sometimes pressing twice."""
        customers = sorted(self._life.shop.customers.keys() - self._life.told.redacted)
        rich = {customer for (customer,) in self._life.world.observer.rows(_RICH, self._life.shop.domain)}
        customers = sorted(rich.intersection(customers)) or customers
        for _ in range(3 if customers else 0):
            customer, reward = self._life.whims.one_of(customers), f"{self._life.whims.whole(0, 1 << 64):032x}"
            sent = {"reward": reward, "prize": self._life.whims.one_of(self._prizes())}
            for _ in range(self._life.whims.whole(1, 2)):
                path = f"/customers/{customer}/points/redeem?{place}"
                self._life.world.open(self._life.shop, path, "POST", sent)

    def take_back(self, place: str) -> None:
        """The merchant takes somebody's code back, which may be used in the same moment."""
        made = self._life.world.observer.rows(_MADE, self._life.shop.domain)
        if made and self._life.whims.happens(0.6):
            reward, customer = self._life.whims.one_of(made)
            path = f"/customers/{customer}/points/take-back?{place}"
            self._life.world.open(self._life.shop, path, "POST", {"reward": reward})
            self._life.world.plan(timedelta(seconds=self._life.whims.between(0, 60)), self.use_code)

    def use_code(self) -> None:
        """Somebody buys with a code that they were given."""
        codes = [
            (code, who)
            for code in self._life.shop.discounts.all.values()
            for who in sorted(code.audience.customers or ())
        ]
        known = [
            (code, who)
            for code, who in codes
            if who in self._life.shop.customers and who not in self._life.told.redacted
        ]
        if not known:
            return
        code, who = self._life.whims.one_of(known)
        product = self._life.shop.add_product(
            "Oud", {"KWD": "7.250", "JPY": "2500"}.get(self._life.shop.currency, "24.50")
        )
        free = [self._life.shop.products[one] for one in sorted(code.gets.products) if one in self._life.shop.products]
        goods = (Goods(product, self._life.whims.whole(1, 3)), *(Goods(one, 1) for one in free))
        cart = Cart(goods, (code.code,), with_credit=self._life.whims.happens(0.5))
        with suppress(NotPlacedError):
            self._life.shop.checkout.place(cart, Buyer(self._life.shop.customers[who], signed_in=True))
