"""What is sent of a shop's orders: what the merchant does, and what the app is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from devstore import fulfilments
from devstore.fulfilments import Fulfilment

if TYPE_CHECKING:
    from devstore.shop import Shop


class SendingDesk:
    """Sends pieces and calls that off; each sends orders/updated.

    Shopify tells it as orders/fulfilled and orders/partially_fulfilled, too, to whoever subscribed to these.
    """

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop

    def send(self, order_id: int, pieces: Mapping[int, int] | None = None, at: datetime | None = None) -> Fulfilment:
        """Send {line id: pieces}, or all that is left.

        KeyError for an unknown order, ValueError for one of which there is not so much left to send.
        """
        with self._shop.store.lock:
            order, moment = self._shop.orders[order_id], self._shop._times(at)[0]
            self._shop._foreshadow(order, at)
            made = fulfilments.send(self._shop.store.new_id, order, pieces, moment)
            self._shop._touch(order, at)
            self._shop._tell(order, "orders/updated")
            return made

    def call_off(self, order_id: int, fulfilment_id: int, at: datetime | None = None) -> Fulfilment:
        """What was sent has not left after all; KeyError for an unknown one, ValueError for one called off before."""
        with self._shop.store.lock:
            order, moment = self._shop.orders[order_id], self._shop._times(at)[0]
            found = fulfilments.call_off(order, fulfilment_id, moment)
            self._shop._touch(order, at)
            self._shop._tell(order, "orders/updated")
            return found
