"""Returns of a shop's orders: what the merchant does with them, and what the app is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from devstore import orders as making
from devstore import returns
from devstore.money import to_minor
from devstore.orders import LineInput
from devstore.records import Edit, Order, Refund, Return

if TYPE_CHECKING:
    from devstore.shop import Shop


class ReturnDesk:
    """Opens returns, processes, pays for and cancels them; each sends orders/updated.

    All raise KeyError for an unknown order or return, ValueError for what Shopify would refuse.
    """

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop

    def open(
        self,
        order_id: int,
        taken_off: Mapping[int, int],
        exchange: Sequence[LineInput] = (),
        fee: str = "0",
        at: datetime | None = None,
    ) -> Return:
        """A return of so many pieces {line id: pieces}, for these lines instead and for a fee."""
        with self._shop.store.lock:
            order = self._shop.orders[order_id]
            new_id, price = self._shop.store.new_id, to_minor(fee, order.currency)
            lines = making.build_lines(new_id, order.currency, exchange, 0) if exchange else []
            found = returns.open_return(new_id, order, taken_off, lines, self._now(at), price)
            self._told(order, at)
            return found

    def process(self, order_id: int, return_id: int, at: datetime | None = None) -> Edit:
        """The pieces are back: from now on they are off the order, and off the sales."""
        with self._shop.store.lock:
            order, found = self._find(order_id, return_id)
            self._shop._foreshadow(order, at)
            edit = returns.process(self._shop.store.new_id, order, found, self._now(at), self._shop.tax_rate)
            self._told(order, at)
            return edit

    def refund(
        self,
        order_id: int,
        return_id: int,
        amount: str | None = None,
        at: datetime | None = None,
        *,
        duties: bool = False,
    ) -> Refund:
        """The money for a return that was processed, all that is owed or another amount; sends refunds/create, too."""
        with self._shop.store.lock:
            order, found = self._find(order_id, return_id)
            money = None if amount is None else to_minor(amount, order.currency)
            self._shop._foreshadow(order, at)
            new_id, moment = self._shop.store.new_id, self._now(at)
            refund = returns.refund_return(new_id, order, found, moment, money, duties=duties)
            self._shop.credit.follow(order)
            self._shop._touch(order, at)
            event = self._shop._tell((order, refund), "refunds/create")
            self._shop._tell(order, "orders/updated", event_id=event)
            return refund

    def cancel(self, order_id: int, return_id: int, at: datetime | None = None) -> Return:
        """Call an open return off."""
        with self._shop.store.lock:
            order, found = self._find(order_id, return_id)
            returns.cancel_return(order, found)
            self._told(order, at)
            return found

    def _find(self, order_id: int, return_id: int) -> tuple[Order, Return]:
        order = self._shop.orders[order_id]
        found = next((one for one in order.returns if one.id == return_id), None)
        if found is None:
            raise KeyError(return_id)
        return order, found

    def _now(self, at: datetime | None) -> datetime:
        return self._shop._times(at)[0]

    def _told(self, order: Order, at: datetime | None) -> None:
        self._shop._touch(order, at)
        self._shop._tell(order, "orders/updated")
