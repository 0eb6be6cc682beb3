"""When a call may be sent: by what is left of its shop's call allowance, and by how urgent it is."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from shopify_app.clock import Instant, not_ahead
from shopify_app.db.base import ShopId

LONGEST = 20.0
"""Seconds one call may wait in total before it gives up with Throttled."""

_UNKNOWN = 2.0
_SHORTEST = 0.1


TIMEOUT = (5.0, 30.0)
"""Seconds in which a connection, and then an answer, must have come."""


class Pace(Enum):
    """How urgent a call is: the share of the bucket that it leaves to others, and how many seconds it waits in all.

    The lower two leave half, so that who waits at a page, and what we owe the outside, always finds room. What a page
    can do without is asked for at a glance: it comes at once or not at all.
    """

    GLANCE = ("a page is as good without it", 0.0, 0.5, (2.0, 3.0))
    WAITING = ("somebody waits at a page", 0.0, 5.0)
    EFFECT = ("something is done outside", 0.0, LONGEST)
    SYNC = ("facts are kept up to date", 0.5, LONGEST)
    BACKFILL = ("history is read", 0.5, LONGEST)

    def __init__(self, _meaning: str, leaves: float, patience: float, timeout: tuple[float, float] = TIMEOUT) -> None:
        self.leaves = leaves
        self.patience = patience
        self.timeout = timeout


@dataclass(slots=True)
class _Seen:
    """A shop's bucket as Shopify last told it, less what was sent since."""

    maximum: float
    available: float
    rate: float
    at: Instant

    def now_available(self, now: Instant) -> float:
        seconds = max(0.0, (now - self.at).total_seconds())
        return min(self.maximum, self.available + seconds * self.rate)


class Meter:
    """What each shop's bucket held when Shopify last spoke of it; in memory, for all threads of this process.

    Another process spends from the same bucket: a guess that is wrong is put right by the next answer, and costs at
    most a THROTTLED one.
    """

    def __init__(self) -> None:
        self._seen: dict[ShopId, _Seen] = {}
        self._costs: dict[str, float] = {}
        self._lock = threading.Lock()

    def pause(self, shop: ShopId, name: str, pace: Pace, now: Instant) -> float:
        """Seconds to wait before this document may be sent; 0 takes its price out of the bucket at once."""
        with self._lock:
            seen, cost = self._seen.get(shop), self._costs.get(name, 0.0)
            # By a clock that was ahead the bucket would not fill before its time has come.
            if seen is None or not_ahead(seen.at, now) is None:
                return 0.0
            available = seen.now_available(now)
            # A document too large for its class goes when the bucket is full: it will never hold more.
            wanted = min(seen.maximum, seen.maximum * pace.leaves + cost)
            if pace.leaves and available < wanted:
                return max(_SHORTEST, (wanted - available) / seen.rate)
            seen.available, seen.at = max(0.0, available - cost), max(seen.at, now)
            return 0.0

    def learn(self, shop: ShopId, name: str, cost: object, now: Instant) -> None:
        """Take over what `extensions.cost` of an answer says, where it says anything that can be read."""
        price, status = _number(cost, "requestedQueryCost"), _part(cost, "throttleStatus")
        maximum, rate = _number(status, "maximumAvailable"), _number(status, "restoreRate")
        available = _number(status, "currentlyAvailable")
        with self._lock:
            if price is not None:
                self._costs[name] = price
            if maximum and rate and available is not None:
                self._seen[shop] = _Seen(maximum, available, rate, now)


def _part(found: object, key: str) -> object:
    return found.get(key) if isinstance(found, Mapping) else None


def _number(found: object, key: str) -> float | None:
    value = _part(found, key)
    return float(value) if isinstance(value, int | float) and value >= 0 else None


def throttle_wait(cost: object) -> float:
    """Seconds until the bucket holds what the query asks for, by `extensions.cost` of a THROTTLED answer."""
    status = _part(cost, "throttleStatus")
    asked, rate = _number(cost, "requestedQueryCost"), _number(status, "restoreRate")
    if not asked or not rate:
        return _UNKNOWN
    # A query larger than the whole bucket would wait for ever: a full bucket is all there will be.
    wanted = min(asked, _number(status, "maximumAvailable") or asked)
    return max(_SHORTEST, (wanted - (_number(status, "currentlyAvailable") or 0.0)) / rate)


def retry_after(header: str | None) -> float:
    """Seconds of a Retry-After header, which may be a decimal; a sane guess when it is not a number."""
    try:
        return max(_SHORTEST, float(header or _UNKNOWN))
    except ValueError:
        return _UNKNOWN


class Allowance:
    """The waiting that one call may still do, beside the time-outs of each try."""

    def __init__(self, longest: float = LONGEST, timeout: tuple[float, float] = TIMEOUT) -> None:
        self._left = longest
        self.timeout = timeout

    def grants(self, seconds: float) -> bool:
        """Take this much from the allowance; False, and nothing is taken, when it is not there."""
        if not seconds <= self._left:
            return False
        self._left -= seconds
        return True
