"""What goes wrong on a delivery's way: pure decisions, one when it is queued and one at each attempt."""

import random
from typing import NamedTuple

from devstore.faults import Faults, happens


class Sending(NamedTuple):
    """One copy of a delivery: due so many seconds from now (before now: it overtakes), under whose webhook id."""

    seconds: float = 0.0
    same_id: bool = True
    faults: tuple[str, ...] = ()


def sendings(faults: Faults, randomness: random.Random, topic: str) -> list[Sending]:
    """The copies of a delivery that are sent; none where it is lost."""
    if happens(randomness, faults.lost) or happens(randomness, faults.lost_topics.get(topic, 0.0)):
        return []
    copies = [Sending()]
    if happens(randomness, faults.duplicated):
        copies.append(Sending(faults=("duplicated",)))
    if happens(randomness, faults.doubled):
        copies.append(Sending(same_id=False, faults=("doubled",)))
    return [_timed(faults, randomness, copy) for copy in copies]


def _timed(faults: Faults, randomness: random.Random, copy: Sending) -> Sending:
    if happens(randomness, faults.delayed):
        seconds = randomness.uniform(*faults.delay_seconds)
        return copy._replace(seconds=seconds, faults=(*copy.faults, "delayed"))
    if happens(randomness, faults.reordered):
        seconds = -randomness.uniform(0.0, faults.reorder_seconds)
        return copy._replace(seconds=seconds, faults=(*copy.faults, "reordered"))
    return copy


def mishap(faults: Faults, randomness: random.Random) -> str:
    """What happens to one attempt: "unreached", "unheard", or nothing."""
    for name in ("unreached", "unheard"):
        if happens(randomness, getattr(faults, name)):
            return name
    return ""
