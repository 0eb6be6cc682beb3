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


class _Head(msgspec.Struct):
    id: int
    updated_at: datetime


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

    Of one thing's states the latest by updated_at remain. Several of one second all remain: whether they differ is
    for the fold to find out. One that cannot be read at a glance stays, for the reader to say what is wrong with it.
    """
    readings: list[Reading] = []
    latest: dict[tuple[str, int], tuple[datetime, list[Reading]]] = {}
    held = 0
    for delivery, body in opened:
        if len(readings) + len(latest) >= most or held >= _BYTES:
            break
        reading = Reading(delivery, body)
        head = _head_of(delivery, body)
        held += len(body)
        if head is None:
            readings.append(reading)
            continue
        at, rivals = latest.get(head[0], (head[1], []))
        if head[1] < at:
            rivals[-1].passed_over.append(delivery.id)
            held -= len(body)
            continue
        if head[1] > at:
            reading.passed_over = [number for rival in rivals for number in rival.ids()]
            held -= sum(len(rival.body) for rival in rivals)
            rivals = []
        latest[head[0]] = (head[1], [*rivals, reading])
    readings += [reading for _, rivals in latest.values() for reading in rivals]
    return sorted(readings, key=lambda reading: (reading.delivery.triggered_at, reading.delivery.id))


def _head_of(delivery: Kept, body: bytes) -> tuple[tuple[str, int], datetime] | None:
    family = FAMILIES.get(delivery.topic)
    if family is None:
        return None
    try:
        head = _head.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return None
    return ((family, head.id), head.updated_at) if head.updated_at.tzinfo else None
