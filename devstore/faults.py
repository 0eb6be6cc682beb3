"""What goes wrong between the store and the app: a profile of shares, and the book that draws from it.

A share is the part of all chances at which a fault strikes: 0.0 never, 1.0 each time. Everything is off by default.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

Span = tuple[float, float]
"""A range of seconds from which one is drawn evenly."""


class NoAnswer(Exception):
    """The store never answers this request: ``kind`` is "reset" or "timed_out".

    Whoever carries requests turns it into what a client sees: a closed connection, or silence.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Faults:
    """How often each thing goes wrong in a shop."""

    # Webhooks: shares of deliveries, and for the last two of attempts
    delayed: float = 0.0
    delay_seconds: Span = (1.0, 900.0)
    reordered: float = 0.0
    """Overtakes what has been waiting for up to ``reorder_seconds``."""
    reorder_seconds: float = 120.0
    duplicated: float = 0.0
    """Sent twice under one webhook id."""
    doubled: float = 0.0
    """The same event is sent once more under a webhook id of its own."""
    lost: float = 0.0
    lost_topics: Mapping[str, float] = field(default_factory=dict)
    """Shares of single topics, in addition to ``lost``."""
    unheard: float = 0.0
    """The app's answer is not seen: the delivery comes again, as it was, until the retries are used up."""
    unreached: float = 0.0
    """The attempt never gets to the app."""
    same_second: float = 0.0
    """Two bodies of one order carry the same ``updated_at``: of before a change and of after it."""

    # Admin API and token endpoint: shares of requests
    throttled: float = 0.0
    """The bucket is found empty, as after somebody else's calls."""
    token_refused: float = 0.0
    """401: the access token dies before its time; a refresh brings the next one."""
    payment_required: float = 0.0
    forbidden: float = 0.0
    not_found: float = 0.0
    locked: float = 0.0
    too_many: float = 0.0
    """429 with a Retry-After in whole seconds, as a decimal, or without one."""
    server_error: float = 0.0
    reset: float = 0.0
    timed_out: float = 0.0
    html: float = 0.0
    """A page of HTML with status 200."""
    html_error: float = 0.0
    """A page of HTML with a 5xx status."""
    internal_error: float = 0.0
    """Status 200, no data, and an error INTERNAL_SERVER_ERROR."""
    cut: float = 0.0
    """The answer breaks off."""
    partial: float = 0.0
    """One part of the data is null, with an error that says so."""
    answer_lost: float = 0.0
    """What was asked for is done, but the answer never arrives."""
    operations: tuple[str, ...] = ()
    """Where not empty, only GraphQL operations of these names are struck."""

    # Bulk operations and their files
    bulk_failed: float = 0.0
    bulk_expired: float = 0.0
    file_gone: float = 0.0
    file_cut: float = 0.0

    lag_seconds: Span = (0.0, 0.0)
    """How far searches and counts lag behind what happened."""

    def __post_init__(self) -> None:
        for name in SHARES:
            _demand_share(name, getattr(self, name))
        for topic, share in self.lost_topics.items():
            _demand_share(topic, share)
        for name in _SPANS:
            least, most = getattr(self, name)
            if not 0 <= least <= most:
                raise ValueError(f"{name} must be two numbers of seconds, the smaller one first")

    @classmethod
    def read(cls, given: Mapping[str, Any], base: "Faults | None" = None) -> "Faults":
        """A profile from JSON, over ``base``; "preset" names one to begin with. ValueError for what is not known."""
        wish = dict(given)
        preset = wish.pop("preset", None)
        if preset is not None and preset not in PRESETS:
            raise ValueError(f"there is no preset {preset!r}, only {', '.join(PRESETS)}")
        unknown = sorted(set(wish) - {one.name for one in fields(cls)})
        if unknown:
            raise ValueError(f"there is no fault {unknown[0]!r}")
        start = PRESETS[preset] if preset is not None else base or cls()
        return replace(start, **{name: _plain(name, value) for name, value in wish.items()})

    def shown(self) -> dict[str, Any]:
        """What is on, for JSON."""
        off = asdict(Faults())
        return {name: value for name, value in asdict(self).items() if value != off[name]}

    @property
    def lags(self) -> bool:
        """Whether searches lag behind."""
        return self.lag_seconds[1] > 0


_SPANS = ("delay_seconds", "lag_seconds")
SHARES = tuple(one.name for one in fields(Faults) if one.type in ("float", float) and not one.name.endswith("_seconds"))
"""The faults that are shares."""


def _demand_share(name: str, share: Any) -> None:
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError(f"{name} must lie between 0 and 1")


def _plain(name: str, value: Any) -> Any:
    """A value of JSON in the profile's own type."""
    try:
        if name in _SPANS:
            least, most = value
            return float(least), float(most)
        if name == "lost_topics":
            return {str(topic): float(share) for topic, share in value.items()}
        if name == "operations":
            return tuple(str(one) for one in value)
        return value if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{name} cannot be {value!r}") from error


_REQUESTS = (
    *("throttled", "token_refused", "payment_required", "forbidden", "not_found", "locked", "too_many"),
    *("server_error", "reset", "timed_out", "html", "html_error", "internal_error", "cut", "partial", "answer_lost"),
)
_DELIVERIES = ("delayed", "reordered", "duplicated", "doubled", "unheard", "unreached", "same_second")
_BULK = ("bulk_failed", "bulk_expired", "file_gone", "file_cut")
_LAG = {"lag_seconds": (0.0, 300.0)}
_ROUGH_WEBHOOKS = {"lost": 0.02, **dict.fromkeys(_DELIVERIES, 0.1)}
_ROUGH_API = {**dict.fromkeys(_REQUESTS, 0.03), **dict.fromkeys(_BULK, 0.1), **_LAG}

PRESETS: dict[str, Faults] = {
    "calm": Faults(),
    "webhooks": Faults.read(_ROUGH_WEBHOOKS),
    "admin_api": Faults.read(_ROUGH_API),
    "rough": Faults.read({**_ROUGH_WEBHOOKS, **_ROUGH_API}),
}
"""Profiles with a name."""


def happens(randomness: random.Random, share: float) -> bool:
    """Whether a fault of this share strikes now; one that is off draws nothing."""
    return share > 0 and randomness.random() < share


class FaultBook:
    """Which profile holds in which shop, what was asked for by number, and what has struck so far.

    It has a randomness of its own, so that turning a fault on changes no id and no token of the store.
    """

    def __init__(self, randomness: random.Random, everywhere: Faults) -> None:
        self.randomness = randomness
        self.injected: Counter[str] = Counter()
        """How often each fault has struck."""
        self._everywhere = everywhere
        self._own: dict[str, Faults] = {}
        self._to_lose: dict[str, Counter[str]] = {}
        self._to_fail: dict[str, list[str]] = {}

    def of(self, shop: str) -> Faults:
        """The profile of a shop."""
        return self._own.get(shop, self._everywhere)

    def set(self, faults: Faults, shop: str | None = None) -> None:
        """Let a profile hold in one shop, or in all of them, those with one of their own included."""
        if shop is None:
            self._everywhere = faults
            self._own.clear()
        else:
            self._own[shop] = faults

    def lose_next(self, shop: str, topic: str, count: int = 1) -> None:
        """Lose the next so many deliveries of a topic, whatever the profile says."""
        self._to_lose.setdefault(shop, Counter())[topic] += count

    def fail_next(self, shop: str, name: str, count: int = 1) -> None:
        """Let a fault strike the next so many requests that it can strike; ValueError for none of that name."""
        if name not in (*_REQUESTS, *_BULK):
            raise ValueError(f"there is no fault {name!r} of requests")
        self._to_fail.setdefault(shop, []).extend([name] * count)

    def asked_for(self, shop: str) -> dict[str, int]:
        """What is still to strike by number: topics to lose and faults of requests."""
        return {**+self._to_lose.get(shop, Counter()), **Counter(self._to_fail.get(shop, []))}

    def loses(self, shop: str, topic: str) -> bool:
        """Whether this delivery was asked to be lost; it is then taken off the list."""
        waiting = self._to_lose.get(shop, Counter())
        if waiting[topic] < 1:
            return False
        waiting[topic] -= 1
        return True

    def strikes(self, shop: str, name: str) -> bool:
        """Whether the fault of that name strikes now; counted if it does."""
        struck = self.takes(shop, (name,)) is not None or happens(self.randomness, getattr(self.of(shop), name))
        self.injected.update([name] if struck else [])
        return struck

    def takes(self, shop: str, names: tuple[str, ...]) -> str | None:
        """The first of these faults that was asked for by number, taken off the list."""
        waiting = self._to_fail.get(shop, [])
        found = next((name for name in waiting if name in names), None)
        if found is not None:
            waiting.remove(found)
        return found
