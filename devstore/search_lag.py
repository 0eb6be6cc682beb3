"""The search index of a shop: where it lags, searches and counts see the shop as it was some time ago."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from devstore.faults import Span
from devstore.pages import Page
from devstore.records import Customer, Order

if TYPE_CHECKING:
    from devstore.shop import Shop

SEARCHES = frozenset({"orders", "ordersCount", "customers", "customersCount", "customerSegmentMembers"})
"""The root fields that are answered from the index; all others read the records themselves."""


class _Note(NamedTuple):
    """What the index will learn: a record as it was when it changed, None where it went; ``turn`` counts changes."""

    due_at: datetime
    turn: int
    kind: type[Order | Customer]
    number: int
    record: Order | Customer | None


class _Seen:
    """A shop whose orders and customers are those of the index; all else is the shop's own."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self.orders = {order.id: _copy(order) for order in shop.orders.values()}
        self.customers = {customer.id: _copy(customer) for customer in shop.customers.values()}
        self.turns: dict[tuple[type, int], int] = {}
        self.revision = 0
        self.last_search: tuple[Any, list[Any]] | None = None

    def learn(self, note: _Note) -> None:
        """Bring one record up to date, unless a later change of it is known already."""
        key = (note.kind, note.number)
        if note.turn < self.turns.get(key, 0):
            return
        self.turns[key] = note.turn
        self.revision += 1
        shelf: dict[int, Any] = self.orders if note.kind is Order else self.customers
        if note.record is None:
            shelf.pop(note.number, None)
        else:
            shelf[note.number] = note.record

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shop, name)


class SearchIndex:
    """Copies of a shop's records, each brought up to date some seconds after it changed; nothing while off."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._lag: Span = (0.0, 0.0)
        self._seen: _Seen | None = None
        self._waiting: list[_Note] = []
        self._turn = 0

    def set_lag(self, lag: Span) -> None:
        """Lag so many seconds from now on; without any, searches see everything at once."""
        self._lag = lag
        if lag[1] <= 0:
            self._seen, self._waiting = None, []
        elif self._seen is None:
            self._seen = _Seen(self._shop)

    def note(self, subject: Any, now: datetime, long_ago: bool) -> None:
        """Something happened to this order, (order, refund), customer or pair of customers."""
        if self._seen is None:
            return
        for kind, number in _concerned(subject):
            seconds = 0.0 if long_ago else self._shop.store.trouble.randomness.uniform(*self._lag)
            record = self._shelf(kind).get(number)
            self._turn += 1
            copy = None if record is None else _copy(record)
            self._waiting.append(_Note(now + timedelta(seconds=seconds), self._turn, kind, number, copy))

    def serves(self, field: str) -> bool:
        """Whether a root field is answered from the index now."""
        return self._seen is not None and field in SEARCHES

    def shop_as_seen(self, now: datetime) -> "Shop":
        """The shop as the index has it by now."""
        seen = self._seen or _Seen(self._shop)
        for note in self._waiting:
            if note.due_at <= now:
                seen.learn(note)
        self._waiting = [note for note in self._waiting if note.due_at > now]
        return cast("Shop", seen)

    def as_it_is(self, value: Any) -> Any:
        """A found page with each record as it stands now; what is gone meanwhile is left out."""
        if isinstance(value, Page):
            live = [self._shelf(type(node)).get(node.id) for node in value.nodes]
            value.nodes = [node for node in live if node is not None]
        return value

    def _shelf(self, kind: type) -> dict[int, Any]:
        return self._shop.orders if kind is Order else self._shop.customers


def _copy(record: Any) -> Any:
    if isinstance(record, Order):
        return replace(record, refunds=list(record.refunds))
    values = {place: replace(one) for place, one in record.metafields.items()}
    return replace(record, orders=list(record.orders), tags=list(record.tags), metafields=values)


def _concerned(subject: Any) -> list[tuple[type[Order | Customer], int]]:
    """The records that changed with a webhook's subject."""
    if isinstance(subject, Customer):
        return [(Customer, subject.id)]
    if isinstance(subject, Order):
        return [(Order, subject.id), *([(Customer, subject.customer.id)] if subject.customer else [])]
    if isinstance(subject, tuple) and isinstance(subject[0], Order):
        return _concerned(subject[0])
    if isinstance(subject, tuple) and isinstance(subject[0], int):
        return [(Customer, number) for number in subject]
    return []
