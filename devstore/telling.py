"""What a shop tells the installed app of what happens in it, and when it says that it happened."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devstore import approval
from devstore.access import Installation
from devstore.clock import aware, whole_second
from devstore.deliveries import COMPLIANCE
from devstore.records import Order
from devstore.search_lag import SearchIndex

if TYPE_CHECKING:
    from devstore.store import DevStore


class Telling:
    """The part of a shop that writes times and queues webhooks; ``revision`` counts changes of its orders."""

    store: "DevStore"
    domain: str
    installation: Installation | None
    index: SearchIndex
    protected: str
    revision: int
    _silent = False

    def payload(self, topic: str, subject: Any) -> dict[str, Any]:
        """The body of a webhook: of an order, customer, (order, refund), (kept, deleted), shop, ..."""
        raise NotImplementedError

    @property
    def installed(self) -> bool:
        """Whether the app is installed now."""
        return bool(self.installation and self.installation.active)

    @contextmanager
    def history(self) -> Iterator[None]:
        """Within the block things happened long ago: no webhooks, and changes carry their own times."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False

    def _times(self, at: datetime | None) -> tuple[datetime, datetime]:
        """When a thing happened, and when the record changed: the latter is now, except in history."""
        now = whole_second(self.store.now())
        moment = whole_second(aware(at)) if at else now
        return moment, moment if self._silent else max(moment, now)

    def _touch(self, order: Order, at: datetime | None) -> None:
        order.updated_at = max(order.updated_at, self._times(at)[1])
        self.revision += 1

    def _foreshadow(self, order: Order, at: datetime | None) -> None:
        """By a fault a change of no weight, such as a tag, comes first and within the same second."""
        if self._strikes("same_second"):
            self._touch(order, at)
            self._tell(order, "orders/updated")

    def _strikes(self, fault: str) -> bool:
        return not self._silent and self.store.trouble.strikes(self.domain, fault)

    def tell(self, subject: Any, topic: str) -> None:
        """Queue one webhook about something outside the shop's own records."""
        with self.store.lock:
            self._tell(subject, topic)

    def _tell(self, subject: Any, *topics: str, event_id: str | None = None) -> str | None:
        self.index.note(subject, self.store.now(), self._silent)
        ever, active = self.installation is not None, self.installed
        if self._silent:
            return None
        event = event_id or self.store.new_uuid()
        for topic in topics:
            if approval.sends(self.protected, topic) and (active or (ever and topic in COMPLIANCE)):
                body = json.dumps(self.payload(topic, subject), ensure_ascii=False, separators=(",", ":"))
                self.store.queue(self.domain, topic, body.encode(), event)
        return event
