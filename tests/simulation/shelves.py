"""What a simulated shop sells, what stands in its collections, and what its merchant has some of it earn."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from hijridate import Gregorian

from devstore.records import Order, Product
from tests.simulation.chance import Chance

if TYPE_CHECKING:
    from tests.simulation.life import Life

_RULE = (
    "SELECT v.rule FROM programme_version v JOIN shop s ON s.id = v.shop_id WHERE s.domain = ? ORDER BY v.number DESC"
)
_TIMES = ("0", "0", "0.5", "1.5", "2", "2.75")
_SEASONS = ("always", "always", "days", "days", "moon", "moon", "ramadan", "ten_days")
_ENOUGH = 4
"""Rates of a programme from which on the merchant rather takes one out."""
_TITLES = ("Oud", "Musk", "Amber", "Box")


class Shelves:
    """Draws from a stream of its own: what is sold besides is sold all the same."""

    def __init__(self, life: "Life") -> None:
        self._life = life
        self._chance = Chance(life.world.seed, f"shelves of {life.shop.domain}")
        self.bought: dict[int, int] = {}
        """By line the product as which it was bought: the store forgets it with the product."""
        for title in _TITLES:
            self._new_product(title)
        for number in range(2):
            life.shop.collections.add(f"Shelf {number}", self._some())

    def day(self, seconds: float) -> list[tuple[timedelta, Callable[[], object]]]:
        """As the day of a life."""
        profile, planned = self._life.world.profile, list[tuple[timedelta, Callable[[], object]]]()
        often = ((profile.rates, self.rate), (profile.shelves, self.rearrange), (profile.readings, self.read))
        for mean, happening in often:
            for _ in range(self._chance.about(mean * self._life.share)):
                planned.append((timedelta(seconds=self._chance.between(0, seconds)), happening))
        return planned

    # Shoppers

    def taken_from(self, lines: Sequence[Any]) -> list[Any]:
        """The lines, most of them of a product that is there now."""
        return [line if line.get("gift_card") else line | {"product_id": self._one()} for line in lines]

    def _one(self) -> int | None:
        return self._chance.one_of(self._products()).id if self._chance.happens(0.9) else None

    def _products(self) -> list[Product]:
        """Those that can be on a shelf, not what was bought with a code."""
        return [one for _, one in sorted(self._life.shop.products.items()) if one.kind == "shelved"]

    # The merchant

    def _new_product(self, title: str) -> None:
        self._life.shop.add_product(title, {"JPY": "900"}.get(self._life.shop.currency, "1.50"), kind="shelved")

    def _some(self) -> list[Product]:
        return [one for one in self._products() if self._chance.happens(0.4)]

    def rearrange(self) -> None:
        """A collection has other products, or there is one more, or one less; or another product takes one's place."""
        desk = self._life.shop.collections
        deed = self._chance.weighted([(6, "change"), (1, "add"), (1, "delete"), (2, "replace")])
        if deed == "replace":
            self._replace()
        elif deed == "add" or not desk.all:
            desk.add(f"Shelf {len(desk.all)}", self._some())
        elif deed == "delete":
            desk.delete(self._chance.one_of(sorted(desk.all)))
        else:
            desk.change(self._chance.one_of(sorted(desk.all)), products=self._some())
        self._meet(self.read)

    def _replace(self) -> None:
        """What was sold of it is often told once more just after, when nobody names the product any more."""
        gone, life = self._chance.one_of(self._products()), self._life
        sold = [order for order in life.shop.orders.values() if gone.id in {line.product_id for line in order.lines}]
        for line in (line for order in sold for line in order.lines if line.product_id == gone.id):
            self.bought[line.id] = gone.id
        life.shop.delete_product(gone.id)
        self._new_product(gone.title)
        for order in sold[-3:]:
            self._meet(partial(self._tell, order))

    def _tell(self, order: Order) -> None:
        if order.id in self._life.shop.orders:
            self._life._touch(order)

    def read(self) -> None:
        """The app reads the collections, and people buy meanwhile."""
        self._life.world.read_collections(self._life.shop.domain)
        self._meet(self._life.buy)

    def _meet(self, happening: Callable[[], object]) -> None:
        if self._chance.happens(0.6):
            self._life.world.plan(timedelta(seconds=self._chance.between(0, 60)), happening)

    def rate(self) -> None:
        """The merchant has something earn otherwise, or as usual again."""
        world, shop = self._life.world, self._life.shop
        if not shop.installed:
            return
        place, told = f"shop={shop.domain}&host=abc&locale=en", world.observer.rows(_RULE, shop.domain)
        if not told:
            self._life.loyalty.decide(place)
        there = json.loads(told[0][0])["rates"] if told else []
        if there and self._chance.happens(1 if len(there) >= _ENOUGH else 0.3):
            sent = {"rate": self._chance.one_of(there)["id"]}
            world.open(shop, f"/loyalty/rates/take-out?{place}", "POST", sent)
        else:
            world.open(shop, f"/loyalty/rates/add?{place}", "POST", self._typed())
        self._meet(self._life.buy)

    def _typed(self) -> dict[str, str]:
        what = self._chance.one_of(("products", "products", "collections", "collections", "collections", "all"))
        there = [one.id for one in self._products()] if what == "products" else sorted(self._life.shop.collections.all)
        named = [str(self._chance.one_of(there)) for _ in range(2)] if there and what != "all" else []
        season = self._chance.one_of(_SEASONS[2 if what == "all" else 0 :])
        sent = {"what": what, "season": season, "times": self._chance.one_of(_TIMES), "of": ",".join(named)}
        return sent | self._days(season)

    def _days(self, season: str) -> dict[str, str]:
        """A few days about today, on which something will be bought."""
        first = self._life.world.clock().astimezone(self._life.shop.zone).date()
        first += timedelta(days=self._chance.whole(-1, 1))
        last = first + timedelta(days=self._chance.whole(0, 3))
        if season == "days":
            return {"first": first.isoformat(), "last": last.isoformat()}
        if season != "moon":
            return {}
        moons = {name: Gregorian.fromdate(day).to_hijri() for name, day in (("first", first), ("last", last))}
        return {f"{name}_{part}": str(getattr(moon, part)) for name, moon in moons.items() for part in ("day", "month")}
