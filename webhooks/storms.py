"""Storms: of many deliveries that each tell the whole state of one thing, only the newest need be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from webhooks.inbox import Kept

FAMILIES = {
    "orders/create": "order",
    "orders/updated": "order",
    "orders/cancelled": "order",
    "customers/create": "customer",
    "customers/update": "customer",
}
"""Topics that carry the whole state. Those with amounts of their own, or ends, are never passed over."""


class _Line(msgspec.Struct):
    id: int | None = None
    product_id: int | None = None


class _Head(msgspec.Struct):
    id: int
    updated_at: datetime
    line_items: list[_Line] = []

    def says_all_of(self, other: "_Head") -> bool:
        """Whether nothing is learnt any more from another one of the same thing.

        A product that was deleted in between is named by the older alone.
        """
        return self.updated_at > other.updated_at and self._named >= other._named

    @property
    def _named(self) -> frozenset[int | None]:
        return frozenset(line.id for line in self.line_items if line.product_id is not None)


_BYTES = 64 * 1024 * 1024
"""Opened bodies held at once."""
_head = msgspec.json.Decoder(_Head)


@dataclass(slots=True)
class Reading:
    """A delivery to read, its opened body, and the earlier ones of which it says all."""

    delivery: Kept
    body: bytes
    passed_over: list[int] = field(default_factory=list)
    """Ids of deliveries that are handled as soon as this one is."""

    def ids(self) -> list[int]:
        """Everything that is handled with it."""
        return [self.delivery.id, *self.passed_over]


def newest(opened: Iterable[tuple[Kept, bytes]], most: int) -> list[Reading]:
    """What must be read of these deliveries, in their order; not many more than `most`, nor than fit the memory.

    Of one thing's states those remain of which no later one, by updated_at, says all: the latest, as a rule. Several of
    one second all remain: whether they differ is for the fold to find out. One that cannot be read at a glance stays,
    for the reader to say what is wrong with it.
    """
    readings: list[Reading] = []
    remaining: dict[tuple[str, int], list[tuple[_Head, Reading]]] = {}
    held = 0
    for delivery, body in opened:
        if len(readings) + len(remaining) >= most or held >= _BYTES:
            break
        reading, found = Reading(delivery, body), _head_of(delivery, body)
        held += len(body)
        if found is None:
            readings.append(reading)
        else:
            held -= _add(remaining.setdefault(found[0], []), found[1], reading)
    readings += [reading for rivals in remaining.values() for _, reading in rivals]
    return sorted(readings, key=lambda reading: (reading.delivery.triggered_at, reading.delivery.id))


def _add(rivals: list[tuple[_Head, Reading]], head: _Head, reading: Reading) -> int:
    """Put a reading among those of the same thing; the bytes that need not be held any more."""
    for newer, other in rivals:
        if newer.says_all_of(head):
            other.passed_over.append(reading.delivery.id)
            return len(reading.body)
    over = [other for older, other in rivals if head.says_all_of(older)]
    reading.passed_over = [number for other in over for number in other.ids()]
    rivals[:] = [*((older, other) for older, other in rivals if not head.says_all_of(older)), (head, reading)]
    return sum(len(other.body) for other in over)


def _head_of(delivery: Kept, body: bytes) -> tuple[tuple[str, int], _Head] | None:
    family = FAMILIES.get(delivery.topic)
    if family is None:
        return None
    try:
        head = _head.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return None
    return ((family, head.id), head) if head.updated_at.tzinfo else None
