"""Carts of a simulated shop: begun, changed, left, bought, deleted; and what must be known of each in the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from devstore.checkout.desk import NotPlacedError
from devstore.checkout.record import Checkout
from tests.simulation.chance import Chance
from tests.simulation.crash import Broken

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.observer import Observer

_ROWS = "SELECT token, customer_id, total, completed_at FROM checkout WHERE shop_id = ?"
_ORDERED = "SELECT checkout_token FROM order_checkout WHERE shop_id = ?"
_DELETED = "SELECT cart_token FROM deleted_cart WHERE shop_id = ?"
_KEPT = timedelta(days=30)
"""So long after they were begun carts are asked for, and longer they are kept."""


class Carts:
    """Draws from a stream of its own: what else is bought is bought all the same."""

    def __init__(self, life: "Life") -> None:
        self._life = life
        self._chance = Chance(life.world.seed, f"carts of {life.shop.domain}")
        self.deleted: set[str] = set()
        """By their own tokens, those that were deleted while the app was there."""

    def day(self, seconds: float) -> list[tuple[timedelta, Callable[[], object]]]:
        """As the day of a life."""
        planned = list[tuple[timedelta, Callable[[], object]]]()
        for _ in range(self._chance.about(self._life.world.profile.carts * self._life.share)):
            planned.append((timedelta(seconds=self._chance.between(0, seconds)), self._deed))
        return planned

    def _deed(self) -> None:
        open_ones = [one for _, one in sorted(self._life.shop.checkouts.all.items()) if one.completed_at is None]
        deeds: list[tuple[int, Any]] = [(5, self._begin)]
        if open_ones:
            deeds += [(3, self._change), (3, self._buy), (1, self._delete)]
        deed = self._chance.weighted(deeds)
        deed(*([self._chance.one_of(open_ones)] if deed != self._begin else []))

    def _goods(self) -> dict[int, int]:
        shelves = [one for _, one in sorted(self._life.shop.products.items()) if one.kind == "shelved"]
        return {self._chance.one_of(shelves).id: self._chance.whole(1, 3)}

    def _begin(self) -> None:
        shop = self._life.shop
        known = [number for number in shop.customers if number not in self._life.told.redacted]
        if known and self._chance.happens(0.6):
            who = shop.customers[self._chance.one_of(known)]
            shop.begin_checkout(self._goods(), customer_id=who.id, email=who.email)
        else:
            guest = self._chance.whole(1, 99_999)
            shop.begin_checkout(self._goods(), email=f"guest{guest}@{shop.short_name}.example")

    def _change(self, one: Checkout) -> None:
        self._life.shop.change_checkout(one.token, goods=self._goods())

    def _buy(self, one: Checkout) -> None:
        try:
            self._life.shop.complete_checkout(one.token)
        except (NotPlacedError, ValueError, KeyError):
            # What was in it is sold no more: they leave it.
            return

    def _delete(self, one: Checkout) -> None:
        if self._life.shop.installed:
            self.deleted.add(one.cart_token)
        self._life.shop.delete_checkout(one.token)


def carts_like(see: "Observer", shop: int, domain: str, life: "Life", forgotten: set[int]) -> None:
    """Every cart of the last month is known, as it was last, by whose it is, and whether it was bought or deleted.

    While the app is out nobody tells it of carts; it asks for those that it does not know when it is back.
    """
    known = {token: tuple(rest) for token, *rest in see.rows(_ROWS, shop)}
    ordered = {token for (token,) in see.rows(_ORDERED, shop)}
    for token, one in sorted(life.shop.checkouts.all.items()):
        whose = one.customer.id if one.customer else None
        if whose in forgotten or life.world.clock() - one.created_at > _KEPT:
            continue
        if token not in known:
            if life.told.left or life.told.redacted:
                continue
            raise Broken(f"{domain}: nothing is known of cart {token}")
        customer, total, completed_at = known[token]
        if one.completed_at is not None and completed_at is None and token not in ordered:
            raise Broken(f"{domain}: cart {token} was bought, and passes for left")
        if one.completed_at is None and not life.told.left and (customer, total) != (whose, one.total):
            raise Broken(f"{domain}: cart {token} is {customer}'s with {total} instead of {whose}'s with {one.total}")
    deleted = {cart for (cart,) in see.rows(_DELETED, shop)}
    if not life.told.left and (missed := life.carts.deleted - deleted):
        raise Broken(f"{domain}: cart {min(missed)} was deleted, and passes for left")
